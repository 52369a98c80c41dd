"""Since when each guild was not listened to, and the reading of what it missed."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import discord

from adapters.discord.history import History
from adapters.discord.keeping import Keeping
from adapters.discord.leaving import purge_deleted_channels
from bot.errors import StorageError
from bot.events import Platform
from bot.service import Bot
from bot.settings import Shards
from bot.storage import MoodStore

logger = logging.getLogger(__name__)


async def begin_gaps(store: MoodStore, shards: Shards | None) -> dict[str, datetime]:
    """Since when each guild was not listened to, kept until it has been read.

    To be called before a session: what comes live in it is the latest that was heard of a guild,
    and would hide the gap before it from a process that starts after this one was killed.
    """
    heard = await store.heard_until(Platform.DISCORD)
    gaps = {guild: at for guild, at in heard.items() if serves(shards, guild)}
    await store.note_gaps(Platform.DISCORD, gaps)
    return gaps


def serves(shards: Shards | None, guild: str) -> bool:
    """Whether a guild is on one of these shards; None are all there are."""
    return guild.isdecimal() and (shards is None or (int(guild) >> 22) % shards.count in shards.ids)


class Gaps:
    """Remembers when each connection was lost, and reads what no RESUME brings."""

    def __init__(
        self,
        client: discord.Client,
        bot: Bot,
        history: History,
        keep: Keeping,
        gaps: dict[str, datetime],
    ) -> None:
        self._client = client
        self._store = bot.store
        self._clock = bot.clock
        self._history = history
        self._keep = keep
        self._open = dict(gaps)  # guild -> since when it has to be read
        self._down: dict[int, datetime] = {}  # shard -> when its connection was lost
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)  # by shard

    def lost(self, shard: int) -> None:
        """A connection was lost."""
        self._down.setdefault(shard, self._clock.now())

    def resumed(self, shard: int) -> None:
        """A connection is back, with every event it missed."""
        self._down.pop(shard, None)

    async def note(self, shard: int, guilds: Iterable[discord.Guild]) -> None:
        """A new session of `shard` has begun: what `guilds` missed has to be read."""
        since = self._down.pop(shard, None)
        if since is None:
            return
        new = {key: min(since, self._open.get(key, since)) for key in map(_key, guilds)}
        self._open |= new
        await self._keep(lambda: self._store.note_gaps(Platform.DISCORD, new))

    async def read(self, shard: int, guilds: Iterable[discord.Guild]) -> None:
        """Read what `guilds` missed. Of one in an outage nothing can be read until that is over."""
        async with self._turns[shard]:
            for guild in guilds:
                since = None if guild.unavailable else self._open.pop(_key(guild), None)
                if since is None:
                    continue
                try:
                    await self._read(guild, since)
                except StorageError as error:
                    logger.warning("guild %s has a gap that was not read: %s", guild.id, error)

    async def _read(self, guild: discord.Guild, since: datetime) -> None:
        key = _key(guild)
        whole = False
        try:
            await self._keep(lambda: purge_deleted_channels(self._client, self._store, guild))
            whole = await self._history.catch_up(guild, since)
        finally:
            if not whole:  # the next session goes on
                self._open[key] = min(since, self._open.get(key, since))
        if key not in self._open:  # or it has another one by now
            await self._keep(lambda: self._store.close_gap(Platform.DISCORD, key))


def _key(guild: discord.Guild) -> str:
    return str(guild.id)
