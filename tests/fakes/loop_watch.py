"""Watches how long the event loop is held by one callback."""

import asyncio
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self


@dataclass
class Watch:
    """What was seen."""

    longest: float = 0.0  # seconds that one callback held the loop
    culprit: str = ""
    callbacks: int = 0


@contextmanager
def watched_loop() -> Iterator[Watch]:
    """Time every callback of the loop but the test's own: its task, and the server it fakes.

    What a busy machine does to a callback is no fault of it. The time it waited for a processor is
    taken off; and when the operating system took a thread of this process off its processor (an
    involuntary switch: it may have gone with the interpreter's lock in hand), the callback is held
    to the processor time it used.
    """
    watch = Watch()
    original = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> Any:
        switches, waited = _switches(), queue.waited()
        used, passed = time.thread_time(), time.perf_counter()
        try:
            return original(handle)
        finally:
            used, passed = time.thread_time() - used, time.perf_counter() - passed
            passed -= queue.waited() - waited
            held = passed if _switches() == switches else used
            watch.callbacks += 1
            if held > watch.longest and not _is_of_the_stage(handle):
                watch.longest, watch.culprit = held, f"{handle!r} {_task_of(handle)!r}"

    with _RunQueue() as queue:
        asyncio.Handle._run = timed  # type: ignore[method-assign]
        try:
            yield watch
        finally:
            asyncio.Handle._run = original  # type: ignore[method-assign]


def _switches() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


class _RunQueue:
    """How long this thread has waited for a processor: schedstat's second number, on Linux."""

    def __init__(self) -> None:
        self._file: int | None = None
        self._waited = 0.0

    def __enter__(self) -> Self:
        with suppress(OSError):
            self._file = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def waited(self) -> float:
        """Seconds, ever; always the same where nobody tells."""
        if self._file is not None:
            self._waited = int(os.pread(self._file, 64, 0).split()[1]) / 1e9
        return self._waited


def _task_of(handle: asyncio.Handle) -> asyncio.Task[Any] | None:
    """The task that the callback is a step of."""
    owner = getattr(handle._callback, "__self__", None)
    return owner if isinstance(owner, asyncio.Task) else None


def _is_of_the_stage(handle: asyncio.Handle) -> bool:
    task = _task_of(handle)
    code = getattr(task.get_coro(), "cr_code", None) if task else None
    if code is None:
        return False
    return "/tests/" in code.co_filename or code.co_filename.endswith("aiohttp/web_protocol.py")
