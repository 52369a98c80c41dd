"""`/emotion export`: hourly counts for managers, never an hour that would point at a person."""

import io

import pandas as pd
import pytest

from bot.events import Tone
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
