"""What the core gives the page: each channel in a line, one in full, nothing before its time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta

import pytest

from bot.dashboard import session as sessions
from bot.dashboard.overview import channel_view, overview
from bot.dashboard.session import Session
from bot.errors import BadCommand
from bot.events import ChannelRef, Platform
from bot.service import Bot
from classifier.base import Language
from tests.core import NOW, fill, message
from tests.dashboard_stage import WORKSPACE, place, talk

KO, EN = Language.KO, Language.EN


async def _everything(_: ChannelRef) -> bool:
    return True


@pytest.fixture
async def session() -> AsyncIterator[Session]:
    """A manager of all channels."""
    ends = NOW + timedelta(hours=1)
    with closing(Session(Platform.DISCORD, WORKSPACE, ends, _everything)) as session:
        yield session


async def test_each_channel_is_a_line(bot: Bot, session: Session) -> None:
    """By name; with its mood only where enough was read, and in the asker's words."""
    await fill(bot)
    for number in range(4):
        await bot.on_message(
            message(number=number, author=f"person-{number}", channel=place("Attic"))
        )
    await talk(bot, "quiet", messages=30, days=1, now=NOW - timedelta(days=3))
    found = await overview(bot, session, EN)
    assert found
    lines = [(it.name, it.feel, it.counted, bool(it.shares)) for it in found.channels]
    assert lines == [
        ("#Attic", "", "4 messages", False),
        ("#general", "bright", "20 messages", True),
        ("#quiet", "", "quiet", False),
    ]
    korean = await overview(bot, session, KO)
    assert korean
    assert [it.counted for it in korean.channels] == ["메시지 4개", "메시지 20개", "조용해요"]


async def test_the_same_version_is_no_news(
    bot: Bot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless a platform still has to say who may read what: then the page asks again."""
    await fill(bot)
    found = await overview(bot, session, EN)
    assert found
    assert await overview(bot, session, EN, since=found.version) is None

    monkeypatch.setattr(sessions, "_PATIENCE", 0.01)

    async def never(_: ChannelRef) -> bool:
        await asyncio.Event().wait()
        return True

    with closing(Session(Platform.DISCORD, WORKSPACE, NOW, never)) as waiting:
        pending = await overview(bot, waiting, EN)
        assert pending
        assert (pending.version, pending.channels) == ("", ())
        assert await overview(bot, waiting, EN, since="") is not None


async def test_a_channel_in_full(bot: Bot, session: Session) -> None:
    """Its words are the summary's; valence is said with its number; the week is never shorter."""
    await talk(bot, "lively", messages=500)
    found = await channel_view(bot, session, "lively", "24h", EN)
    assert found.title == "The mood of #lively"
    assert found.week
    assert found.week.title == "Last 7 days"
    longer = await channel_view(bot, session, "lively", "30d", EN)
    assert longer.week
    assert longer.week.title == "Last 30 days"
    feels = {step.feel.split(" ")[0] for step in longer.steps if step.valence is not None}
    assert feels <= {"bright", "even", "heavy"}
    assert len(feels) > 1
    assert longer.groups[0].said.startswith(f"{longer.groups[0].share:.0%}")


async def test_nothing_is_shown_of_nothing(bot: Bot, session: Session) -> None:
    """A channel that nobody has written in for the window, and one nobody knows."""
    await talk(bot, "old", messages=30, days=1, now=NOW - timedelta(days=3))
    found = await channel_view(bot, session, "old", "24h", EN)
    assert (found.steps, found.week, found.groups) == ((), None, ())
    assert "no messages" in found.sentences[0]
    with pytest.raises(BadCommand):
        await channel_view(bot, session, "nowhere", "24h", EN)
