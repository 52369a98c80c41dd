"""Tokens, intents, sessions: how a connection fails and comes back."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.discord.adapter import DiscordAdapter
from bot.errors import BadSetting
from bot.settings import Shards
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


async def _reacts(stage: Stage, text: str = JOYFUL) -> None:
    """Prove that the bot is well: a message gets its reaction."""
    message = await stage.say(text)
    await stage.until(lambda: stage.emoji(message))


async def test_a_refused_token_ends_it_in_one_sentence(idle: Stage) -> None:
    """A 401 at the login names the variable and where to get a token."""
    idle.discord.world.token = "another"
    with pytest.raises(BadSetting, match=r"DISCORD_BOT_TOKEN.*Reset Token"):
        await idle.adapter.run()
    assert idle.discord.count("GET", "/users/@me") == 1


@pytest.mark.parametrize("token", ["two words", "토큰", "  "])
def test_what_is_no_token_is_told_before_any_request(token: str) -> None:
    """A token cut in two by a line break never reaches a header."""
    with pytest.raises(BadSetting, match="DISCORD_BOT_TOKEN"):
        DiscordAdapter(token, None, None)  # type: ignore[arg-type]


async def test_a_token_revoked_while_serving_ends_it(idle: Stage) -> None:
    """Discord closes the gateway with 4004; the operator gets the same sentence."""
    async with running(idle) as task:
        idle.discord.world.token = "another"
        await idle.discord.gateway.drop(4004)
        with pytest.raises(BadSetting, match="DISCORD_BOT_TOKEN"):
            await asyncio.wait_for(task, 10)


async def test_a_401_at_a_reaction_ends_it_too(idle: Stage) -> None:
    """No second request is made with a token that is refused."""
    idle.discord.fail("PUT", "reactions", 401, times=9)
    async with running(idle) as task:
        await idle.say(JOYFUL)
        with pytest.raises(BadSetting, match="DISCORD_BOT_TOKEN"):
            await asyncio.wait_for(task, 10)
    assert idle.discord.count("PUT", "reactions") == 1


async def test_without_the_intent_commands_still_work_and_it_comes_back(
    idle: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Named once; served without the intent; and with it as soon as it is switched on."""
    world, gateway = idle.discord.world, idle.discord.gateway
    world.flags = 0
    async with running(idle):
        assert [it["intents"] & 1 << 15 for it in gateway.identified] == [0]
        blank = await idle.say("")
        await gateway.tell("MESSAGE_UPDATE", world.edit(blank, ""))
        await idle.quiet()
        assert await idle.counted() == 0
        world.flags = 1 << 19
        await idle.until(lambda: len(gateway.identified) == 2)
        assert gateway.identified[-1]["intents"] & 1 << 15
        await gateway.connected()
        await _reacts(idle)
    told = [it for it in caplog.messages if "MESSAGE CONTENT INTENT" in it]
    assert len(told) == 1


async def test_close_code_4014_is_the_same_fault(
    idle: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """The portal's flag said yes, the gateway says no: the bot serves without the intent."""
    gateway = idle.discord.gateway
    gateway.refuse_with = 4014
    async with running(idle, ready=False):
        await idle.until(lambda: gateway.identified)
        gateway.refuse_with = None
        await gateway.connected()
        await idle.until(lambda: len(gateway.identified) >= 2)
    assert not gateway.identified[1]["intents"] & 1 << 15
    assert sum("MESSAGE CONTENT INTENT" in it for it in caplog.messages) == 1


async def test_wrong_shards_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Close code 4010 names the variable."""
    async with staged(tmp_path, monkeypatch, shards=Shards((1,), 2)) as stage:
        stage.discord.gateway.refuse_with = 4010
        with pytest.raises(BadSetting, match="MAEUM_DISCORD_SHARDS"):
            await asyncio.wait_for(stage.adapter.run(), 10)


async def test_a_resume_replays_what_was_missed(stage: Stage) -> None:
    """A dropped connection resumes; messages from in between react, and none counts twice."""
    await _reacts(stage)
    await stage.discord.gateway.drop()
    missed = [await stage.say(f"{JOYFUL} {number}") for number in range(3)]
    await stage.until(lambda: all(map(stage.emoji, missed)))
    assert len(stage.discord.gateway.resumed) == 1
    assert await stage.counted() == 4
    assert not stage.discord.count("GET", "/messages")


async def test_an_invalid_session_reads_what_was_missed(stage: Stage) -> None:
    """What no RESUME can bring is read from the history: counted once, never reacted to."""
    await _reacts(stage)
    await stage.discord.gateway.invalidate()
    missed = stage.discord.world.write(GENERAL, ANGRY)
    await stage.until(lambda: stage.row(missed), within=20)
    await stage.quiet()
    assert not stage.emoji(missed)
    assert await stage.counted() == 2


async def test_a_malformed_event_ends_one_session_only(stage: Stage) -> None:
    """discord.py falls over it; the next session serves, and reads what came in between."""
    await stage.discord.gateway.tell("MESSAGE_CREATE", {"guild_id": str(GUILD), "id": "nonsense"})
    await stage.until(lambda: len(stage.discord.gateway.identified) == 2)
    await stage.discord.gateway.connected()
    await _reacts(stage)


async def test_no_text_is_logged_at_any_level(
    idle: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """discord.py logs whole events at DEBUG: it is kept from that level."""
    with caplog.at_level(logging.DEBUG):
        async with running(idle):
            await _reacts(idle, f"{JOYFUL} a-word-of-mine")
    logging.getLogger("discord").setLevel(logging.NOTSET)
    assert not re.search("a-word-of-mine|user1", caplog.text)


async def test_a_restart_reads_what_was_missed(stage: Stage) -> None:
    """What was written while nobody listened is counted once and not reacted to."""
    await _reacts(stage)
    first = stage.adapter
    await stage.client.close()
    missed = stage.discord.world.write(GENERAL, ANGRY)
    stage.adapter = adapter_for(stage.bot)
    async with running(stage):
        await stage.until(lambda: stage.row(missed))
        assert not stage.emoji(missed)
    assert first is not stage.adapter
