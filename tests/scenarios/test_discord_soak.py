"""Twenty thousand messages with drops, duplicates, edits and deletions, recounted at the end."""

import asyncio
import gc
import random
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from tests.fakes.discord_world import Payload
from tests.fakes.loop_watch import watched_loop
from tests.scenarios.discord_stage import GENERAL, GUILD, Stage, running, staged
from tests.scenarios.recount import Survivor, counted, recounted

MESSAGES = 20_000
CHANNELS = [GENERAL, GUILD + 2, GUILD + 3]
BLOCKED = 0.050  # seconds
BURST = 200  # messages that are told without waiting for the bot

_WHO = [
    "I am",
    "we are",
    "my friend is",
    "everyone is",
    "나는",
    "우리는",
    "동생이",
    "다들",
    "she is",
]
_FEELS = [
    "so happy", "really angry", "a bit sad", "scared", "bored", "curious", "proud", "confused",
    "정말 행복해", "너무 화가 나", "조금 슬퍼", "무서워", "심심해", "궁금해", "뿌듯해", "헷갈려",
]  # fmt: skip
_WHEN = [
    "today",
    "again",
    "오늘",
    "ㅋㅋㅋ",
    "ㅠㅠ",
    "!",
    "...",
    "about it",
    "for no reason",
    "this week",
]
TEXTS = [" ".join(words) for words in product(_WHO, _FEELS, _WHEN)]


class Crowd:
    """People who write, edit and delete; it knows what must be counted in the end."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.random = random.Random(seed)
        self.alive: dict[str, Payload] = {}
        self._stage = stage
        self._gateway = stage.discord.gateway
        self._world = stage.discord.world

    async def write(self) -> Payload:
        """A message, sometimes told twice."""
        message = self._written()
        await self._gateway.tell("MESSAGE_CREATE", message, times=self._times())
        return message

    async def edit(self) -> None:
        """Another text for a message, or a mere preview of its link."""
        message = self._any()
        if self.random.random() < 0.3:
            await self._gateway.tell("MESSAGE_UPDATE", {**message, "embeds": [{"type": "link"}]})
            return
        edited = self._world.edit(message, self._text())
        self.alive[message["id"]] = edited
        await self._gateway.tell("MESSAGE_UPDATE", edited, times=self._times())

    async def delete(self) -> None:
        """One message, or several of a channel at once."""
        message = self._any()
        if self.random.random() < 0.7:
            del self.alive[message["id"]]
            await self._gateway.tell("MESSAGE_DELETE", self._world.delete(message))
            return
        channel = message["channel_id"]
        near = [it for it in list(self.alive.values())[-50:] if it["channel_id"] == channel]
        gone = [self._world.delete(self.alive.pop(it["id"])) for it in near[:5]]
        bulk = {"ids": [it["id"] for it in gone], "channel_id": channel, "guild_id": str(GUILD)}
        await self._gateway.tell("MESSAGE_DELETE_BULK", bulk)

    async def lose_the_session(self) -> None:
        """Messages and deletions that no RESUME brings: only the history tells of them."""
        await self._gateway.invalidate()
        for _ in range(20):
            self._written()
        for message in self.random.sample(list(self.alive.values())[-500:], 20):
            del self.alive[message["id"]]
            self._world.delete(message)
        await self._gateway.connected()

    def _written(self) -> Payload:
        at = datetime.now(UTC)
        message = self._world.write(
            self.random.choice(CHANNELS),
            self._text(),
            author=self.random.randint(1001, 1300),
            at=at,
        )
        self.alive[message["id"]] = message
        return message

    def _any(self) -> Payload:
        recent = list(self.alive)[-2000:]
        return self.alive[self.random.choice(recent)]

    def _text(self) -> str:
        # Few texts are written often and many seldom, as in any chat.
        place = min(int(self.random.paretovariate(0.7)), len(TEXTS)) - 1
        return TEXTS[place]

    def _times(self) -> int:
        return 2 if self.random.random() < 0.05 else 1


def survivor(message: Payload) -> Survivor:
    """A message as the recount wants it."""
    sent_at = datetime.fromisoformat(message["timestamp"])
    return Survivor(message["channel_id"], sent_at, message["content"])


async def _chat(stage: Stage, crowd: Crowd) -> None:
    for number in range(MESSAGES):
        message = await crowd.write()
        if number % BURST == 0:
            await stage.until(lambda message=message: stage.row(message), within=30)  # type: ignore[misc]
            gc.freeze()  # the fake keeps all it ever said: that is no garbage of the bot's
            if number % 6000 == 3000:
                await crowd.lose_the_session()
        if crowd.random.random() < 0.10:
            await crowd.edit()
        if crowd.random.random() < 0.05:
            await crowd.delete()
        if number % 1500 == 1499:
            await stage.discord.gateway.drop(crowd.random.choice((1000, 1001, 4000, 4009)))


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_a_long_rough_day_is_counted_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The buckets equal a recount of what survived, and the loop was never held for 50 ms."""
    async with staged(tmp_path, monkeypatch) as stage:
        for channel in CHANNELS[1:]:
            stage.discord.world.add_channel(GUILD, channel, f"channel {channel}")
        crowd = Crowd(stage, seed=20_000)
        gc.collect()
        async with running(stage):
            with watched_loop() as watch:
                await _chat(stage, crowd)
                await stage.discord.gateway.connected()
                await stage.until(lambda: _settled(stage, len(crowd.alive)), within=120)
            assert stage.client.deliveries.given_up == 0
        expected = await asyncio.to_thread(recounted, map(survivor, crowd.alive.values()))
        now = datetime.now(UTC)
        day, hour = timedelta(days=1), timedelta(hours=1)
        assert await counted(stage.bot, now - day, now + hour) == expected
        assert await stage.bot.store.audit() == []
        assert len(stage.discord.gateway.resumed) >= 10
        assert stage.discord.count("GET", "/messages")
    gc.unfreeze()
    assert watch.longest < BLOCKED, f"{watch.longest * 1000:.0f} ms in {watch.culprit[:300]}"


async def _settled(stage: Stage, survivors: int) -> bool:
    await asyncio.sleep(0.5)
    await stage.client.deliveries.settled()
    return sum(it.messages for it in await stage.bot.store.channels()) == survivors
