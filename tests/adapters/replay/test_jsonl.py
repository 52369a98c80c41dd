import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.replay import open_log
from adapters.replay.jsonl import LINE_LIMIT
from bot.errors import BadInput
from bot.events import Kind, MessageEvent, Platform, Source

GOOD: dict[str, Any] = {
    "at": "2026-03-10T08:12:00+09:00",
    "channel": "수다",
    "id": "1",
    "author": "라떼",
    "text": "좋은 아침이에요",
}


def write(path: Path, *rows: dict[str, Any] | str | bytes) -> Path:
    """Write rows as lines: objects as JSON, strings and bytes as they are."""
    raw = [
        row
        if isinstance(row, bytes)
        else (row if isinstance(row, str) else json.dumps(row)).encode()
        for row in rows
    ]
    path.write_bytes(b"\n".join(raw) + b"\n")
    return path


def events(path: Path) -> list[MessageEvent]:
    """All events of the log at `path`."""
    return [delivery.event for delivery in open_log(path)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where a test writes its log."""
    return tmp_path / "spring.jsonl"


def test_a_new_message_is_told_whole(log: Path) -> None:
    """Every field arrives; the time in UTC; the log's name is a workspace of the console."""
    [event] = events(write(log, GOOD | {"thread": "t1"}))
    assert event == MessageEvent(
        kind=Kind.NEW,
        ref=event.ref,
        sent_at=datetime(2026, 3, 9, 23, 12, tzinfo=UTC),
        revised_at=datetime(2026, 3, 9, 23, 12, tzinfo=UTC),
        author="라떼",
        text="좋은 아침이에요",
        thread="t1",
        channel_name="수다",
    )
    channel = event.ref.channel
    assert (channel.platform, channel.workspace, channel.channel, event.ref.message) == (
        Platform.CONSOLE,
        "spring",
        "수다",
        "1",
    )


def test_an_edit_keeps_the_time_its_message_was_sent(log: Path) -> None:
    """`sent` is the message's time and `at` the edit's, and the clock shows the edit's."""
    row = GOOD | {"kind": "edited", "at": "2026-03-10T00:00:00Z", "sent": GOOD["at"]}
    [delivery] = open_log(write(log, row))
    assert delivery.event.kind is Kind.EDITED
    assert delivery.event.sent_at == datetime(2026, 3, 9, 23, 12, tzinfo=UTC)
    assert delivery.at == delivery.event.revised_at == datetime(2026, 3, 10, tzinfo=UTC)


def test_a_deletion_carries_no_author_and_no_text(log: Path) -> None:
    """A deletion needs only the message's address and its time."""
    row = {key: GOOD[key] for key in ("at", "channel", "id")} | {"kind": "deleted"}
    [event] = events(write(log, row))
    assert (event.kind, event.author, event.text) == (Kind.DELETED, "", "")


def test_a_bot_is_told_from_a_person(log: Path) -> None:
    """`bot` true makes the source a bot, so that the core leaves its message alone."""
    said = events(write(log, GOOD, GOOD | {"bot": True}, GOOD | {"bot": False}))
    assert [event.source for event in said] == [Source.PERSON, Source.BOT, Source.PERSON]


def test_marks_of_other_editors_are_fine(log: Path) -> None:
    """A byte order mark, CRLF, blank lines, further fields and a missing last newline."""
    line = json.dumps(GOOD | {"mood": 3}).encode()
    log.write_bytes(b"\xef\xbb\xbf" + line + b"\r\n\r\n  \n" + line)
    opened = open_log(log)
    assert len(list(opened)) == 2
    assert opened.tally.skipped == 0


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("{", "line 2 is not valid JSON"),
        ("[1]", "line 2 is not a JSON object"),
        ("[" * 100_000, "line 2 is nested too deeply"),
        ('{"at": ' + "9" * 5000 + "}", "line 2 is not valid JSON"),
        ("안녕".encode("cp949"), "line 2 is not UTF-8"),
        (GOOD | {"kind": "moved"}, "`kind` that is not new, edited or deleted"),
        (GOOD | {"kind": ["new"]}, "`kind` that is not new, edited or deleted"),
        ({**GOOD, "id": 7}, "`id` that is not a string"),
        ({**GOOD, "channel": " "}, "an empty `channel`"),
        ({**GOOD, "author": None}, "no `author`"),
        ({key: GOOD[key] for key in GOOD if key != "text"}, "no `text`"),
        ({**GOOD, "bot": "yes"}, "`bot` that is neither true nor false"),
        ({**GOOD, "at": "2026-03-10T08:12:00"}, "`at` without an offset"),
        ({**GOOD, "at": "yesterday"}, "`at` that is no ISO 8601 time"),
        ({**GOOD, "at": "0001-01-01T00:00:00+09:00"}, "`at` that is no ISO 8601 time"),
        ({**GOOD, "kind": "edited"}, "no `sent`"),
        ({**GOOD, "thread": 3}, "`thread` that is not a string"),
    ],
)
def test_a_wrong_line_is_named_and_passed_over(
    log: Path, row: dict[str, Any] | str | bytes, fault: str
) -> None:
    """One wrong line is counted, named with its number, and the lines round it are read."""
    opened = open_log(write(log, GOOD, row, GOOD))
    assert len(list(opened)) == 2
    assert opened.tally.skipped == 1
    assert fault in opened.tally.faults[0]


def test_only_the_first_faults_are_named(log: Path) -> None:
    """Thousands of wrong lines are counted, but a person is told of three."""
    opened = open_log(write(log, GOOD, *["{"] * 5000))
    assert len(list(opened)) == 1
    assert opened.tally.skipped == 5000
    assert [fault.split(" is ")[0] for fault in opened.tally.faults] == [
        "line 2",
        "line 3",
        "line 4",
    ]


def test_faults_never_quote_a_message(log: Path) -> None:
    """What a line says stays out of the fault that names it."""
    opened = open_log(write(log, GOOD, GOOD | {"at": "secret"}, '{"text": "secret"', "{}"))
    list(opened)
    assert opened.tally.skipped == 3
    assert "secret" not in " ".join(opened.tally.faults)


def test_a_log_of_only_wrong_lines_is_refused(log: Path) -> None:
    """No message at all is an error that names the file and the first fault."""
    with pytest.raises(
        BadInput, match=r"spring\.jsonl holds no message .*: line 1 has no `channel`"
    ):
        list(open_log(write(log, {}, {})))


def test_an_endless_line_is_never_held(log: Path) -> None:
    """A line of 100 MB is passed over in a few megabytes of memory, and the next one is read."""
    with log.open("wb") as file:
        file.write(json.dumps(GOOD).encode() + b"\n")
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b"\n" + json.dumps(GOOD).encode() + b"\n")
    opened = open_log(log)
    tracemalloc.start()
    try:
        assert len(list(opened)) == 2
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "line 2 is longer than 1 MB" in opened.tally.faults[0]
    assert peak < 8 * LINE_LIMIT


def test_half_a_surrogate_pair_becomes_text_that_encodes(log: Path) -> None:
    """JSON can spell half an emoji; hashing its author and reading its text must still work."""
    [event] = events(write(log, GOOD | {"author": "a\ud83d", "text": "hi \ud83d"}))
    assert (event.author, event.text) == ("a?", "hi ?")


def test_progress_grows_to_the_total(log: Path) -> None:
    """The bytes read never fall and end at the file's size; a second reading starts anew."""
    opened = open_log(write(log, *[GOOD] * 50))
    for _ in range(2):
        read = [opened.tally.read for _ in opened]
        assert read == sorted(read)
        assert 0 < read[0] < opened.total == opened.tally.read == log.stat().st_size


def test_the_clock_never_goes_back(log: Path) -> None:
    """An edit that arrives before its original does not turn the clock back for it."""
    edit = GOOD | {"kind": "edited", "at": "2026-03-10T08:13:00+09:00", "sent": GOOD["at"]}
    early, late = open_log(write(log, edit, GOOD))
    assert late.at == early.at
    assert late.event.revised_at < early.event.revised_at
