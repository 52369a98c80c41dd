"""HTTP events: signed requests only, retries counted once, nothing lost while we cannot take it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.core import JOYFUL, PLAIN
from tests.fakes.slack_http import SignedSender
from tests.fakes.slack_payloads import callback, command, shortcut
from tests.scenarios.slack_world import World, world

HTTP = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "a signing secret",
    "MAEUM_HTTP": "127.0.0.1:0",
}
JSON = {"Content-Type": "application/json"}


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[World, SignedSender]]:
    """The adapter behind its address, and Slack's end."""
    async with world(folder, **HTTP) as here, aiohttp.ClientSession() as session:
        assert here.http is not None
        sender = SignedSender(
            f"http://127.0.0.1:{here.http.port}", HTTP["SLACK_SIGNING_SECRET"], session
        )
        async with asyncio.timeout(5):
            while (await sender.send("{}", JSON))[0] == 503:
                await asyncio.sleep(0.01)
        yield here, sender


async def test_an_event_over_http(tmp_path: Path) -> None:
    """A signed event is answered with 200 at once, counted and reacted to."""
    async with served(tmp_path) as (here, sender):
        payload = here.message(JOYFUL)
        assert await sender.event(payload) == [200]
        await here.kept(payload["event"]["ts"])
        await here.slack.until(lambda: here.slack.made("reactions.add"))


async def test_url_verification(tmp_path: Path) -> None:
    """Slack's question when the address is entered gets its challenge back."""
    async with served(tmp_path) as (_, sender):
        asked = {"type": "url_verification", "token": "legacy", "challenge": "3eZbrw1aB"}
        status, answer = await sender.send(json.dumps(asked), JSON)
        assert (status, json.loads(answer)) == (200, {"challenge": "3eZbrw1aB"})


@pytest.mark.parametrize(
    "forged",
    [
        {"secret": "another secret"},
        {"ago": 600},
        {"ago": -600},
        {"at": "soon"},
        {"at": ""},
    ],
)
async def test_a_forged_request_is_refused(tmp_path: Path, forged: dict[str, Any]) -> None:
    """A wrong signature, or a time beyond five minutes, is 401 and nothing is read."""
    if "ago" in forged:  # of now: the suite may have begun minutes ago
        forged = {"at": str(int(time.time()) - forged["ago"])}
    async with served(tmp_path) as (here, sender):
        payload = here.message(JOYFUL)
        status, _ = await sender.send(json.dumps(payload), JSON, **forged)
        assert status == 401
        assert await here.counted() == 0


async def test_a_body_that_is_no_payload_is_refused(tmp_path: Path) -> None:
    """Broken JSON is a bad request, not an error of ours."""
    async with served(tmp_path) as (_, sender):
        assert (await sender.send('{"type": ', JSON))[0] in (400, 401)


async def test_slacks_retry_counts_once(tmp_path: Path) -> None:
    """An event that Slack delivers again, thinking us slow, is acknowledged and counts once."""
    async with served(tmp_path) as (here, sender):
        payload = here.message(JOYFUL)
        for _ in range(3):
            assert await sender.event(payload) == [200]
        retried = JSON | {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
        assert (await sender.send(json.dumps(payload), retried))[0] == 200
        marker = here.message(PLAIN)
        await sender.event(marker)
        await here.kept(marker["event"]["ts"])
        assert await here.counted() == 2
        assert len(here.slack.made("reactions.add")) == 1


async def test_a_retry_after_a_failure_is_not_dropped(tmp_path: Path) -> None:
    """What came first as a retry, because the first delivery failed, is counted."""
    async with served(tmp_path) as (here, sender):
        payload = here.message(JOYFUL)
        retried = JSON | {"X-Slack-Retry-Num": "2", "X-Slack-Retry-Reason": "connection_failed"}
        assert (await sender.send(json.dumps(payload), retried))[0] == 200
        await here.kept(payload["event"]["ts"])


async def test_events_wait_at_slack_while_nobody_serves(tmp_path: Path) -> None:
    """Before the adapter runs its address answers 503, so that Slack delivers again later."""
    async with world(tmp_path, **HTTP) as here, aiohttp.ClientSession() as session:
        assert here.http is not None
        here.serving.cancel()
        await asyncio.wait([here.serving])
        sender = SignedSender(f"http://127.0.0.1:{here.http.port}", "a signing secret", session)
        assert await sender.event(here.message(JOYFUL)) == [503] * 4
        here.serving = asyncio.create_task(here.adapter.run())
        payload = here.message(JOYFUL)
        async with asyncio.timeout(5):
            while (await sender.event(payload))[-1] != 200:
                await asyncio.sleep(0.01)
        await here.kept(payload["event"]["ts"])
        here.serving.cancel()
        await asyncio.wait([here.serving])


async def test_commands_and_shortcuts_over_http(tmp_path: Path) -> None:
    """Commands and shortcuts are acknowledged empty and answered through their address."""
    async with served(tmp_path) as (here, sender):
        status, body = await sender.command(command("help", here.slack.response_url))
        assert (status, body) == (200, "")
        await here.slack.until(lambda: len(here.slack.answers) == 1)
        message = here.message(JOYFUL)["event"]
        asked = shortcut("why_message", message, here.slack.response_url)
        status, body = await sender.interactive(asked)
        assert (status, body) == (200, "")
        await here.slack.until(lambda: len(here.slack.answers) == 2)


async def test_an_unknown_event_over_http(tmp_path: Path) -> None:
    """Every event type is answered with 2xx, else Slack would deliver it four times."""
    async with served(tmp_path) as (_, sender):
        assert await sender.event(callback({"type": "team_join"})) == [200]
