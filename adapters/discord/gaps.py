"""Which guilds missed something since when, and the reading of it."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

import discord

from adapters.discord.history import History
from bot.clock import Clock

logger = logging.getLogger(__name__)

# A connection may be dead for a heartbeat or two before discord.py notices, and a process may die
# with an earlier message still under way: the moments before a gap are read again.
_UNCERTAIN = timedelta(minutes=5)


class Gaps:
    """Remembers when each connection was lost, and reads what no RESUME brings.

    `seen` is by guild, from before this session. `unread` outlives the session: the guilds whose
    gap is being read, and from where. Should the session end before that, the next one begins
    there again, though what came live meanwhile is the last that was seen.
    """

    def __init__(
        self,
        history: History,
        clock: Clock,
        *,
        seen: dict[str, datetime],
        unread: dict[str, datetime],
    ) -> None:
        self._history = history
        self._clock = clock
        self._seen = seen
        self._unread = unread
        self._down: dict[int, datetime] = {}  # shard -> when its connection was lost

    def lost(self, shard: int) -> None:
        """A connection was lost."""
        self._down.setdefault(shard, self._clock.now())

    def resumed(self, shard: int) -> None:
        """A connection is back, with every event it missed."""
        self._down.pop(shard, None)

    def note(self, shard: int, guilds: Iterable[discord.Guild]) -> None:
        """A new session of `shard` has begun: what `guilds` missed has to be read."""
        since = self._down.pop(shard, None)
        for guild in map(_key, guilds):
            if last := since or self._seen.get(guild):
                self._unread[guild] = min(last, self._unread.get(guild, last))

    async def read(self, guilds: Iterable[discord.Guild]) -> None:
        """Read what was noted for `guilds`."""
        for guild in guilds:
            if last := self._unread.get(_key(guild)):
                if read := await self._history.catch_up(guild, last - _UNCERTAIN):
                    logger.info("guild %s: %s missed messages read", guild.id, read)
                self._unread.pop(_key(guild), None)


def _key(guild: discord.Guild) -> str:
    return str(guild.id)
