"""What was under way when the database, Discord or the session failed comes to its end."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StorageError
from bot.events import Platform
from bot.storage import Level
from tests.core import ANGRY, JOYFUL
from tests.scenarios.discord_stage import GENERAL, GUILD, Stage, adapter_for, running, staged


@pytest.fixture
async def idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """The bot before its start. Supervised pauses are short."""
    monkeypatch.setattr("adapters.base._FIRST_PAUSE", 0.05)
    async with staged(tmp_path, monkeypatch) as stage:
        yield stage


@pytest.fixture
async def stage(idle: Stage) -> AsyncIterator[Stage]:
    """The bot in one guild, ready."""
    async with running(idle):
        yield idle


def lock_once(monkeypatch: pytest.MonkeyPatch, store: Any, name: str) -> None:
    """Let the store's method `name` find the database locked, the first time."""
    method = getattr(store, name)
    locked = [True]

    async def tried(*args: object, **more: object) -> object:
        if locked:
            locked.clear()
            raise StorageError("The database is locked.")
        return await method(*args, **more)

    monkeypatch.setattr(store, name, tried)


async def test_a_reaction_is_remembered_though_the_database_was_locked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forgotten, it would stay beside the next one when the message is edited."""
    lock_once(monkeypatch, stage.bot.store, "reacted")
    message = await stage.say(JOYFUL)
    await stage.until(lambda: stage.emoji(message))
    edited = stage.discord.world.edit(message, ANGRY)
    await stage.discord.gateway.tell("MESSAGE_UPDATE", edited)
    await stage.until(lambda: stage.discord.count("PUT", "reactions") == 2)
    await stage.quiet()
    assert len(stage.emoji(message)) == 1


@pytest.mark.parametrize(
    ("event", "method"),
    [("GUILD_DELETE", "purge_workspace"), ("CHANNEL_DELETE", "purge_channel")],
)
async def test_a_purge_waits_for_the_database(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, event: str, method: str
) -> None:
    """What is left is forgotten, not only at the next start."""
    lock_once(monkeypatch, stage.bot.store, method)
    message = await stage.say(JOYFUL)
    await stage.until(lambda: stage.emoji(message))
    gone = stage.discord.world.channels[GENERAL] if "CHANNEL" in event else {"id": str(GUILD)}
    await stage.discord.gateway.tell(event, gone)
    await stage.until(lambda: _counted(stage, 0))


async def test_a_channel_is_forgotten_with_what_was_under_way(stage: Stage) -> None:
    """Its last messages do not come back after it."""
    messages = [await stage.say(f"{JOYFUL} {number}") for number in range(20)]
    await stage.until(lambda: stage.emoji(messages[0]))
    await stage.discord.gateway.tell("CHANNEL_DELETE", stage.discord.world.channels[GENERAL])
    await stage.until(lambda: _counted(stage, 0))
    await stage.quiet()
    assert await stage.counted() == 0


async def test_a_deleted_thread_leaves_the_counts(stage: Stage) -> None:
    """A forum post goes with all it holds; its parent's other messages stay, and it stays gone."""
    world, gateway = stage.discord.world, stage.discord.gateway
    thread = world.add_channel(GUILD, GUILD + 50, "a post", type=11, parent_id=str(GENERAL))
    await gateway.tell("THREAD_CREATE", thread)
    gone = [await stage.say(f"{JOYFUL} {number}", channel=GUILD + 50) for number in range(3)]
    await stage.say(JOYFUL)
    await stage.until(lambda: _counted(stage, 4))
    told = {key: thread[key] for key in ("id", "guild_id", "parent_id", "type")}
    await gateway.tell("THREAD_DELETE", told)
    await stage.until(lambda: _counted(stage, 1))
    await gateway.tell("MESSAGE_CREATE", gone[0])
    await stage.quiet()
    assert await stage.counted() == 1


async def test_a_guild_of_which_only_settings_are_kept_is_purged(idle: Stage) -> None:
    """The guild left while the bot was away, before anybody wrote in it."""
    left, other = str(2 << 30), str(GUILD)
    for guild in (left, other):
        await idle.bot.store.set_preference(
            Platform.DISCORD, guild, Level.WORKSPACE, "", "mode", "stats"
        )

    async def is_purged() -> bool:
        return await idle.bot.store.workspaces(Platform.DISCORD) == {other}

    async with running(idle):
        await idle.until(is_purged)


async def test_a_gap_outlives_the_session_that_was_reading_it(
    idle: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came live meanwhile is the latest that was seen, and hides no earlier gap."""
    monkeypatch.setattr("adapters.discord.history._PAUSES", (60.0,))
    hours = timedelta(hours=1)
    now = datetime.now(UTC)
    async with running(idle):
        seen = await idle.say(JOYFUL, at=now - 3 * hours)
        await idle.until(lambda: idle.row(seen))
    missed = idle.discord.world.write(GENERAL, ANGRY, at=now - 2 * hours)
    idle.adapter = adapter_for(idle.bot)
    idle.discord.fail("GET", r"/channels/\d+/messages", 503)
    async with running(idle):
        await idle.until(lambda: idle.discord.count("GET", r"/channels/\d+/messages"))
        live = await idle.say(JOYFUL)
        await idle.until(lambda: idle.row(live))
        assert await idle.row(missed) is None
        await idle.discord.gateway.tell("MESSAGE_CREATE", {"guild_id": str(GUILD), "id": "bad"})
        await idle.until(lambda: idle.row(missed), within=20)
        assert await idle.counted() == 3


async def test_a_thread_is_asked_for_until_discord_answers(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deletion in an archived thread would be lost with the failed question for its parent."""
    monkeypatch.setattr("adapters.discord.places._PAUSES", (0.05,))
    world = stage.discord.world
    world.add_channel(GUILD, GUILD + 50, "old", type=11, parent_id=str(GENERAL))
    stage.discord.fail("GET", rf"/channels/{GUILD + 50}$", 503)
    message = await stage.say(JOYFUL, channel=GUILD + 50)
    await stage.until(lambda: _counted(stage, 1))
    await stage.discord.gateway.tell("MESSAGE_DELETE", world.delete(message))
    await stage.until(lambda: _counted(stage, 0))


async def _counted(stage: Stage, count: int) -> bool:
    return await stage.counted() == count
