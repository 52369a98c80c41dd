"""Whatever mix of calls, cancellations, failures, timeouts and closing: every future ends."""

import asyncio
from collections import Counter
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.base import ClassifierError, Closed, Overloaded, Prediction, Timeout
from classifier.request_queue import Request, RequestQueue
from classifier.service import ClassifierService, Priority, Stats
from tests.classifier.stage import StageModel, threads

CALL, CANCEL, SHUT, OPEN, TURN, WAIT, SWAP, CLOSE = range(8)
TIMEOUT = 0.02

Step = tuple[int, int, Priority]
End = Prediction | BaseException | None  # None ends a replacement that succeeded

# Few texts, so that calls meet in flight and in the cache; every third one fails.
_calls = st.tuples(st.just(CALL), st.integers(0, 11), st.sampled_from(Priority))
_others = st.tuples(
    st.sampled_from([CANCEL, SHUT, OPEN, TURN, TURN, WAIT, SWAP, CLOSE]),
    st.integers(0, 30),
    st.just(Priority.BACKGROUND),
)


class _Play:
    """One run of a service through a list of steps."""

    def __init__(self, workers: int, limit: int) -> None:
        self.model = self._model("r0")
        self.service = ClassifierService(
            self.model, workers=workers, queue_limit=limit, timeout=TIMEOUT
        )
        self.calls: dict[asyncio.Task[Prediction], str] = {}
        self.swaps: list[asyncio.Task[None]] = []
        self.closings: list[asyncio.Task[None]] = []

    async def run(self, steps: list[Step]) -> None:
        try:
            await self.service.__aenter__()
        except Timeout:
            return  # the machine is too busy even for the warm-up
        for step, value, priority in steps:
            await self._step(step, value, priority)
        await asyncio.sleep(0)
        self.model.gate.set()
        await self.service.aclose()
        async with asyncio.timeout(5):
            ends = await asyncio.gather(*self.calls, return_exceptions=True)
            swapped = await asyncio.gather(*self.swaps, return_exceptions=True)
            await asyncio.gather(*self.closings)
        for text, end in zip(self.calls.values(), ends, strict=True):
            assert not isinstance(end, Prediction) or end.text == text
        _check([*ends, *swapped], self.service.stats)

    async def _step(self, step: int, value: int, priority: Priority) -> None:
        if step == CALL:
            call = self.service.classify(f"text {value}", priority=priority)
            self.calls[asyncio.create_task(call)] = f"text {value}"
        elif step == CANCEL and self.calls:
            list(self.calls)[value % len(self.calls)].cancel()
        elif step == SHUT:
            self.model.gate.clear()
        elif step == OPEN:
            self.model.gate.set()
        elif step == SWAP:
            swap = self.service.replace(self._model(f"r{len(self.swaps) + 1}"))
            self.swaps.append(asyncio.create_task(swap))
        elif step == CLOSE:
            self.closings.append(asyncio.create_task(self.service.aclose()))
        else:
            await asyncio.sleep(value / 1000 if step == WAIT else 0)

    def _model(self, revision: str) -> StageModel:
        model = StageModel(revision)
        model.failures = {f"text {number}": ValueError() for number in range(0, 12, 3)}
        if revision != "r0":
            model.gate = self.model.gate
        return model


def _check(ends: list[End], stats: Stats) -> None:
    """Each call ended in an error of its own or an answer, and was counted as what it was."""
    errors = [end for end in ends if isinstance(end, BaseException)]
    assert len(set(map(id, errors))) == len(errors)
    kinds = Counter(map(type, errors))
    assert set(kinds) <= {ClassifierError, Closed, Overloaded, Timeout, asyncio.CancelledError}
    assert (stats.queued, stats.running) == (0, 0)
    assert stats.done + stats.cached == len(ends) - len(errors)
    assert stats.refused == kinds[Overloaded]
    assert stats.timed_out == kinds[Timeout]
    # Calls cancelled before they began, or refused by a closed door, never reached the service.
    assert stats.cancelled <= kinds[asyncio.CancelledError]
    assert kinds[ClassifierError] <= stats.failed <= kinds[ClassifierError] + kinds[Closed]


@settings(max_examples=150, deadline=None)
@given(st.lists(_calls | _others, max_size=60), st.integers(1, 3), st.integers(1, 8))
def test_every_future_ends(steps: list[Step], workers: int, limit: int) -> None:
    """Calls, the futures behind them and the workers all end, in whatever way."""
    accepted: list[Request] = []
    put = RequestQueue.put

    def record(queue: RequestQueue, request: Request) -> None:
        accepted.append(request)
        put(queue, request)

    with patch.object(RequestQueue, "put", record):
        asyncio.run(_Play(workers, limit).run(steps))
    assert all(request.ended.done() for request in accepted)
    for thread in threads():
        thread.join(5)
    assert not threads()
