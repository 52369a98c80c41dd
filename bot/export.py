"""Counts, anonymous observations and corrections as tables: CSV, JSON or Parquet, by pages."""

import asyncio
import importlib
import os
from collections.abc import AsyncIterator, Callable, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from bot.errors import BadInput
from bot.observations import Bucket, ChannelActivity, Correction, Observation
from bot.tally import find_label
from classifier.labels import label_set_names, load_label_set

if TYPE_CHECKING:
    import pandas as pd

Row: TypeAlias = tuple[Any, ...]
Page: TypeAlias = Sequence[Row]

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_PLACE = {"platform": "string", "workspace": "string", "channel": "string", "name": "string"}
_FEELING = {
    "hour": "datetime64[us, UTC]",
    "label_set": "string",
    "label": "string",
    "group": "string",
}


class Table(StrEnum):
    """What can be exported."""

    BUCKETS = "buckets"
    OBSERVATIONS = "observations"
    CORRECTIONS = "corrections"

    @property
    def columns(self) -> dict[str, str]:
        """The columns with their pandas types."""
        return _COLUMNS[self]


_COLUMNS = {
    Table.BUCKETS: {**_PLACE, **_FEELING, "count": "int64"},
    Table.OBSERVATIONS: {**_PLACE, **_FEELING, "score": "float64", "revision": "string"},
    # A corpus as `maeum train` reads it by default: the columns text and label.
    Table.CORRECTIONS: dict.fromkeys(("text", "label", "given", "label_set", "revision"), "string"),
}


class Form(StrEnum):
    """How a table is written down."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def bucket_rows(activity: ChannelActivity, page: Sequence[Bucket]) -> Page:
    """A channel's counts as rows; the unscored have no label."""
    place = _place(activity)
    return [
        (*place, it.hour, it.label_set, it.label, _group(it.label_set, it.label), it.count)
        for it in page
    ]


def observation_rows(activity: ChannelActivity, page: Sequence[Observation]) -> Page:
    """A channel's observations as rows without author, message and minute.

    Sorted by what they say, since their order would lead back to the messages.
    """
    place = _place(activity)
    rows = [
        (
            *place,
            it.sent_at.replace(minute=0, second=0, microsecond=0),
            it.label_set,
            it.label,
            _group(it.label_set, it.label),
            round(it.score, 2),
            it.revision,
        )
        for it in page
    ]
    return sorted(rows, key=lambda row: tuple("" if it is None else it for it in row[4:]))


def correction_rows(page: Sequence[Correction]) -> Page:
    """Corrections as rows to learn from; those without a text are left out."""
    kept = [it for it in page if it.text is not None]
    return [(it.text, it.meant, it.given, it.label_set, it.revision) for it in kept]


async def export(pages: AsyncIterator[Page], table: Table, form: Form, out: Path) -> int:
    """Write `pages` to `out`, whole or not at all; how many rows there were.

    Raises BadInput naming what stands in the way of the file.
    """
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    count = 0
    try:
        sink = await asyncio.to_thread(_SINKS[form], draft, table.columns)
        try:
            async for page in pages:
                await asyncio.to_thread(_write, sink, page, table)
                count += len(page)
        finally:
            await asyncio.to_thread(sink.close)
        await asyncio.to_thread(os.replace, draft, out)
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}; name another place") from None
    finally:
        await asyncio.to_thread(draft.unlink, missing_ok=True)
    return count


def frame(rows: Page, table: Table) -> "pd.DataFrame":
    """`rows` as a data frame whose columns have the same types on every page.

    Raises BadInput without pandas: an extra, since serving needs none of its 84 MB.
    """
    try:
        import pandas as pd
    except ModuleNotFoundError:
        raise BadInput("exports need pandas; install it with pip install 'maeum[export]'") from None
    return pd.DataFrame(list(rows), columns=list(table.columns)).astype(table.columns)


def csv(rows: Page, table: Table) -> bytes:
    """`rows` as one CSV file. Blocks for as long as pandas takes."""
    return frame(rows, table).to_csv(index=False, date_format=_TIME).encode()


class _Sink(Protocol):
    def write(self, rows: "pd.DataFrame") -> None: ...

    def close(self) -> None: ...


def _write(sink: _Sink, page: Page, table: Table) -> None:
    sink.write(frame(page, table))


class _Csv:
    """CSV in UTF-8, its header first."""

    def __init__(self, path: Path, columns: dict[str, str]) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._file.write(",".join(columns) + "\n")

    def write(self, rows: "pd.DataFrame") -> None:
        rows.to_csv(self._file, index=False, header=False, date_format=_TIME)

    def close(self) -> None:
        self._file.close()


class _Json:
    """One JSON array, an object a line."""

    def __init__(self, path: Path, columns: dict[str, str]) -> None:
        self._file = path.open("w", encoding="utf-8")
        self._between = "[\n"

    def write(self, rows: "pd.DataFrame") -> None:
        lines = rows.to_json(
            orient="records", lines=True, force_ascii=False, date_format="iso", date_unit="s"
        )
        self._file.write(self._between + ",\n".join(lines.splitlines()))
        self._between = ",\n"

    def close(self) -> None:
        self._file.write("[]\n" if self._between == "[\n" else "\n]\n")
        self._file.close()


class _Parquet:
    """Parquet by pyarrow: an extra of its own, of 165 MB."""

    def __init__(self, path: Path, columns: dict[str, str]) -> None:
        try:
            arrow = importlib.import_module("pyarrow")
            parquet = importlib.import_module("pyarrow.parquet")
        except ModuleNotFoundError:
            raise BadInput(
                "parquet needs pyarrow; install it with pip install 'maeum[parquet]', "
                "or choose --format csv or json"
            ) from None
        types = {
            "string": arrow.string(),
            "int64": arrow.int64(),
            "float64": arrow.float64(),
            "datetime64[us, UTC]": arrow.timestamp("us", tz="UTC"),
        }
        self._schema = arrow.schema([(name, types[kind]) for name, kind in columns.items()])
        self._table = arrow.Table.from_pandas
        self._writer = parquet.ParquetWriter(path, self._schema)

    def write(self, rows: "pd.DataFrame") -> None:
        self._writer.write_table(self._table(rows, schema=self._schema, preserve_index=False))

    def close(self) -> None:
        self._writer.close()


_SINKS: dict[Form, Callable[[Path, dict[str, str]], _Sink]] = {
    Form.CSV: _Csv,
    Form.JSON: _Json,
    Form.PARQUET: _Parquet,
}


def _place(activity: ChannelActivity) -> tuple[str, str, str, str | None]:
    channel = activity.channel
    return (channel.platform.value, channel.workspace, channel.channel, activity.name)


@cache  # by the few labels there are, for all the rows they have
def _group(label_set: str, key: str | None) -> str | None:
    label_sets = [load_label_set(name) for name in label_set_names()]
    label = find_label(label_set, key, label_sets)
    return label.group.value if label else None
