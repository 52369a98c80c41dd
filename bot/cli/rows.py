"""Messages read from a file or a pipe, one a row: txt, csv or jsonl. Streams.

Lines are read as bytes and decoded one by one, so that an error can name its line.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from bot.errors import BadInput

_MAX_LINE = 1_000_000  # bytes; far above any chat message, far below what would fill the memory
_COLUMNS = ("text", "message", "content", "문장", "내용")


def read_rows(path: Path, column: str | None = None) -> Iterator[str]:
    """The messages of `path` by its suffix; `column` names the csv column or jsonl key."""
    try:
        with path.open("rb") as stream:
            match path.suffix.lower():
                case ".csv" | ".tsv" as suffix:
                    yield from _csv(stream, path.name, column, "\t" if suffix == ".tsv" else ",")
                case ".jsonl" | ".ndjson":
                    yield from _jsonl(stream, path.name, column)
                case ".txt" | "":
                    yield from (line for _, line in _lines(stream, path.name) if line.strip())
                case other:
                    raise BadInput(f"{path} ends in {other}; give a .txt, .csv, .tsv or .jsonl")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None


def read_standard_input() -> Iterator[str]:
    """The lines of standard input, as they come."""
    # A reader of our own: sys.stdin's is locked at exit if a thread still waits in it.
    with open(0, "rb", closefd=False) as stream:
        yield from (line for _, line in _lines(stream, "standard input") if line.strip())


def _lines(stream: BinaryIO, name: str) -> Iterator[tuple[int, str]]:
    number = 0
    while line := stream.readline(_MAX_LINE + 1):
        number += 1
        if len(line) > _MAX_LINE:
            raise BadInput(
                f"{name}, line {number} is longer than {_MAX_LINE:,} bytes; one message a line"
            )
        try:
            yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise BadInput(f"{name}, line {number} is not UTF-8; save the file as UTF-8") from None


def _csv(stream: BinaryIO, name: str, column: str | None, delimiter: str) -> Iterator[str]:
    rows = csv.reader((line + "\n" for _, line in _lines(stream, name)), delimiter=delimiter)
    try:
        header = next(rows, None)
        if header is None:
            raise BadInput(f"{name} is empty; its first line must name the columns")
        at = _column(header, column, name)
        for row in rows:
            if row and at >= len(row):
                raise BadInput(
                    f"{name}, line {rows.line_num} has {len(row)} columns, "
                    f"{header[at]!r} is column {at + 1}"
                )
            if row and row[at].strip():
                yield row[at]
    except csv.Error as error:
        raise BadInput(f"{name}, line {rows.line_num} is not csv: {error}") from None


def _column(header: list[str], wanted: str | None, name: str) -> int:
    names = [title.strip() for title in header]
    for candidate in (wanted,) if wanted else _COLUMNS:
        if candidate in names:
            return names.index(candidate)
    needed = f"a column {wanted!r}" if wanted else f"a column named {' or '.join(_COLUMNS[:3])}"
    raise BadInput(f"{name} needs {needed}, it has {', '.join(names)}; name one with --column")


def _jsonl(stream: BinaryIO, name: str, column: str | None) -> Iterator[str]:
    key = column or "text"
    for number, line in _lines(stream, name):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise BadInput(f"{name}, line {number} is not JSON; one object a line") from None
        value = row if isinstance(row, str) else row.get(key) if isinstance(row, dict) else None
        if not isinstance(value, str):
            raise BadInput(
                f"{name}, line {number} has no text under {key!r}; name it with --column"
            )
        if value.strip():
            yield value
