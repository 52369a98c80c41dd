"""“Wrong label?”: the labels to choose from, and keeping what was chosen."""

from bot.commands.asked import Asked
from bot.commands.explain import named
from bot.errors import BadCommand
from bot.events import MessageEvent, Offer, Option, Reply, Tone
from bot.policy import describe
from bot.preferences import CorrectionMode, Preferences
from bot.service import Bot
from classifier.base import Group, Prediction
from classifier.labels import load_label_set
from classifier.service import Priority


async def choices(bot: Bot, asked: Asked, ticket: str) -> Reply:
    """The labels that the message of `ticket` may have been meant as, by group."""
    _, prediction, preferences = await _read(bot, asked, ticket)
    labels = [it for it in load_label_set(prediction.label_set).labels if it != prediction.label]
    labels.sort(key=lambda label: list(Group).index(label.group))
    with_text = preferences.corrections is CorrectionMode.TEXT
    return Reply(
        title=asked.say("correct_title"),
        text=asked.say("correct_keeps_text" if with_text else "correct_keeps_label"),
        offer=Offer(
            ticket=ticket,
            words=asked.say("correct_choose"),
            options=tuple(
                Option(
                    value=label.key,
                    name=named(label, prediction, asked),
                    group=label.group.named(asked.language),
                )
                for label in labels
            ),
        ),
    )


async def correct(bot: Bot, asked: Asked, ticket: str, label: str) -> Reply:
    """Keep that the message of `ticket` was meant as `label`."""
    event, prediction, preferences = await _read(bot, asked, ticket)
    meant = load_label_set(prediction.label_set).get(label)
    if meant is None or not await bot.corrections.keep(
        event, prediction, meant, by=asked.request.author, preferences=preferences
    ):
        raise BadCommand(asked.say("correct_over"))
    return Reply(
        title=asked.say("corrected"),
        text=asked.say("corrected_text", label=meant.named(asked.language)),
        footer=asked.say("corrected_footer"),
        tone=Tone.GOOD,
    )


async def _read(
    bot: Bot, asked: Asked, ticket: str
) -> tuple[MessageEvent, Prediction, Preferences]:
    """The message of a ticket, read anew under what holds now; BadCommand where it may not be."""
    event = bot.corrections.find(ticket)
    if event is None or event.ref.channel.workspace != asked.request.channel.workspace:
        raise BadCommand(asked.say("correct_over"))
    preferences = await bot.preferences(event.ref.channel, event.category)
    if preferences.corrections is CorrectionMode.OFF:
        raise BadCommand(asked.say("correct_off"))
    if refusal := await bot.refusal(event, preferences):
        raise BadCommand(describe(refusal, asked.language))
    # Nothing is kept of who wants nothing kept, not even this.
    if await bot.consent.refusal(
        event.ref.channel,
        asked.request.author,
        preferences.consent,
        ignored=preferences.ignored_users,
    ):
        raise BadCommand(asked.say("correct_not_you"))
    prediction = await bot.classifier.classify(event.text, priority=Priority.INTERACTIVE)
    return event, prediction, preferences
