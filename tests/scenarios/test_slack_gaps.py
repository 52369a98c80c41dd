"""What no event told: what was written and deleted while nothing could be heard."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.past import BEFORE, LOOKBACK
from adapters.slack.translate import stamp
from bot.events import Platform
from tests.core import JOYFUL, NOW
from tests.fakes.slack import FakeSlack, Fault
from tests.fakes.slack_payloads import message
from tests.scenarios.slack_world import World, named, populated, ref, ts_of, world

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def row(at: datetime, *, user: str = "U1", **more: Any) -> dict[str, Any]:
    """A person's message as the history has it."""
    return {"type": "message", "user": user, "text": JOYFUL, "ts": stamp(at), **more}


def written(slack: FakeSlack, *rows: dict[str, Any], channel: str = "C1") -> None:
    """Put messages into a channel's history, newest first."""
    rows_so_far = [*slack.history[channel], *rows]
    slack.history[channel] = sorted(rows_so_far, key=lambda it: str(it["ts"]), reverse=True)


async def heard(folder: Path, slack: FakeSlack) -> None:
    """Serve for a moment, in which one message comes."""
    async with world(folder, slack=slack) as here:
        await here.kept(ts_of(await here.say(JOYFUL)))


async def read_again(here: World) -> None:
    """Wait until what was missed is read."""

    async def is_over() -> bool:
        gaps = here.adapter._parts.gaps if here.adapter._parts else None
        return gaps is not None and gaps._heard == here.clock.now() and gaps._unread is None

    await here.until(is_over, within=30.0)


async def test_messages_missed_are_read_at_the_start(tmp_path: Path) -> None:
    """What was acknowledged and never written, or written while nobody served, counts once."""
    slack = populated()
    await heard(tmp_path, slack)
    old = row(NOW - 5 * HOUR, reply_count=1, latest_reply=stamp(NOW + 2 * HOUR))
    reply = row(NOW + 2 * HOUR, user="U3", thread_ts=old["ts"])
    slack.threads["C1", old["ts"]] = [old, reply]
    quiet = row(NOW - 4 * HOUR, reply_count=1, latest_reply=stamp(NOW - 3 * HOUR))
    written(
        slack,
        old,
        quiet,
        row(NOW - MINUTE, user="U2"),  # delivered, acknowledged, lost by a kill
        row(NOW + HOUR, user="U3"),
        row(NOW + HOUR + MINUTE, bot_id="B9"),
        row(NOW + HOUR + 2 * MINUTE, text=7),
    )
    written(slack, row(NOW + HOUR), channel="G1")
    for _ in range(2):
        async with world(tmp_path, slack=slack, now=NOW + 3 * HOUR) as here:
            await read_again(here)
            assert await here.counted() == 5
            assert not await here.bot.store.audit()
    assert len(slack.made("reactions.add")) == 1  # for the one that came live


async def test_messages_deleted_meanwhile_are_uncounted(tmp_path: Path) -> None:
    """What had been counted and stands there no more goes; what is beyond the reading stays."""
    slack = populated()
    old, thread = NOW - BEFORE - MINUTE, stamp(NOW - 2 * HOUR)
    async with world(tmp_path, slack=slack) as here:
        ancient = await slack.sockets.deliver(message(JOYFUL, old))
        said = [await here.say(f"{JOYFUL} {number}") for number in range(4)]
        reply = await here.say(JOYFUL, thread=thread)
        for delivery in (ancient, *said, reply):
            await here.kept(ts_of(delivery))
    kept, gone, beginning, edited = map(ts_of, said)
    rows = slack.sockets.standing["C1"]
    del rows[ts_of(ancient)], rows[gone]
    rows[beginning] = {"type": "message", "subtype": "tombstone", "ts": beginning, "user": "U1"}
    rows[edited] = rows[edited] | {"text": "So sad.", "edited": {"ts": stamp(NOW + HOUR)}}
    async with world(tmp_path, slack=slack, now=NOW + 2 * HOUR) as here:
        await read_again(here)
        for ts in (kept, edited, ts_of(ancient), ts_of(reply)):
            assert await here.bot.store.find(ref(ts)) is not None
        for ts in (gone, beginning):
            assert await here.bot.store.find(ref(ts)) is None
        assert (await here.kept(edited)).revised_at == NOW + HOUR
        assert await here.counted() == 4
        assert not await here.bot.store.audit()


async def test_what_was_not_read_is_not_uncounted(tmp_path: Path) -> None:
    """A page that Slack refuses says nothing of what stands on it."""
    slack = populated()
    await heard(tmp_path, slack)
    slack.fail("conversations.history", times=3, error="not_in_channel")
    slack.sockets.standing.clear()
    async with world(tmp_path, slack=slack, now=NOW + HOUR) as here:
        await read_again(here)
        assert await here.counted() == 1


async def test_a_long_absence_is_read_within_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A day at most, and of a very busy channel the latest messages."""
    monkeypatch.setattr("adapters.slack.history.MOST", 250)
    slack = populated()
    await heard(tmp_path, slack)
    week = NOW + timedelta(days=7)
    written(slack, row(week - LOOKBACK - MINUTE), row(week - LOOKBACK + MINUTE), channel="C2")
    written(slack, *(row(week - number * MINUTE) for number in range(1, 1000)))
    async with world(tmp_path, slack=slack, now=week) as here:
        await read_again(here)
        assert await here.counted() == 1 + 1 + 400  # the page that reaches the bound is read whole
    pages = [call for call in slack.made("conversations.history") if call.params["channel"] == "C1"]
    assert len(pages) == 2
    assert named(caplog, "missed more than is read again") == 1


async def test_a_first_start_reads_nothing(tmp_path: Path) -> None:
    """Where nothing was ever heard the past is read only when it is asked for."""
    slack = populated()
    written(slack, row(NOW - HOUR))
    async with world(tmp_path, slack=slack) as here:
        await here.kept(ts_of(await here.say(JOYFUL)))
        assert not slack.made("conversations.history")


async def test_a_channel_that_is_off_is_not_read(tmp_path: Path) -> None:
    """The gate would refuse every message of it, so none is asked for."""
    slack = populated()
    await heard(tmp_path, slack)
    async with world(tmp_path, slack=slack, now=NOW + HOUR) as here:
        await read_again(here)
        await here.bot.store.set_preference(
            Platform.SLACK,
            "T1",
            "channel",
            "C1",
            "mode",
            "off",  # type: ignore[arg-type]
        )
    before = len(slack.made("conversations.history"))
    async with world(tmp_path, slack=slack, now=NOW + 2 * HOUR) as here:
        await read_again(here)
    asked = {call.params["channel"] for call in slack.made("conversations.history")[before:]}
    assert asked == {"C2", "G1"}


async def test_a_reading_broken_off_goes_on(tmp_path: Path) -> None:
    """A process that dies while it reads leaves the rest to the next one, live messages or not."""
    slack = populated()
    await heard(tmp_path, slack)
    written(slack, row(NOW + HOUR), row(NOW + HOUR + MINUTE), row(NOW + HOUR + 2 * MINUTE))
    slack.faults["conversations.history"].append(Fault(delay=60.0))
    async with world(tmp_path, slack=slack, now=NOW + 2 * HOUR) as here:

        async def is_reading() -> bool:
            return bool(slack.made("conversations.history"))

        await here.until(is_reading)
        await here.kept(ts_of(await here.say(JOYFUL)))
        assert await here.counted() == 2
    async with world(tmp_path, slack=slack, now=NOW + 2 * HOUR + 2 * BEFORE) as here:
        await read_again(here)
        assert await here.counted() == 5


async def test_channels_that_slack_does_not_tell_are_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be read stays unread, and is tried again by itself."""
    monkeypatch.setattr("adapters.slack.gaps._AGAIN", 0.05)
    slack = populated()
    await heard(tmp_path, slack)
    written(slack, row(NOW + HOUR))
    slack.fail("users.conversations", times=3, error="internal_error")
    async with world(tmp_path, slack=slack, now=NOW + 2 * HOUR) as here:
        await read_again(here)
        assert await here.counted() == 2


async def test_a_silence_is_made_up_for(tmp_path: Path) -> None:
    """A machine that slept, or a network that was gone, longer than Slack tries again for."""
    async with world(tmp_path, ping_every=0.05) as here:
        await here.kept(ts_of(await here.say(JOYFUL)))
        began = here.clock.now()
        await asyncio.sleep(0.2)  # alive for a while: no silence, nothing to read
        assert not here.slack.made("conversations.history")
        written(here.slack, row(began + 10 * MINUTE))
        here.clock.set(began + HOUR)
        await read_again(here)
        assert await here.counted() == 2
        assert not here.slack.reactions["C1", stamp(began + 10 * MINUTE)]


async def test_over_http_the_start_reads_too(tmp_path: Path) -> None:
    """Slack's retries end after minutes over HTTP as well."""
    slack = populated()
    await heard(tmp_path, slack)
    written(slack, row(NOW + HOUR))
    http = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "a signing secret",
        "MAEUM_HTTP": "127.0.0.1:0",
    }
    async with world(tmp_path, slack=slack, now=NOW + 2 * HOUR, **http) as here:
        await read_again(here)
        assert await here.counted() == 2
