"""From `/emotion dashboard` on a platform to the moods in a browser, through the real adapters."""

import asyncio
import contextlib
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.cli.run import run
from bot.settings import load_settings
from tests.core import JOYFUL
from tests.fakes.discord_server import FakeDiscord, fake_discord
from tests.fakes.discord_world import TOKEN
from tests.fakes.slack_payloads import command
from tests.scenarios.discord_stage import GENERAL, GUILD
from tests.scenarios.slack_world import SOCKET, World, world
from tests.scenarios.test_discord_interactions import interaction, slash

MANAGE_GUILD = 32


async def visited(link: str) -> list[dict[str, Any]]:
    """The channels that a browser is shown for `link`."""
    address = urlsplit(link)
    jar = aiohttp.CookieJar(unsafe=True)
    origin = f"{address.scheme}://{address.netloc}"
    async with aiohttp.ClientSession(origin, cookie_jar=jar) as browser:
        entered = await browser.post("/dashboard/session", json=address.fragment)
        assert entered.status == 204
        async with browser.get("/dashboard/channels?lang=en") as answer:
            channels: list[dict[str, Any]] = (await answer.json())["channels"]
    return channels


async def answer_to(fake: FakeDiscord, permissions: int) -> str:
    """What Discord is told to show for `/emotion dashboard`."""
    told = len(fake.world.answers)
    session = next(iter(fake.gateway.sessions.values()))
    asked = interaction(slash("emotion", "dashboard"), permissions=permissions)
    await fake.gateway._send(session, "INTERACTION_CREATE", asked)
    async with asyncio.timeout(20):
        while len(fake.world.answers) < told + 2:
            await asyncio.sleep(0.02)
    deferred, answer = fake.world.answers[told:]
    assert deferred["data"]["flags"] == 64  # seen by the asker alone
    description: str = answer["embeds"][0]["description"]
    return description


async def test_discord_leads_to_the_dashboard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    """`maeum run` with MAEUM_HTTP: a manager's link opens; nobody else gets one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISCORD_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("MAEUM_HTTP", str(unused_tcp_port))
    async with fake_discord(monkeypatch) as fake:
        fake.world.add_guild(GUILD)
        serving = asyncio.create_task(run(load_settings()))
        try:
            async with asyncio.timeout(20):
                while not fake.count("PUT", "reactions"):
                    if fake.gateway.sessions:
                        said = fake.world.write(GENERAL, JOYFUL)
                        await fake.gateway.tell("MESSAGE_CREATE", said)
                    await asyncio.sleep(0.2)
            answer = await answer_to(fake, MANAGE_GUILD)
            link = re.search(rf"\((http://127\.0\.0\.1:{unused_tcp_port}/dashboard\S+)\)", answer)
            assert link, answer
            [channel] = await visited(link[1])
            assert channel["id"] == str(GENERAL)
            assert channel["messages"] == 0  # one person alone is nobody's business
            assert "managers" in await answer_to(fake, 0)
        finally:
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving


async def ask(here: World, user: str) -> str:
    """The blocks Slack is told to show for `/emotion 대시보드`, as text."""
    before = len(here.slack.answers)
    payload = command("대시보드", here.slack.response_url, user=user)
    await here.slack.sockets.deliver(payload, "slash_commands")
    await here.slack.until(lambda: len(here.slack.answers) > before)
    answer = here.slack.answers[-1]
    assert answer["response_type"] == "ephemeral"
    return "\n".join(str(block.get("text", {}).get("text")) for block in answer["blocks"])


async def test_slack_leads_to_the_dashboard(tmp_path: Path) -> None:
    """An admin sees the channels they may read: not the private one they are not in."""
    async with world(tmp_path, **SOCKET, MAEUM_HTTP="127.0.0.1:0") as here:
        here.slack.members["G1"] = {"U2"}
        for channel in ("C1", "G1"):
            for number in range(12):
                delivery = await here.say(JOYFUL, user=f"U{number % 4}", channel=channel)
                ts = delivery.envelope["payload"]["event"]["ts"]
                await here.kept(ts, channel=channel)
        link = re.search(r"<(http\S+)\|", await ask(here, "U1"))
        assert link
        [channel] = await visited(link[1])
        assert (channel["id"], channel["name"], channel["messages"]) == ("C1", "#general", 12)
        assert "managers only" in await ask(here, "U2")
