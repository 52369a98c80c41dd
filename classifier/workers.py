"""The threads that run a blocking model for an event loop."""

import asyncio
import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from classifier.request_queue import Outcome, Priority, Request, RequestQueue

log = logging.getLogger(__name__)

# Waking the loop for every result costs 0.3 ms of processor, a tenth of a short message's
# inference; while more wait and nobody is watching, it comes by for them this often (seconds).
_ROUND = 0.02


def available_cpus() -> int:
    """How many CPUs this process may use, which in a container is often fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workers:
    """Threads that take requests from `queue`, one at a time, until it is closed and empty.

    On the event loop, `deliver` is called with each outcome, at once if it is interactive or
    the last, else within `_ROUND`; and `ended` when no thread is left.
    The threads are daemons: one held by its model for ever does not keep the process alive.
    """

    def __init__(
        self,
        queue: RequestQueue,
        *,
        deliver: Callable[[Request, Outcome], None],
        ended: Callable[[], None],
    ) -> None:
        self._queue = queue
        self._deliver = deliver
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._finished = deque[tuple[Request, Outcome]]()
        self._round: asyncio.TimerHandle | None = None
        self._threads: dict[threading.Thread, asyncio.Future[None]] = {}  # each with its end

    def start(self, first: Request) -> None:
        """Start one more thread, which runs `first` before it turns to the queue."""
        end = self._loop.create_future()
        name = f"classifier-{len(self._threads)}"
        thread = threading.Thread(target=self._run, args=(first, end), name=name, daemon=True)
        thread.start()
        self._threads[thread] = end

    async def join(self, within: float) -> None:
        """Wait until the threads have ended, but no longer than `within` seconds."""
        if self._threads:
            await asyncio.wait(self._threads.values(), timeout=within)
        for thread, end in self._threads.items():
            if end.done():
                thread.join()  # it has said its last word: a matter of microseconds
            else:
                log.warning("%s is left behind, busy for over %g s", thread.name, within)

    def _run(self, first: Request, end: asyncio.Future[None]) -> None:
        """A thread's life. Whatever ends it, the loop hears of it and of the request in hand."""
        request: Request | None = first
        try:
            while request is not None:
                self._finished.append((request, _outcome(request)))
                watched = request.priority is Priority.INTERACTIVE
                if watched or self._round is None or not len(self._queue):
                    self._post(self._collect)
                request = None if self._loop.is_closed() else self._queue.take()
        except BaseException as error:
            log.exception("%s died", threading.current_thread().name)
            if request is not None:  # after its outcome, if it has one: the first counts
                self._finished.append((request, error))
        finally:
            self._post(self._retire, end)

    def _collect(self) -> None:
        """Deliver what is finished, and come again if more is on its way."""
        if self._round:
            self._round.cancel()
            self._round = None  # before looking: a result that comes later asks for itself
        while self._finished:
            self._deliver(*self._finished.popleft())
        if len(self._queue):
            self._round = self._loop.call_later(_ROUND, self._collect)

    def _retire(self, end: asyncio.Future[None]) -> None:
        self._collect()
        end.set_result(None)
        if all(other.done() for other in self._threads.values()):
            self._ended()

    def _post(self, callback: Callable[..., None], *args: object) -> None:
        with suppress(RuntimeError):  # the loop was closed under us: nobody waits any more
            self._loop.call_soon_threadsafe(callback, *args)


def _outcome(request: Request) -> Outcome:
    """What the model makes of the text; a failure of any kind is a result like another."""
    try:
        return request.model.predict(request.text)
    except BaseException as error:
        return error
