"""Maeum's own log: a text file in UTF-8 with one JSON object a line, in the order of delivery.

    {"at": "2026-03-10T08:12:00+09:00", "channel": "a", "id": "1", "author": "mina", "text": "hi"}
    {"kind": "edited", "at": …, "sent": …, "channel": "a", "id": "1", "author": …, "text": "hey"}
    {"kind": "deleted", "at": …, "channel": "a", "id": "1"}

| field | |
|---|---|
| `kind` | `new` (when left out), `edited` or `deleted` |
| `at` | when it happened: ISO 8601 with an offset |
| `sent` | of an edit: when the message itself was sent |
| `channel` | the channel's name |
| `id` | the message's id, the same in its edits and its deletion |
| `author` | an id or a name; not in a deletion |
| `text` | the message; an edit gives the whole new text; not in a deletion |
| `bot` | `true` for a bot's message |
| `thread` | the thread it was said in, if any |

Blank lines, a byte order mark, CRLF and further fields are fine.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from adapters.replay.log import Tally, channel_ref
from adapters.replay.rows import BadRow, decode, flag, moment, text, word
from bot.events import Kind, MessageEvent, MessageRef, Source

LINE_LIMIT = 1 << 20  # bytes; the longest message of any platform is 40,000 characters
_BOM = b"\xef\xbb\xbf"


def read_jsonl(path: Path, tally: Tally) -> Iterator[MessageEvent]:
    """The events of the log at `path`; its name without the ending is the workspace."""
    workspace = path.stem
    with path.open("rb") as file:
        for number, line in enumerate(_lines(file, tally), start=1):
            if number == 1 and line:
                line = line.removeprefix(_BOM)
            try:
                if line is None:
                    raise BadRow(f"is longer than {LINE_LIMIT >> 20} MB; shorten its text")
                if line.strip():
                    yield _event(decode(line), workspace)
            except BadRow as fault:
                tally.skip(f"line {number} {fault}")


def _lines(file: BinaryIO, tally: Tally) -> Iterator[bytes | None]:
    """The lines of `file`; None stands for one that is too long, which is never held whole."""
    while line := file.readline(LINE_LIMIT + 1):
        tally.read += len(line)
        if len(line) <= LINE_LIMIT:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(LINE_LIMIT)
            tally.read += len(line)
        yield None


def _event(row: dict[str, Any], workspace: str) -> MessageEvent:
    kind = _kind(row)
    channel = word(row, "channel")
    ref = MessageRef(channel=channel_ref(workspace, channel), message=word(row, "id"))
    at = moment(row, "at")
    if kind is Kind.DELETED:
        return MessageEvent(kind=kind, ref=ref, sent_at=at, revised_at=at, channel_name=channel)
    return MessageEvent(
        kind=kind,
        ref=ref,
        sent_at=moment(row, "sent") if kind is Kind.EDITED else at,
        revised_at=at,
        author=word(row, "author"),
        text=text(row, "text"),
        source=Source.BOT if flag(row, "bot") else Source.PERSON,
        thread=word(row, "thread") if row.get("thread") is not None else None,
        channel_name=channel,
    )


def _kind(row: dict[str, Any]) -> Kind:
    name = row.get("kind", Kind.NEW)
    if name not in tuple(Kind):
        raise BadRow("has a `kind` that is not new, edited or deleted")
    return Kind(name)
