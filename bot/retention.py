"""Retention: observations leave when their workspace's days are over, without anybody's asking."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.rounds import repeating
from bot.service import Bot

logger = logging.getLogger(__name__)

_EVERY = 3600.0  # seconds; a day's promise is kept to the hour


async def sweep(bot: Bot) -> int:
    """Remove what is past its workspace's retention; how many observations."""
    removed = 0
    swept = set()
    for activity in await bot.store.channels():
        channel = activity.channel
        workspace = (channel.platform, channel.workspace)
        if workspace in swept:
            continue
        swept.add(workspace)
        preferences = await bot.preferences(channel)  # these are the same in all its channels
        kept = timedelta(days=preferences.retention)
        removed += await bot.store.expire(*workspace, bot.clock.now() - kept)
        await bot.corrections.settle(channel, preferences)
    return removed


@asynccontextmanager
async def sweeping(bot: Bot, *, every: float = _EVERY) -> AsyncIterator[None]:
    """Sweep now, and again every `every` seconds while the context lasts."""

    async def once() -> None:
        if removed := await sweep(bot):
            logger.info("%s observations reached the end of their retention", removed)

    async with repeating("retention", once, every=every):
        yield
