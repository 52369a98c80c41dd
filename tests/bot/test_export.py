"""Exports: what is in a row, how it is written down, and that a file is whole or not there."""

import json
import sys
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from bot.cli.compose import open_store
from bot.cli.export import export_table
from bot.clock import ManualClock
from bot.errors import BadInput
from bot.events import MessageRef
from bot.export import Form, Page, Table, bucket_rows, csv, export, frame, observation_rows
from bot.observations import Bucket, ChannelActivity, Observation
from bot.settings import Settings, load_settings
from tests.bot.storage.samples import START, WORKSPACE, channel, observation
from tests.core import CHANNEL

HOUR = datetime(2026, 3, 15, 9, tzinfo=UTC)
ACTIVITY = ChannelActivity(channel=CHANNEL, name='수다, "잡담"', messages=3, last_at=HOUR)
BUCKETS = [
    Bucket(hour=HOUR, label_set="goemotions28", label="joy", count=2),
    Bucket(hour=HOUR, label_set="goemotions28", label=None, count=1),
    Bucket(hour=HOUR, label_set="goemotions28", label="renamed-since", count=1),
]


async def pages(*each: Page) -> AsyncIterator[Page]:
    """The pages, as a store would give them."""
    for page in each:
        yield page


def read(path: Path, form: Form) -> pd.DataFrame:
    """The table in a file, by pandas' own readers."""
    match form:
        case Form.CSV:
            return pd.read_csv(path, parse_dates=["hour"])
        case Form.JSON:
            return pd.DataFrame(json.loads(path.read_text(encoding="utf-8")))
        case Form.PARQUET:
            return pd.read_parquet(path)


@pytest.mark.parametrize("form", Form)
async def test_what_is_written_is_read_back(tmp_path: Path, form: Form) -> None:
    """Each format holds the same rows over several pages: names with quotes, gaps, UTC hours."""
    if form is Form.PARQUET:
        pytest.importorskip("pyarrow")
    rows = bucket_rows(ACTIVITY, BUCKETS)
    out = tmp_path / f"out.{form}"
    assert await export(pages(rows[:1], rows[1:]), Table.BUCKETS, form, out) == 3
    found = read(out, form)
    assert list(found.columns) == list(Table.BUCKETS.columns)
    assert found["name"].tolist() == [ACTIVITY.name] * 3
    assert found["label"].fillna("").tolist() == ["joy", "", "renamed-since"]
    assert found["group"].fillna("").tolist() == ["joy", "", ""]
    assert found["count"].tolist() == [2, 1, 1]
    assert (pd.to_datetime(found["hour"], utc=True) == HOUR).all()
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("form", Form)
async def test_nothing_is_a_table_too(tmp_path: Path, form: Form) -> None:
    """Without rows the file is valid and has its columns where the format knows columns."""
    if form is Form.PARQUET:
        pytest.importorskip("pyarrow")
    out = tmp_path / "out"
    assert await export(pages(), Table.OBSERVATIONS, form, out) == 0
    if form is Form.JSON:
        assert json.loads(out.read_text()) == []
    else:
        assert list(read(out, form).columns) == list(Table.OBSERVATIONS.columns)


def test_an_observation_leads_back_to_nobody() -> None:
    """No author, message or minute is in a row, and the order of rows is not that of messages."""
    rows = observation_rows(
        ACTIVITY,
        [
            _observation(str(900 + n), label)
            for n, label in enumerate(("joy", "anger", None, "joy"))
        ],
    )
    assert [row[6] for row in rows] == [None, "anger", "joy", "joy"]
    words = csv(rows, Table.OBSERVATIONS).decode()
    assert "2026-03-15T09:00:00Z" in words
    assert not any(told in words for told in ("90", ":07", "author"))


def _observation(message: str, label: str | None) -> Observation:
    at = HOUR.replace(minute=7)
    return Observation(
        ref=MessageRef(channel=CHANNEL, message=message),
        author=b"author" * 2,
        sent_at=at,
        revised_at=at,
        label_set="goemotions28",
        label=label,
        score=0.71828,
        revision="r1",
    )


async def test_a_failed_export_leaves_the_old_file(tmp_path: Path) -> None:
    """An error half way keeps what stood there and leaves no draft behind."""
    out = tmp_path / "out.csv"
    out.write_text("before")

    async def broken() -> AsyncIterator[Page]:
        yield bucket_rows(ACTIVITY, BUCKETS)
        raise RuntimeError("the store went away")

    with pytest.raises(RuntimeError, match="went away"):
        await export(broken(), Table.BUCKETS, Form.CSV, out)
    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]


async def test_a_place_that_takes_no_file_is_told(tmp_path: Path) -> None:
    """A folder where the file should go is one sentence, and nothing is left."""
    with pytest.raises(BadInput, match=r"taken.csv cannot be written: .*; name another place"):
        tmp_path.joinpath("taken.csv").mkdir()
        await export(pages(), Table.BUCKETS, Form.CSV, tmp_path / "taken.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["taken.csv"]


async def test_parquet_without_its_extra_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence names the extra to install and the formats that need none."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(BadInput, match=r"maeum\[parquet\].*csv or json"):
        await export(pages(), Table.BUCKETS, Form.PARQUET, tmp_path / "out.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", [Form.CSV, Form.JSON])
async def test_memory_does_not_grow_with_the_rows(tmp_path: Path, form: Form) -> None:
    """Five times the rows take no more memory at their peak."""
    rows = bucket_rows(ACTIVITY, BUCKETS * 150)

    async def peak(count: int) -> int:
        tracemalloc.start()
        try:
            await export(pages(*[rows] * count), Table.BUCKETS, form, tmp_path / "out")
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    frame(rows, Table.BUCKETS)  # pandas is imported before anything is measured
    few = await peak(3)
    assert await peak(15) < 1.3 * few


@pytest.fixture
async def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of an install that counted twenty messages, an hour apart, in two channels."""
    monkeypatch.chdir(tmp_path)
    settings = load_settings(MAEUM_DATABASE=tmp_path / "maeum.db", MAEUM_LOCALE="en")
    async with open_store(settings, ManualClock(START)) as store:
        await store.record_many(
            observation(n, where=channel(f"c{n % 2}"), sent_at=HOUR + n * timedelta(hours=1))
            for n in range(20)
        )
    return settings


async def _exported(
    settings: Settings,
    table: Table = Table.BUCKETS,
    *,
    channel: str | None = None,
    workspace: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> pd.DataFrame:
    out = settings.database.with_name("new") / "out.csv"
    await export_table(
        settings,
        table,
        Form.CSV,
        out,
        channel=channel,
        workspace=workspace,
        since=since,
        until=until,
    )
    return pd.read_csv(out)


async def test_the_command_line_exports_what_was_counted(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every channel of every workspace, or one, and it says how many rows there were."""
    assert (await _exported(settings))["count"].sum() == 20
    assert "20 rows" in capsys.readouterr().out
    assert len(await _exported(settings, Table.OBSERVATIONS, channel="c1")) == 10
    assert len(await _exported(settings, workspace=WORKSPACE)) == 20


async def test_the_command_line_takes_local_times(settings: Settings) -> None:
    """18:00 in Seoul is the first message's 09:00 UTC; the end is not inside."""
    local = datetime(2026, 3, 15, 18)  # noqa: DTZ001, as typed on the command line
    found = await _exported(settings, since=local, until=local + timedelta(hours=3))
    assert len(found) == 3
    assert len(await _exported(settings, since=local + timedelta(hours=3))) == 17
    with pytest.raises(BadInput, match="--until is not after --from"):
        await _exported(settings, since=local, until=local)


async def test_a_place_that_is_not_there_is_told(settings: Settings) -> None:
    """The sentence names the channels or the workspaces there are; no empty file is written."""
    with pytest.raises(BadInput, match=r"channel nope is not known; there are: #c0, #c1"):
        await _exported(settings, channel="nope")
    with pytest.raises(BadInput, match=f"workspace nope is not known; there are: {WORKSPACE}"):
        await _exported(settings, workspace="nope")
    assert not settings.database.with_name("new").exists()


def test_without_pandas_an_export_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """A serving install has no pandas; asking for an export there is told in one sentence."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(BadInput, match=r"pip install 'maeum\[export\]'"):
        csv([], Table.BUCKETS)
