"""Refused requests, limits, a failing database or classifier: what the bot makes of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.storage import Level
from classifier.base import ClassifierError
from tests.core import JOYFUL
from tests.scenarios.discord_stage import GUILD, Stage, running, staged


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


async def _reacts(stage: Stage, text: str = JOYFUL) -> None:
    """Prove that the bot is well: a message gets its reaction."""
    message = await stage.say(text)
    await stage.until(lambda: stage.emoji(message))


async def test_a_403_is_not_repeated(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """The permissions looked right and Discord refused: one request, one line, counts go on."""
    body = {"message": "Missing Access", "code": 50001}
    stage.discord.fail("PUT", "reactions", 403, body=body, times=99)
    await stage.say(JOYFUL)
    await stage.until(lambda: stage.client.reactions.counts["50001"])
    for number in range(4):
        await stage.say(f"{JOYFUL} {number}")
    await stage.until(lambda: _has(stage, 5))
    await stage.quiet()
    assert stage.discord.count("PUT", "reactions") == 1
    assert sum("50001" in it for it in caplog.messages) == 1
    assert stage.client.reactions.counts["refused_before"] == 4


async def test_who_blocked_the_bot_is_left_alone(stage: Stage) -> None:
    """90001 is about one author: the others go on being reacted to."""
    body = {"message": "Reaction blocked", "code": 90001}
    stage.discord.fail("PUT", "reactions", 403, body=body)
    await stage.say(JOYFUL, author=66)
    await stage.until(lambda: stage.client.reactions.counts["90001"])
    for number in range(2):
        await stage.say(f"{JOYFUL} {number}", author=66)
    await stage.until(lambda: _has(stage, 3))
    await _reacts(stage)
    assert stage.discord.count("PUT", "reactions") == 2


async def _has(stage: Stage, count: int) -> bool:
    return await stage.counted() == count


async def test_without_the_permission_nothing_is_sent(idle: Stage) -> None:
    """A blind 403 counts towards the ban of the address: there is none."""
    world = idle.discord.world
    world.guilds.clear()
    world.channels.clear()
    world.add_guild(GUILD, permissions=1 << 10 | 1 << 16)
    async with running(idle):
        message = await idle.say(JOYFUL)
        await idle.until(lambda: idle.row(message))
        await idle.quiet()
        assert idle.client.reactions.counts == {"not_permitted": 1}
    assert not idle.discord.count("PUT", "reactions")


VIEW, SAY, HISTORY, SAY_IN_THREADS = 1 << 10, 1 << 11, 1 << 16, 1 << 38


@pytest.mark.parametrize(
    ("permissions", "thread", "said"),
    [
        (VIEW | SAY | HISTORY, False, True),
        (VIEW | SAY, False, False),
        (VIEW | SAY | HISTORY, True, False),
        (VIEW | SAY_IN_THREADS | HISTORY, True, True),
    ],
    ids=["a channel", "no history", "no threads", "threads alone"],
)
async def test_a_reply_needs_its_own_permissions(
    idle: Stage, permissions: int, thread: bool, said: bool
) -> None:
    """It shows what it answers, and a thread has a permission of its own. No blind 403."""
    world = idle.discord.world
    world.guilds.clear()
    world.channels.clear()
    world.add_guild(GUILD, permissions=permissions)
    if thread:
        world.add_channel(GUILD, GUILD + 50, "a thread", type=11, parent_id=str(GUILD + 1))
    await idle.bot.store.set_preference(
        idle.adapter.platform, str(GUILD), Level.WORKSPACE, "", "mode", "label"
    )
    async with running(idle):
        await idle.say(JOYFUL, channel=GUILD + 50 if thread else GUILD + 1)
        await idle.until(lambda: sum(idle.client.reactions.counts.values()))
        assert idle.client.reactions.counts == {"done" if said else "not_permitted": 1}
    assert idle.discord.count("POST", "/messages") == said


async def test_a_thread_that_is_opened_again_is_reacted_in(stage: Stage) -> None:
    """Archived between a message and its reaction, it refuses: until it is archived no more."""
    thread = stage.discord.world.add_channel(
        GUILD, GUILD + 50, "a thread", type=11, parent_id=str(GUILD + 1)
    )
    await stage.discord.gateway.tell("THREAD_CREATE", thread)
    body = {"message": "Thread is archived", "code": 50083}
    stage.discord.fail("PUT", "reactions", 403, body=body)
    await stage.say(JOYFUL, channel=GUILD + 50)
    await stage.until(lambda: stage.client.reactions.counts["50083"])
    await stage.say(f"{JOYFUL} again", channel=GUILD + 50)
    await stage.until(lambda: stage.client.reactions.counts["refused_before"])
    thread["thread_metadata"]["archive_timestamp"] = datetime.now(UTC).isoformat()
    await stage.discord.gateway.tell("THREAD_UPDATE", thread)
    message = await stage.say(f"{JOYFUL} once more", channel=GUILD + 50)
    await stage.until(lambda: stage.emoji(message))


@pytest.mark.parametrize(
    ("status", "code"), [(404, 10008), (400, 10014), (400, 30010), (403, 50083)]
)
async def test_a_benign_refusal_is_counted_and_passed_over(
    stage: Stage, status: int, code: int
) -> None:
    """A deleted message, an unknown emoji, twenty reactions, an archived thread: go on."""
    stage.discord.fail("PUT", "reactions", status, body={"message": "no", "code": code})
    message = await stage.say(JOYFUL)
    await stage.until(lambda: stage.client.reactions.counts[str(code)] == 1)
    row = await stage.row(message)
    assert row is not None
    assert row.reaction is None
    if code != 50083:
        await _reacts(stage)


async def test_a_bucket_that_is_full_is_waited_for(stage: Stage) -> None:
    """A 429 of Discord's own is waited out and tried again."""
    limited = {"message": "slow down", "retry_after": 0.1, "global": False}
    stage.discord.fail("PUT", "reactions", 429, body=limited)
    await _reacts(stage)
    assert stage.discord.count("PUT", "reactions") == 2


async def test_a_429_of_the_proxy_is_a_pause(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a Via header nothing is asked until the pause is over; counting goes on."""
    stage.discord.fail(
        "PUT", "reactions", 429, body={"message": "x"}, headers={"Via": "", "Retry-After": "0.5"}
    )
    for number in range(3):
        await stage.say(f"{JOYFUL} {number}")
    await stage.until(lambda: _has(stage, 3))
    await stage.quiet()
    assert stage.discord.count("PUT", "reactions") == 1
    await asyncio.sleep(0.5)
    await _reacts(stage)
    assert sum("pause of" in it for it in caplog.messages) == 1


async def test_a_server_error_is_retried_by_the_library(stage: Stage) -> None:
    """One 502 costs a second, and the reaction comes."""
    stage.discord.fail("PUT", "reactions", 502)
    await _reacts(stage)


async def test_an_old_message_is_counted_and_not_reacted_to(stage: Stage) -> None:
    """A reaction older than a minute would puzzle more than it tells."""
    late = datetime.now(UTC) - timedelta(seconds=61)
    message = await stage.say(JOYFUL, at=late)
    await stage.until(lambda: stage.row(message))
    await _reacts(stage)
    assert not stage.emoji(message)


async def test_a_reaction_does_not_wait_past_its_minute(stage: Stage) -> None:
    """A rate limit that lasts longer than the message is fresh ends in no reaction."""
    limited = {"message": "slow down", "retry_after": 30, "global": False}
    stage.discord.fail("PUT", "reactions", 429, body=limited)
    await stage.say(JOYFUL, at=datetime.now(UTC) - timedelta(seconds=59))
    await stage.until(lambda: stage.client.reactions.counts["too_late"] == 1)


async def test_a_locked_database_is_waited_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Messages wait until it is back, and each counts once; the fault is named once."""
    record = stage.bot.store.record
    broken = True

    async def locked(*args: object, **more: object) -> object:
        if broken:
            raise StorageError("The database is locked.")
        return await record(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(stage.bot.store, "record", locked)
    for number in range(3):
        await stage.say(f"{JOYFUL} {number}")
    await asyncio.sleep(0.2)
    broken = False
    await stage.until(lambda: _has(stage, 3))
    assert sum("locked" in it for it in caplog.messages) == 1


async def test_a_failing_classifier_is_waited_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the model fails messages wait, and all of them are counted in the end."""
    classify = stage.bot.classifier.classify
    broken = True

    async def failing(*args: object, **more: object) -> object:
        if broken:
            raise ClassifierError("The model failed.")
        return await classify(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(stage.bot.classifier, "classify", failing)
    for number in range(3):
        await stage.say(f"{JOYFUL} {number}")
    await asyncio.sleep(0.2)
    broken = False
    await stage.until(lambda: _has(stage, 3))
