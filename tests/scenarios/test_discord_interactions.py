"""Interactions over the wire: what Discord hears first, where the bot is no member, too late."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.core import ANGRY, JOYFUL
from tests.fakes.discord_world import APPLICATION, Payload, member, snowflake, user
from tests.scenarios.discord_stage import GENERAL, GUILD, Stage, running, staged

DEFERRED, EPHEMERAL = 5, 64
ELSEWHERE = 9 << 30  # a guild the bot is no member of


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """The bot in one guild, ready."""
    async with staged(tmp_path, monkeypatch) as stage, running(stage):
        yield stage


def interaction(
    data: Payload, *, guild: int | None = GUILD, locale: str = "en-US", permissions: int = 0
) -> Payload:
    """An INTERACTION_CREATE by user 1."""
    number = snowflake()
    channel = {"id": str((guild or 6) + 1), "type": 0 if guild else 1, "name": "somewhere"}
    if guild is None:
        channel |= {"recipients": [user(1, "user1")], "last_message_id": None}
    else:
        channel |= {"guild_id": str(guild), "position": 0, "permissions": "0", "parent_id": None}
    who: Payload = {"user": user(1, "user1")}
    if guild is not None:
        own = {**member(), **who, "permissions": str(permissions)}
        who = {"member": own, "guild_id": str(guild), "guild": {"id": str(guild), "features": []}}
    return {
        "id": str(number), "application_id": str(APPLICATION), "type": 2, "token": f"tok{number}",
        "version": 1, "channel": channel, "channel_id": channel["id"], "locale": locale,
        "app_permissions": "0", "entitlements": [], "authorizing_integration_owners": {"1": "1"},
        "context": 0 if guild else 1, "attachment_size_limit": 1, "data": data, **who,
    }  # fmt: skip


def slash(*path: str, **options: Any) -> Payload:
    """`/emotion PATH...` with text options."""
    nested: list[Payload] = [
        {"name": name, "type": 3, "value": value} for name, value in options.items()
    ]
    for kind, name in zip((1, 2), reversed(path[1:]), strict=False):
        nested = [{"name": name, "type": kind, "options": nested}]
    return {"id": "1", "name": path[0], "type": 1, "options": nested}


def menu(name: str, message: Payload) -> Payload:
    """A message menu opened on a message, which comes along with its text."""
    resolved = {"messages": {message["id"]: message}}
    return {"id": "2", "name": name, "type": 3, "target_id": message["id"], "resolved": resolved}


async def answered(stage: Stage, event: Payload) -> list[Payload]:
    """What Discord got for an interaction: the first response, then the answer."""
    session = next(iter(stage.discord.gateway.sessions.values()))
    await stage.discord.gateway._send(session, "INTERACTION_CREATE", event)
    await stage.until(lambda: len(stage.discord.world.answers) >= 2)
    return stage.discord.world.answers


async def test_the_first_response_is_an_ephemeral_deferral(stage: Stage) -> None:
    """Within the three seconds, before anything is read; the answer follows."""
    first, then = await answered(stage, interaction(slash("emotion", "analyze", text=JOYFUL)))
    assert first["type"] == DEFERRED
    assert first["data"]["flags"] == EPHEMERAL
    assert "joy" in then["embeds"][0]["title"].lower()
    assert then["allowed_mentions"]["parse"] == []


async def test_it_defers_before_a_slow_classifier(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the model takes, Discord has heard of us."""
    classify = stage.bot.classifier.classify
    hold = asyncio.Event()

    async def slow(*args: Any, **more: Any) -> Any:
        await hold.wait()
        return await classify(*args, **more)

    monkeypatch.setattr(stage.bot.classifier, "classify", slow)
    asking = asyncio.create_task(
        answered(stage, interaction(slash("emotion", "analyze", text=JOYFUL)))
    )
    await stage.until(lambda: stage.discord.world.answers)
    assert stage.discord.world.answers[0]["type"] == DEFERRED
    assert not asking.done()
    hold.set()
    assert len(await asking) == 2


async def test_nested_commands_arrive(stage: Stage) -> None:
    """`/emotion privacy opt-out` opts out."""
    await answered(stage, interaction(slash("emotion", "privacy", "opt-out")))
    message = await stage.say(JOYFUL)
    await stage.quiet()
    assert await stage.row(message) is None


async def test_answers_speak_the_askers_language(stage: Stage) -> None:
    """Korean for those who read Korean, and commands by their Korean names."""
    _, then = await answered(stage, interaction(slash("emotion", "help"), locale="ko"))
    assert "/감정 채널" in str(then)


async def test_the_menu_works_without_the_intent_where_the_bot_is_no_member(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user install in a foreign guild: the text comes with the interaction, and nothing stays."""
    async with staged(tmp_path, monkeypatch) as stage:
        stage.discord.world.flags = 0
        message = {**stage.discord.world.write(GENERAL, ANGRY), "channel_id": str(ELSEWHERE + 1)}
        async with running(stage):
            event = interaction(menu("Analyze emotion", message), guild=ELSEWHERE)
            _, then = await answered(stage, event)
            assert "anger" in then["embeds"][0]["title"].lower()
            assert await stage.bot.store.channels() == []


async def test_the_menu_works_in_direct_messages(stage: Stage) -> None:
    """Outside of any guild too."""
    message = {**stage.discord.world.write(GENERAL, JOYFUL), "channel_id": "7"}
    del message["guild_id"]
    event = interaction(menu("Analyze emotion", message), guild=None)
    _, then = await answered(stage, event)
    assert "joy" in then["embeds"][0]["title"].lower()


async def test_a_direct_message_is_not_scored(stage: Stage) -> None:
    """What somebody writes to the bot alone belongs to no channel's mood."""
    message = {**stage.discord.world.write(GENERAL, JOYFUL), "channel_id": "7"}
    del message["guild_id"]
    session = next(iter(stage.discord.gateway.sessions.values()))
    await stage.discord.gateway._send(session, "MESSAGE_CREATE", message)
    person = await stage.say(JOYFUL)
    await stage.until(lambda: stage.emoji(person))
    assert await stage.counted() == 1


async def test_an_interaction_that_is_over_is_let_go(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """10062 after an outage: nobody waits, one line, and the next one is answered."""
    stage.discord.fail(
        "POST", "callback", 404, body={"message": "Unknown interaction", "code": 10062}
    )
    session = next(iter(stage.discord.gateway.sessions.values()))
    late = interaction(slash("emotion", "help"))
    await stage.discord.gateway._send(session, "INTERACTION_CREATE", late)
    await answered(stage, interaction(slash("emotion", "help")))
    assert sum("10062" in it for it in caplog.messages) == 1


async def test_settings_need_the_right_in_the_interaction(stage: Stage) -> None:
    """Manage Server as Discord tells it, for this person in this channel."""
    change = slash("emotion-settings", "change", setting="mode", value="off")
    _, then = await answered(stage, interaction(change))
    assert "Only managers" in str(then)
    stage.discord.world.answers.clear()
    _, then = await answered(stage, interaction(change, permissions=32))
    assert "off" in str(then)


async def test_managers_take_observations_along(stage: Stage) -> None:
    """What and in which format are options of the command; the file comes with the answer."""
    for author in (1, 2, 3):
        await stage.say(JOYFUL, author=author)
    await stage.quiet()
    await stage.until(lambda: _counted(stage, 3))
    asked = slash("emotion-settings", "export", what="observations", format="json")
    _, then = await answered(stage, interaction(asked, permissions=32))
    [(name, content)] = then["files"]
    assert name == "maeum-observations.json"
    assert [row["group"] for row in json.loads(content)] == ["joy"] * 3


async def _counted(stage: Stage, messages: int) -> bool:
    return await stage.counted() == messages
