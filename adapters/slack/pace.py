"""Slack's limits by method, held on our side so that a 429 is the exception."""

import asyncio
from collections import deque
from typing import Final, NamedTuple


class Limit(NamedTuple):
    """At most `calls` in any `period` seconds."""

    calls: int
    period: float


# docs.slack.dev/apis/web-api/rate-limits: by method and workspace, chat.postMessage by channel.
ADD_REACTION: Final = Limit(50, 60.0)
REMOVE_REACTION: Final = Limit(20, 60.0)
POST_MESSAGE: Final = Limit(1, 1.0)
POST_EPHEMERAL: Final = Limit(100, 60.0)
UPLOAD: Final = Limit(100, 60.0)
READ_HISTORY: Final = Limit(50, 60.0)
PUBLISH_HOME: Final = Limit(100, 60.0)
LOOK_UP: Final = Limit(50, 60.0)
LIST: Final = Limit(20, 60.0)


class Pace:
    """Turns at a method for each key (a workspace, or one of its channels), within a limit."""

    def __init__(self) -> None:
        self._taken: dict[tuple[Limit, str, str], deque[float]] = {}

    async def turn(self, method: str, limit: Limit, key: str, *, patience: float = 3600.0) -> bool:
        """Wait for a turn and take it; False, with nothing taken, if it is beyond `patience` s."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._forget(now)
        taken = self._taken.setdefault((limit, method, key), deque())
        while taken and now - taken[0] >= limit.period:
            taken.popleft()
        # Turns are booked ahead: whoever comes later waits behind those who wait already.
        at = now if len(taken) < limit.calls else taken[-limit.calls] + limit.period
        if at - now > patience:
            return False
        taken.append(max(at, now))
        if at > now:
            await asyncio.sleep(at - now)
        return True

    def _forget(self, now: float) -> None:
        """Drop the keys of quiet channels, when there are many."""
        if len(self._taken) > 1000:
            self._taken = {
                place: taken
                for place, taken in self._taken.items()
                if now - taken[-1] < place[0].period
            }
