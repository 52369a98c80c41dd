"""Reads what the gateway did not deliver: the gap after an absence, or the past on request."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import aiohttp
import discord

from adapters.discord.deliveries import Deliveries
from adapters.discord.notices import Notices
from adapters.discord.reactions import TAKE
from adapters.discord.translate import Place, message_event, place_of, role_words
from bot.preferences import Mode
from bot.service import Bot

logger = logging.getLogger(__name__)

Readable = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
Progress = Callable[[int, int, int], None]  # channels read, channels known, messages read

LOOKBACK = timedelta(hours=24)  # the longest gap that is read
MOST = 1_000  # messages of one channel in a gap
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
        read = 0
        for channel in _readable(guild):
            last = channel.last_message_id
            if last is not None and discord.utils.snowflake_time(last) > since:
                read += await self._read(channel, since, MOST)
        return read

    async def backfill(self, since: datetime, progress: Progress) -> int:
        """Read every channel's history from `since` on; how many messages."""
        guilds = [guild for guild in self._client.guilds if not guild.unavailable]
        channels = [channel for guild in guilds for channel in _readable(guild)]
        parents = [channel for guild in guilds for channel in _with_threads(guild)]
        known, done, read = len(channels) + len(parents), 0, 0
        progress(done, known, read)
        for channel in channels:
            read += await self._read(channel, since, None)
            done += 1
            progress(done, known, read)
        for parent in parents:
            async for thread in self._archived(parent, since):
                read += await self._read(thread, since, None)
            done += 1
            progress(done, known, read)
        return read

    async def _read(self, channel: Readable, since: datetime, most: int | None) -> int:
        """Read one channel, going on where it broke off when Discord fails in between."""
        place = place_of(channel)
        if place is None:
            return 0
        preferences = await self._bot.preferences(place.ref, place.category)
        if preferences.mode is Mode.OFF:
            return 0  # the gate would refuse every message: no need to ask for them
        members = Members(channel.guild) if preferences.ignored_roles else None
        walk = _Walk(channel, since, most)
        for pause in (*_PAUSES, None):
            try:
                await self._hand_in(walk, place, members)
            except discord.Forbidden:
                self._notices.fault(
                    ("history", channel.id), "the history of channel %s is closed", channel.id
                )
            except (discord.HTTPException, OSError, aiohttp.ClientError) as error:
                if pause is not None:
                    await asyncio.sleep(pause)
                    continue
                logger.warning(
                    "channel %s was read only in part: %s", channel.id, type(error).__name__
                )
            break
        if most is not None and walk.read >= most:
            logger.warning("channel %s had more than %s missed messages", channel.id, most)
        return walk.read

    async def _hand_in(self, walk: "_Walk", place: Place, members: "Members | None") -> None:
        own = self._client.user.id if self._client.user else 0
        room = asyncio.Semaphore(_AT_ONCE)

        async def count(message: discord.Message) -> None:
            try:
                roles = await members.roles(message.author) if members else None
                event = message_event(message, place, own=own, roles=roles, live=False)
                await self._deliveries.deliver(event)
            finally:
                room.release()

        # Tasks of our own, not a TaskGroup: what was read is counted even when reading on fails.
        counting: set[asyncio.Task[None]] = set()
        try:
            async for message in walk.messages():
                await room.acquire()
                task = asyncio.create_task(count(message))
                counting.add(task)
                task.add_done_callback(counting.discard)
        finally:
            await asyncio.gather(*counting, return_exceptions=True)

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
    """A channel's messages from a moment on, oldest first, resumable."""

    def __init__(self, channel: Readable, since: datetime, most: int | None) -> None:
        self._channel = channel
        self._after: discord.abc.Snowflake | datetime = since
        self._most = most
        self.read = 0

    async def messages(self) -> AsyncIterator[discord.Message]:
        left = None if self._most is None else self._most - self.read
        history = self._channel.history(limit=left, after=self._after, oldest_first=True)
        async for message in history:
            yield message
            self.read += 1
            self._after = message


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
