"""`/emotion export`: hourly counts for managers, never an hour that would point at a person."""

import io
from pathlib import Path
from tempfile import gettempdir

import pandas as pd
import pytest

from bot.events import Tone
from bot.export import Form, Table
from bot.service import Bot
from tests.core import ask, fill, message


async def test_managers_get_the_counts_of_busy_hours(bot: Bot) -> None:
    """An hour with enough people is in the file, in the asker's language around it."""
    await fill(bot)
    for words, locale, told in (("export", "en", "7 days"), ("내보내기 24h", "ko", "24시간")):
        reply = await ask(bot, words, is_manager=True, locale=locale)
        assert told in reply.text
        assert reply.attachment is not None
        name, content = reply.attachment
        assert name == "maeum-buckets.csv"
        assert pd.read_csv(io.BytesIO(content))["count"].sum() == 20
        assert b"person" not in content


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("words", ["observations", "기록"])
async def test_managers_get_observations_without_people(
    bot: Bot, tmp_path: Path, words: str, form: Form
) -> None:
    """One row a message in each format; no author, no message, no minute, nothing left over."""
    if form is Form.PARQUET:
        pytest.importorskip("pyarrow")
    await fill(bot)
    before = set(Path(gettempdir()).glob("maeum-*/out"))
    reply = await ask(bot, f"export {words} 24h {form}", is_manager=True)
    assert reply.attachment is not None
    name, content = reply.attachment
    assert name == f"maeum-observations.{form}"
    out = tmp_path / name
    out.write_bytes(content)
    read = {Form.CSV: pd.read_csv, Form.JSON: pd.read_json, Form.PARQUET: pd.read_parquet}
    rows = read[form](out)
    assert list(rows.columns) == list(Table.OBSERVATIONS.columns)
    assert len(rows) == 20
    assert set(rows["label"]) == {"joy"}
    assert b"person" not in content
    assert b"1000" not in content  # as the first message is called
    assert set(Path(gettempdir()).glob("maeum-*/out")) <= before


async def test_too_much_for_a_file_is_said(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is written, by rows; and after, by bytes."""
    await fill(bot)
    for limit in ("_MOST_ROWS", "_MOST_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(f"bot.commands.export.{limit}", 10)
            reply = await ask(bot, "export observations", is_manager=True)
        assert reply.tone is Tone.WARNING
        assert "shorter window" in reply.text


async def test_observations_of_few_people_are_left_out(bot: Bot) -> None:
    """As counts are."""
    await fill(bot, people=2)
    reply = await ask(bot, "export observations", is_manager=True)
    assert reply.attachment is None
    assert "at least 3 people" in reply.text


async def test_an_hour_of_few_people_is_left_out(bot: Bot) -> None:
    """Two people alone in an hour are not exported, and the answer says so."""
    await fill(bot, people=2)
    reply = await ask(bot, "export", is_manager=True)
    assert reply.attachment is None
    assert "at least 3 people" in reply.text


@pytest.mark.parametrize(("words", "locale"), [("export", "en"), ("내보내기", "ko")])
async def test_only_managers_export(bot: Bot, words: str, locale: str) -> None:
    """Others are told so, and how to get their own data."""
    await fill(bot)
    reply = await ask(bot, words, locale=locale)
    assert reply.tone is Tone.WARNING
    assert reply.attachment is None
    assert "/emotion" in reply.text


async def test_an_unreadable_channel_is_not_exported(bot: Bot) -> None:
    """A manager who may not read a channel gets nothing of it."""
    await bot.on_message(message())
    reply = await ask(bot, "export #secret", is_manager=True)
    assert reply.tone is Tone.WARNING
    assert "#secret" in reply.text
