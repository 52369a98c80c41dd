"""What a text feels like, and why a message got its result."""

from dataclasses import replace

import pytest

from bot.events import Rule, Source, Tone
from bot.service import Bot
from tests.core import JOYFUL, PLAIN, ask, message


async def test_analyze_tells_the_likeliest_labels(bot: Bot) -> None:
    """The label comes first, the others follow by score, and nothing is counted."""
    reply = await ask(bot, f"analyze {JOYFUL}")
    shares = [field.share or 0 for field in reply.fields]
    assert len(shares) == 5
    assert shares == sorted(shares, reverse=True)
    assert "joy" in reply.title
    assert await bot.store.channels() == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("🎉🎉🎉", "no words"),
        ("ㅋ", "too short"),
        ("とても楽しい一日でした", "language"),
    ],
)
async def test_an_abstention_says_why(bot: Bot, text: str, told: str) -> None:
    """Each reason not to answer is told in words, with no scores."""
    reply = await ask(bot, text)
    assert told in reply.text
    assert reply.fields == ()


async def test_why_names_the_rule_the_scores_and_the_text_as_read(bot: Bot) -> None:
    """The target's cleaned text, its labels and the deciding rule are all shown."""
    event = message(f"{JOYFUL} https://example.org/x")
    await bot.on_message(event)
    reply = await ask(bot, "why", target=event)
    values = [field.value for field in reply.fields]
    assert any("best day ever" in value and "example" not in value for value in values)
    assert "sure enough" in reply.text
    assert reply.footer.startswith("Model ")


async def test_why_remembers_what_decided_then(bot: Bot) -> None:
    """A message shown a moment ago is explained by its own rule, not by today's cooldown."""
    event = message()
    outcome = await bot.on_message(event)
    await ask(bot, "settings mode stats", is_manager=True)
    assert bot.rule_for(event.ref) is outcome.rule
    forgotten = message(number=77)
    assert (await ask(bot, "why", target=event)).text != (
        await ask(bot, "why", target=forgotten)
    ).text


async def test_why_respects_opt_out_and_bots(bot: Bot) -> None:
    """Nobody can have an opted-out person's message, or a bot's, read for them."""
    await ask(bot, "privacy opt-out", author="dana")
    refused = await ask(bot, "why", target=message(author="dana"))
    machine = await ask(bot, "why", target=replace(message(), source=Source.BOT))
    assert refused.fields == machine.fields == ()
    assert "opted out" in refused.text


async def test_why_needs_a_message(bot: Bot) -> None:
    """Typed alone, it says where to find it."""
    reply = await ask(bot, "why")
    assert reply.tone is Tone.WARNING
    assert "menu" in reply.text


async def test_distress_is_answered_without_emoji(bot: Bot) -> None:
    """Beside words of despair no answer shows a face."""
    assert PLAIN.isascii()
    reply = await ask(bot, "analyze I want to die, please help me")
    assert all(field.name.isascii() for field in reply.fields)
    assert reply.title.replace("·", "").isascii()


async def test_a_messages_own_words_are_never_a_command(bot: Bot) -> None:
    """From a message's menu, `settings mode off` is a text like any other, and so is none."""
    for words, told in (("settings mode off", "%"), ("", "no words")):
        reply = await ask(bot, "analyze", target=message(words), is_manager=True)
        assert told in reply.title + reply.text
    assert (await bot.on_message(message())).rule is Rule.REACTED


async def test_who_opted_out_is_not_analyzed_for_others(bot: Bot) -> None:
    """A menu on their message tells that they opted out; they themselves may ask."""
    await ask(bot, "privacy opt-out", author="jun")
    target = message(author="jun")
    assert "opted out" in (await ask(bot, "analyze", author="mina", target=target)).text
    assert (await ask(bot, "analyze", author="jun", target=target)).fields
