"""What corrections promise: when texts and rows go, and that answers say the truth of them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands.dispatch import Commands
from bot.events import Kind, Tone
from bot.retention import sweep
from bot.service import Bot
from bot.storage import Level
from tests.bot.commands.correcting import CLOCK, correct, kept, offered, request, switch
from tests.core import CHANNEL, JOYFUL, NOW, ask, message, opened_bot


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    """The core with one message of Mina's counted."""
    CLOCK.set(NOW)
    async with opened_bot(tmp_path / "maeum.db", clock=CLOCK) as bot:
        await bot.on_message(message())
        yield bot


@pytest.mark.parametrize("mode", ["label", "text"])
async def test_an_author_who_opted_out_is_in_no_correction(bot: Bot, mode: str) -> None:
    """Nothing is offered, what was offered before is void, and earlier rows go."""
    await switch(bot, f"corrections {mode}")
    offer = await offered(bot)
    assert offer is not None
    await correct(bot)
    await ask(bot, "privacy opt-out", author="mina")
    assert await kept(bot) == []
    assert (await Commands(bot).correct(request("june"), offer.ticket, "pride")).tone is (
        Tone.WARNING
    )
    assert await offered(bot) is None
    assert await kept(bot) == []


async def test_in_an_opt_in_workspace_only_those_who_opted_in_count(bot: Bot) -> None:
    """As authors and as correctors."""
    await switch(bot, "corrections text")
    await switch(bot, "consent opt-in")
    assert await offered(bot) is None
    await ask(bot, "privacy opt-in", author="mina")
    refused = await correct(bot)
    assert refused.tone is Tone.WARNING
    assert await kept(bot, "mina") == []
    await ask(bot, "privacy opt-in", author="june")
    await correct(bot)
    assert [row.text for row in await kept(bot)] == [JOYFUL]


async def test_asking_for_consent_later_drops_the_texts_of_who_gave_none(bot: Bot) -> None:
    """The label stays, the words go, at once."""
    await switch(bot, "corrections text")
    await bot.on_message(message(number=2, author="lena"))
    await ask(bot, "privacy opt-in", author="lena")
    await correct(bot)
    offer = await offered(bot, message(number=2, author="lena"))
    assert offer is not None
    await Commands(bot).correct(request("june"), offer.ticket, "pride")
    await switch(bot, "consent opt-in")
    assert [row.text for row in await kept(bot, "mina")] == [None]
    assert [row.text for row in await kept(bot, "lena")] == [JOYFUL]


@pytest.mark.parametrize("words", ["corrections label", "corrections off", "corrections reset"])
async def test_switching_texts_off_removes_them(bot: Bot, words: str) -> None:
    """At once; the labels stay until their retention."""
    await switch(bot, "corrections text")
    await correct(bot)
    await switch(bot, words)
    assert [row.text for row in await kept(bot)] == [None]


async def test_the_sweep_keeps_the_promises_too(bot: Bot) -> None:
    """A text left behind goes within the hour, a row with its workspace's retention."""
    await switch(bot, "corrections text")
    await correct(bot)
    await bot.store.set_preference(
        CHANNEL.platform, CHANNEL.workspace, Level.WORKSPACE, "", "corrections", "label"
    )
    await sweep(bot)
    assert [row.text for row in await kept(bot)] == [None]
    CLOCK.set(NOW + timedelta(days=29))
    await sweep(bot)
    assert len(await kept(bot)) == 1
    CLOCK.set(NOW + timedelta(days=31))
    await sweep(bot)
    assert await kept(bot) == []


@pytest.mark.parametrize("kind", [Kind.DELETED, Kind.EDITED])
async def test_a_message_that_changed_takes_its_corrections_along(bot: Bot, kind: Kind) -> None:
    """What was said of the old words goes, and nobody can say it of them any more."""
    await switch(bot, "corrections text")
    await correct(bot)
    offer = await offered(bot)
    assert offer is not None
    await bot.on_message(message("It is raining again.", kind=kind, revised=5))
    assert await kept(bot) == []
    answer = await Commands(bot).correct(request("june"), offer.ticket, "pride")
    assert answer.tone is Tone.WARNING
    assert await kept(bot) == []


async def test_a_reaction_noted_later_leaves_corrections_alone(bot: Bot) -> None:
    """Only other words do away with them."""
    await switch(bot, "corrections label")
    outcome = await bot.on_message(message(number=3))
    event = message(number=3)
    offer = await offered(bot, event)
    assert offer is not None
    await Commands(bot).correct(request("june"), offer.ticket, "pride")
    await bot.reacted(event.ref, outcome.reaction)
    await bot.on_message(event)  # delivered again
    assert len(await kept(bot)) == 1


@pytest.mark.parametrize("leaver", ["june", "mina"])
async def test_deleting_ones_data_takes_both_sides(bot: Bot, leaver: str) -> None:
    """What one corrected and what others corrected of one's own."""
    await switch(bot, "corrections text")
    await correct(bot)
    await ask(bot, "privacy delete", author=leaver)
    assert await kept(bot, "june") == await kept(bot, "mina") == []


async def test_who_is_passed_over_leaves_no_correction(bot: Bot) -> None:
    """A workspace that counts nothing of somebody keeps no correction of theirs either."""
    passed_over = "123456789012345678"
    await switch(bot, "corrections label")
    await switch(bot, f"ignored_users <@{passed_over}>")
    assert (await correct(bot, by=passed_over)).tone is Tone.WARNING
    assert await kept(bot, passed_over) == []


async def test_who_opted_out_leaves_no_correction(bot: Bot) -> None:
    """Nothing is kept of them, so not this; they are told."""
    await switch(bot, "corrections label")
    await ask(bot, "privacy opt-out", author="june")
    answer = await correct(bot)
    assert "keep nothing of you" in answer.text
    assert await kept(bot) == []


async def test_the_answers_are_truthful_about_texts(bot: Bot) -> None:
    """Where corrections keep texts, no answer says that none is kept."""
    asking = ("help", "privacy", "me", "privacy opt-in")
    before = [await ask(bot, words) for words in asking]
    assert all("No text is kept" in reply.text for reply in before)
    await switch(bot, "corrections text")
    after = [await ask(bot, words) for words in asking]
    assert all("No text is kept" not in reply.text for reply in after)
    assert all("corrects its label" in reply.text for reply in after)
    privacy = {field.name: field.value for field in after[1].fields}
    assert "message's text" in privacy["Corrections"]


async def test_my_data_holds_my_corrections(bot: Bot) -> None:
    """Both sides have it in their export; the text only whose it is; nobody's pseudonym."""
    await switch(bot, "corrections text")
    await correct(bot)
    exports = {who: await bot.consent.export(CHANNEL, who) for who in ("june", "mina")}
    assert b'"sent_by_me": true' in exports["june"]
    assert JOYFUL.encode() not in exports["june"]
    assert b'"of_my_message": true' in exports["mina"]
    assert JOYFUL.encode() in exports["mina"]
    [field] = [it for it in (await ask(bot, "me", author="june")).fields if "kept" in it.name]
    assert field.value == "1, 1 of them with a text"
