"""Watches how long the event loop is held by one callback."""

import asyncio
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass
class Watch:
    """What was seen."""

    longest: float = 0.0  # seconds that one callback held the loop
    culprit: str = ""
    callbacks: int = 0


@contextmanager
def watched_loop() -> Iterator[Watch]:
    """Time every callback of the loop but the test's own: its task, and the server it fakes.

    A callback during which the operating system took a thread of this process off its processor
    (an involuntary switch, on a busy machine) is held to the processor time it used, every other
    one to the time that passed. Any thread: it may have gone with the interpreter's lock in hand.
    """
    watch = Watch()
    original = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> Any:
        switches = resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw
        used, passed = time.thread_time(), time.perf_counter()
        try:
            return original(handle)
        finally:
            used, passed = time.thread_time() - used, time.perf_counter() - passed
            undisturbed = resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw == switches
            held = passed if undisturbed else used
            watch.callbacks += 1
            if held > watch.longest and not _is_of_the_stage(handle):
                watch.longest, watch.culprit = held, f"{handle!r} {_task_of(handle)!r}"

    asyncio.Handle._run = timed  # type: ignore[method-assign]
    try:
        yield watch
    finally:
        asyncio.Handle._run = original  # type: ignore[method-assign]


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
