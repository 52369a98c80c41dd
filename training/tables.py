"""Read any table of rows: csv, tsv, jsonl, xlsx, parquet; wrong rows are kept apart by line."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from classifier.base import MaeumError

Cells = Mapping[str, Any]  # by column name, or by the column's number from 0 without a header


class CorpusError(MaeumError):
    """A corpus that cannot be read; names the file, what was found and what is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row and the line of the file it stands on, from 1."""

    line: int
    cells: Cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A row that cannot be used, and why."""

    line: int
    reason: str


def read_table(path: Path, *, header: bool = True) -> Iterator[Row | Wrong]:
    """The rows of the table in `path`, whose ending names its format."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise CorpusError(f"{path}: cannot be read as a table; use one of {', '.join(_READERS)}.")
    try:
        yield from reader(path, header)
    except FileNotFoundError:
        raise CorpusError(f"{path}: the file is missing.") from None
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: not UTF-8 ({error.reason}); save it as UTF-8.") from error
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror or error}).") from error


def _csv(path: Path, header: bool) -> Iterator[Row | Wrong]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from _delimited(csv.reader(file), header)


def _tsv(path: Path, header: bool) -> Iterator[Row | Wrong]:
    """A tab or a line end cannot be inside a cell, so a quotation mark is only itself."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from _delimited(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), header)


def _delimited(reader: Any, header: bool) -> Iterator[Row | Wrong]:
    columns: list[str] = []
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield Wrong(line=line, reason=str(error))
            line = reader.line_num + 1
            continue
        if cells is None:
            return
        start, line = line, reader.line_num + 1
        if not columns:
            columns = [cell.strip() for cell in cells] if header else _numbers(len(cells))
            if header:
                continue
        if not cells:  # an empty line
            continue
        if len(cells) != len(columns):
            yield Wrong(line=start, reason=f"{len(cells)} cells, {len(columns)} are needed")
        else:
            yield Row(line=start, cells=dict(zip(columns, cells, strict=True)))


def _jsonl(path: Path, header: bool) -> Iterator[Row | Wrong]:
    with path.open(encoding="utf-8-sig") as file:
        for line, text in enumerate(file, start=1):
            if not text.strip():
                continue
            try:
                found = json.loads(text)
            except ValueError as error:
                yield Wrong(line=line, reason=f"not JSON ({error})")
                continue
            if isinstance(found, dict):
                yield Row(line=line, cells=found)
            else:
                yield Wrong(line=line, reason="not a JSON object")


def _xlsx(path: Path, header: bool) -> Iterator[Row | Wrong]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError) as error:
        raise CorpusError(f"{path}: not an Excel workbook ({error}).") from error
    try:
        columns: list[str] = []
        for line, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
            if not columns:
                columns = [_name(cell) for cell in cells] if header else _numbers(len(cells))
                if header:
                    continue
            if any(cell is not None for cell in cells):  # rows may end at their last cell
                yield Row(line=line, cells=dict(zip_longest(columns, cells[: len(columns)])))
    finally:
        book.close()


def _parquet(path: Path, header: bool) -> Iterator[Row | Wrong]:
    import pyarrow.parquet as parquet

    try:
        opened = parquet.ParquetFile(path)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path}: not a Parquet file ({error}).") from error
    with opened as file:
        line = 0
        for batch in file.iter_batches(batch_size=4096):
            for cells in batch.to_pylist():
                line += 1
                yield Row(line=line, cells=cells)


def _name(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


def _numbers(count: int) -> list[str]:
    return [str(number) for number in range(count)]


_READERS: dict[str, Callable[[Path, bool], Iterator[Row | Wrong]]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".jsonl": _jsonl,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
}
