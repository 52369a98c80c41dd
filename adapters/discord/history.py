"""Reads what the gateway did not deliver: the gap after an absence, or the past on request."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta

import aiohttp
import discord
from discord.utils import snowflake_time

from adapters.base import Progress
from adapters.discord.deliveries import Deliveries
from adapters.discord.notices import Notices
from adapters.discord.permits import TAKE, granted
from adapters.discord.translate import (
    Place,
    channel_ref,
    deletion_event,
    message_event,
    place_of,
    revision,
    role_words,
)
from adapters.discord.walk import Readable, Walk
from adapters.past import AT_ONCE, MOST, read_from
from bot.errors import StorageError
from bot.events import Rule
from bot.preferences import Mode
from bot.service import Bot

logger = logging.getLogger(__name__)

_ARCHIVED_AFTER = timedelta(hours=1)  # the soonest that Discord archives a thread by itself
_PAUSES = (5.0, 30.0)  # seconds before a channel is tried again

Known = dict[int, datetime]  # message -> the revision of it that is counted


class History:
    """Hands past messages to the core. They count once, like any, and get no reaction."""

    def __init__(
        self, client: discord.Client, bot: Bot, deliveries: Deliveries, notices: Notices
    ) -> None:
        self._client = client
        self._bot = bot
        self._deliveries = deliveries
        self._notices = notices

    async def catch_up(self, guild: discord.Guild, since: datetime) -> bool:
        """Count what was written in `guild` in a gap since `since`; whether all was read.

        It is read within bounds. What had been counted and is not there was deleted meanwhile.
        """
        now = self._bot.clock.now()
        is_long = now - since > _ARCHIVED_AFTER
        since = read_from(since, now)
        # Noted for all channels before the first is read: what comes later the gateway tells.
        gaps = [(channel, last) for channel in _readable(guild) if (last := _last(channel, since))]
        if is_long:
            for parent in _with_threads(guild):
                async for thread in self._archived(parent, since):
                    if last := _last(thread, since):
                        gaps.append((thread, last))
        await self._deliveries.settled(str(guild.id))  # what is under way is counted too
        counted = await self._counted([channel for channel, _ in gaps], since, now)
        read, whole = 0, True
        for channel, last in gaps:
            walk = Walk(channel, since, last, newest=MOST)
            whole &= await self._read(walk, counted[str(channel.id)])
            read += walk.read
        if read:
            logger.info("guild %s: %s messages of a gap read", guild.id, read)
        return whole

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

        walk = Walk(channel, since, note=note)
        await self._read(walk, {})
        return walk.read

    async def _counted(
        self, channels: list[Readable], start: datetime, end: datetime
    ) -> dict[str, Known]:
        """What is counted of each channel and thread."""
        found: defaultdict[str, Known] = defaultdict(dict)
        for ref in {place.ref for channel in channels if (place := place_of(channel))}:
            async for page in self._bot.store.observation_pages(ref, start, end):
                for row in page:
                    found[row.thread or ref.channel][int(row.ref.message)] = row.revised_at
        return found

    async def _read(self, walk: Walk, known: Known) -> bool:
        """Read one channel, going on where it broke off when Discord fails in between.

        What is `known` of it is passed over where it is found, and uncounted where it is not.
        """
        channel = walk.channel
        place = place_of(channel)
        if place is None:
            return True
        for pause in (*_PAUSES, None):
            try:
                preferences = await self._bot.preferences(place.ref, place.category)
                if preferences.mode is Mode.OFF:
                    return True  # the gate would refuse every message: ask for none
                members = Members(channel.guild) if preferences.ignored_roles else None
                async for page in walk.pages():
                    news = [it for it in page if known.pop(it.id, None) != revision(it)]
                    await self._count(news, place, members)
                # Without the right to read it, a history is empty and says nothing.
                if granted(channel) >= TAKE:
                    await self._uncount(walk.passed(known), place)
                return True
            except discord.Forbidden:
                self._notices.fault(
                    ("history", channel.id), "the history of channel %s is closed", channel.id
                )
                return True
            except (discord.HTTPException, OSError, aiohttp.ClientError, StorageError) as error:
                if pause is not None:
                    await asyncio.sleep(pause)
                    continue
                why = type(error).__name__
                logger.warning("channel %s was read only in part: %s", channel.id, why)
        return False

    async def _count(
        self, page: list[discord.Message], place: Place, members: "Members | None"
    ) -> None:
        """Hand a page to the core; returns when all of it has been counted."""
        own = self._client.user.id if self._client.user else 0
        room = asyncio.Semaphore(AT_ONCE)

        async def count(message: discord.Message) -> Rule | None:
            async with room:
                roles = await members.roles(message.author) if members else None
                event = message_event(message, place, own=own, roles=roles, live=False)
                return await self._deliveries.deliver(event)

        if None in await asyncio.gather(*map(count, page)):
            raise StorageError("Messages of the past could not be counted.")

    async def _uncount(self, gone: Iterable[int], place: Place) -> None:
        """Hand the deletions to the core that nobody told."""
        for message in gone:
            await self._deliveries.deliver(deletion_event(message, place))

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


def _last(channel: Readable, since: datetime) -> int | None:
    """The last message in `channel`, if it came after `since`. It may have been deleted."""
    last = channel.last_message_id
    return last if last and snowflake_time(last) > since else None


def _readable(guild: discord.Guild) -> list[Readable]:
    """The channels and active threads whose history the bot may read."""
    channels: list[Readable] = [
        *guild.text_channels,
        *guild.voice_channels,
        *guild.stage_channels,
        *(thread for thread in guild.threads if thread.parent),
    ]
    return [channel for channel in channels if granted(channel) >= TAKE]


def _with_threads(guild: discord.Guild) -> list[discord.TextChannel | discord.ForumChannel]:
    parents: list[discord.TextChannel | discord.ForumChannel] = [
        *guild.text_channels,
        *guild.forums,
    ]
    return [parent for parent in parents if granted(parent) >= TAKE]
