"""The dashboard on loopback over a workspace with weeks of chat, as a manager finds it."""

import math
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from adapters import dashboard
from adapters.http import HttpServer
from bot.clock import ManualClock
from bot.commands.dispatch import Commands
from bot.dashboard.door import Door
from bot.events import ChannelRef, CommandRequest, MessageRef, Platform
from bot.observations import Observation
from bot.service import Bot
from tests.core import NOW, PSEUDONYMS, opened_bot

WORKSPACE = "guild-1"
KEY = b"a key of the door, of 32 bytes.."
BRIGHT = ("joy", "gratitude", "amusement", "love", "approval", "excitement")
HARD = ("sadness", "anger", "disappointment", "annoyance", "nervousness", "fear")
PLAIN = ("neutral", "curiosity", "realization", None)


@dataclass(slots=True)
class Stage:
    """What a test turns and looks at."""

    bot: Bot
    door: Door
    server: HttpServer
    clock: ManualClock

    @property
    def address(self) -> str:
        """Where the server listens."""
        return f"http://127.0.0.1:{self.server.port}"

    async def link(
        self,
        *,
        locale: str = "en",
        workspace: str = WORKSPACE,
        hidden: tuple[str, ...] = (),
    ) -> str:
        """The link a manager gets from `/emotion dashboard`, who may not read `hidden`."""

        async def can_read(channel: ChannelRef) -> bool:
            return channel.channel not in hidden

        request = CommandRequest(
            channel=place("general", workspace),
            author="boss",
            text="dashboard",
            is_manager=True,
            locale=locale,
            can_read=can_read,
        )
        self.door.address = self.address
        reply = await Commands(self.bot, self.door).answer(request)
        assert reply.link
        return reply.link.address

    async def say_more(self, channel: str, messages: int) -> None:
        """More messages in a channel, all of this hour."""
        where, chance = place(channel), random.Random(channel)
        now = self.clock.now()
        await self.bot.store.record_many(
            _one(where, 100_000 + number, 5, now, 0.9, chance) for number in range(messages)
        )


def place(channel: str, workspace: str = WORKSPACE) -> ChannelRef:
    """A channel of the workspace."""
    return ChannelRef(platform=Platform.DISCORD, workspace=workspace, channel=channel)


@asynccontextmanager
async def served(folder: Path, *, now: datetime = NOW) -> AsyncIterator[Stage]:
    """The dashboard of an empty install."""
    clock = ManualClock(now)
    server = HttpServer("127.0.0.1:0")
    async with opened_bot(folder / "maeum.db", clock=clock) as bot:
        with closing(Door(KEY, "http://127.0.0.1", clock)) as door:
            dashboard.mount(server.app, bot, door)
            async with server.running():
                yield Stage(bot, door, server, clock)


async def talk(
    bot: Bot,
    channel: str,
    *,
    people: int = 9,
    messages: int = 600,
    days: float = 30,
    lean: float = 0.6,
    now: datetime = NOW,
    workspace: str = WORKSPACE,
) -> None:
    """Weeks of chat in one go: lively by day, with a hard spell in its middle."""
    where = place(channel, workspace)
    chance = random.Random(f"{workspace} {channel}")
    first = _one(where, 0, people, now, lean, chance)
    await bot.store.record(first, channel_name=channel)
    await bot.store.record_many(
        [
            _one(where, number, people, now - ago, lean, chance)
            for number, ago in enumerate(_moments(messages, days, chance), 1)
        ]
    )


def _moments(messages: int, days: float, chance: random.Random) -> Iterator[timedelta]:
    for _ in range(messages):
        day = days * chance.random() ** 1.15
        hour = min(23.0, max(0.0, chance.gauss(14, 4.5)))
        yield timedelta(days=math.floor(day), hours=23 - hour, seconds=chance.randrange(3600))


def _one(
    where: ChannelRef, number: int, people: int, at: datetime, lean: float, chance: random.Random
) -> Observation:
    spell = 0.45 * math.exp(-(((at.day - 9) / 3) ** 2))
    night = 0.2 if at.hour >= 14 else 0.0  # UTC: late in Seoul
    mood = lean - spell - night
    labels = BRIGHT if chance.random() < mood else HARD if chance.random() < 0.55 else PLAIN
    return Observation(
        ref=MessageRef(channel=where, message=f"{where.channel}-{number}"),
        author=PSEUDONYMS.author(where, f"person-{number % people}"),
        sent_at=at,
        revised_at=at,
        label_set="goemotions28",
        label=chance.choice(labels),
        score=0.8,
        revision="bundle-1",
    )
