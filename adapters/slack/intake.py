"""Events between their acknowledgement and bolt: taken at once, dispatched one by one.

Bolt takes half a millisecond for an event before it acknowledges it. When hundreds arrive at once
the last would wait for all before it, so events are acknowledged as soon as they have a place
here. A place is kept until bolt has let the event in; what a kill takes away, `gaps` reads again.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple, Self

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from adapters.slack.faults import Faults

logger = logging.getLogger(__name__)

OFFER_AGAIN = 503  # what our part of bolt answers to an event that has to wait
_ROOM = 2_000  # events
_PAUSE = 0.5  # seconds before an event that could not be let in is tried again
_TICK = 0.004  # seconds without a new event after which it is calm
_LONGEST_CALM = 0.5  # seconds that a rush may hold the events up
_RUSH = 5  # events within one turn of the loop
_BETWEEN = 50  # events dispatched between two such waits, so that a lasting rush is served too
_DRAIN = 5.0  # seconds that closing waits for what was acknowledged


class Arrival(NamedTuple):
    """An event as its transport delivered it, proven to be Slack's."""

    mode: str  # "socket_mode" or "http"
    body: str | Mapping[str, Any]
    headers: Mapping[str, Any]


class Intake:
    """Gives events to bolt in the order they came, while acknowledgements go first."""

    def __init__(self, app: AsyncApp, faults: Faults, *, room: int | None = None) -> None:
        self._app = app
        self._faults = faults
        self._room = room or _ROOM
        self._waiting: deque[Arrival] = deque()
        self._accepted = 0  # ever
        self._arrived = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._pump: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._pump = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), _DRAIN)
        if self._waiting:
            logger.warning("slack: %s events were given up at the end", len(self._waiting))
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump

    def accept(self, arrival: Arrival) -> bool:
        """Take an event in; False when it must be left with Slack, which delivers it again."""
        if len(self._waiting) >= self._room:
            self._faults.name("intake", "too much waits; Slack is asked to deliver again later")
            return False
        self._faults.clear("intake", "deliveries are taken again")
        self._waiting.append(arrival)
        self._accepted += 1
        self._arrived.set()
        self._empty.clear()
        return True

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            await asyncio.sleep(0)
            if len(self._waiting) > 1:  # one alone is no rush, and need not wait for its end
                await self._calm()
            dispatched = 0
            while self._waiting:
                before = self._accepted
                # Only then is its place free: what bolt does not let in stays first.
                if await self._let_in(self._waiting[0]):
                    self._waiting.popleft()
                else:
                    await asyncio.sleep(_PAUSE)
                dispatched += 1
                await asyncio.sleep(0)
                if dispatched >= _BETWEEN and self._accepted - before >= _RUSH:
                    await self._calm()
                    dispatched = 0
            self._empty.set()

    async def _calm(self) -> None:
        """Wait while events pour in, so that their acknowledgements have the loop to themselves."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _LONGEST_CALM
        before = -1
        while before != self._accepted and loop.time() < deadline:
            before = self._accepted
            await asyncio.sleep(_TICK)
            await asyncio.sleep(0)  # what was read in the meantime is accepted a turn later

    async def _let_in(self, arrival: Arrival) -> bool:
        """Whether bolt took the event. A full inbox and a locked database are not its last word.

        Every other failure is: an event that nothing can be made of must not hold up the rest.
        """
        try:
            request = AsyncBoltRequest(
                mode=arrival.mode,
                body=arrival.body,  # type: ignore[arg-type]
                headers=arrival.headers,  # type: ignore[arg-type]
            )
            return (await self._app.async_dispatch(request)).status != OFFER_AGAIN
        except Exception as error:  # bolt looks into a payload before it guards itself
            kind = type(error).__name__
            self._faults.name(
                f"event:{kind}", "an event was passed over: bolt fails on it: %s", kind
            )
            return True
