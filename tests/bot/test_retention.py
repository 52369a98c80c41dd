"""Retention: rows leave by themselves, counts stay."""

import asyncio
from datetime import timedelta

import pytest

from bot.observations import ChannelActivity
from bot.retention import sweep, sweeping
from bot.service import Bot
from tests.core import CHANNEL, NOW, ask, message

OLD = NOW - timedelta(days=31)


async def test_old_observations_leave_and_their_counts_stay(bot: Bot) -> None:
    """Past the retention no row of a person is left, while the channel's mood keeps its counts."""
    await bot.on_message(message(sent_at=OLD))
    await bot.on_message(message(number=2))
    assert await sweep(bot) == 1
    assert await bot.store.find(message().ref) is None
    assert await bot.store.find(message(number=2).ref)
    [activity] = await bot.store.channels()
    assert activity.messages == 2


async def test_a_workspace_chooses_its_days(bot: Bot) -> None:
    """A shorter retention reaches rows that the default would keep."""
    await bot.on_message(message(sent_at=NOW - timedelta(days=3)))
    assert await sweep(bot) == 0
    await ask(bot, "settings retention 2", is_manager=True)
    assert await sweep(bot) == 1


async def test_what_expired_is_not_counted_again(bot: Bot) -> None:
    """History read again after the sweep doubles nothing."""
    await bot.on_message(message(sent_at=OLD))
    await sweep(bot)
    await bot.on_message(message(sent_at=OLD))
    [activity] = await bot.store.channels(CHANNEL.platform, CHANNEL.workspace)
    assert activity.messages == 1


async def test_it_runs_by_itself(bot: Bot) -> None:
    """While the bot serves, sweeping needs nobody to ask for it, and ends with the bot."""
    await bot.on_message(message(sent_at=OLD))
    async with sweeping(bot, every=0.01):
        async with asyncio.timeout(5):
            while await bot.store.find(message().ref):
                await asyncio.sleep(0.01)


async def test_a_failed_sweep_does_not_end_it(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong in one round, the next one keeps the promise."""
    await bot.on_message(message(sent_at=OLD))
    rounds = iter([ValueError("a surprise")])
    channels = bot.store.channels

    async def failing_once() -> list[ChannelActivity]:
        for error in rounds:
            raise error
        return await channels()

    monkeypatch.setattr(bot.store, "channels", failing_once)
    async with sweeping(bot, every=0.01), asyncio.timeout(5):
        while await bot.store.find(message().ref):
            await asyncio.sleep(0.01)
