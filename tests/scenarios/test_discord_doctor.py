"""Registering commands and examining an installation, without a gateway session."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.discord_stage import GUILD, Stage, adapter_for, running, staged

OTHER = 2 << 30


@pytest.fixture
async def idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """The bot before its start, in one guild."""
    async with staged(tmp_path, monkeypatch) as stage:
        yield stage


async def test_commands_are_registered_when_they_changed(idle: Stage) -> None:
    """The first start registers; the second finds nothing to do."""
    for expected in (1, 1):
        idle.adapter = adapter_for(idle.bot)
        async with running(idle):
            assert idle.discord.count("PUT", "commands") == expected
    idle.discord.world.commands[None][0]["description"] = "of an older version"
    idle.adapter = adapter_for(idle.bot)
    async with running(idle):
        assert idle.discord.count("PUT", "commands") == 2


async def test_sync_registers_everywhere_or_in_one_guild(idle: Stage) -> None:
    """As often as one likes, with the same result."""
    for _ in range(2):
        [finding] = await idle.adapter.sync()
        assert finding.ok
        await idle.adapter.sync(GUILD)
    names = ["emotion", "emotion-settings", "Analyze emotion", "Why this emotion?"]
    for where in (None, GUILD):
        found = [it["name"] for it in idle.discord.world.commands[where]]
        assert sorted(found) == sorted(names)
    assert idle.discord.gateway.identified == []


async def test_the_doctor_finds_nothing_wrong(idle: Stage) -> None:
    """All is well once the commands are registered; the invite link has the right number."""
    await idle.adapter.sync()
    findings = await idle.adapter.examine()
    assert [finding.what for finding in findings if not finding.ok] == []
    link = findings[-1].what
    assert "permissions=274878024768" in link
    assert "scope=bot+applications.commands" in link
    assert idle.discord.gateway.identified == []


async def test_the_doctor_names_what_is_missing(idle: Stage) -> None:
    """The intent, the commands, the guild, the channel and the permission, each with its mend."""
    world = idle.discord.world
    world.flags = 0
    world.add_guild(OTHER, permissions=274878024768 & ~(1 << 6))
    world.add_guild(OTHER + 100, permissions=274878024768 & ~(1 << 38))
    hidden = {"id": str(GUILD + 9), "type": 0, "allow": "0", "deny": str(1 << 10)}
    world.add_channel(GUILD, GUILD + 2, "attic", permission_overwrites=[hidden])
    findings = {it.what: it.mend for it in await idle.adapter.examine() if not it.ok}
    told = "\n".join(f"{what} -> {mend}" for what, mend in findings.items())
    assert "message content intent is off" in told
    assert "Privileged Gateway Intents" in told
    assert "maeum sync" in told
    assert f"guild {GUILD}: I cannot react in #attic -> Give my role: View Channel" in told
    assert f"guild {OTHER}: I cannot react in #general -> Give my role: Add Reactions" in told
    assert f"guild {OTHER}: I cannot speak" not in told
    assert f"{OTHER + 100}: I cannot speak in #general -> Give my role: Send Messages in" in told


async def test_the_doctor_looks_into_forums_and_voice_chats_too(idle: Stage) -> None:
    """Each needs what it needs: posts the right to write in them, a voice chat that to connect."""
    await idle.adapter.sync()
    world = idle.discord.world
    own = {"id": str(GUILD + 9), "type": 0, "allow": "0"}
    for number, name, kind, denied in (
        (2, "forum", 15, 1 << 38),  # send messages in threads
        (3, "wishes", 15, 1 << 11),  # send messages: to begin posts, which it never does
        (4, "hall", 2, 1 << 20),  # connect
        (5, "stage", 13, 1 << 6),  # add reactions
        (6, "section", 4, 1 << 10),  # a category holds no messages
    ):
        overwrites = [{**own, "deny": str(denied)}]
        world.add_channel(
            GUILD, GUILD + number, name, type=kind, permission_overwrites=overwrites,
            available_tags=[], bitrate=64000, user_limit=0, rtc_region=None,
        )  # fmt: skip
    world.guilds[GUILD]["roles"][0]["permissions"] = str(1 << 20)  # everybody may connect
    found = {it.what: it.mend for it in await idle.adapter.examine() if not it.ok}
    assert found == {
        f"guild {GUILD}: I cannot react in #hall": "Give my role: Connect",
        f"guild {GUILD}: I cannot react in #stage": "Give my role: Add Reactions",
        f"guild {GUILD}: I cannot speak in #hall": "Give my role: Connect",
        f"guild {GUILD}: I cannot speak in #forum": "Give my role: Send Messages in Threads",
    }
