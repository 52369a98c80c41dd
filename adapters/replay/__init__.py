"""Chat logs read from disk, for `maeum demo` and `maeum chat --replay`.

log = open_log(path)
for delivery in log:          # a stream: memory does not grow with the log
    clock.set(delivery.at)
    ...                       # delivery.event; log.tally.read of log.total bytes are done
log.tally.skipped, log.tally.faults
"""

import zipfile
from functools import partial
from pathlib import Path

from adapters.replay.discord_export import HEAD, is_discord_export, read_discord_export
from adapters.replay.jsonl import read_jsonl
from adapters.replay.log import Delivery, Log, Tally
from adapters.replay.slack_export import open_slack_export
from bot.errors import BadInput

__all__ = ["Delivery", "Log", "Tally", "open_log"]

_FORMATS = (
    "give Maeum's own JSONL, a Slack export (its folder or .zip, with channels.json) "
    "or a DiscordChatExporter JSON file or folder"
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def open_log(path: Path) -> Log:
    """The chat log at `path`, in whichever of the three formats its content shows.

    Raises BadInput when it is none of them; the log itself raises it when no message can be read.
    """
    try:
        log = _open_folder(path) if path.is_dir() else _open_file(path)
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist; check the path") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}") from None
    if log is None:
        raise BadInput(f"{path} is no chat log that can be replayed; {_FORMATS}")
    return log


def _open_folder(path: Path) -> Log | None:
    if log := open_slack_export(path):
        return log
    files = [file for file in sorted(path.glob("*.json")) if is_discord_export(_head(file))]
    return _open_discord_export(path, files) if files else None


def _open_file(path: Path) -> Log | None:
    if path.exists() and not path.is_file():
        raise BadInput(f"{path} is neither a file nor a folder; write the log to a file first")
    head = _head(path)
    if zipfile.is_zipfile(path):
        return open_slack_export(path)
    if is_discord_export(head):
        return _open_discord_export(path, [path])
    if head.startswith(_UTF16):
        raise BadInput(f"{path} is UTF-16; save it as UTF-8")
    if not head.strip():
        raise BadInput(f"{path} is empty; {_FORMATS}")
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") or path.suffix == ".jsonl":
        return Log(path, total=path.stat().st_size, read=partial(read_jsonl, path))
    return None


def _open_discord_export(path: Path, files: list[Path]) -> Log:
    total = sum(file.stat().st_size for file in files)
    return Log(path, total=total, read=partial(read_discord_export, files))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)
