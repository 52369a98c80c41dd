"""The composition of `maeum run`: what is mounted and started round the platforms."""

from pathlib import Path

import aiohttp
import pytest

from adapters.http import HttpServer
from bot.cli.run import opened_adapters
from bot.posts import Speaker
from bot.settings import load_settings


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No .env of the machine is read, and the database is the test's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISCORD_BOT_TOKEN", "a.token.of-nobody")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")


async def test_the_pages_for_watchers_are_served() -> None:
    """With MAEUM_HTTP set a probe finds a healthy process, and the metrics."""
    server = HttpServer("127.0.0.1:0")
    async with (
        opened_adapters(load_settings(), server),
        server.running(),
        aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as client,
    ):
        for page in ("/healthz", "/metrics"):
            async with client.get(page) as answer:
                assert answer.status == 200


async def test_every_platform_can_speak_of_its_own_accord() -> None:
    """Digests and notes have a way to each of them; none is reached before it is connected."""
    async with opened_adapters(load_settings()) as adapters:
        assert {adapter.platform.value for adapter in adapters} == {"discord", "slack"}
        assert all(isinstance(adapter, Speaker) for adapter in adapters)
