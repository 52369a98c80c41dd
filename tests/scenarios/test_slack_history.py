"""Backfill and doctor: history counted once and resumably; each gap named once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.base import Finding
from adapters.slack.translate import stamp
from bot.errors import BadSetting
from bot.events import Platform
from bot.storage import Level
from tests.core import JOYFUL, NOW
from tests.fakes.slack import Fault
from tests.scenarios.slack_world import World, populated, world
from tests.scenarios.test_slack_installing import MANY


def remembered(count: int, *, channel: str = "C1") -> Any:
    """A Slack whose channel has a history, newest first, an hour between two messages."""
    slack = populated()
    slack.history[channel] = [
        {
            "type": "message",
            "user": f"U{number % 5}",
            "text": f"{JOYFUL} {number}",
            "ts": stamp(NOW - timedelta(hours=number + 1)),
        }
        for number in range(count)
    ]
    return slack


async def test_history_is_counted_and_not_reacted_to(tmp_path: Path) -> None:
    """Every page, within the days asked for, without a single reaction."""
    async with world(tmp_path, slack=remembered(500)) as here:
        await here.adapter.backfill(10)
        assert await here.counted() == 239  # an hour between two, ten days, the last one outside
        assert not here.slack.made("reactions.add")
        assert len(here.slack.made("conversations.history")) >= 3


async def test_threads_are_read_and_broadcasts_count_once(tmp_path: Path) -> None:
    """Replies count in their channel; one that was sent to the channel too counts once."""
    slack = remembered(3)
    parent = slack.history["C1"][2] | {"reply_count": 2, "thread_ts": slack.history["C1"][2]["ts"]}
    broadcast = slack.history["C1"][0] | {
        "subtype": "thread_broadcast",
        "thread_ts": parent["ts"],
    }
    reply = broadcast | {"ts": stamp(NOW - timedelta(minutes=5)), "subtype": None}
    slack.history["C1"][2], slack.history["C1"][0] = parent, broadcast
    slack.threads["C1", parent["ts"]] = [parent, broadcast, reply]
    async with world(tmp_path, slack=slack) as here:
        await here.adapter.backfill(2)
        assert await here.counted() == 4


async def test_bots_and_deleted_people_in_history_are_passed_over(tmp_path: Path) -> None:
    """History holds what the live stream holds: bots, notices, odd rows. None of them counts."""
    slack = remembered(1)
    row = slack.history["C1"][0]
    slack.history["C1"] += [
        row | {"ts": stamp(NOW - timedelta(hours=3)), "bot_id": "B9"},
        row | {"ts": stamp(NOW - timedelta(hours=4)), "subtype": "channel_join"},
        {"type": "message", "ts": stamp(NOW - timedelta(hours=5)), "user": 7, "text": None},
    ]
    async with world(tmp_path, slack=slack) as here:
        await here.adapter.backfill(1)
        assert await here.counted() == 1


async def test_an_interrupted_backfill_goes_on(tmp_path: Path) -> None:
    """After a failure on the second page the next run begins there, and nothing counts twice."""
    slack = remembered(450)
    async with world(tmp_path, slack=slack) as here:
        slack.faults["conversations.history"].extend(_page_then_refusals())
        await here.adapter.backfill(30)
        first_part = await here.counted()
        assert 0 < first_part < 450
    asked = _asked(slack)
    async with world(tmp_path, slack=slack) as here:
        await here.adapter.backfill(30)
        assert await here.counted() == 450
        read = [channel for channel in _asked(slack)[len(asked) :] if channel == "C1"]
        assert len(read) == 3  # what is new, and the two pages that were left


async def test_a_later_backfill_reads_what_is_new_alone(tmp_path: Path) -> None:
    """After a whole one, the next reads from where that began: the bot may have been away."""
    slack = remembered(450)
    async with world(tmp_path, slack=slack) as here:
        await here.adapter.backfill(30)
    missed = slack.history["C1"][0] | {"ts": stamp(NOW + timedelta(hours=1))}
    slack.history["C1"].insert(0, missed)
    asked = _asked(slack)
    async with world(tmp_path, slack=slack, now=NOW + timedelta(hours=2)) as here:
        await here.adapter.backfill(30)
        assert await here.counted() == 451
        assert len(_asked(slack)) - len(asked) == len(slack.channels)  # one page each
        await here.adapter.backfill(60)  # further back than before
        assert await here.counted() == 451


def _asked(slack: Any) -> list[str]:
    """The channel of each page that backfills asked for; a start's own reading has no `oldest`."""
    calls = slack.made("conversations.history")
    return [call.params["channel"] for call in calls if "oldest" in call.params]


def _page_then_refusals() -> list[Any]:
    """Let the first page through, then refuse the second."""
    return [Fault(), Fault(error="internal_error")]


async def test_history_stays_with_ones_own_app(tmp_path: Path) -> None:
    """An app that others install may not read history in bulk, and says so."""
    slack = populated()
    async with world(tmp_path, slack=slack, **MANY) as here:
        with pytest.raises(BadSetting, match="SLACK_BOT_TOKEN"):
            await here.adapter.backfill(30)


async def test_doctor_finds_nothing_amiss(tmp_path: Path) -> None:
    """With every scope, a channel and good tokens, each line is well."""
    async with world(tmp_path) as here:
        findings = await here.adapter.examine()
        assert all(finding.ok for finding in findings), findings
        assert any("채널 3개" in finding.what for finding in findings)


async def test_doctor_names_each_gap_once(tmp_path: Path) -> None:
    """A missing scope, no channel, a custom emoji that is not there: one line each, with a mend."""
    async with world(tmp_path) as here:
        for granted, lost in (("reactions:write", 1), ("channels:read", 1)):
            here.slack.scopes.discard(granted)
            gaps = await _gaps(here)
            assert [granted in gap.what for gap in gaps].count(True) == lost
            assert all(gap.mend for gap in gaps)
            assert len(gaps) == 1
            here.slack.scopes.add(granted)
        here.slack.channels.clear()
        [gap] = await _gaps(here)
        assert "/invite" in gap.mend


async def test_a_channel_that_is_off_is_not_asked_for(tmp_path: Path) -> None:
    """The gate would refuse every message of it."""
    async with world(tmp_path, slack=remembered(3)) as here:
        await here.bot.store.set_preference(
            Platform.SLACK, "T1", Level.CHANNEL, "C1", "mode", "off"
        )
        await here.adapter.backfill(2)
        asked = {call.params["channel"] for call in here.slack.made("conversations.history")}
        assert asked == {"C2", "G1"}


async def test_doctor_names_a_channel_to_post_in_that_it_is_not_in(tmp_path: Path) -> None:
    """A digest would fail there every day; where it is a member all is well."""
    async with world(tmp_path) as here:
        for channel, digest in (("C1", "daily 18:00"), ("C2", "daily 18:00 <#C9>")):
            await here.bot.store.set_preference(
                Platform.SLACK, "T1", Level.CHANNEL, channel, "digest", digest
            )
        [gap] = await _gaps(here)
        assert "C9" in gap.what
        assert "/invite" in gap.mend


async def test_doctor_checks_the_chosen_emoji(tmp_path: Path) -> None:
    """A custom emoji of the map that the workspace does not have is named."""
    async with world(tmp_path) as here:
        here.slack.custom_emoji = {"party_parrot": "https://example.org/parrot.gif"}
        await here.bot.store.set_preference(
            Platform.SLACK,
            "T1",
            Level.WORKSPACE,
            "",
            "emoji",
            "joy=:party_parrot:,anger=:no_such_thing:",
        )
        [gap] = await _gaps(here)
        assert "no_such_thing" in gap.what


async def test_doctor_with_wrong_tokens(tmp_path: Path) -> None:
    """A token that Slack refuses is one line, not a traceback."""
    async with world(tmp_path) as here:
        here.slack.tokens.clear()
        [gap] = await _gaps(here)
        assert "SLACK_BOT_TOKEN" in gap.what
        here.slack.tokens["xoxb-1"] = "T1"
        here.slack.app_tokens.clear()
        [gap] = await _gaps(here)
        assert "SLACK_APP_TOKEN" in gap.what
        here.slack.app_tokens.add("xapp-1")


async def _gaps(here: World) -> list[Finding]:
    return [finding for finding in await here.adapter.examine() if not finding.ok]
