"""Hands events to the core, each message's in their order, and carries the outcomes out."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from adapters.discord.notices import Notices
from bot.errors import StorageError
from bot.events import MessageEvent, MessageRef, Outcome, Rule
from bot.service import Bot

logger = logging.getLogger(__name__)

CarryOut = Callable[[MessageEvent, Outcome], Awaitable[None]]

# Seconds before an event is handed in again that the database or the classifier could not take.
PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0, 240.0)
_AT_ONCE = 200  # events in the core; a burst (a RESUME's replay) must not overrun the classifier
_MOST_WAITING = 10_000  # events held back for another try; bounds memory


class Deliveries:
    """The way from a gateway event to what is shown for it.

    Events of one message wait for each other: an edit must know the reaction it replaces.
    """

    def __init__(
        self,
        bot: Bot,
        carry_out: CarryOut,
        notices: Notices,
        *,
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._bot = bot
        self._carry_out = carry_out
        self._notices = notices
        self._pauses = pauses
        self._turns: WeakValueDictionary[MessageRef, asyncio.Lock] = WeakValueDictionary()
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._running: dict[asyncio.Task[object], str] = {}  # -> workspace
        self._waiting = 0
        self._closed = False
        self.given_up = 0

    async def deliver(self, event: MessageEvent) -> Rule | None:
        """Count `event` and show what is due; the rule that decided, None when given up."""
        task = asyncio.current_task()
        if task is None or self._closed:
            return None
        self._running[task] = event.ref.channel.workspace
        try:
            async with self._turn(event.ref):
                return await self._delivered(event)
        finally:
            self._running.pop(task, None)

    async def settled(self, workspace: str | None = None) -> None:
        """Wait until the events now under way (of one workspace) have ended."""
        own = asyncio.current_task()
        running = [
            task
            for task, where in self._running.items()
            if task is not own and workspace in (None, where)
        ]
        if running:
            await asyncio.wait(running)

    async def close(self, patience: float) -> None:
        """Take no more events, and give those under way `patience` seconds to end."""
        self._closed = True
        try:
            await asyncio.wait_for(self.settled(), patience)
        except TimeoutError:
            logger.warning("%s messages were still under way at the end", len(self._running))
            for task in list(self._running):
                task.cancel()

    @asynccontextmanager
    async def _turn(self, ref: MessageRef) -> AsyncIterator[None]:
        lock = self._turns.setdefault(ref, asyncio.Lock())
        async with lock:
            yield

    async def _delivered(self, event: MessageEvent) -> Rule | None:
        for pause in (*self._pauses, None):
            outcome = await self._tried(event)
            if outcome is not None:
                await self._carry_out(event, outcome)
                return outcome.rule
            if pause is None or self._waiting >= _MOST_WAITING or self._closed:
                break
            self._waiting += 1
            try:
                await asyncio.sleep(pause)
            finally:
                self._waiting -= 1
        self.given_up += 1
        self._notices.fault(
            "given up", "messages could not be counted for so long that some are lost"
        )
        return None

    async def _tried(self, event: MessageEvent) -> Outcome | None:
        """The core's answer, or None when it cannot answer now."""
        async with self._room:
            try:
                outcome = await self._bot.on_message(event)
            except StorageError as error:
                self._notices.fault("storage", "%s Messages wait until it is back", error)
                return None
        if outcome.rule is Rule.UNAVAILABLE:
            self._notices.fault("classifier", "the classifier fails; messages wait for it")
            return None
        self._notices.over("storage", "the database is back")
        if outcome.prediction is not None:
            self._notices.over("classifier", "the classifier is back")
        return outcome
