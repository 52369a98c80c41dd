"""What happened while nobody listened: written, deleted, and read however often it takes."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import discord
import pytest

from bot.errors import StorageError
from tests.core import ANGRY, JOYFUL
from tests.fakes.discord_world import Payload
from tests.scenarios.discord_stage import GENERAL, GUILD, Stage, adapter_for, running, staged

HISTORY = r"/channels/\d+/messages"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
async def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """The bot before its start. Supervised pauses are short."""
    monkeypatch.setattr("adapters.base._FIRST_PAUSE", 0.05)
    monkeypatch.setattr("adapters.discord.history._PAUSES", (0.05,))
    async with staged(tmp_path, monkeypatch) as stage:
        yield stage


async def _heard(stage: Stage, *ages: timedelta, channel: int = GENERAL) -> list[Payload]:
    """Let the bot count messages of these ages, and go."""
    now = datetime.now(UTC)
    async with running(stage):
        said = [await stage.say(JOYFUL, at=now - age, channel=channel) for age in ages]
        await stage.until(lambda: _counted(stage, len(ages)))
    stage.adapter = adapter_for(stage.bot)
    return said


async def _counted(stage: Stage, count: int) -> bool:
    return await stage.counted() == count


def _is_closed(stage: Stage) -> bool:
    """Whether no gap is left to be read."""
    with closing(sqlite3.connect(stage.bot.store._path)) as db:
        return not db.execute("SELECT * FROM gaps").fetchall()


async def test_what_was_deleted_meanwhile_leaves_the_counts(
    away: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the latest message; what stands there still is not read by the model again."""
    said = await _heard(away, 3 * HOUR, *(number * MINUTE for number in (40, 30, 20, 10)))
    for message in (said[2], said[4]):
        away.discord.world.delete(message)
    away.discord.world.write(GENERAL, ANGRY)
    read: list[str] = []
    classify = away.bot.classifier.classify

    async def noted(text: str, **more: object) -> object:
        read.append(text)
        return await classify(text, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(away.bot.classifier, "classify", noted)
    async with running(away):
        await away.until(lambda: _is_closed(away))
        assert [await away.row(it) is not None for it in said] == [True, True, False, True, False]
        assert await away.counted() == 4
    assert read == [ANGRY]


async def test_a_channel_that_was_emptied_counts_nothing(away: Stage) -> None:
    """Its history is empty, and its last message is one that is gone."""
    for message in await _heard(away, 10 * MINUTE, 5 * MINUTE):
        away.discord.world.delete(message)
    async with running(away):
        await away.until(lambda: _counted(away, 0))


async def test_an_edit_made_meanwhile_is_read(away: Stage) -> None:
    """The message counts once, with the text it has now."""
    [said] = await _heard(away, 10 * MINUTE)
    before = await away.row(said)
    away.discord.world.edit(said, ANGRY)
    async with running(away):
        await away.until(lambda: _is_closed(away))
        after = await away.row(said)
    assert before is not None
    assert after is not None
    assert before.label != after.label


async def test_a_history_that_is_closed_deletes_nothing(
    away: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Discord answers with no messages where the right to read them was just taken."""
    said = await _heard(away, 10 * MINUTE)
    away.discord.fail("GET", HISTORY, 200, body=[])
    allowed = [discord.Permissions.all()]  # when it looks which channels there are

    def granted(channel: object) -> discord.Permissions:
        return allowed.pop() if allowed else discord.Permissions.none()

    monkeypatch.setattr("adapters.discord.history.granted", granted)
    async with running(away):
        await away.until(lambda: _is_closed(away))
        assert await away.row(said[0]) is not None
    assert away.discord.count("GET", HISTORY) == 1


async def test_a_gap_outlives_the_process_that_was_reading_it(
    away: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the midst of it: the next one begins there, and not at what came live."""
    monkeypatch.setattr("adapters.discord.history._PAUSES", (60.0,))
    await _heard(away, 3 * HOUR)
    missed = away.discord.world.write(GENERAL, ANGRY, at=datetime.now(UTC) - 2 * HOUR)
    away.discord.fail("GET", HISTORY, 503)
    async with running(away):
        await away.until(lambda: away.discord.count("GET", HISTORY))
        live = await away.say(JOYFUL)
        await away.until(lambda: away.row(live))
        assert await away.row(missed) is None
    away.adapter = adapter_for(away.bot)
    async with running(away):
        await away.until(lambda: away.row(missed))
        await away.until(lambda: _is_closed(away))
        assert await away.counted() == 3


async def test_a_gap_that_could_not_be_read_stays_open(away: Stage) -> None:
    """Discord fails for longer than the bot tries; the next session reads it."""
    await _heard(away, 10 * MINUTE)
    missed = away.discord.world.write(GENERAL, ANGRY)
    away.discord.fail("GET", HISTORY, 400, times=2)
    async with running(away):
        await away.until(lambda: away.discord.count("GET", HISTORY) == 2)
        await away.quiet()
        assert not _is_closed(away)
        await away.discord.gateway.invalidate()
        await away.until(lambda: away.row(missed), within=20)
        await away.until(lambda: _is_closed(away))


async def test_what_the_core_cannot_take_is_read_again(
    away: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is locked for longer than an event waits costs a pause, not the page."""
    await _heard(away, 10 * MINUTE)
    missed = away.discord.world.write(GENERAL, ANGRY)
    record, locked = away.bot.store.record, [True] * 6  # one try and five pauses

    async def tried(*args: object, **more: object) -> object:
        if locked:
            locked.pop()
            raise StorageError("The database is locked.")
        return await record(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(away.bot.store, "record", tried)
    async with running(away):
        await away.until(lambda: away.row(missed))
        await away.until(lambda: _is_closed(away))


async def test_a_thread_archived_meanwhile_is_read(away: Stage) -> None:
    """discord.py hears of the open ones alone; it is among those of its parent."""
    await _heard(away, 5 * HOUR)
    world = away.discord.world
    world.add_channel(GUILD, GUILD + 50, "done", type=11, parent_id=str(GENERAL))
    missed = world.write(GUILD + 50, ANGRY, at=datetime.now(UTC) - 2 * HOUR)
    world.channels[GUILD + 50]["thread_metadata"]["archived"] = True
    world.guilds[GUILD]["threads"].clear()
    async with running(away):
        await away.until(lambda: away.row(missed, GENERAL))


async def test_a_channel_deleted_meanwhile_is_forgotten(away: Stage) -> None:
    """One that Discord merely hides is not."""
    world = away.discord.world
    for number in (2, 3):
        world.add_channel(GUILD, GUILD + number, f"channel {number}")
    await _heard(away, 9 * MINUTE, channel=GUILD + 2)
    async with running(away):
        kept = await away.say(JOYFUL, channel=GUILD + 3)
        await away.until(lambda: _counted(away, 2))
    for number in (2, 3):
        world.guilds[GUILD]["channels"].remove(world.channels[GUILD + number])
    del world.channels[GUILD + 2]
    away.adapter = adapter_for(away.bot)
    async with running(away):
        await away.until(lambda: _counted(away, 1))
        assert await away.row(kept) is not None
        [activity] = await away.bot.store.channels()
    assert activity.channel.channel == str(GUILD + 3)


async def test_a_guild_in_an_outage_is_read_when_it_is_back(away: Stage) -> None:
    """At the start it had no channels to read; its gap stays open until it has."""
    await _heard(away, 10 * MINUTE)
    guild = away.discord.world.guilds[GUILD]
    missed = away.discord.world.write(GENERAL, ANGRY)
    guild["unavailable"] = True
    async with running(away):
        await away.quiet()
        assert not away.discord.count("GET", HISTORY)
        guild["unavailable"] = False
        await away.discord.gateway.tell("GUILD_CREATE", guild)
        await away.until(lambda: away.row(missed))


async def test_a_database_that_is_locked_at_the_start_is_waited_for(
    away: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It ends no session for good: the bot serves once it is back."""
    note, locked = away.bot.store.note_gaps, [True] * 2

    async def tried(*args: object) -> None:
        if locked:
            locked.pop()
            raise StorageError("The database is locked.")
        await note(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(away.bot.store, "note_gaps", tried)
    async with running(away):
        message = await away.say(JOYFUL)
        await away.until(lambda: away.emoji(message))
    assert sum("waits for the database" in it for it in caplog.messages) == 2
