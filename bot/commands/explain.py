"""`/emotion analyze` and `why`: what the model sees in a text, and which rule decided."""

from bot.commands.asked import Asked
from bot.commands.grammar import Analyze
from bot.distress import is_distress
from bot.errors import BadCommand
from bot.events import Field, MessageEvent, Offer, Reply
from bot.policy import describe
from bot.preferences import CorrectionMode
from bot.service import Bot
from classifier.base import Label, Prediction
from classifier.labels import load_label_set
from classifier.service import Priority

_SHOWN = 5  # labels


async def analyze(bot: Bot, asked: Asked, command: Analyze) -> Reply:
    """What a text feels like. Nothing is counted."""
    return await _analyzed(bot, asked, command.text)


async def analyze_message(bot: Bot, asked: Asked, target: MessageEvent) -> Reply:
    """What a message feels like. Who opted out is not read on another's wish either."""
    consent = asked.preferences.consent
    if target.author != asked.request.author and (
        refusal := await bot.consent.refusal(target.ref.channel, target.author, consent)
    ):
        return Reply(title=asked.say("not_read"), text=describe(refusal, asked.language))
    return await _analyzed(bot, asked, target.text, target)


async def _analyzed(bot: Bot, asked: Asked, words: str, event: MessageEvent | None = None) -> Reply:
    prediction = await bot.classifier.classify(words, priority=Priority.INTERACTIVE)
    return Reply(
        title=_headline(prediction, asked),
        text="" if prediction.label else _reason(prediction, asked),
        fields=_ranking(prediction, asked),
        offer=await _offer(bot, asked, event, prediction) if event else None,
    )


async def why(bot: Bot, asked: Asked) -> Reply:
    """Why the message this was asked on got its result: scores, the text as read, the rule."""
    event = asked.request.target
    if event is None:
        raise BadCommand(asked.say("why_needs_message"))
    preferences = await bot.preferences(event.ref.channel, event.category)
    refusal = await bot.refusal(event, preferences)
    if refusal:
        return Reply(title=asked.say("not_read"), text=describe(refusal, asked.language))
    prediction = await bot.classifier.classify(event.text, priority=Priority.INTERACTIVE)
    rule = bot.rule_for(event.ref) or bot.policy.check(event, prediction, preferences)
    bar = prediction.react_above if preferences.threshold is None else preferences.threshold
    return Reply(
        title=_headline(prediction, asked),
        text=describe(rule, asked.language),
        fields=(
            *_ranking(prediction, asked),
            Field(name=asked.say("bar"), value=f"{bar:.0%}"),
            Field(name=asked.say("as_read"), value=prediction.text or asked.say("nothing_left")),
        ),
        footer=asked.say("revision", revision=prediction.revision),
        offer=await _offer(bot, asked, event, prediction),
    )


async def _offer(
    bot: Bot, asked: Asked, event: MessageEvent, prediction: Prediction
) -> Offer | None:
    """To say that the label is wrong, where the workspace asks for it and there were words."""
    preferences = await bot.preferences(event.ref.channel, event.category)
    if preferences.corrections is CorrectionMode.OFF or not prediction.scores:
        return None
    if await bot.refusal(event, preferences):
        return None
    return Offer(ticket=bot.corrections.open(event), words=asked.say("correct_offer"))


def _headline(prediction: Prediction, asked: Asked) -> str:
    if prediction.label is None or prediction.group is None:
        return asked.say("unsure_title")
    return asked.say(
        "feels_like",
        label=named(prediction.label, prediction, asked),
        score=f"{prediction.score:.0%}",
        group=prediction.group.named(asked.language),
    )


def _ranking(prediction: Prediction, asked: Asked) -> tuple[Field, ...]:
    """The likeliest labels; none when the text never reached the model."""
    labels = load_label_set(prediction.label_set).labels
    ranked = sorted(
        zip(labels, prediction.scores, strict=False), key=lambda entry: entry[1], reverse=True
    )
    return tuple(
        Field(name=named(label, prediction, asked), value=f"{score:.0%}", share=score)
        for label, score in ranked[:_SHOWN]
    )


def named(label: Label, prediction: Prediction, asked: Asked) -> str:
    """The label with its emoji, but nothing cheerful beside words of distress."""
    name = label.named(asked.language)
    return name if is_distress(prediction.text) else f"{label.emoji} {name}"


def _reason(prediction: Prediction, asked: Asked) -> str:
    return asked.say(f"abstained_{prediction.abstention}")
