"""Recorded payloads of Slack become our types."""

import copy
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.translate import (
    Untranslatable,
    channel_ref,
    history_event,
    message_event,
    moment,
    shortcut_target,
    stamp,
    workspace_of,
)
from bot.events import Kind, MessageEvent, Source
from classifier.text import normalise

FIXTURES = Path(__file__).parent / "fixtures"
SENT = datetime(2026, 3, 15, 9, 30, 0, 200, tzinfo=UTC)


def recorded(name: str) -> dict[str, Any]:
    """A payload as Slack sent it."""
    payload: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))
    return payload


def translated(name: str) -> MessageEvent:
    """The event in a recorded payload, which has one."""
    event = message_event(recorded(name))
    assert event is not None
    return event


def test_a_message() -> None:
    """A new message keeps its address, author, exact time and text."""
    event = translated("message")
    assert event.kind is Kind.NEW
    assert event.source is Source.PERSON
    assert event.ref.channel == channel_ref("T061EG9R6", "C2147483705")
    assert event.ref.message == "1773567000.000200"
    assert event.author == "U2147483697"
    assert event.sent_at == event.revised_at == SENT
    assert event.thread is None
    assert event.live
    assert not event.shared


def test_slacks_markup_is_understood() -> None:
    """The text reaches the model without mentions, escapes and short codes."""
    read = normalise(translated("message").text)
    assert read == "오늘 발표 잘 끝났어요 🎉 [NAME] 덕분이에요 & 고마워요!"
    links = "<#C024BE7LR|general> 에서 봤어요 <https://example.org|기사> &lt;3"
    assert normalise(links) == "에서 봤어요 기사 <3"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("file_share", Source.PERSON),
        ("me_message", Source.PERSON),
        ("thread_broadcast", Source.PERSON),
        ("bot_message", Source.BOT),
        ("app_message", Source.BOT),
        ("slackbot", Source.BOT),
        ("channel_join", Source.SYSTEM),
        ("message_changed_bot", Source.BOT),
    ],
)
def test_who_speaks(name: str, source: Source) -> None:
    """People's subtypes are a person's words; bots, Slackbot and notices are not."""
    event = translated(name)
    assert event.source is source
    assert bool(event.author) == (source is Source.PERSON)


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        ("direct_message", "D024BE91L"),
        ("group_direct_message", "G024BE91L"),
        ("private_channel", "G012AC86C"),
    ],
)
def test_every_kind_of_conversation(name: str, channel: str) -> None:
    """Direct, group and private conversations translate as channels do."""
    assert translated(name).ref.channel.channel == channel


def test_threads() -> None:
    """A reply counts in its channel and knows its thread; the beginning of a thread is no reply."""
    assert translated("message_in_thread").thread == "1773566000.000100"
    assert translated("thread_parent").thread is None


def test_a_broadcast_reply_is_the_same_message() -> None:
    """However a reply arrives, as itself or broadcast to the channel, its key is its `ts`."""
    assert translated("thread_broadcast").ref == translated("message_in_thread").ref


def test_an_edit() -> None:
    """An edit has the message's key and the exact time of its own event."""
    event = translated("message_changed")
    assert event.kind is Kind.EDITED
    assert event.ref == translated("message").ref
    assert event.text == "오늘 발표 망했어요"
    assert event.sent_at == SENT
    assert event.revised_at == SENT + timedelta(seconds=60, microseconds=100)


@pytest.mark.parametrize("name", ["unfurl", "unfurl_without_previous"])
def test_a_link_preview_is_no_edit(name: str) -> None:
    """A change that leaves the text as it was is nothing to us."""
    assert message_event(recorded(name)) is None


@pytest.mark.parametrize("name", ["message_deleted", "tombstone"])
def test_a_deletion(name: str) -> None:
    """A deletion names the message and carries nobody; a thread's beginning leaves a tombstone."""
    event = translated(name)
    assert event.kind is Kind.DELETED
    assert event.ref == translated("message").ref
    assert (event.author, event.text) == ("", "")


def test_a_shared_channel() -> None:
    """Slack Connect is told, and the workspace is the one that installed the app."""
    event = translated("shared_channel")
    assert event.shared
    assert event.ref.channel.workspace == "T061EG9R6"
    assert workspace_of(recorded("message")) == "T061EG9R6"


def test_a_shortcut_names_its_message() -> None:
    """The message a shortcut was opened on, with its thread."""
    target = shortcut_target(recorded("shortcut"), shared=False)
    assert target.ref == translated("message").ref
    assert target.thread == "1773566000.000100"
    assert target.text == translated("message").text


def test_history_is_counted_and_never_live() -> None:
    """A row of history is not live; an edited one yields to a later edit and wins over the old."""
    channel = channel_ref("T061EG9R6", "C2147483705")
    plain = history_event(recorded("history_plain"), channel, shared=False)
    edited = history_event(recorded("history_edited"), channel, shared=False)
    assert not plain.live
    assert plain.ref == edited.ref == translated("message").ref
    assert plain.revised_at < edited.revised_at < translated("message_changed").revised_at


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("event", "ts"), None),
        (("event", "ts"), 1773567000.0002),
        (("event", "ts"), "yesterday"),
        (("event", "channel"), None),
        (("event",), None),
        (("event", "user"), 7),
    ],
)
def test_a_malformed_payload_is_named_without_its_words(path: tuple[str, ...], value: Any) -> None:
    """What Slack does not document is refused by field, never with what somebody wrote."""
    payload = copy.deepcopy(recorded("message"))
    place = payload
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(Untranslatable) as caught:
        message_event(payload)
    assert "발표" not in str(caught.value)


@given(st.integers(0, 99_999_999_999_999_999))
def test_a_time_survives_both_ways(micros: int) -> None:
    """A `ts` is exact to the microsecond, in both directions."""
    ts = f"{micros // 1_000_000}.{micros % 1_000_000:06}"
    assert stamp(moment(ts)) == ts
