"""Goes through a channel's messages page by page, and can go on where it was interrupted."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import datetime

import discord
from discord.utils import time_snowflake

logger = logging.getLogger(__name__)

Readable = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
Note = Callable[[int], Awaitable[None]]

_PAGE = 100


class Walk:
    """A channel's messages after a moment, up to `last`, resumable after each page.

    All of them oldest first, or at most so many newest first: of a gap that is too long to be
    read, the end is what was surely missed.
    """

    def __init__(
        self,
        channel: Readable,
        since: datetime,
        last: int | None = None,
        *,
        newest: int | None = None,
        note: Note | None = None,
    ) -> None:
        self.channel = channel
        self.read = 0
        self._last = last
        self._after = discord.Object(time_snowflake(since, high=True))
        self._before = discord.Object(last + 1) if last else None
        self._newest = newest
        self._note = note

    async def pages(self) -> AsyncIterator[list[discord.Message]]:
        """The next messages; a page counts as read when the next one is asked for."""
        left = None if self._newest is None else self._newest - self.read
        history = self.channel.history(
            limit=left, after=self._after, before=self._before, oldest_first=left is None
        )
        page: list[discord.Message] = []
        async for message in history:
            page.append(message)
            if len(page) == _PAGE:
                yield page
                await self._passed(page)
                page = []
        if page:
            yield page
            await self._passed(page)
        if self._is_cut:
            logger.warning("channel %s missed more than is read again", self.channel.id)

    def passed(self, messages: Iterable[int]) -> list[int]:
        """Those a finished walk of the newest would have met, were they still there."""
        first = (self._before if self._is_cut and self._before else self._after).id
        last = self._last or 0
        return [message for message in messages if first < message <= last]

    @property
    def _is_cut(self) -> bool:
        return self.read == self._newest

    async def _passed(self, page: list[discord.Message]) -> None:
        self.read += len(page)
        if self._newest is None:
            self._after = discord.Object(page[-1].id)
        else:
            self._before = discord.Object(page[-1].id)
        if self._note:
            await self._note(page[-1].id)
