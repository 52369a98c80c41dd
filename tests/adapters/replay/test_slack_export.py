import json
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.replay import open_log
from bot.errors import BadInput
from bot.events import Kind, MessageEvent, Platform, Source

EXPORT = Path(__file__).parent / "fixtures" / "slack_export"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A copy of the recorded export that a test may damage."""
    return shutil.copytree(EXPORT, tmp_path / "Acme Slack export")


def zipped(folder: Path, prefix: str = "") -> Path:
    """The folder as a .zip beside it."""
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*.json")):
            archive.write(file, prefix + file.relative_to(folder).as_posix())
    return path


def events(path: Path) -> list[MessageEvent]:
    """All events of the export at `path`."""
    return [delivery.event for delivery in open_log(path)]


def test_channels_are_read_side_by_side_in_the_order_of_time() -> None:
    """Messages of both channels and both days come in one order, with exact times."""
    said = events(EXPORT)
    assert [(event.channel_name, event.ref.message) for event in said] == [
        ("general", "1773097200.000100"),
        ("general", "1773100800.000200"),
        ("팀-로켓", "1773100830.000100"),
        ("general", "1773100860.000300"),
        ("general", "1773100980.000400"),
        ("general", "1773104400.000500"),
        ("general", "1773104460.000600"),
        ("general", "1773104520.000700"),
        ("general", "1773187200.000100"),
    ]
    assert said[1].sent_at == datetime(2026, 3, 10, 0, 0, 0, 200, tzinfo=UTC)


def test_only_what_people_said_is_a_persons() -> None:
    """Joins and tombstones are notices; bots are known by subtype, bot id or the list of users."""
    assert [event.source for event in events(EXPORT)] == [
        Source.SYSTEM,
        *[Source.PERSON] * 4,
        Source.BOT,
        Source.BOT,
        Source.BOT,
        Source.PERSON,
    ]


def test_the_text_is_the_last_edits() -> None:
    """An edited message is one new event that carries the time of its edit."""
    edited = events(EXPORT)[3]
    assert (edited.kind, edited.text) == (Kind.NEW, "me! I'm starving")
    assert edited.sent_at == datetime(2026, 3, 10, 0, 1, 0, 300, tzinfo=UTC)
    assert edited.revised_at == datetime(2026, 3, 10, 0, 1, 10, tzinfo=UTC)


def test_a_late_edit_does_not_turn_the_clock_ahead() -> None:
    """The replay's clock shows when a message was sent, not when it was mended."""
    assert all(delivery.at == delivery.event.sent_at for delivery in open_log(EXPORT))


def test_replies_name_their_thread_and_its_root_does_not() -> None:
    """A reply counts under its channel and remembers its thread, a broadcast one too."""
    threads = [event.thread for event in events(EXPORT)]
    assert threads[1] is None
    assert threads[3] == threads[4] == "1773100800.000200"


def test_a_replay_is_not_the_live_workspace() -> None:
    """The address is the console's, under the export's own name."""
    channel = events(EXPORT)[2].ref.channel
    assert (channel.platform, channel.workspace, channel.channel) == (
        Platform.CONSOLE,
        "slack_export",
        "팀-로켓",
    )


@pytest.mark.parametrize("prefix", ["", "Acme Slack export/"])
def test_a_zip_reads_as_its_folder_does(export: Path, prefix: str) -> None:
    """Zipped by Slack or by hand with the folder's name in front, the events are the same."""
    path = zipped(export, prefix)
    opened = open_log(path)
    assert [delivery.event for delivery in opened] == events(export)
    assert opened.tally.read == opened.total == open_log(export).total


def test_a_damaged_day_ends_and_the_others_go_on(export: Path) -> None:
    """A day cut short gives what it has; the fault names the file."""
    day = export / "general" / "2026-03-10.json"
    day.write_bytes(day.read_bytes()[:600])
    opened = open_log(export)
    assert [delivery.event.ref.message for delivery in opened] == [
        "1773097200.000100",
        "1773100830.000100",
        "1773187200.000100",
    ]
    assert opened.tally.faults == [
        "general/2026-03-10.json is cut short or damaged; export it again"
    ]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"user": "U1", "text": "hi"}, "has no `ts`"),
        ({"user": "U1", "text": "hi", "ts": "soon"}, "has a `ts` that is no Slack time"),
        ({"user": "U1", "ts": "1773100800.000200"}, "has no `text`"),
        ({"text": "hi", "ts": "1773100800.000200"}, "has no `user`"),
        ({"user": ["U1"], "text": "hi", "ts": "1773100800.000200"}, "`user` that is not a string"),
        ([], "is not a JSON object"),
    ],
)
def test_a_wrong_message_is_named_and_passed_over(export: Path, row: object, fault: str) -> None:
    """A message that is none is counted with its file and number."""
    (export / "general" / "2026-03-11.json").write_text(json.dumps([row]))
    opened = open_log(export)
    assert len(list(opened)) == 8
    assert fault in opened.tally.faults[0]
    assert opened.tally.faults[0].startswith("general/2026-03-11.json, message 1, ")


def test_an_unheard_of_subtype_is_a_notice(export: Path) -> None:
    """A subtype of a later Slack, or one of a wrong type, is never scored."""
    rows = [
        {"subtype": subtype, "user": "U1", "text": "x", "ts": f"177318720{n}.000100"}
        for n, subtype in enumerate(["huddle_thread", ["a"], {}])
    ]
    (export / "general" / "2026-03-11.json").write_text(json.dumps(rows))
    assert {event.source for event in events(export)[8:]} == {Source.SYSTEM}


def test_links_out_of_the_export_are_not_followed(export: Path, tmp_path: Path) -> None:
    """Neither a linked file nor a linked folder beside the export is read."""
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.copy(export / "general" / "2026-03-11.json", outside / "2026-03-12.json")
    (export / "linked").symlink_to(outside, target_is_directory=True)
    (export / "general" / "2026-03-12.json").symlink_to(outside / "2026-03-12.json")
    assert events(export) == [
        event for event in events(export) if event.channel_name in ("general", "팀-로켓")
    ]
    assert len(events(export)) == 9


def test_names_in_a_zip_lead_nowhere(export: Path) -> None:
    """A member named like a path above the export is not a channel's day."""
    path = zipped(export)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../general/2026-03-12.json", "[]")
        archive.writestr("/etc/2026-03-12.json", "[]")
    assert len(events(path)) == 9


def test_a_file_damaged_inside_a_zip_is_named(export: Path) -> None:
    """Flipped bytes in one day are a fault of that day; the others are read."""
    path = zipped(export)
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("general/2026-03-10.json").header_offset + 120
    raw = bytearray(path.read_bytes())
    raw[at : at + 40] = bytes(40)
    path.write_bytes(raw)
    opened = open_log(path)
    assert list(opened)
    assert opened.tally.faults == [
        "general/2026-03-10.json cannot be unpacked; unzip the export and give its folder"
    ]


def test_a_damaged_zip_is_refused(export: Path) -> None:
    """A .zip whose list of files is damaged cannot be opened at all."""
    path = zipped(export)
    path.write_bytes(path.read_bytes().replace(b"PK\x01\x02", bytes(4)))
    with pytest.raises(
        BadInput, match=r"export\.zip is a damaged \.zip; download the export again"
    ):
        open_log(path)


def test_an_export_without_messages_is_refused(export: Path) -> None:
    """A folder with channels.json and no day at all is an error, not an empty replay."""
    shutil.rmtree(export / "general")
    shutil.rmtree(export / "팀-로켓")
    with pytest.raises(BadInput, match="Acme Slack export holds no message"):
        list(open_log(export))
