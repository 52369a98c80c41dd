"""Twenty thousand messages: nothing lost, nothing counted twice, the event loop never held."""

import asyncio
import gc
import random
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.core import ANGRY, JOYFUL, PLAIN
from tests.fakes.loop_watch import watched_loop
from tests.fakes.slack_payloads import deleted, edited
from tests.fakes.slack_socket import Delivery
from tests.scenarios.slack_world import SOCKET, World, world

MESSAGES, CHANNELS, TEXTS = 20_000, 20, 1_000
AHEAD = 200  # deliveries before the bot is waited for
# Seconds. Socket Mode's pings and Slack's three seconds need no better; the loop itself is held for
# a few milliseconds, and waits the rest for the interpreter's lock on a busy machine.
BLOCKED = 0.5
ROOM = 150 * 1024 * 1024  # bytes that the process may grow by


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_twenty_thousand_messages(tmp_path: Path) -> None:
    """Edits, deletions, duplicates and dropped sockets among them; the counts come out exact."""
    chance = random.Random(7)
    process = psutil.Process()
    async with world(tmp_path, ping_every=2.0, **SOCKET | {"SLACK_CONNECTIONS": 2}) as here:
        before = process.memory_info().rss
        gc.collect()
        gc.freeze()  # the test's own imports are not the bot's garbage
        with watched_loop() as watch:
            expected = await _pour(here, chance)
            await here.until(lambda: _has_counted(here, expected), within=60)
        gc.unfreeze()
        grown = process.memory_info().rss - before
        assert await here.bot.store.audit() == []
        put = Counter(
            (call.params["channel"], call.params["timestamp"])
            for call in here.slack.made("reactions.add")
        )
        assert put
        assert max(put.values()) <= 2  # a second one only for an edit
        assert watch.longest < BLOCKED, (watch.longest, watch.culprit)
        assert grown < ROOM, grown


async def _pour(here: World, chance: random.Random) -> int:
    """Deliver everything; how many messages must be counted in the end."""
    texts = [f"{chance.choice((JOYFUL, ANGRY, PLAIN))} {number}" for number in range(TEXTS)]
    surviving = 0
    under_way: list[Delivery] = []
    for number in range(MESSAGES):
        here.clock.set(here.clock.now() + timedelta(milliseconds=5))
        about = {"user": f"U{chance.randrange(300)}", "channel": f"C{chance.randrange(CHANNELS)}"}
        payload = here.message(chance.choice(texts), **about)
        under_way.append(await here.slack.sockets.deliver(payload))
        surviving += 1
        await asyncio.sleep(0)  # each message is an event of its own, not a part of the test's
        fate = chance.random()
        if fate < 0.02:
            under_way.append(await here.slack.sockets.deliver(payload))
        elif fate < 0.04:
            later = here.clock.now() + timedelta(seconds=1)
            changed = edited(payload, chance.choice(texts) + "!", later)
            under_way.append(await here.slack.sockets.deliver(changed))
        elif fate < 0.05:
            gone = deleted(payload, here.clock.now() + timedelta(seconds=1))
            under_way.append(await here.slack.sockets.deliver(gone))
            surviving -= 1
        if len(under_way) >= AHEAD:
            await _acknowledged(here, under_way)
            await here.until(partial(_has_caught_up, here, surviving - AHEAD))
        if number == MESSAGES // 2:
            await _acknowledged(here, under_way)
            await here.slack.sockets.drop()
            await here.slack.sockets.connected(2, within=30)
    await _acknowledged(here, under_way)
    return surviving


async def _acknowledged(here: World, under_way: list[Delivery]) -> None:
    """Wait for the acknowledgements; what Slack gets none for it delivers again."""
    for delivery in under_way:
        while True:
            try:
                await delivery.acknowledged(within=2.0)
                break
            except TimeoutError:
                await here.slack.sockets.connected(1, within=30)
                await here.slack.sockets.send(delivery)
    under_way.clear()


async def _has_caught_up(here: World, expected: int) -> bool:
    return await here.counted() >= expected


async def _has_counted(here: World, expected: int) -> bool:
    return await here.counted() == expected
