import json
import resource
import shutil
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.replay import open_log
from bot.errors import BadInput
from bot.events import Kind, MessageEvent, Platform, Source

EXPORT = Path(__file__).parent / "fixtures" / "discord_export"
GENERAL = EXPORT / "Rainy Club - chat - general [11].json"
THREAD = EXPORT / "Rainy Club - general - umbrella club [12].json"
START = datetime(2026, 3, 10, tzinfo=UTC)


def events(path: Path) -> list[MessageEvent]:
    """All events of the export at `path`."""
    return [delivery.event for delivery in open_log(path)]


def message(number: int, **changes: Any) -> dict[str, Any]:
    """A message as the exporter writes it, a second after the one before."""
    return {
        "id": str(number),
        "type": "Default",
        "timestamp": (START + timedelta(seconds=number)).isoformat(),
        "timestampEdited": None,
        "content": f"message {number}",
        "author": {"id": "7", "name": "otter", "isBot": False, "roles": []},
        "reactions": [],
    } | changes


def write(path: Path, *messages: object, channel: str = "general") -> Path:
    """Write an export of one channel."""
    document = {
        "guild": {"id": "1", "name": "Rainy Club"},
        "channel": {"id": "2", "type": "GuildTextChat", "name": channel},
        "messages": messages,
        "messageCount": len(messages),
    }
    path.write_text(json.dumps(document, indent=2))
    return path


def test_a_channel_is_told_whole() -> None:
    """Type, bot, edit and time of the recorded messages arrive; edits keep their own time."""
    join, edited, reply, bot = events(GENERAL)
    assert [event.source for event in (join, edited, reply, bot)] == [
        Source.SYSTEM,
        Source.PERSON,
        Source.PERSON,
        Source.BOT,
    ]
    assert edited == MessageEvent(
        kind=Kind.NEW,
        ref=edited.ref,
        sent_at=datetime(2026, 3, 9, 23, 1, 0, 123_000, tzinfo=UTC),
        revised_at=datetime(2026, 3, 9, 23, 2, 30, 500_000, tzinfo=UTC),
        author="2000000000000000001",
        text='오늘 왜 이렇게 추워요 ㅠㅠ\n패딩 "다시" 꺼냈어요',
        channel_name="general",
    )
    channel = edited.ref.channel
    assert (channel.platform, channel.workspace, channel.channel) == (
        Platform.CONSOLE,
        "Rainy Club",
        "general",
    )


def test_a_thread_counts_under_its_parent() -> None:
    """The exporter names a thread's parent as its category; the message goes there."""
    [event] = events(THREAD)
    assert (event.ref.channel.channel, event.thread) == ("general", "umbrella club")


def test_a_folder_is_read_in_the_order_of_time() -> None:
    """The thread's message falls between the channel's, as it was said."""
    said = events(EXPORT)
    assert [event.ref.message[-3:] for event in said] == ["101", "102", "103", "104", "105"]


def test_a_folder_may_hold_other_files(tmp_path: Path) -> None:
    """Only exports are read; a note or a list of another program beside them is left alone."""
    shutil.copy(THREAD, tmp_path)
    (tmp_path / "notes.json").write_text("[]")
    (tmp_path / "read me.txt").write_text("hello")
    assert len(events(tmp_path)) == 1


def test_more_channels_than_open_files(tmp_path: Path) -> None:
    """Hundreds of channels are read side by side with a handful of open files."""
    for number in range(120):
        write(tmp_path / f"{number}.json", message(number), channel=f"c{number}")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    try:
        said = events(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert [event.text for event in said] == [f"message {number}" for number in range(120)]


def test_memory_does_not_grow_with_the_export(tmp_path: Path) -> None:
    """Ten times the messages take no more memory to read."""

    def peak(count: int) -> int:
        log = open_log(write(tmp_path / "big.json", *map(message, range(count))))
        tracemalloc.start()
        try:
            assert sum(1 for _ in log) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(5000) < 1.5 * peak(500)


def test_an_export_cut_short_gives_what_it_has(tmp_path: Path) -> None:
    """An interrupted export is replayed to its end, and the end is named."""
    path = write(tmp_path / "cut.json", *map(message, range(10)))
    path.write_bytes(path.read_bytes()[:-400])
    opened = open_log(path)
    assert 5 < len(list(opened)) < 10
    assert opened.tally.faults == ["cut.json is cut short or damaged; export it again"]


def test_an_export_from_newest_to_oldest_is_refused(tmp_path: Path) -> None:
    """A reversed export would be reacted to backwards; the refusal says how to export."""
    path = write(tmp_path / "back.json", message(2), message(1), message(0))
    with pytest.raises(BadInput, match=r"back\.json runs from newest to oldest; export it again"):
        list(open_log(path))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"id": 5}, "`id` that is not a string"),
        ({"content": None}, "no `content`"),
        ({"author": None}, "not a JSON object"),
        ({"author": {"id": "7", "isBot": "no"}}, "`isBot` that is neither true nor false"),
        ({"timestamp": "2026-03-10 08:00"}, "`timestamp` without an offset"),
        ({"timestampEdited": 5}, "`timestampEdited` that is not a string"),
    ],
)
def test_a_wrong_message_is_named_and_passed_over(
    tmp_path: Path, change: dict[str, Any], fault: str
) -> None:
    """A message that is none is counted with its file and number."""
    path = write(tmp_path / "odd.json", message(0), message(1, **change), message(2))
    opened = open_log(path)
    assert [delivery.event.text for delivery in opened] == ["message 0", "message 2"]
    assert fault in opened.tally.faults[0]
    assert opened.tally.faults[0].startswith("odd.json, message 2, ")


@pytest.mark.parametrize("kind", ["ChannelPinnedMessage", "24", None, ["Default"]])
def test_any_other_type_is_a_notice(tmp_path: Path, kind: object) -> None:
    """Pins, automod and types of a later Discord are never scored."""
    [event] = events(write(tmp_path / "pins.json", message(0, type=kind)))
    assert event.source is Source.SYSTEM


@pytest.mark.parametrize(
    "document",
    ['{"guild": {"name": "a"}, "messages": []}', '{"guild": {"name": "a"}}', '{"guild": {'],
)
def test_an_export_without_messages_is_refused(tmp_path: Path, document: str) -> None:
    """No channel, no messages or nothing at all is an error that names the file."""
    path = tmp_path / "none.json"
    path.write_text(document)
    with pytest.raises(BadInput, match=r"none\.json holds no message that can be read: none\.json"):
        list(open_log(path))
