"""What no event told: noticed when events reach us after a silence, and made up for.

Slack delivers an event three times more, the last time after five minutes, and then never again.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from adapters.slack.directory import Directory
from adapters.slack.faults import Faults
from adapters.slack.history import History
from adapters.slack.inbox import Inbox
from adapters.slack.removal import Removal
from adapters.slack.workspaces import Workspaces
from bot.events import Platform
from bot.rounds import beside
from bot.service import Bot

logger = logging.getLogger(__name__)

_SILENCE = timedelta(minutes=1)  # a shorter one Slack's own retries bridge
_AGAIN = 300.0  # seconds before what failed is tried again


class Gaps:
    """Knows since when nothing could be heard, and makes up for it once events come again.

    The app of one's own token reads what was written meanwhile. Apps that others install may read
    one page a minute (Slack's terms of May 2025): for those it is only asked who removed them. A
    single token is not asked that: when Slack does not take it, it may be mistyped.
    """

    def __init__(
        self,
        bot: Bot,
        workspaces: Workspaces,
        directory: Directory,
        history: History,
        removal: Removal,
        inbox: Inbox,
        faults: Faults,
        *,
        is_own: bool,
    ) -> None:
        self._bot = bot
        self._workspaces = workspaces
        self._directory = directory
        self._history = history
        self._removal = removal
        self._inbox = inbox
        self._faults = faults
        self._is_own = is_own
        self._heard: datetime | None = None  # when events could reach us last
        self._unread: datetime | None = None  # since when there is something to read
        self._returned = asyncio.Event()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Make up for gaps while the context lasts; begin it before events are received."""
        if self._is_own:
            for workspace in await self._workspaces.all():
                await self._directory.joined(workspace.team)
                self._unread = await self._begun(workspace.team)
        async with beside(self._run(), name="slack gaps"):
            yield

    def hear(self) -> None:
        """Events can reach us now: after a silence, see what it kept from us."""
        before, self._heard = self._heard, self._bot.clock.now()
        if before is None:
            self._returned.set()
        elif self._heard - before >= _SILENCE:
            self._unread = min(before, self._unread or before)
            self._returned.set()

    async def _run(self) -> None:
        while True:
            await self._returned.wait()
            self._returned.clear()
            try:
                done = await self._made_up()
            except Exception as error:
                kind = type(error).__name__
                self._faults.name("gap", "what was missed could not be made up for (%s)", kind)
                done = False
            if done:
                self._faults.clear("gap")
            else:
                asyncio.get_running_loop().call_later(_AGAIN, self._returned.set)

    async def _made_up(self) -> bool:
        if not self._is_own:
            await self._removal.missed()
            return True
        for workspace in await self._workspaces.all():
            if self._unread is not None and self._heard is not None:
                return await self._read(workspace.team, self._unread, self._heard)
        return True

    async def _begun(self, team: str) -> datetime | None:
        """Since when a workspace was not heard, kept until it has been read.

        The first live message would hide it from a process that starts after this one was killed.
        """
        store = self._bot.store
        heard = await self._inbox.until_kept(lambda: store.heard_until(Platform.SLACK))
        if since := heard.get(team):
            await self._inbox.until_kept(lambda: store.note_gaps(Platform.SLACK, {team: since}))
        return since

    async def _read(self, team: str, since: datetime, until: datetime) -> bool:
        """Read up to when events came again: what is later comes live, and gets its reaction."""
        store = self._bot.store
        await self._inbox.until_kept(lambda: store.note_gaps(Platform.SLACK, {team: since}))
        read = await self._history.catch_up(team, since, until)
        if read is None:
            return False
        if not self._returned.is_set():  # or there is another gap by now
            self._unread = None
            await self._inbox.until_kept(lambda: store.close_gap(Platform.SLACK, team))
        if read:
            logger.info("slack: %s messages read that may have been missed", read)
        return True
