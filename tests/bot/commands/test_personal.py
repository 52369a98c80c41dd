"""A person's own data: shown, exported, deleted, and kept out on request."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

from bot.events import Rule
from bot.service import Bot
from tests.core import CHANNEL, PSEUDONYMS, ask, message, opened_bot


async def test_opt_out_removes_the_past_and_holds(bot: Bot) -> None:
    """Every past row goes, new messages are not read, and opting in starts again."""
    for number in range(3):
        await bot.on_message(message(number=number))
    await bot.on_message(message(number=9, author="dana"))
    assert "3" in (await ask(bot, "privacy opt-out")).text
    assert (await bot.on_message(message(number=4))).rule is Rule.OPTED_OUT
    [activity] = await bot.store.channels()
    assert activity.messages == 1  # dana's
    await ask(bot, "privacy opt-in")
    assert (await bot.on_message(message(number=5))).rule is Rule.REACTED


async def test_opt_out_leaves_no_row_but_the_choice(tmp_path: Path) -> None:
    """No table holds the person's hash but the consent table, and no file holds their id."""
    path = tmp_path / "maeum.db"
    async with opened_bot(path) as bot:
        await bot.on_message(message(author="user-8472615"))
        await ask(bot, "privacy opt-out", author="user-8472615")
    pseudonym = PSEUDONYMS.author(CHANNEL, "user-8472615")
    with sqlite3.connect(path) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        holding = {
            table for table in tables for row in db.execute(f"SELECT * FROM {table}")
            if pseudonym in row
        }  # fmt: skip
    db.close()
    assert holding == {"consent"}
    for file in tmp_path.iterdir():
        assert b"user-8472615" not in file.read_bytes()


async def test_an_opted_out_message_under_way_leaves_no_row(bot: Bot) -> None:
    """A message classified before the opt-out and written after it is refused by the store."""
    event = message()
    await bot.on_message(message(number=2))
    prediction = await bot.classifier.classify(event.text)
    await ask(bot, "privacy opt-out")
    change = await bot.store.record(bot.observation(event, prediction))
    assert not change.applied
    assert await bot.store.find(event.ref) is None


async def test_opt_in_workspaces_read_only_those_who_agreed(bot: Bot) -> None:
    """With consent set to opt-in, silence is no consent."""
    await ask(bot, "settings consent opt-in", is_manager=True)
    assert (await bot.on_message(message())).rule is Rule.NOT_OPTED_IN
    await ask(bot, "privacy opt-in")
    assert (await bot.on_message(message(number=2))).rule is Rule.REACTED


async def test_delete_forgets_but_reads_on(bot: Bot) -> None:
    """Deleting is about the past; redelivery does not bring it back, new messages count."""
    await bot.on_message(message())
    assert "1" in (await ask(bot, "privacy delete")).text
    assert (await bot.on_message(message())).rule is Rule.NOTHING_NEW
    assert (await bot.on_message(message(number=2))).rule is Rule.REACTED


async def test_export_holds_all_of_one_person_and_no_text(bot: Bot) -> None:
    """The export lists every observation of the asker, nobody else's, and never a text."""
    await bot.on_message(message())
    await bot.on_message(message(number=2))
    await bot.on_message(message(number=3, author="dana"))
    reply = await ask(bot, "privacy export")
    assert reply.attachment
    document = json.loads(reply.attachment[1])
    assert [row["message"] for row in document["messages"]] == ["2", "1"]
    assert message().text not in reply.attachment[1].decode()


async def test_me_shows_only_my_moods(bot: Bot) -> None:
    """The answer counts the asker's messages and is seen by them alone."""
    await bot.on_message(message())
    await bot.on_message(message(number=2, author="dana"))
    reply = await ask(bot, "me")
    assert reply.ephemeral
    assert "1 message" in reply.text
    assert any(field.share == 1.0 for field in reply.fields)
    assert "nothing" in (await ask(bot, "me", author="nobody")).text


async def test_the_same_person_differs_between_workspaces(bot: Bot) -> None:
    """One workspace's pseudonym tells nothing about the same person in another."""
    other = replace(CHANNEL, workspace="guild-2")
    assert PSEUDONYMS.author(CHANNEL, "mina") != PSEUDONYMS.author(other, "mina")
    await bot.on_message(message())
    await bot.on_message(message(number=2, channel=other))
    await ask(bot, "privacy delete")
    assert await bot.store.find(message(number=2, channel=other).ref)
