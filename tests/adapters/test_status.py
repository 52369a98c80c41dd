"""`/healthz` and `/metrics` over a real socket: what they tell, and what they never tell."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from adapters import status
from adapters.http import HttpServer
from bot.clock import ManualClock
from bot.errors import StorageError
from bot.events import Kind
from bot.service import Bot
from tests.classifier.stage import StageModel
from tests.core import ANGRY, NOW, message, opened_bot

# prometheus.io/docs/instrumenting/exposition_formats
SAMPLE = re.compile(r"([a-z_]+)(?:\{((?:[a-z_]+=\"(?:[^\"\\\\]|\\\\.)*\",?)*)\})? ([0-9.e+]+)")


@asynccontextmanager
async def served(bot: Bot) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the bot's pages, on a port of their own."""
    server = HttpServer("127.0.0.1:0")
    status.mount(server.app, bot)
    async with (
        server.running(),
        aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as client,
    ):
        yield client


async def scraped(client: aiohttp.ClientSession) -> dict[str, float]:
    """Every sample of `/metrics`, checked against the format, by name and labels."""
    async with client.get("/metrics") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text = await answer.text()
    assert text.endswith("\n")
    found: dict[str, float] = {}
    declared = ""
    for line in text.splitlines():
        if line.startswith("# TYPE"):
            _, _, declared, kind = line.split()
            assert kind == ("counter" if declared.endswith("_total") else "gauge")
        elif not line.startswith("# HELP"):
            match = SAMPLE.fullmatch(line)
            assert match, line
            assert match[1] == declared
            key = f"{match[1]}{{{match[2]}}}" if match[2] else match[1]
            assert key not in found
            found[key] = float(match[3])
    return found


async def test_health_tells_what_a_watcher_needs(tmp_path: Path) -> None:
    """When the last event of each platform came, the queue, the database, the model."""
    clock = ManualClock(NOW)
    async with opened_bot(tmp_path / "maeum.db", clock=clock) as bot, served(bot) as client:
        async with client.get("/healthz") as answer:
            assert answer.status == 200
            assert (await answer.json())["last_event"] == {}
        clock.set(NOW + timedelta(seconds=5))
        await bot.on_message(message())
        async with client.get("/healthz") as answer:
            assert await answer.json() == {
                "status": "ok",
                "database": "ok",
                "queue": {"queued": 0, "running": 0},
                "last_event": {"discord": "2026-03-15T09:30:05+00:00"},
                "model": bot.classifier.model.revision,
            }


async def test_health_tells_what_waits(tmp_path: Path) -> None:
    """While the model is busy with one text, two more are told as queued; afterwards none."""
    model = StageModel()
    async with opened_bot(tmp_path / "maeum.db", model=model) as bot, served(bot) as client:

        async def queue() -> object:
            async with client.get("/healthz") as answer:
                return (await answer.json())["queue"]

        model.gate.clear()
        asked = [asyncio.create_task(bot.classifier.classify(it)) for it in ("one", "two", "three")]
        try:
            async with asyncio.timeout(10):
                while len(model.started) < 1:
                    await asyncio.sleep(0.01)
            assert await queue() == {"queued": 2, "running": 1}
        finally:
            model.gate.set()
        await asyncio.gather(*asked)
        assert await queue() == {"queued": 0, "running": 0}


async def test_a_database_that_fails_is_a_failing_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A probe gets 503 and no detail; the metrics say so and go on."""
    async with opened_bot(tmp_path / "maeum.db") as bot, served(bot) as client:

        async def broken() -> None:
            raise StorageError(f"The database {tmp_path} is damaged")

        monkeypatch.setattr(bot.store, "ping", broken)
        async with client.get("/healthz") as answer:
            assert answer.status == 503
            assert str(tmp_path) not in await answer.text()
        assert (await scraped(client))["maeum_database_up"] == 0


async def test_metrics_count_what_happened(tmp_path: Path) -> None:
    """Messages by rule, classifier calls by end; a duplicate is one too; big numbers stay whole."""
    async with opened_bot(tmp_path / "maeum.db") as bot, served(bot) as client:
        for event in (
            message(),
            message(),
            message(ANGRY, number=2),
            message(number=2, kind=Kind.DELETED),
        ):
            await bot.on_message(event)
        found = await scraped(client)
        told = {key: value for key, value in found.items() if "messages_total" in key}
        assert told == {
            'maeum_messages_total{platform="discord",rule="deleted"}': 1,
            'maeum_messages_total{platform="discord",rule="nothing_new"}': 1,
            'maeum_messages_total{platform="discord",rule="reacted"}': 2,
        }
        assert found['maeum_classifier_calls_total{end="done"}'] >= 2
        assert found["maeum_database_up"] == 1
        at = 'maeum_last_event_timestamp_seconds{platform="discord"}'
        assert found[at] == NOW.timestamp()


async def test_no_page_names_a_place_or_a_person(tmp_path: Path) -> None:
    """Neither workspace, channel, author nor text is on any of them."""
    async with opened_bot(tmp_path / "maeum.db") as bot, served(bot) as client:
        await bot.on_message(message())
        for page in ("/healthz", "/metrics"):
            async with client.get(page) as answer:
                text = await answer.text()
            assert not any(word in text for word in ("guild-1", "general", "mina", "happy"))


def test_a_label_cannot_break_its_line() -> None:
    """Quotes, backslashes and line ends in a value are escaped."""
    metric = status.Metric(name="m", kind="gauge", help="", samples=[({"a": 'x"\\\n'}, 1)])
    *_, line = metric.lines()
    assert line == r'm{a="x\"\\\n"} 1'
