"""The whole bot on a loopback Discord: the real discord.py, core, store and model."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.client import MaeumClient, Pace
from bot.clock import SystemClock
from bot.commands.dispatch import Commands
from bot.events import ChannelRef, MessageRef, Platform
from bot.observations import Observation
from bot.service import Bot
from bot.settings import Shards
from classifier.base import Language
from tests.core import opened_bot
from tests.fakes.discord_server import FakeDiscord, fake_discord
from tests.fakes.discord_world import TOKEN, Payload

GUILD = 1 << 30
GENERAL = GUILD + 1
PACE = Pace(guilds=0.02, drain=2.0, intent=0.1, pauses=(0.1, 0.2, 0.4, 0.8, 1.6))


@dataclass
class Stage:
    """A fake Discord, the core, and the adapter between them."""

    discord: FakeDiscord
    bot: Bot
    adapter: DiscordAdapter

    @property
    def client(self) -> MaeumClient:
        """The present session."""
        assert self.adapter.client is not None
        return self.adapter.client

    async def say(self, text: str, *, channel: int = GENERAL, **more: Any) -> Payload:
        """Somebody writes, and the gateway tells it."""
        message = self.discord.world.write(channel, text, **more)
        await self.discord.gateway.tell("MESSAGE_CREATE", message)
        return message

    async def row(self, message: Payload, channel: int | None = None) -> Observation | None:
        """What is counted of a message."""
        return await self.bot.store.find(ref_of(message, channel))

    async def counted(self) -> int:
        """How many messages all buckets hold, after a recount found nothing amiss."""
        assert await self.bot.store.audit() == []
        return sum(activity.messages for activity in await self.bot.store.channels())

    def emoji(self, message: Payload) -> list[str]:
        """The bot's reactions on a message."""
        return self.discord.world.reactions.get(int(message["id"]), [])

    async def until(self, holds: Callable[[], Any], *, within: float = 10.0) -> None:
        """Wait until `holds()` (or what it awaits) is true."""
        deadline = asyncio.get_running_loop().time() + within
        while True:
            found = holds()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            assert asyncio.get_running_loop().time() < deadline, "waited in vain"
            await asyncio.sleep(0.01)

    async def quiet(self) -> None:
        """Wait until what was told has been dealt with: a later message has been counted."""
        await asyncio.sleep(0.05)
        await self.client.deliveries.settled()


def ref_of(message: Payload, channel: int | None = None) -> MessageRef:
    """The address of a message, counted in `channel` if not in its own."""
    where = str(channel) if channel else message["channel_id"]
    return MessageRef(
        channel=ChannelRef(platform=Platform.DISCORD, workspace=message["guild_id"], channel=where),
        message=message["id"],
    )


@asynccontextmanager
async def running(stage: Stage, *, ready: bool = True) -> AsyncIterator[asyncio.Task[None]]:
    """The adapter at work; with `ready` once it knows its guilds."""
    task = asyncio.create_task(stage.adapter.run())
    try:
        if ready:
            waiting = asyncio.create_task(stage.adapter.ready.wait())
            await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                task.result()
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task


@asynccontextmanager
async def staged(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    shards: Shards | None = None,
    pace: Pace = PACE,
    **core: Any,
) -> AsyncIterator[Stage]:
    """A fake Discord with one guild, and the adapter before its start."""
    async with (
        fake_discord(monkeypatch) as fake,
        opened_bot(path / "maeum.db", clock=SystemClock(), **core) as bot,  # type: ignore[arg-type]
    ):
        fake.world.add_guild(GUILD)
        yield Stage(fake, bot, adapter_for(bot, shards=shards, pace=pace))


def adapter_for(bot: Bot, *, shards: Shards | None = None, pace: Pace = PACE) -> DiscordAdapter:
    """An adapter that talks to the fake Discord."""
    return DiscordAdapter(TOKEN, bot, Commands(bot), shards=shards, language=Language.EN, pace=pace)
