"""Blocking input, read ahead in a thread: the loop never waits for a disk or a person."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")


async def read_ahead(items: Iterable[T], *, limit: int = 256) -> AsyncIterator[T]:
    """Yield `items`, reading at most `limit` of them ahead; their exception is raised here.

    The thread is a daemon and never an executor's: a person who presses Ctrl-C at a prompt must
    not have to press Enter first.
    """
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[tuple[list[T], BaseException | None]] = asyncio.Queue()
    room = threading.Semaphore(limit)

    def deliver(item: list[T], error: BaseException | None = None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(arrived.put_nowait, (item, error))

    def read() -> None:
        try:
            for item in items:
                room.acquire()
                deliver([item])
        except BaseException as error:
            deliver([], error)
        else:
            deliver([])

    threading.Thread(target=read, name="maeum-input", daemon=True).start()
    while True:
        item, error = await arrived.get()
        if error:
            raise error
        if not item:
            return
        room.release()
        yield item[0]
