"""The asynchronous front of a blocking model: bounded, in two priorities, every call ends.

A service with workers rather than a batcher: dynamic int8 takes one activation scale for a whole
batch, so a message's scores would depend on whatever else is in flight (0.3 in the logits).
Messages run one per inference, each worker single-threaded, and a text has one answer.
"""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from typing import Self

from classifier.base import ClassifierError, Closed, Model, Overloaded, Prediction, Timeout
from classifier.cache import PredictionCache, digest
from classifier.request_queue import Key, Outcome, Priority, Request, RequestQueue
from classifier.workers import Workers, available_cpus

__all__ = ["ClassifierService", "Priority", "Stats"]

log = logging.getLogger(__name__)

_WARM_UP = "오늘도 와 줘서 정말 고마워요. Thank you so much for coming today."
_COUNTED = {asyncio.CancelledError: "cancelled", Timeout: "timed_out"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What the service does now and how its calls ended since it was opened.

    `queued` and `running` are inferences; the others are calls, each counted once.
    """

    queued: int = 0
    running: int = 0
    done: int = 0
    cached: int = 0
    refused: int = 0
    timed_out: int = 0
    failed: int = 0
    cancelled: int = 0


class ClassifierService:
    """Classifies texts off the event loop; an `async with` opens it once.

    `workers` threads (one a CPU when None) run one text each. Beyond them `queue_limit` texts may
    wait, and a tenth more if interactive; a call waits at most `timeout` seconds, queue included.
    """

    def __init__(
        self,
        model: Model,
        *,
        workers: int | None = None,
        queue_limit: int = 1000,
        timeout: float = 10.0,
        cache_size: int = 1024,
    ) -> None:
        workers = available_cpus() if workers is None else workers
        if workers < 1 or queue_limit < 1 or timeout <= 0 or cache_size < 0:
            raise ValueError(
                "workers and queue_limit must be at least 1, timeout above 0, cache_size 0 or more,"
                f" not {workers}, {queue_limit}, {timeout:g}, {cache_size}"
            )
        self._model = model
        self._worker_count = workers
        self._timeout = timeout
        places = workers + queue_limit
        self._places = {
            Priority.BACKGROUND: places,
            Priority.INTERACTIVE: places + max(1, queue_limit // 10),
        }
        self._queue = RequestQueue()
        self._in_flight: dict[Key, Request] = {}  # queued or running
        self._cache = PredictionCache(cache_size)
        self._counts = Counter[str]()
        self._workers: Workers | None = None
        self._open = False

    @property
    def model(self) -> Model:
        """The model that answers the next request."""
        return self._model

    @property
    def stats(self) -> Stats:
        """A snapshot of the counters."""
        queued = len(self._queue)
        return Stats(queued=queued, running=len(self._in_flight) - queued, **self._counts)

    async def __aenter__(self) -> Self:
        self._workers = Workers(self._queue, deliver=self._deliver, ended=self._abandon)
        key, priority = _key(self._model, _WARM_UP), Priority.INTERACTIVE
        warm_ups = [
            _request(self._model, key, _WARM_UP, priority) for _ in range(self._worker_count)
        ]
        try:
            for request in warm_ups:
                self._workers.start(request)
            await asyncio.wait([request.ended for request in warm_ups], timeout=self._timeout)
            for request in warm_ups:
                self._result(request)
        except BaseException:
            await self.aclose()
            raise
        self._open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Answer the accepted calls, end the workers, forget the answers. Later calls get Closed.

        Waits no longer than the timeout: by then every call has ended, and a worker that its
        model still holds is left behind (as a daemon, so it does not keep the process alive).
        """
        self._open = False
        self._queue.close()
        if self._workers:
            await self._workers.join(self._timeout)
        self._abandon()
        self._cache.clear()

    async def classify(self, text: str, *, priority: Priority = Priority.BACKGROUND) -> Prediction:
        """Classify one raw text.

        Raises Overloaded, Timeout or Closed, or another ClassifierError when the model failed.
        """
        return await self._classify(self._model, text, priority)

    async def replace(self, model: Model) -> None:
        """Serve `model` from the next request on, once it has answered a first text.

        Requests accepted before end on the model they were accepted for. A new model that fails
        raises as `classify` does, and the old one stays.
        """
        await self._classify(model, _WARM_UP, Priority.INTERACTIVE)
        self._model = model

    async def _classify(self, model: Model, text: str, priority: Priority) -> Prediction:
        if not self._open:
            raise Closed("The classifier service is not open, so it takes no texts.")
        key = _key(model, text)
        known = self._cache.get(key)
        if known is not None:
            self._counts["cached"] += 1
            return known
        request = self._join(key, priority) or self._accept(model, key, text, priority)
        request.callers += 1
        try:
            # Unlike a plain await, this does not cancel the shared future with its caller.
            await asyncio.wait((request.ended,), timeout=self._timeout)
            prediction = self._result(request)
        except BaseException as error:
            self._counts[_COUNTED.get(type(error), "failed")] += 1
            raise
        finally:
            self._leave(request)
        self._counts["done"] += 1
        return prediction

    def _join(self, key: Key, priority: Priority) -> Request | None:
        """The same text already in flight, moved to the front if a person now waits for it."""
        request = self._in_flight.get(key)
        if request and priority < request.priority:
            queued = self._queue.remove(request)
            request.priority = priority
            if queued:
                self._queue.put(request)
        return request

    def _accept(self, model: Model, key: Key, text: str, priority: Priority) -> Request:
        if len(self._in_flight) >= self._places[priority]:
            self._counts["refused"] += 1
            raise Overloaded("The classifier's queue is full; try again in a moment.")
        request = self._in_flight[key] = _request(model, key, text, priority)
        self._queue.put(request)
        return request

    def _result(self, request: Request) -> Prediction:
        """What came of `request`, every failure as an error of this caller's own."""
        if not request.ended.done():
            raise Timeout(f"The classifier did not answer within {self._timeout:g} seconds.")
        if request.ended.cancelled():
            raise Closed("The classifier service ended before it came to this text.")
        outcome = request.ended.result()
        if isinstance(outcome, BaseException):
            raise ClassifierError(f"The model failed: {type(outcome).__name__}.") from outcome
        return outcome

    def _leave(self, request: Request) -> None:
        """Count a caller out; a queued request that nobody waits for is not computed."""
        request.callers -= 1
        abandoned = not request.callers and not request.ended.done()
        if abandoned and self._queue.remove(request):
            del self._in_flight[request.key]
            request.ended.cancel()

    def _deliver(self, request: Request, outcome: Outcome) -> None:
        """End `request`; called by the loop for the worker that ran it."""
        if request.ended.done():
            return
        self._in_flight.pop(request.key, None)
        if isinstance(outcome, BaseException):
            log.error("model %s failed: %s", request.model.revision, type(outcome).__name__)
        else:
            self._cache.put(request.key, outcome)
        request.ended.set_result(outcome)

    def _abandon(self) -> None:
        """End what no worker will end: the last one has gone, or is left behind."""
        self._open = False
        for request in self._in_flight.values():
            self._queue.remove(request)
            request.ended.cancel()
        self._in_flight.clear()


def _request(model: Model, key: Key, text: str, priority: Priority) -> Request:
    ended = asyncio.get_running_loop().create_future()
    return Request(model=model, key=key, text=text, priority=priority, ended=ended)


def _key(model: Model, text: str) -> Key:
    return model.revision, digest(text)
