"""What a platform delivered and the core has not taken yet: bounded, in order, nothing lost."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Self, TypeVar

from adapters.slack.faults import Faults
from bot.errors import StorageError
from bot.events import MessageEvent, MessageRef, Outcome, Rule

logger = logging.getLogger(__name__)

_ROOM = 2_000  # deliveries
_AT_ONCE = 64  # in the core; the classifier's own queue holds more
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds before the core is asked again
_PATIENCE = 3600.0  # seconds until a delivery that the core never takes is given up
_DRAIN = 10.0  # seconds that closing waits for what was accepted

T = TypeVar("T")
Take = Callable[[MessageEvent], Awaitable[Outcome]]
CarryOut = Callable[[MessageEvent, Outcome], Awaitable[None]]


class Inbox:
    """Hands deliveries to `take`, the core, until it has taken them; its outcomes to `carry_out`.

    Deliveries of one message keep their order, reaction included; others run side by side. While
    the database is locked or the classifier is overloaded they wait here. A full inbox refuses:
    the platform is then left unanswered, and delivers again.
    """

    def __init__(
        self,
        take: Take,
        carry_out: CarryOut,
        faults: Faults,
        *,
        room: int | None = None,
        first_pause: float = _FIRST_PAUSE,
    ) -> None:
        self._take = take
        self._carry_out = carry_out
        self._faults = faults
        self._room = room or _ROOM
        self._first_pause = first_pause
        self._core = asyncio.Semaphore(_AT_ONCE)
        self._tasks: dict[asyncio.Task[None], MessageEvent] = {}
        self._last: dict[MessageRef, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def is_full(self) -> bool:
        """Whether the next delivery must be refused."""
        return len(self._tasks) >= self._room

    def put(self, event: MessageEvent) -> asyncio.Task[None]:
        """Accept a delivery; the task ends when it is dealt with."""
        task = asyncio.create_task(self._deal_with(event, self._last.get(event.ref)))
        self._tasks[task] = event
        self._last[event.ref] = task
        task.add_done_callback(self._forget)
        return task

    async def settle(self, workspace: str) -> None:
        """Wait until nothing of a workspace is under way."""
        while tasks := [
            task for task, event in self._tasks.items() if event.ref.channel.workspace == workspace
        ]:
            await asyncio.wait(tasks)

    async def close(self, *, patience: float = _DRAIN) -> None:
        """Let what was accepted come to its end, then give up the rest."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=patience)
        abandoned = list(self._tasks)
        for task in abandoned:
            task.cancel()
        if abandoned:
            logger.warning("%s deliveries were given up at the end", len(abandoned))
            await asyncio.wait(abandoned)

    def _forget(self, task: asyncio.Task[None]) -> None:
        event = self._tasks.pop(task)
        if self._last.get(event.ref) is task:
            del self._last[event.ref]

    async def _deal_with(self, event: MessageEvent, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            outcome = await self._taken(event)
            if outcome is not None:
                await self._carry_out(event, outcome)
        except Exception as error:
            # One delivery's failure is its own; its text may be in the error, so only its kind.
            self._faults.name(
                f"delivery:{type(error).__name__}",
                "a delivery failed with %s and was given up",
                type(error).__name__,
            )

    async def _taken(self, event: MessageEvent) -> Outcome | None:
        """What the core made of `event`; None when it never took it."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _PATIENCE
        for pause in self._pauses():
            async with self._core:
                outcome = await self._asked(event)
            if outcome is not None:
                return outcome
            if loop.time() >= deadline:
                break
            await asyncio.sleep(pause)
        logger.error("a message was given up: the core could not take it for an hour")
        return None

    async def _asked(self, event: MessageEvent) -> Outcome | None:
        try:
            outcome = await self._take(event)
        except StorageError as error:
            self._faults.name("database", "messages wait: %s", error)
            return None
        self._faults.clear("database", "the database takes messages again")
        if outcome.rule is Rule.UNAVAILABLE:
            self._faults.name("classifier", "messages wait: the classifier does not keep up")
            return None
        if outcome.prediction is not None:
            self._faults.clear("classifier", "the classifier keeps up again")
        return outcome

    async def until_kept(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work` on the store until it succeeds."""
        for pause in self._pauses():
            try:
                return await work()
            except StorageError as error:
                self._faults.name("database", "what is to be kept waits: %s", error)
            await asyncio.sleep(pause)
        raise AssertionError("the pauses never end")

    def _pauses(self) -> Iterator[float]:
        pause = self._first_pause
        while True:
            yield pause
            pause = min(2 * pause, _LONGEST_PAUSE)
