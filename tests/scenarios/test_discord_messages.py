"""Messages on Discord, from the gateway to the reaction and the counts."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.discord.translate import channel_ref
from bot.commands.dispatch import Commands
from bot.events import CommandRequest
from tests.core import ANGRY, JOYFUL, PLAIN
from tests.fakes.discord_world import OWN, member, user
from tests.scenarios.discord_stage import GENERAL, GUILD, Stage, running, staged

LONG_AGO = datetime(2025, 5, 5, 5, 5, tzinfo=UTC)


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """The bot in one guild, ready."""
    async with staged(tmp_path, monkeypatch) as stage, running(stage):
        yield stage


async def test_a_message_gets_a_reaction_and_is_counted(stage: Stage) -> None:
    """The emoji on the message is the one that the store remembers."""
    message = await stage.say(JOYFUL)
    await stage.until(lambda: stage.emoji(message))
    await stage.quiet()
    row = await stage.row(message)
    assert row is not None
    assert row.reaction is not None
    assert stage.emoji(message) == [row.reaction.emoji]
    assert row.author != b"1"
    assert await stage.counted() == 1


async def test_a_message_told_twice_counts_once(stage: Stage) -> None:
    """A duplicate around a reconnect changes nothing and reacts no second time."""
    message = stage.discord.world.write(GENERAL, JOYFUL)
    await stage.discord.gateway.tell("MESSAGE_CREATE", message, times=3)
    await stage.until(lambda: stage.emoji(message))
    await stage.quiet()
    assert len(stage.emoji(message)) == 1
    assert await stage.counted() == 1


async def test_an_edit_replaces_the_reaction(stage: Stage) -> None:
    """Another feeling takes the old emoji away and puts the new one."""
    message = await stage.say(JOYFUL)
    await stage.until(lambda: stage.emoji(message))
    [before] = stage.emoji(message)
    edited = stage.discord.world.edit(message, ANGRY)
    await stage.discord.gateway.tell("MESSAGE_UPDATE", edited)
    await stage.until(lambda: stage.emoji(message) not in ([before], []))
    assert len(stage.emoji(message)) == 1
    assert await stage.counted() == 1


async def test_an_edit_right_behind_its_message_waits_for_it(stage: Stage) -> None:
    """Told in one breath, message and edit leave one reaction: the edit's."""
    message = stage.discord.world.write(GENERAL, JOYFUL)
    edited = stage.discord.world.edit(message, ANGRY)
    await stage.discord.gateway.tell("MESSAGE_CREATE", message)
    await stage.discord.gateway.tell("MESSAGE_UPDATE", edited)
    await stage.until(lambda: stage.discord.count("DELETE", "reactions"))
    await stage.quiet()
    row = await stage.row(message)
    assert row is not None
    assert row.reaction is not None
    assert stage.emoji(message) == [row.reaction.emoji]


async def test_an_edit_to_plain_words_takes_the_reaction_away(stage: Stage) -> None:
    """What no longer shows a feeling keeps no emoji."""
    message = await stage.say(JOYFUL)
    await stage.until(lambda: stage.emoji(message))
    await stage.discord.gateway.tell("MESSAGE_UPDATE", stage.discord.world.edit(message, PLAIN))
    await stage.until(lambda: stage.emoji(message) == [])
    await stage.quiet()
    row = await stage.row(message)
    assert row is not None
    assert row.reaction is None


async def test_an_update_that_is_no_edit_does_nothing(stage: Stage) -> None:
    """A link preview, a pin, and a pin of what was edited long ago change no row."""
    message = await stage.say(JOYFUL)
    await stage.until(lambda: stage.emoji(message))
    await stage.quiet()  # Discord has the reaction a moment before the store
    before = await stage.row(message)
    await stage.discord.gateway.tell(
        "MESSAGE_UPDATE", {**message, "embeds": [{"type": "link", "url": "https://a.example"}]}
    )
    await stage.discord.gateway.tell("MESSAGE_UPDATE", {**message, "pinned": True})
    old = stage.discord.world.write(GENERAL, JOYFUL, at=LONG_AGO)
    old = stage.discord.world.edit(old, ANGRY, LONG_AGO + timedelta(minutes=1))
    await stage.discord.gateway.tell("MESSAGE_UPDATE", {**old, "pinned": True})
    await stage.quiet()
    assert await stage.row(message) == before
    assert await stage.row(old) is None
    assert await stage.counted() == 1


async def test_an_old_message_that_is_edited_now_is_read(stage: Stage) -> None:
    """Raw events: discord.py had never heard of the message, and it counts where it was sent."""
    old = stage.discord.world.write(GENERAL, PLAIN, at=LONG_AGO)
    await stage.discord.gateway.tell("MESSAGE_UPDATE", stage.discord.world.edit(old, JOYFUL))
    await stage.until(lambda: stage.row(old))
    row = await stage.row(old)
    assert row is not None
    assert row.sent_at == LONG_AGO


async def test_a_deleted_message_leaves_the_counts(stage: Stage) -> None:
    """One by one, and many at once; a late duplicate does not bring it back."""
    messages = [await stage.say(f"{JOYFUL} {number}") for number in range(4)]
    await stage.until(lambda: all(map(stage.emoji, messages)))
    world, gateway = stage.discord.world, stage.discord.gateway
    await gateway.tell("MESSAGE_DELETE", world.delete(messages[0]))
    bulk = {
        "ids": [message["id"] for message in messages[1:3]],
        "channel_id": str(GENERAL),
        "guild_id": str(GUILD),
    }
    await gateway.tell("MESSAGE_DELETE_BULK", bulk)
    await stage.until(lambda: _counted(stage, 1))
    await gateway.tell("MESSAGE_CREATE", messages[0])
    await stage.quiet()
    assert await stage.counted() == 1
    assert await stage.row(messages[3]) is not None


async def _counted(stage: Stage, count: int) -> bool:
    return await stage.counted() == count


async def test_a_thread_and_a_forum_post_count_under_their_parent(stage: Stage) -> None:
    """The row is the parent's; the reaction is put where the message is."""
    world = stage.discord.world
    thread = world.add_channel(GUILD, GUILD + 50, "a thread", type=11, parent_id=str(GENERAL))
    forum = world.add_channel(GUILD, GUILD + 60, "forum", type=15)
    post = world.add_channel(GUILD, GUILD + 61, "a post", type=11, parent_id=forum["id"])
    gateway = stage.discord.gateway
    await gateway.tell("THREAD_CREATE", thread)
    await gateway.tell("CHANNEL_CREATE", forum)
    await gateway.tell("THREAD_CREATE", post)
    in_thread = await stage.say(JOYFUL, channel=GUILD + 50)
    in_post = await stage.say(JOYFUL, channel=GUILD + 61)
    await stage.until(lambda: stage.emoji(in_thread) and stage.emoji(in_post))
    assert await stage.row(in_thread, GENERAL) is not None
    assert await stage.row(in_post, GUILD + 60) is not None
    assert stage.discord.count("PUT", f"/channels/{GUILD + 50}/") == 1
    assert stage.discord.count("PUT", f"/channels/{GUILD + 61}/") == 1


async def test_a_deletion_in_an_archived_thread_finds_its_parent(stage: Stage) -> None:
    """discord.py has let the thread go; its parent is asked for, once."""
    world, gateway = stage.discord.world, stage.discord.gateway
    thread = world.add_channel(GUILD, GUILD + 50, "old", type=11, parent_id=str(GENERAL))
    messages = [await stage.say(f"{JOYFUL} {number}", channel=GUILD + 50) for number in range(2)]
    await stage.until(lambda: _counted(stage, 2))
    assert thread["id"] not in {str(it.id) for it in stage.client.get_guild(GUILD).threads}  # type: ignore[union-attr]
    for message in messages:
        await gateway.tell("MESSAGE_DELETE", world.delete(message))
    await stage.until(lambda: _counted(stage, 0))
    assert stage.discord.count("GET", rf"/channels/{GUILD + 50}$") == 1


@pytest.mark.parametrize(
    "more",
    [
        {"author": user(OWN, "maeum", bot=True), "member": member((GUILD + 9,))},
        {"author": user(7, "another", bot=True)},
        {"webhook_id": "9"},
        {"type": 7},
        {"type": 24},
        {"content": ""},
    ],
    ids=["own", "bot", "webhook", "join", "automod", "no text"],
)
async def test_what_no_person_wrote_is_not_scored(stage: Stage, more: dict[str, object]) -> None:
    """Own, bot, webhook and system messages leave no row; a person's message after them does."""
    message = stage.discord.world.write(GENERAL, JOYFUL)
    await stage.discord.gateway.tell("MESSAGE_CREATE", {**message, **more})
    person = await stage.say(JOYFUL)
    await stage.until(lambda: stage.emoji(person))
    assert await stage.row(message) is None
    assert await stage.counted() == 1


async def test_whom_managers_pass_over_is_not_scored(stage: Stage) -> None:
    """By a role's name, or as a person; everybody else is."""
    commands = Commands(stage.bot)
    place = channel_ref(GUILD, GENERAL)
    for words in ("settings ignored_roles quiet", f"settings ignored_users <@{10**17}>"):
        await commands.answer(
            CommandRequest(channel=place, author="1", text=words, is_manager=True)
        )
    passed_over = [
        await stage.say(JOYFUL, author=4, member=member((GUILD + 8,))),
        await stage.say(JOYFUL, author=10**17),
    ]
    person = await stage.say(JOYFUL, author=6)
    await stage.until(lambda: stage.emoji(person))
    await stage.quiet()
    assert await stage.counted() == 1
    assert not any(map(stage.emoji, passed_over))


async def test_a_deleted_channel_is_forgotten(stage: Stage) -> None:
    """With the channel all its messages are gone, and their counts too."""
    message = await stage.say(JOYFUL)
    await stage.until(lambda: stage.emoji(message))
    await stage.discord.gateway.tell("CHANNEL_DELETE", stage.discord.world.channels[GENERAL])
    await stage.until(lambda: _counted(stage, 0))


async def test_leaving_purges_the_guild(stage: Stage) -> None:
    """A kick removes what was counted, also of messages that were under way."""
    messages = [await stage.say(f"{JOYFUL} {number}") for number in range(20)]
    await stage.until(lambda: stage.emoji(messages[0]))
    await stage.discord.gateway.tell("GUILD_DELETE", {"id": str(GUILD)})
    await stage.until(lambda: _purged(stage))
    await stage.quiet()
    assert await stage.bot.store.channels() == []


async def _purged(stage: Stage) -> bool:
    return not await stage.bot.store.channels()


async def test_an_outage_purges_nothing(stage: Stage) -> None:
    """A guild that is merely unavailable was not left."""
    message = await stage.say(JOYFUL)
    await stage.until(lambda: stage.emoji(message))
    await stage.discord.gateway.tell("GUILD_DELETE", {"id": str(GUILD), "unavailable": True})
    await stage.quiet()
    assert await stage.counted() == 1
