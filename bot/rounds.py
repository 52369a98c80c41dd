"""Work that is done again and again beside the platforms, whatever becomes of one round."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from bot.errors import StorageError

logger = logging.getLogger(__name__)


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None], *, name: str) -> AsyncIterator[None]:
    """Let `work` run while the context lasts; its end ends it."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def repeating(
    name: str, work: Callable[[], Awaitable[object]], *, every: float
) -> AsyncIterator[None]:
    """Do `work` now, and again every `every` seconds, while the context lasts."""
    async with beside(_repeat(name, work, every), name=name):
        yield


async def _repeat(name: str, work: Callable[[], Awaitable[object]], every: float) -> None:
    while True:
        try:
            await work()
        except StorageError as error:
            logger.warning("%s waits for the next round: %s", name, error)
        except Exception:
            logger.exception("%s failed; the next round goes on", name)
        await asyncio.sleep(every)
