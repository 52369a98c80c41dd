"""Twenty thousand messages: nothing lost, nothing counted twice, the event loop never held."""

import asyncio
import gc
import random
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import psutil
import pytest

from adapters.slack.translate import moment
from tests.core import ANGRY, JOYFUL, NOW, PLAIN
from tests.fakes.loop_watch import watched_loop
from tests.fakes.slack_payloads import Payload, deleted, edited
from tests.fakes.slack_socket import Delivery
from tests.scenarios.recount import Counts, Survivor, counted, recounted
from tests.scenarios.slack_world import SOCKET, World, world

MESSAGES, CHANNELS, TEXTS = 20_000, 20, 1_000
AHEAD = 200  # deliveries before the bot is waited for
DROPS = 3_500  # messages between two, more or less
BLOCKED = 0.050  # seconds
PATIENCE = 75.0  # seconds; a reaction may wait a minute for its turn
ROOM = 150 * 1024 * 1024  # bytes that the process may grow by


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_twenty_thousand_messages(tmp_path: Path) -> None:
    """Edits, deletions, duplicates and dropped sockets among them; the counts come out exact."""
    process = psutil.Process()
    async with world(tmp_path, ping_every=2.0, **SOCKET | {"SLACK_CONNECTIONS": 2}) as here:
        before = process.memory_info().rss
        gc.collect()
        gc.freeze()  # the test's own imports are not the bot's garbage
        crowd = Crowd(here, random.Random(7))
        with watched_loop() as watch:
            await crowd.pour()
            await here.until(lambda: _has_counted(here, len(crowd.alive)), within=60)
        gc.unfreeze()
        grown = process.memory_info().rss - before
        assert await here.bot.store.audit() == []
        expected = await asyncio.to_thread(recounted, crowd.alive.values())
        window = NOW - timedelta(hours=1), here.clock.now() + timedelta(hours=1)
        with suppress(TimeoutError):  # an edit waits for the reaction to what it edits
            await here.until(lambda: _counts_are(here, window, expected), within=PATIENCE)
        assert await counted(here.bot, *window) == expected
        put = Counter(
            (call.params["channel"], call.params["timestamp"])
            for call in here.slack.made("reactions.add")
        )
        assert put
        assert max(put.values()) <= 2  # a second one only for an edit
        assert crowd.drops >= 3
        assert watch.longest < BLOCKED, (watch.longest, watch.culprit)
        assert grown < ROOM, grown


class Crowd:
    """People who write, edit and delete; it knows what must be counted in the end."""

    def __init__(self, here: World, chance: random.Random) -> None:
        self.alive: dict[str, Survivor] = {}
        self.drops = 0
        self._here = here
        self._chance = chance
        self._texts = [f"{chance.choice((JOYFUL, ANGRY, PLAIN))} {it}" for it in range(TEXTS)]
        self._under_way: list[Delivery] = []

    async def pour(self) -> None:
        """Deliver everything, cutting the sockets off now and then."""
        here, chance = self._here, self._chance
        for _ in range(MESSAGES):
            here.clock.set(here.clock.now() + timedelta(milliseconds=5))
            await self._write()
            await asyncio.sleep(0)  # each message is an event of its own, not a part of the test's
            if chance.random() < 1 / DROPS:
                self.drops += 1
                await here.slack.sockets.drop()
                await here.slack.sockets.connected(2, within=30)
            if len(self._under_way) >= AHEAD:
                await _acknowledged(here, self._under_way)
                await here.until(partial(_has_caught_up, here, len(self.alive) - AHEAD))
                gc.freeze()  # the fake keeps all it ever said: that is no garbage of the bot's
        await _acknowledged(here, self._under_way)

    async def _write(self) -> None:
        """A message, and what becomes of it."""
        here, chance = self._here, self._chance
        about = {"user": f"U{chance.randrange(300)}", "channel": f"C{chance.randrange(CHANNELS)}"}
        text = chance.choice(self._texts)
        payload = here.message(text, **about)
        ts = payload["event"]["ts"]
        self.alive[ts] = Survivor(about["channel"], moment(ts), text)
        await self._deliver(payload)
        fate, later = chance.random(), here.clock.now() + timedelta(seconds=1)
        if fate < 0.02:
            await self._deliver(payload)
        elif fate < 0.04:
            text = chance.choice(self._texts) + "!"
            self.alive[ts] = self.alive[ts]._replace(text=text)
            await self._deliver(edited(payload, text, later))
        elif fate < 0.05:
            del self.alive[ts]
            await self._deliver(deleted(payload, later))

    async def _deliver(self, payload: Payload) -> None:
        self._under_way.append(await self._here.slack.sockets.deliver(payload))


async def _acknowledged(here: World, under_way: list[Delivery]) -> None:
    """Wait for the acknowledgements; what Slack gets none for it delivers again."""
    while late := [delivery for delivery in under_way if not delivery.ack.done()]:
        await asyncio.wait([delivery.ack for delivery in late], timeout=2.0)
        await here.slack.sockets.connected(1, within=30)
        for delivery in late:
            if not delivery.ack.done():
                await here.slack.sockets.send(delivery)
    under_way.clear()


async def _has_caught_up(here: World, expected: int) -> bool:
    return await here.counted() >= expected


async def _counts_are(here: World, window: tuple[datetime, datetime], expected: Counts) -> bool:
    return await counted(here.bot, *window) == expected


async def _has_counted(here: World, expected: int) -> bool:
    return await here.counted() == expected
