import json
import os
import zipfile
from pathlib import Path

import pytest

from adapters.replay import open_log
from bot.errors import BadInput

FIXTURES = Path(__file__).parent / "fixtures"
LINE = json.dumps(
    {"at": "2026-03-10T08:12:00+09:00", "channel": "a", "id": "1", "author": "b", "text": "c"}
)


@pytest.mark.parametrize("name", ["log.jsonl", "log.txt", "log", "log.json"])
def test_a_log_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    """Our own lines are read under any file name."""
    path = tmp_path / name
    path.write_text(LINE)
    assert len(list(open_log(path))) == 1


def test_an_export_is_known_by_its_content(tmp_path: Path) -> None:
    """A Discord export renamed to .jsonl is still one, and a Slack .zip needs no .zip."""
    discord = next((FIXTURES / "discord_export").glob("*chat*"))
    (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + discord.read_bytes())
    assert len(list(open_log(tmp_path / "a.jsonl"))) == 4
    with zipfile.ZipFile(tmp_path / "export", "w") as archive:
        archive.writestr("channels.json", "[]")
        archive.write(FIXTURES / "slack_export/general/2026-03-11.json", "general/2026-03-11.json")
    assert len(list(open_log(tmp_path / "export"))) == 1


def test_a_first_line_of_rubbish_does_not_hide_a_log(tmp_path: Path) -> None:
    """A .jsonl whose first line is damaged is read all the same."""
    path = tmp_path / "a.jsonl"
    path.write_text(f"oops\n{LINE}\n")
    assert len(list(open_log(path))) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("table.csv", b"text\nhello\n"),
        ("list.json", b"[1, 2]"),
        ("picture.png", b"\x89PNG\r\n\x1a\n"),
    ],
)
def test_anything_else_is_refused_with_the_formats(
    tmp_path: Path, name: str, content: bytes
) -> None:
    """A file of another kind is named, and the three formats with it."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(
        BadInput, match=f"{name} is no chat log .*JSONL.*Slack.*DiscordChatExporter"
    ):
        open_log(path)


def test_a_folder_or_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    """A folder with no export in it, and a .zip of something else, name the three formats."""
    (tmp_path / "notes.txt").write_text("hello")
    with zipfile.ZipFile(tmp_path / "notes.zip", "w") as archive:
        archive.writestr("notes.txt", "hello")
    for path in (tmp_path, tmp_path / "notes.zip"):
        with pytest.raises(BadInput, match="is no chat log that can be replayed; give"):
            open_log(path)


def test_a_missing_or_empty_log_is_refused(tmp_path: Path) -> None:
    """Nothing there, no bytes, only blank lines and UTF-16 each have their own sentence."""
    for name, content, fault in (
        ("empty.jsonl", b"", "is empty"),
        ("blank.jsonl", b" \n\n", "is empty"),
        ("wide.jsonl", LINE.encode("utf-16"), "is UTF-16; save it as UTF-8"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadInput, match=f"{name} {fault}"):
            open_log(tmp_path / name)
    with pytest.raises(BadInput, match="none does not exist; check the path"):
        open_log(tmp_path / "none")


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    """A named pipe has no size and no second reading; it is refused instead of waited for."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="pipe is neither a file nor a folder"):
        open_log(tmp_path / "pipe")


def test_a_log_that_vanishes_says_so(tmp_path: Path) -> None:
    """A file removed between opening and reading is bad input, not a traceback."""
    path = tmp_path / "gone.jsonl"
    path.write_text(LINE)
    log = open_log(path)
    path.unlink()
    with pytest.raises(BadInput, match=r"gone\.jsonl cannot be read: No such file"):
        list(log)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_log_is_refused(tmp_path: Path) -> None:
    """A file without read permission is named."""
    path = tmp_path / "secret.jsonl"
    path.write_text(LINE)
    path.chmod(0)
    with pytest.raises(BadInput, match=r"secret\.jsonl cannot be read: Permission denied"):
        open_log(path)
