"""Faults of Slack, the network, the classifier and the database: named once, nothing lost."""

import asyncio
import logging
import sqlite3
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.errors import BadSetting
from classifier.base import LabelSet, Prediction
from tests.core import DEFAULTS, JOYFUL, PLAIN, embedded_model
from tests.fakes.slack_payloads import command, message
from tests.scenarios.slack_world import named, populated, ts_of, world


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429, "error": "ratelimited", "headers": {"Retry-After": "0"}},
        {"status": 200, "error": "ratelimited", "headers": {"Retry-After": "0"}},
        {"status": 429, "headers": {"Retry-After": "0"}},
        {"status": 502},
        {"status": 503, "error": "service_unavailable"},
    ],
    ids=["429", "ratelimited as 200", "429 without JSON", "502", "503"],
)
@pytest.mark.parametrize("method", ["reactions.add", "users.info", "conversations.members"])
async def test_a_call_waits_and_tries_again(
    tmp_path: Path, method: str, fault: dict[str, Any]
) -> None:
    """Rate limits and faults of the server are waited out, on every method alike."""
    async with world(tmp_path) as here:
        here.slack.fail(method, **fault)
        await here.kept(ts_of(await here.say(PLAIN, channel="G1")), channel="G1")
        delivery = await here.say(JOYFUL)
        await here.slack.until(lambda: here.slack.reactions["C1", ts_of(delivery)])
        payload = command("channel <#G1|core>", here.slack.response_url, user="U2")
        await here.slack.sockets.deliver(payload, "slash_commands")
        await here.slack.until(lambda: here.slack.answers)
        assert len(here.slack.made(method)) >= 2


async def test_ratelimited_at_the_start(tmp_path: Path) -> None:
    """A rate limit on any method of the start delays it and stops nothing."""
    slack = populated()
    for method in ("auth.test", "apps.connections.open", "users.conversations"):
        slack.fail(method, times=2, status=429, error="ratelimited", headers={"Retry-After": "0"})
    async with world(tmp_path, slack=slack) as here:
        await here.kept(ts_of(await here.say(JOYFUL)))


async def test_slack_says_when(tmp_path: Path) -> None:
    """Retry-After is obeyed: no second call before its seconds are over."""
    async with world(tmp_path) as here:
        here.slack.fail("reactions.add", status=429, headers={"Retry-After": "1"})
        await here.say(JOYFUL)
        await here.slack.until(lambda: len(here.slack.made("reactions.add")) == 2)
        first, second = here.slack.made("reactions.add")
        assert second.at - first.at >= 1.0


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("already_reacted", 0),
        ("message_not_found", 0),
        ("is_archived", 0),
        ("thread_locked", 0),
        ("too_many_reactions", 0),
        ("missing_scope", 1),
        ("not_in_channel", 1),
        ("invalid_name", 1),
        ("invalid_auth", 1),
        ("some_new_error", 1),
    ],
)
async def test_a_refused_reaction_is_told_as_what_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: str, told: int
) -> None:
    """Lost chances are silent; what somebody can mend is named, and once for many messages."""
    async with world(tmp_path) as here:
        here.slack.fail("reactions.add", times=3, error=error)
        for number in range(3):
            delivery = await here.say(f"{JOYFUL} {number}", user=f"U{number}")
            await here.kept(ts_of(delivery))
        await here.slack.until(lambda: len(here.slack.made("reactions.add")) == 3)
        next_one = await here.say(JOYFUL)
        await here.slack.until(lambda: here.slack.reactions["C1", ts_of(next_one)])
    assert named(caplog, error) == told
    assert sum(record.levelno >= logging.WARNING for record in caplog.records) == told


async def test_a_reaction_does_not_wait_past_its_minute(tmp_path: Path) -> None:
    """A rate limit that outlasts the message's minute ends in no reaction, and in no fault."""
    async with world(tmp_path) as here:
        here.slack.fail("reactions.add", status=429, headers={"Retry-After": "30"})
        almost_old = message(JOYFUL, here.clock.now() - timedelta(seconds=59))
        delivery = await here.slack.sockets.deliver(almost_old)
        await here.kept(ts_of(delivery))
        parts = here.adapter._parts
        assert parts is not None

        async def is_done() -> bool:
            return len(parts.inbox) == 0

        await here.until(is_done, within=5)
        assert len(here.slack.made("reactions.add")) == 1
        assert (await here.kept(ts_of(delivery))).reaction is None


@pytest.mark.parametrize("status", [429, 503])
async def test_an_answer_is_tried_again(tmp_path: Path, status: int) -> None:
    """A command's own address may fail as any method may."""
    async with world(tmp_path) as here:
        here.slack.fail("response_url", status=status, headers={"Retry-After": "0"})
        payload = command("help", here.slack.response_url)
        await here.slack.sockets.deliver(payload, "slash_commands")
        await here.slack.until(lambda: here.slack.answers)


async def test_no_more_reactions_than_slack_allows(tmp_path: Path) -> None:
    """A budget beyond Slack's limit is held to it: fifty a minute, the others are left out."""
    generous = replace(DEFAULTS, budget=600)
    async with world(tmp_path, defaults=generous) as here:
        for number in range(80):
            channel = f"C{number % 8}"
            delivery = await here.say(f"{JOYFUL} {number}", channel=channel)
            await here.kept(ts_of(delivery), channel=channel)
        await here.slack.until(lambda: len(here.slack.made("reactions.add")) == 50)
        await asyncio.sleep(0.3)
        assert len(here.slack.made("reactions.add")) == 50


async def test_a_reaction_that_is_there_already_is_ours(tmp_path: Path) -> None:
    """`already_reacted` is success, so an edit takes that reaction back; so is `no_reaction`."""
    async with world(tmp_path) as here:
        here.slack.fail("reactions.add", error="already_reacted")
        delivery = await here.say(JOYFUL)

        async def is_known() -> bool:
            return (await here.kept(ts_of(delivery))).reaction is not None

        await here.until(is_known)


@pytest.mark.parametrize(
    ("break_it", "variable"),
    [
        (lambda slack: slack.tokens.clear(), "SLACK_BOT_TOKEN"),
        (lambda slack: slack.app_tokens.clear(), "SLACK_APP_TOKEN"),
    ],
)
async def test_a_wrong_token_ends_the_start(tmp_path: Path, break_it: Any, variable: str) -> None:
    """What only the operator can mend ends the start with the variable and the mend."""
    slack = populated()
    break_it(slack)
    with pytest.raises(BadSetting, match=variable):
        async with world(tmp_path, slack=slack):
            pass


async def test_a_locked_database_loses_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """While another program holds the database messages wait; then they are counted, once."""
    caplog.set_level(logging.INFO)
    async with world(tmp_path) as here:
        await here.kept(ts_of(await here.say(PLAIN)))
        here.slack.fail("users.info")  # nothing to do with it: other faults do not mix
        lock = sqlite3.connect(tmp_path / "maeum.db", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        deliveries = [await here.say(f"{JOYFUL} {number}") for number in range(10)]
        for delivery in deliveries:
            await delivery.acknowledged(within=1.0)
        await asyncio.sleep(6.0)  # longer than the store's own patience
        lock.execute("ROLLBACK")
        lock.close()
        for delivery in deliveries:
            await here.kept(ts_of(delivery), within=20.0)
        assert await here.counted() == 11
    assert named(caplog, "slack: messages wait") == 1
    assert "takes messages again" in caplog.text


class StuckModel:
    """The embedded model behind a gate that a test opens."""

    def __init__(self) -> None:
        self._model = embedded_model()
        self.gate = threading.Event()
        self.gate.set()

    @property
    def revision(self) -> str:
        """The embedded bundle's."""
        return self._model.revision

    @property
    def label_set(self) -> LabelSet:
        """The embedded bundle's."""
        return self._model.label_set

    def predict(self, text: str) -> Prediction:
        """The embedded bundle's answer, once the gate is open."""
        self.gate.wait(60)
        return self._model.predict(text)


async def test_a_slow_classifier_loses_nothing(tmp_path: Path) -> None:
    """Messages are acknowledged while the classifier is stuck, and counted when it is not."""
    model = StuckModel()
    async with world(tmp_path, model=model) as here:
        model.gate.clear()
        deliveries = [await here.say(f"{JOYFUL} {number}") for number in range(30)]
        for delivery in deliveries:
            await delivery.acknowledged(within=1.0)
        assert await here.counted() == 0
        model.gate.set()
        for delivery in deliveries:
            await here.kept(ts_of(delivery))
        assert await here.counted() == 30


async def test_a_full_inbox_leaves_events_with_slack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What cannot be taken is not acknowledged, and counted once when Slack delivers it again."""
    monkeypatch.setattr("adapters.slack.inbox._ROOM", 5)
    monkeypatch.setattr("adapters.slack.intake._ROOM", 5)
    model = StuckModel()
    async with world(tmp_path, model=model) as here:
        model.gate.clear()
        deliveries = [await here.say(f"{JOYFUL} {number}") for number in range(8)]
        await asyncio.sleep(0.3)  # five are with the core, three wait for it
        deliveries += [await here.say(f"{JOYFUL} more {number}") for number in range(5)]
        await asyncio.sleep(0.3)
        refused = [delivery for delivery in deliveries if not delivery.ack.done()]
        assert len(refused) == 3
        model.gate.set()
        for delivery in deliveries:
            if delivery not in refused:
                await here.kept(ts_of(delivery))
        for delivery in refused:
            await here.slack.sockets.send(delivery)
            await here.kept(ts_of(delivery))
        assert await here.counted() == 13
    assert named(caplog, "too much waits") == 1


async def test_what_was_accepted_is_written_before_the_end(tmp_path: Path) -> None:
    """Stopping the bot finishes the messages it had acknowledged."""
    async with world(tmp_path) as here:
        deliveries = [await here.say(f"{JOYFUL} {number}") for number in range(20)]
        for delivery in deliveries:
            await delivery.acknowledged()
        here.serving.cancel()
        await asyncio.wait([here.serving])
        assert await here.counted() == 20
