"""A Slack workspace with the real adapter, core and store between two loopback ends."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters import dashboard
from adapters.http import HttpServer
from adapters.slack.adapter import SlackAdapter
from bot.clock import ManualClock
from bot.commands.dispatch import Commands
from bot.dashboard.door import Door
from bot.events import ChannelRef, MessageRef, Platform
from bot.observations import Observation
from bot.preferences import Preferences
from bot.service import Bot
from bot.settings import Settings
from classifier.base import Model
from tests.core import DEFAULTS, NOW, opened_bot
from tests.dashboard_stage import KEY
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_payloads import message
from tests.fakes.slack_socket import Delivery

SOCKET = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_CONNECTIONS": 1}
CHANNEL = ChannelRef(platform=Platform.SLACK, workspace="T1", channel="C1")


def settings(**values: Any) -> Settings:
    """Settings that no environment and no .env reaches."""
    return Settings(_env_file=None, **values)


def populated() -> FakeSlack:
    """A workspace: two public channels and a private one, a manager, two members, a guest."""
    slack = FakeSlack()
    for key, name, private in (
        ("C1", "general", False),
        ("C2", "random", False),
        ("G1", "core", True),
    ):
        slack.channels[key] = {
            "id": key,
            "name": name,
            "is_channel": not private,
            "is_private": private,
            "is_ext_shared": False,
        }
    slack.members["G1"] = {"U1"}
    for key, more in (("U1", {"is_admin": True}), ("U2", {}), ("U3", {"is_restricted": True})):
        slack.users[key] = {"id": key, "name": key.lower(), "locale": "en-US", **more}
    return slack


@dataclass(slots=True)
class World:
    """What a scenario turns and looks at."""

    slack: FakeSlack
    bot: Bot
    clock: ManualClock
    adapter: SlackAdapter
    serving: asyncio.Task[None]
    http: HttpServer | None

    async def say(self, text: str, **about: Any) -> Delivery:
        """Deliver a new message, sent now."""
        return await self.slack.sockets.deliver(self.message(text, **about))

    def message(self, text: str, **about: Any) -> dict[str, Any]:
        """A new message, sent now; the clock goes on a little, so that no two share a `ts`."""
        self.clock.set(self.clock.now() + timedelta(microseconds=100))
        return message(text, self.clock.now(), **about)

    async def kept(self, ts: str, *, channel: str = "C1", within: float = 5.0) -> Observation:
        """The observation of a message, when it is there."""
        found = await self.until(lambda: self.bot.store.find(ref(ts, channel)), within=within)
        assert isinstance(found, Observation)
        return found

    async def gone(self, ts: str, *, channel: str = "C1") -> None:
        """Wait until a message is counted no more."""

        async def is_gone() -> bool:
            return await self.bot.store.find(ref(ts, channel)) is None

        await self.until(is_gone)

    async def until(self, ask: Any, *, within: float = 5.0) -> object:
        """What `ask()` answers, as soon as it is something."""
        async with asyncio.timeout(within):
            while not (answer := await ask()):
                await asyncio.sleep(0.01)
        return answer

    async def counted(self) -> int:
        """How many messages are counted, in all channels."""
        return sum(activity.messages for activity in await self.bot.store.channels())


def ref(ts: str, channel: str = "C1", team: str = "T1") -> MessageRef:
    """A message's address."""
    where = ChannelRef(platform=Platform.SLACK, workspace=team, channel=channel)
    return MessageRef(channel=where, message=ts)


@asynccontextmanager
async def world(
    folder: Path,
    *,
    slack: FakeSlack | None = None,
    model: Model | None = None,
    defaults: Preferences = DEFAULTS,
    now: datetime = NOW,
    ping_every: float = 0.5,
    **values: Any,
) -> AsyncIterator[World]:
    """The adapter serving a populated Slack; over one Socket Mode connection unless told else."""
    chosen = settings(**(values or SOCKET))
    clock = ManualClock(now)
    server = HttpServer(chosen.http) if chosen.http else None
    async with (
        (slack or populated()).running() as slack,
        opened_bot(folder / "maeum.db", clock=clock, model=model, defaults=defaults) as bot,
    ):
        door = Door(KEY, "http://127.0.0.1", clock) if server else None
        if server and door:
            dashboard.mount(server.app, bot, door)
        adapter = SlackAdapter(
            chosen, bot, Commands(bot, door), server, base_url=slack.base_url, ping_every=ping_every
        )
        async with server.running() if server else _nothing():
            if server and door:
                door.address = f"http://127.0.0.1:{server.port}"
            serving = asyncio.create_task(adapter.run())
            try:
                if chosen.slack_app_token:
                    await _connected(slack, serving, chosen.slack_connections)
                yield World(slack, bot, clock, adapter, serving, server)
            finally:
                serving.cancel()
                with suppress(asyncio.CancelledError):
                    await serving


async def _connected(slack: FakeSlack, serving: asyncio.Task[None], count: int) -> None:
    waiting = asyncio.create_task(slack.sockets.connected(count))
    await asyncio.wait([waiting, serving], return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        waiting.cancel()
        serving.result()
    await waiting


@asynccontextmanager
async def _nothing() -> AsyncIterator[None]:
    yield


def ts_of(delivery: Delivery) -> str:
    """The `ts` of the message delivered."""
    stamp: str = delivery.envelope["payload"]["event"]["ts"]
    return stamp


def named(caplog: pytest.LogCaptureFixture, words: str) -> int:
    """How many warnings or errors hold `words`."""
    return sum(
        words in record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING
    )
