"""The one text on disk: that of a correction, where a workspace switched texts on."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.events import Kind
from tests.core import opened_bot
from tests.scenarios.privacy_stage import (
    EVENTS,
    STAYER,
    ask,
    files,
    found,
    last_of,
    person,
    play,
    pseudonym,
    runs,
    tables,
    values,
)

pytestmark = pytest.mark.slow


async def test_a_text_is_kept_only_where_corrections_keep_texts(tmp_path: Path) -> None:
    """Switched on, the words of who stayed are in that one column; switched off, nowhere."""
    path = tmp_path / "maeum.db"
    await play(path, corrections="text")
    kept = tables(path)["corrections"]
    assert [(row[1:3], row[8]) for row in kept] == [
        ((pseudonym(STAYER), pseudonym(STAYER)), last_of(STAYER).text)
    ]
    mine = runs([last_of(STAYER).text])
    others = runs(event.text for event in EVENTS if event.text) - mine
    for hay in (values(path), files(path)):
        assert found(mine, hay)
        assert found(others, hay) == []
        assert not found([person(STAYER).encode()], hay)
    async with opened_bot(path, clock=ManualClock(EVENTS[-1].sent_at)) as bot:
        await ask(bot, STAYER, "settings corrections label")
        assert found(mine, files(path)) == []  # at once, while the bot still runs
    assert len(tables(path)["corrections"]) == 1


async def test_a_deleted_message_takes_its_text_along(tmp_path: Path) -> None:
    """Out of the file and out of its journal, at once."""
    path = tmp_path / "maeum.db"
    gone = last_of(STAYER)
    await play(path, corrections="text")
    async with opened_bot(path, clock=ManualClock(EVENTS[-1].sent_at)) as bot:
        await bot.on_message(replace(gone, kind=Kind.DELETED, text="", author=""))
        assert found(runs([gone.text]), files(path)) == []
    assert tables(path)["corrections"] == []
