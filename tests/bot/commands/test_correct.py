"""Corrections: who may send one, about which message, and what is kept of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands.dispatch import Commands
from bot.events import CommandRequest, Platform, Tone
from bot.observations import Correction
from bot.service import Bot
from classifier.base import Language
from tests.bot.commands.correcting import CLOCK, correct, kept, offered, request, switch
from tests.core import CHANNEL, JOYFUL, NOW, PSEUDONYMS, ask, message, opened_bot


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    """The core with one message of Mina's counted."""
    CLOCK.set(NOW)
    async with opened_bot(tmp_path / "maeum.db", clock=CLOCK) as bot:
        await bot.on_message(message())
        yield bot


async def test_nobody_is_offered_one_until_the_workspace_asks(bot: Bot) -> None:
    """Off is the default, for both questions a message can be asked."""
    assert await offered(bot) is None
    assert (await ask(bot, "analyze", target=message())).offer is None
    await switch(bot, "corrections label")
    assert await offered(bot) is not None
    assert (await ask(bot, "analyze", target=message())).offer is not None
    assert (await ask(bot, f"analyze {JOYFUL}")).offer is None  # a text is no message


async def test_the_labels_come_by_group_without_the_one_given(bot: Bot) -> None:
    """Every other label once, those of a group side by side, in the asker's language."""
    await switch(bot, "corrections label")
    offer = await offered(bot)
    assert offer is not None
    asked = replace(request("june"), locale="ko")
    menu = (await Commands(bot).choices(asked, offer.ticket)).offer
    assert menu is not None
    values = [option.value for option in menu.options]
    assert len(set(values)) == len(values) == 27
    assert "joy" not in values
    groups = [option.group for option in menu.options]
    assert groups == sorted(groups, key=groups.index)
    assert "슬픔" in groups


async def test_a_label_is_kept_without_the_text(bot: Bot) -> None:
    """Who, which message, given, meant, model, when; pseudonyms only."""
    await switch(bot, "corrections label")
    answer = await correct(bot)
    assert answer.tone is Tone.GOOD
    [row] = await kept(bot)
    assert row == Correction(
        channel=CHANNEL,
        message=PSEUDONYMS.message(message().ref),
        corrector=PSEUDONYMS.author(CHANNEL, "june"),
        author=PSEUDONYMS.author(CHANNEL, "mina"),
        at=NOW,
        label_set="goemotions28",
        revision=row.revision,
        given="joy",
        meant="sadness",
        text=None,
    )
    assert row.revision


async def test_choosing_again_changes_it(bot: Bot) -> None:
    """One correction a person and message; another person's is another."""
    await switch(bot, "corrections label")
    await correct(bot)
    await correct(bot, label="anger")
    await correct(bot, by="noah")
    assert [row.meant for row in await kept(bot)] == ["anger"]
    assert len(await kept(bot, "mina")) == 2


async def test_the_text_is_kept_where_it_was_switched_on(bot: Bot) -> None:
    """As the model read it: a mention's id and a link are no part of it."""
    await switch(bot, "corrections text")
    event = message(f"<@123456789012345678> {JOYFUL} https://example.org", number=2)
    await bot.on_message(event)
    offer = await offered(bot, event)
    assert offer is not None
    shown = await Commands(bot).choices(request("june"), offer.ticket)
    assert "text" in shown.text
    await Commands(bot).correct(request("june"), offer.ticket, "pride")
    assert [row.text for row in await kept(bot)] == [f"[NAME] {JOYFUL}"]


async def test_an_offer_lasts_a_quarter_of_an_hour(bot: Bot) -> None:
    """Then its message's text has left the memory too."""
    await switch(bot, "corrections label")
    offer = await offered(bot)
    assert offer is not None
    CLOCK.set(NOW + timedelta(minutes=14))
    assert (await Commands(bot).choices(request("june"), offer.ticket)).offer is not None
    CLOCK.set(NOW + timedelta(minutes=16))
    assert (await Commands(bot).choices(request("june"), offer.ticket)).tone is Tone.WARNING
    assert bot.corrections.find(offer.ticket) is None


async def test_a_ticket_is_worth_nothing_elsewhere(bot: Bot) -> None:
    """In another workspace, with another label, or made up."""
    await switch(bot, "corrections label")
    offer = await offered(bot)
    assert offer is not None
    elsewhere = replace(request("june"), channel=replace(CHANNEL, workspace="guild-2"))
    commands = Commands(bot)
    for answer in (
        await commands.correct(elsewhere, offer.ticket, "sadness"),
        await commands.correct(request("june"), offer.ticket, "no such label"),
        await commands.correct(request("june"), "0" * 32, "sadness"),
    ):
        assert answer.tone is Tone.WARNING
    assert await kept(bot) == []


async def test_no_words_no_offer(bot: Bot) -> None:
    """A message the model never read has no label that could be wrong."""
    await switch(bot, "corrections label")
    await bot.on_message(message("ㅇ", number=4))
    assert await offered(bot, message("ㅇ", number=4)) is None


@pytest.mark.parametrize(
    ("platform", "rule"), [(Platform.DISCORD, "Developer Policy"), (Platform.SLACK, "API terms")]
)
async def test_switching_texts_on_tells_the_platforms_rule(
    bot: Bot, platform: Platform, rule: str
) -> None:
    """A manager hears what the platform forbids, and that people should be told."""
    asked = CommandRequest(
        channel=replace(CHANNEL, platform=platform),
        author="mina",
        text="settings corrections text",
        is_manager=True,
    )
    answer = await Commands(bot).answer(asked)
    assert rule in answer.text
    assert "tell the people" in answer.text
    assert rule not in (await Commands(bot).answer(replace(asked, text="settings"))).text


async def test_managers_see_how_many_there_are_and_no_more(bot: Bot) -> None:
    """A number in the settings; others do not see even that."""
    await switch(bot, "corrections text")
    await correct(bot)
    counts = {
        manager: [
            field.value
            for field in (await ask(bot, "settings", author="lee", is_manager=manager)).fields
            if field.name == "Corrections kept"
        ]
        for manager in (True, False)
    }
    assert counts == {True: ["1, 1 of them with a text"], False: []}


@pytest.mark.parametrize("language", list(Language))
async def test_both_languages_thank(bot: Bot, language: Language) -> None:
    """In the language of who pressed."""
    await switch(bot, "corrections label")
    offer = await offered(bot)
    assert offer is not None
    pressed = replace(request("june"), locale=language)
    answer = await Commands(bot).correct(pressed, offer.ticket, "sadness")
    expected = {Language.EN: "“sadness”", Language.KO: "‘슬픔’이라고"}
    assert expected[language] in answer.text
