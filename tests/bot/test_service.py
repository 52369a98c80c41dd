"""The life of a message: gate, classify, keep, decide."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.events import Kind, Reaction, Rule, Source
from bot.service import Bot
from bot.storage import Level
from classifier.base import Abstention, Group
from tests.core import (
    ANGRY,
    CHANNEL,
    DEFAULTS,
    JOYFUL,
    NOW,
    PLAIN,
    ask,
    embedded_model,
    message,
    opened_bot,
)


async def _counted(bot: Bot) -> list[tuple[str | None, int]]:
    day = timedelta(days=1)
    return [(it.label, it.count) for it in await bot.store.buckets(CHANNEL, NOW - day, NOW + day)]


async def test_a_joyful_message_is_counted_and_reacted_to(bot: Bot) -> None:
    """A sure emotion gets its emoji, and the channel's bucket its label."""
    outcome = await bot.on_message(message(JOYFUL))
    assert outcome.rule is Rule.REACTED
    assert outcome.prediction
    assert outcome.prediction.group is Group.JOY
    assert outcome.prediction.label
    assert outcome.reaction == Reaction.of(outcome.prediction.label)
    assert await _counted(bot) == [(outcome.prediction.label.key, 1)]


async def test_a_plain_message_is_counted_only(bot: Bot) -> None:
    """No emotion is no news: it is counted as neutral and shows nothing."""
    outcome = await bot.on_message(message(PLAIN))
    assert outcome.rule is Rule.NEUTRAL
    assert outcome.reaction is None
    assert sum(count for _, count in await _counted(bot)) == 1


async def test_an_abstention_counts_as_unscored(bot: Bot) -> None:
    """A language the model does not know is counted without a label."""
    outcome = await bot.on_message(message("これはとても楽しい一日でした"))
    assert outcome.rule is Rule.ABSTAINED
    assert outcome.prediction
    assert outcome.prediction.abstention is Abstention.LANGUAGE
    assert await _counted(bot) == [(None, 1)]


@pytest.mark.parametrize("source", [Source.SELF, Source.BOT, Source.WEBHOOK, Source.SYSTEM])
async def test_only_people_are_read(bot: Bot, source: Source) -> None:
    """Own, bot, webhook and system messages are neither scored nor counted."""
    outcome = await bot.on_message(replace(message(), source=source))
    assert outcome.rule is Rule.NOT_A_PERSON
    assert await _counted(bot) == []


async def test_a_redelivered_message_counts_once(bot: Bot) -> None:
    """The second delivery changes nothing and brings no second reaction."""
    await bot.on_message(message())
    outcome = await bot.on_message(message())
    assert (outcome.rule, outcome.reaction) == (Rule.NOTHING_NEW, None)
    assert sum(count for _, count in await _counted(bot)) == 1


async def test_an_edit_moves_the_count_and_the_reaction(bot: Bot) -> None:
    """The old emotion leaves the bucket, and the adapter is told to swap the emoji."""
    first = await bot.on_message(message(JOYFUL))
    await bot.reacted(message().ref, first.reaction)
    edited = await bot.on_message(message(ANGRY, kind=Kind.EDITED, revised=9))
    assert edited.retract == first.reaction
    assert edited.reaction not in (None, first.reaction)
    assert edited.prediction
    assert edited.prediction.label
    assert await _counted(bot) == [(edited.prediction.label.key, 1)]


async def test_an_edit_that_loses_its_emotion_loses_its_reaction(bot: Bot) -> None:
    """A reaction that is no longer meant is taken away, with nothing in its place."""
    first = await bot.on_message(message(JOYFUL))
    await bot.reacted(message().ref, first.reaction)
    edited = await bot.on_message(message(PLAIN, kind=Kind.EDITED, revised=9))
    assert (edited.retract, edited.reaction) == (first.reaction, None)


async def test_an_edit_with_the_same_emotion_touches_nothing(bot: Bot) -> None:
    """A mended typo does not make the emoji blink."""
    first = await bot.on_message(message(JOYFUL))
    await bot.reacted(message().ref, first.reaction)
    edited = await bot.on_message(message(f"{JOYFUL}!", kind=Kind.EDITED, revised=9))
    assert edited.rule is Rule.REACTED
    assert (edited.retract, edited.reaction) == (None, None)


async def test_an_edit_to_nothing_is_counted_as_unscored(bot: Bot) -> None:
    """A message that loses its words loses its label, not its place in the count."""
    await bot.on_message(message(JOYFUL))
    await bot.on_message(message("", kind=Kind.EDITED, revised=9))
    assert await _counted(bot) == [(None, 1)]


async def test_a_deletion_is_final(bot: Bot) -> None:
    """A deleted message leaves the count, and a late delivery of it does not bring it back."""
    await bot.on_message(message())
    assert (await bot.on_message(message(kind=Kind.DELETED, revised=5))).rule is Rule.DELETED
    assert (await bot.on_message(message())).rule is Rule.NOTHING_NEW
    assert await _counted(bot) == []


async def test_old_messages_are_counted_without_a_reaction(bot: Bot) -> None:
    """More than a minute late, or read from history, a message only counts."""
    late = await bot.on_message(message(sent_at=NOW - timedelta(seconds=61)))
    history = await bot.on_message(replace(message(number=2), live=False))
    assert {late.rule, history.rule} == {Rule.STALE}
    assert sum(count for _, count in await _counted(bot)) == 2


@pytest.mark.parametrize("text", ["다 그만두고 사라지고 싶어", "I just want to die"])
async def test_distress_is_counted_in_silence(bot: Bot, text: str) -> None:
    """Words of despair get no emoji of any kind, in either language."""
    outcome = await bot.on_message(message(text))
    assert (outcome.reaction, outcome.reply) == (None, None)
    assert outcome.rule in (Rule.DISTRESS, Rule.ABSTAINED, Rule.NEUTRAL)
    assert sum(count for _, count in await _counted(bot)) == 1


async def test_modes_decide_what_happens(bot: Bot) -> None:
    """Off reads nothing, stats only counts, label answers in words."""
    rules = {}
    for number, mode in enumerate(("off", "stats", "label")):
        await bot.store.set_preference(
            CHANNEL.platform, CHANNEL.workspace, Level.CHANNEL, CHANNEL.channel, "mode", mode
        )
        rules[mode] = await bot.on_message(message(number=number))
    assert rules["off"].rule is Rule.OFF
    assert rules["off"].prediction is None
    assert rules["stats"].rule is Rule.STATS_ONLY
    assert rules["label"].reply
    assert rules["label"].reaction is None


async def test_an_ignored_role_is_not_read(bot: Bot) -> None:
    """A person with an ignored role is stopped at the gate."""
    await ask(bot, "settings ignored_roles quiet", is_manager=True)
    outcome = await bot.on_message(replace(message(), roles=frozenset({"quiet"})))
    assert outcome.rule is Rule.IGNORED_ROLE


async def test_an_ignored_person_is_not_read(bot: Bot) -> None:
    """Stopped at the gate, by a pseudonym: the store never learns the id; others are read."""
    author = "81384788765712384"
    reply = await ask(bot, f"settings ignored_users <@{author}>", is_manager=True)
    assert "1 person" in reply.text
    ignored = replace(message(), author=author)
    assert (await bot.on_message(ignored)).rule is Rule.IGNORED_USER
    assert (await bot.on_message(message(number=2))).rule is Rule.REACTED
    kept = [row.value for row in await bot.store.preferences(CHANNEL)]
    assert kept == [bot.consent.pseudonym(CHANNEL, author)]
    await ask(bot, "settings ignored_users nobody", is_manager=True)
    assert (await bot.on_message(ignored)).rule is Rule.REACTED


async def test_a_failing_model_loses_one_message_only(tmp_path: Path) -> None:
    """The outcome says so, nothing is counted, and the next message is served."""

    class Failing:
        revision = embedded_model().revision
        label_set = embedded_model().label_set

        def predict(self, text: str) -> object:
            if "boom" in text:
                raise RuntimeError("boom")
            return embedded_model().predict(text)

    async with opened_bot(tmp_path / "maeum.db", model=Failing()) as bot:  # type: ignore[arg-type]
        assert (await bot.on_message(message("boom"))).rule is Rule.UNAVAILABLE
        assert (await bot.on_message(message(number=2))).rule is Rule.REACTED
        assert sum(count for _, count in await _counted(bot)) == 1


async def test_every_observation_names_its_bundle(bot: Bot) -> None:
    """The revision that made a row is kept with it."""
    await bot.on_message(message())
    row = await bot.store.find(message().ref)
    assert row
    assert row.revision == embedded_model().revision


async def test_the_cooldown_holds_by_channel(tmp_path: Path) -> None:
    """A second sure message within the cooldown is counted and not shown; elsewhere it is."""
    elsewhere = replace(CHANNEL, channel="other")
    async with opened_bot(tmp_path / "maeum.db", defaults=replace(DEFAULTS, cooldown=30)) as bot:
        rules = [
            (await bot.on_message(message(number=number, channel=channel))).rule
            for number, channel in enumerate((CHANNEL, CHANNEL, elsewhere))
        ]
    assert rules == [Rule.REACTED, Rule.COOLDOWN, Rule.REACTED]
