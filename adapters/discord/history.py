"""Reads what the gateway did not deliver: the gap after an absence, or the past on request."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

import aiohttp
import discord
from discord.utils import snowflake_time

from adapters.base import Progress
from adapters.discord.deliveries import Deliveries
from adapters.discord.notices import Notices
from adapters.discord.reactions import TAKE
from adapters.discord.translate import (
    Place,
    channel_ref,
    message_event,
    place_of,
    role_words,
)
from bot.errors import StorageError
from bot.preferences import Mode
from bot.service import Bot

logger = logging.getLogger(__name__)

Readable = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
Note = Callable[[int], Awaitable[None]]

LOOKBACK = timedelta(hours=24)  # the longest gap that is read
MOST = 1_000  # messages of one channel in a gap
_PAGE = 100
_AT_ONCE = 8  # messages of the past in the core, so that live ones hardly wait
_PAUSES = (5.0, 30.0)  # seconds before a channel is tried again


class History:
    """Hands past messages to the core. They count once, like any, and get no reaction."""

    def __init__(
        self, client: discord.Client, bot: Bot, deliveries: Deliveries, notices: Notices
    ) -> None:
        self._client = client
        self._bot = bot
        self._deliveries = deliveries
        self._notices = notices

    async def catch_up(self, guild: discord.Guild, since: datetime) -> int:
        """Read what was written in `guild` after `since`, within bounds; how many messages."""
        since = max(since, self._bot.clock.now() - LOOKBACK)
        # Noted for all channels before the first is read: what comes later the gateway tells.
        gaps = [
            (channel, last)
            for channel in _readable(guild)
            if (last := channel.last_message_id) and snowflake_time(last) > since
        ]
        read = 0
        for channel, last in gaps:
            read += await self._read(_Walk(channel, since, last, newest=MOST))
        return read

    async def backfill(self, since: datetime, progress: Progress) -> int:
        """Read every channel's history from `since` on; how many messages.

        What an earlier run has read is not asked for again.
        """
        guilds = [guild for guild in self._client.guilds if not guild.unavailable]
        channels = [channel for guild in guilds for channel in _readable(guild)]
        parents = [parent for guild in guilds for parent in _with_threads(guild)]
        done, read = 0, 0
        for channel in channels:
            progress(done, len(channels) + len(parents))
            read += await self._read_on(channel, since)
            done += 1
        for parent in parents:
            progress(done, len(channels) + len(parents))
            async for thread in self._archived(parent, since):
                read += await self._read_on(thread, since)
            done += 1
        progress(done, done)
        logger.info("Discord: %s messages read from history", read)
        return read

    async def _read_on(self, channel: Readable, since: datetime) -> int:
        """Read a channel from where an earlier run stopped, unless more is wanted now."""
        ref = channel_ref(channel.guild.id, channel.id)
        began = since
        known = await self._bot.store.history(ref)
        if known and known[0] <= since:
            began, since = known[0], max(since, snowflake_time(int(known[1])))

        async def note(last: int) -> None:
            await self._bot.store.note_history(ref, began, str(last))

        return await self._read(_Walk(channel, since, note=note))

    async def _read(self, walk: "_Walk") -> int:
        """Read one channel, going on where it broke off when Discord fails in between."""
        channel = walk.channel
        place = place_of(channel)
        if place is None:
            return 0
        for pause in (*_PAUSES, None):
            try:
                preferences = await self._bot.preferences(place.ref, place.category)
                if preferences.mode is Mode.OFF:
                    return walk.read  # the gate would refuse every message: ask for none
                members = Members(channel.guild) if preferences.ignored_roles else None
                async for page in walk.pages():
                    await self._count(page, place, members)
                break
            except discord.Forbidden:
                self._notices.fault(
                    ("history", channel.id), "the history of channel %s is closed", channel.id
                )
                break
            except (discord.HTTPException, OSError, aiohttp.ClientError, StorageError) as error:
                if pause is None:
                    why = type(error).__name__
                    logger.warning("channel %s was read only in part: %s", channel.id, why)
                else:
                    await asyncio.sleep(pause)
        return walk.read

    async def _count(
        self, page: list[discord.Message], place: Place, members: "Members | None"
    ) -> None:
        """Hand a page to the core; returns when all of it has been counted."""
        own = self._client.user.id if self._client.user else 0
        room = asyncio.Semaphore(_AT_ONCE)

        async def count(message: discord.Message) -> None:
            async with room:
                roles = await members.roles(message.author) if members else None
                event = message_event(message, place, own=own, roles=roles, live=False)
                await self._deliveries.deliver(event)

        await asyncio.gather(*map(count, page))

    async def _archived(
        self, parent: discord.TextChannel | discord.ForumChannel, since: datetime
    ) -> AsyncIterator[discord.Thread]:
        """The public archived threads with something written after `since`, latest first."""
        try:
            async for thread in parent.archived_threads(limit=None):
                if thread.archive_timestamp < since:
                    return
                yield thread
        except discord.HTTPException as error:
            logger.warning("the archive of channel %s was not read: %s", parent.id, error.status)


class _Walk:
    """A channel's messages after a moment, up to `last`, resumable after each page.

    All of them oldest first, or at most so many newest first: of a gap that is too long to be
    read, the end is what was surely missed.
    """

    def __init__(
        self,
        channel: Readable,
        since: datetime,
        last: int | None = None,
        *,
        newest: int | None = None,
        note: Note | None = None,
    ) -> None:
        self.channel = channel
        self.read = 0
        self._after: discord.abc.Snowflake | datetime = since
        self._before = discord.Object(last + 1) if last else None
        self._newest = newest
        self._note = note

    async def pages(self) -> AsyncIterator[list[discord.Message]]:
        """The next messages; a page counts as read when the next one is asked for."""
        left = None if self._newest is None else self._newest - self.read
        history = self.channel.history(
            limit=left, after=self._after, before=self._before, oldest_first=left is None
        )
        page: list[discord.Message] = []
        async for message in history:
            page.append(message)
            if len(page) == _PAGE:
                yield page
                await self._passed(page)
                page = []
        if page:
            yield page
            await self._passed(page)
        if self.read == self._newest:
            logger.warning("channel %s missed more than is read again", self.channel.id)

    async def _passed(self, page: list[discord.Message]) -> None:
        self.read += len(page)
        if self._newest is None:
            self._after = page[-1]
        else:
            self._before = discord.Object(page[-1].id)
        if self._note:
            await self._note(page[-1].id)


class Members:
    """Roles of the authors of past messages, which come without them; each is asked for once."""

    def __init__(self, guild: discord.Guild) -> None:
        self._guild = guild
        self._roles: dict[int, asyncio.Task[frozenset[str]]] = {}

    async def roles(self, author: discord.abc.User) -> frozenset[str]:
        """The author's roles now; none for those who left, bots and webhooks."""
        if author.bot:
            return frozenset()
        if author.id not in self._roles:
            self._roles[author.id] = asyncio.create_task(self._ask(author.id))
        return await self._roles[author.id]

    async def _ask(self, author: int) -> frozenset[str]:
        try:
            return role_words(await self._guild.fetch_member(author))
        except discord.NotFound:
            return frozenset()


def _readable(guild: discord.Guild) -> list[Readable]:
    """The channels and active threads whose history the bot may read."""
    channels: list[Readable] = [
        *guild.text_channels,
        *guild.voice_channels,
        *guild.stage_channels,
        *(thread for thread in guild.threads if thread.parent),
    ]
    return [channel for channel in channels if channel.permissions_for(guild.me) >= TAKE]


def _with_threads(guild: discord.Guild) -> list[discord.TextChannel | discord.ForumChannel]:
    parents: list[discord.TextChannel | discord.ForumChannel] = [
        *guild.text_channels,
        *guild.forums,
    ]
    return [parent for parent in parents if parent.permissions_for(guild.me) >= TAKE]
