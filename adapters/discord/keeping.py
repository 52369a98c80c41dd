"""Work on the store that must not be lost: done again until it is kept."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from adapters.discord.notices import Notices
from bot.errors import StorageError

T = TypeVar("T")


class Keeping:
    """Waits for a database that is locked or full, as long as `pauses` last."""

    def __init__(self, notices: Notices, pauses: tuple[float, ...]) -> None:
        self._notices = notices
        self._pauses = pauses

    async def __call__(self, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` returns; StorageError after the last pause."""
        for pause in self._pauses:
            try:
                return await work()
            except StorageError as error:
                self._notices.fault("storage", "%s Messages wait until it is back", error)
                await asyncio.sleep(pause)
        return await work()
