"""A manager's visit: one workspace, and of its channels those that they may read themselves."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import TypeAlias

from bot.events import ChannelRef, Platform

MayRead: TypeAlias = Callable[[ChannelRef], Awaitable[bool]]

_PATIENCE = 1.0  # seconds that a page waits for a platform to tell who may read what


class Session:
    """Remembers for its time what the platform said the manager may read.

    A workspace's manager is not in all of its private channels, so each one is asked about, once.
    Slack lets us ask 50 times a minute: what is not told in time is left out until it is.
    """

    def __init__(
        self, platform: Platform, workspace: str, ends: datetime, may_read: MayRead
    ) -> None:
        self.platform = platform
        self.workspace = workspace
        self.ends = ends
        self._may_read = may_read
        self._told: dict[ChannelRef, asyncio.Task[bool]] = {}

    async def readable(self, channels: Iterable[ChannelRef]) -> set[ChannelRef]:
        """Those of `channels` that the manager may read, as far as is known by now."""
        asked = {channel: self._ask(channel) for channel in channels}
        if waiting := [task for task in asked.values() if not task.done()]:
            await asyncio.wait(waiting, timeout=_PATIENCE)
        return {channel for channel, task in asked.items() if _is_yes(task)}

    @property
    def is_asking(self) -> bool:
        """Whether an answer is still to come."""
        return any(not task.done() for task in self._told.values())

    def close(self) -> None:
        """Ask no more."""
        for task in self._told.values():
            task.cancel()

    def _ask(self, channel: ChannelRef) -> asyncio.Task[bool]:
        known = self._told.get(channel)
        if known is None or (known.done() and _failed(known)):
            self._told[channel] = asyncio.create_task(self._answer(channel))
        return self._told[channel]

    async def _answer(self, channel: ChannelRef) -> bool:
        is_ours = (channel.platform, channel.workspace) == (self.platform, self.workspace)
        return is_ours and await self._may_read(channel)


def _failed(task: asyncio.Task[bool]) -> bool:
    return task.cancelled() or task.exception() is not None


def _is_yes(task: asyncio.Task[bool]) -> bool:
    return task.done() and not _failed(task) and task.result()
