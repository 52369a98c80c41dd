"""Joining, leaving, reading history, sharing guilds between processes."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.settings import Shards
from bot.storage import Level
from tests.core import ANGRY, JOYFUL
from tests.fakes.discord_world import member, user
from tests.scenarios.discord_stage import GENERAL, GUILD, Stage, adapter_for, running, staged

OTHER = 2 << 30


@pytest.fixture
async def idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """The bot before its start, in one guild."""
    monkeypatch.setattr("adapters.base._FIRST_PAUSE", 0.05)
    async with staged(tmp_path, monkeypatch) as stage:
        yield stage


async def test_joining_posts_one_welcome(idle: Stage) -> None:
    """What it does, stores, how to opt out and to switch it off; told twice, posted once."""
    async with running(idle):
        assert idle.discord.world.sent == []
        guild = idle.discord.world.add_guild(
            OTHER, joined_at=datetime.now(UTC), locale="ko", features=("COMMUNITY",)
        )
        del guild["unavailable"]  # an invitation, not the end of an outage
        await idle.discord.gateway.tell("GUILD_CREATE", guild)
        await idle.until(lambda: idle.discord.world.sent)
        await idle.discord.gateway.tell("GUILD_CREATE", guild)
        await idle.quiet()
    [sent] = idle.discord.world.sent
    [embed] = sent["embeds"]
    assert sent["channel_id"] == str(OTHER + 1)
    assert "마음" in embed["title"]
    assert len(embed["fields"]) == 4
    assert "/감정 개인정보 거부" in str(embed)
    assert sent["allowed_mentions"] == {"parse": []}


async def test_where_it_may_not_speak_it_is_silent(idle: Stage) -> None:
    """No welcome is forced on a guild that gave no right to speak: no request at all."""
    async with running(idle):
        guild = idle.discord.world.add_guild(
            OTHER, permissions=1 << 10, joined_at=datetime.now(UTC)
        )
        del guild["unavailable"]
        await idle.discord.gateway.tell("GUILD_CREATE", guild)
        await idle.until(lambda: idle.client.get_guild(OTHER))
        await idle.quiet()
    assert not idle.discord.count("POST", "messages")


async def test_a_guild_that_comes_back_is_not_welcomed(idle: Stage) -> None:
    """After an outage Discord tells of every guild again."""
    async with running(idle):
        guild = idle.discord.world.add_guild(OTHER)
        for _ in range(2):
            await idle.discord.gateway.tell("GUILD_CREATE", guild)
            await idle.until(lambda: idle.client.get_guild(OTHER))
            await idle.quiet()
            guild.pop("unavailable", None)
    assert idle.discord.world.sent == []


async def test_a_guild_left_while_away_is_purged_at_the_next_start(idle: Stage) -> None:
    """Nobody told the bot; its guilds are compared with what is kept."""
    idle.discord.world.add_guild(OTHER)
    async with running(idle):
        kept = await idle.say(JOYFUL)
        gone = await idle.say(JOYFUL, channel=OTHER + 1)
        await idle.until(lambda: idle.emoji(kept) and idle.emoji(gone))
    del idle.discord.world.guilds[OTHER]
    idle.adapter = adapter_for(idle.bot)
    async with running(idle):
        await idle.until(lambda: _channels(idle, 1))
    assert await idle.row(kept) is not None
    assert await idle.row(gone) is None


async def _channels(stage: Stage, count: int) -> bool:
    return len(await stage.bot.store.channels()) == count


async def test_another_bots_token_purges_nothing(
    idle: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """When not one known guild is there, the token is likelier wrong than all guilds gone."""
    async with running(idle):
        kept = await idle.say(JOYFUL)
        await idle.until(lambda: idle.emoji(kept))
    idle.discord.world.guilds.clear()
    idle.discord.world.add_guild(OTHER)
    idle.adapter = adapter_for(idle.bot)
    async with running(idle):
        await idle.until(lambda: any("another bot" in it for it in caplog.messages))
    assert await idle.row(kept) is not None


async def test_backfill_counts_the_past_without_reacting(idle: Stage) -> None:
    """All pages, threads and archived threads of the days asked for, and no more; once."""
    world = idle.discord.world
    now = datetime.now(UTC)
    for number in range(230):
        world.write(GENERAL, f"{JOYFUL} {number % 50}", at=now - timedelta(hours=number))
    world.write(GENERAL, JOYFUL, at=now - timedelta(days=40))
    for number, archived in ((50, False), (51, True)):
        world.add_channel(GUILD, GUILD + number, "thread", type=11, parent_id=str(GENERAL))
        channel = world.channels[GUILD + number]
        channel["thread_metadata"]["archived"] = archived
        world.write(GUILD + number, ANGRY, at=now - timedelta(hours=5))
    seen: list[tuple[int, int]] = []
    async with running(idle):
        await idle.adapter.backfill(30, lambda *told: seen.append(told))
        assert await idle.counted() == 232
        pages = idle.discord.count("GET", rf"/channels/{GENERAL}/messages")
        await idle.adapter.backfill(30)
        assert await idle.counted() == 232
        again = idle.discord.count("GET", rf"/channels/{GENERAL}/messages")
    assert again - pages < pages
    assert not idle.discord.count("PUT", "reactions")
    assert seen[-1][0] == seen[-1][1]
    assert [activity.messages for activity in await idle.bot.store.channels()] == [232]


async def test_backfill_respects_roles_consent_and_mode(idle: Stage) -> None:
    """History comes without roles: they are asked for, once a person, where they matter."""
    world = idle.discord.world
    quiet = GUILD + 8
    world.members[GUILD, 5] = {**member((quiet,)), "user": user(5, "quiet")}
    world.members[GUILD, 6] = {**member(), "user": user(6, "lively")}
    world.add_channel(GUILD, GUILD + 2, "off")
    for number in range(3):
        for author in (5, 6, 7):
            world.write(GENERAL, f"{JOYFUL} {number}", author=author)
        world.write(GUILD + 2, JOYFUL, author=6)
    platform = idle.adapter.platform
    store = idle.bot.store
    await store.set_preference(
        platform, str(GUILD), Level.WORKSPACE, "", "ignored_roles", str(quiet)
    )
    await store.set_preference(platform, str(GUILD), Level.CHANNEL, str(GUILD + 2), "mode", "off")
    async with running(idle):
        await idle.adapter.backfill(1)
        assert await idle.counted() == 6
    assert idle.discord.count("GET", "/members/5") == 1
    assert not idle.discord.count("GET", rf"/channels/{GUILD + 2}/messages")


async def test_a_failing_history_goes_on_where_it_broke_off(
    idle: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server error in the second page costs a pause, not the channel."""
    monkeypatch.setattr("adapters.discord.history._PAUSES", (0.05,))
    now = datetime.now(UTC)
    for number in range(150):
        idle.discord.world.write(GENERAL, JOYFUL, at=now - timedelta(minutes=number))
    async with running(idle):
        idle.discord.fail("GET", r"/channels/\d+/messages", 503)
        await idle.adapter.backfill(1)
        assert await idle.counted() == 150


async def test_a_gap_is_read_within_bounds(idle: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day at most, and a limited number of messages a channel."""
    monkeypatch.setattr("adapters.discord.history.MOST", 5)
    async with running(idle):
        first = await idle.say(JOYFUL, at=datetime.now(UTC) - timedelta(days=3))
        await idle.until(lambda: idle.row(first))
    now = datetime.now(UTC)
    idle.discord.world.write(GENERAL, JOYFUL, at=now - timedelta(days=2))
    for number in range(9):
        idle.discord.world.write(GENERAL, JOYFUL, at=now - timedelta(minutes=60 - number))
    idle.adapter = adapter_for(idle.bot)
    async with running(idle):
        await idle.until(lambda: _counted(idle, 6))
        await idle.quiet()
        assert await idle.counted() == 6


async def _counted(stage: Stage, count: int) -> bool:
    return await stage.counted() == count


async def test_two_processes_share_the_guilds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each identifies its own shards and sees its own guilds alone, and purges nobody else's."""
    mine, theirs = 4 << 22, 5 << 22
    async with staged(tmp_path, monkeypatch, shards=Shards((0,), 2)) as stage:
        stage.discord.world.guilds.clear()
        for guild in (mine, theirs):
            stage.discord.world.add_guild(guild)
        other = Stage(stage.discord, stage.bot, adapter_for(stage.bot, shards=Shards((1,), 2)))
        async with running(stage), running(other):
            assert [guild.id for guild in stage.client.guilds] == [mine]
            assert [guild.id for guild in other.client.guilds] == [theirs]
            messages = [await stage.say(JOYFUL, channel=guild + 1) for guild in (mine, theirs)]
            await stage.until(lambda: all(map(stage.emoji, messages)))
            assert await stage.counted() == 2
        stage.adapter = adapter_for(stage.bot, shards=Shards((0,), 2))
        async with running(stage):
            await stage.quiet()
            assert await stage.counted() == 2
    assert sorted(it["shard"] for it in stage.discord.gateway.identified) == [
        [0, 2],
        [0, 2],
        [1, 2],
    ]


async def test_one_process_serves_several_shards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A range of shards is one client with as many connections."""
    async with staged(tmp_path, monkeypatch, shards=Shards((0, 1), 2)) as stage:
        stage.discord.world.guilds.clear()
        for guild in (4 << 22, 5 << 22):
            stage.discord.world.add_guild(guild)
        async with running(stage):
            assert len(stage.client.guilds) == 2
            for guild in (4 << 22, 5 << 22):
                message = await stage.say(JOYFUL, channel=guild + 1)
                await stage.until(lambda message=message: stage.emoji(message))  # type: ignore[misc]
