"""`/emotion me` and `privacy`: a person's own data, seen by them alone."""

from collections import Counter
from datetime import datetime

from bot.commands.asked import Asked
from bot.commands.grammar import Privacy, PrivacyAction
from bot.events import Field, Reply, Tone
from bot.preferences import CorrectionMode
from bot.service import Bot
from bot.window import counted, name_day
from classifier.base import Group
from classifier.labels import load_label_set

EXPORT_NAME = "maeum-my-data.json"


async def me(bot: Bot, asked: Asked) -> Reply:
    """What is kept of the asker here, and which moods it shows."""
    request = asked.request
    groups: Counter[Group] = Counter()
    kept = 0
    times: list[datetime] = []
    async for row in bot.consent.observations(request.channel, request.author):
        kept += 1
        times = [times[0] if times else row.sent_at, row.sent_at]
        label = load_label_set(row.label_set).get(row.label) if row.label else None
        if label:
            groups[label.group] += 1
    choice = await bot.consent.choice(request.channel, request.author)
    days = asked.preferences.retention
    return Reply(
        title=asked.say("me_title"),
        text=asked.say("me_kept", kept=_messages(kept, asked), days=days, texts=asked.texts)
        if kept
        else asked.say("me_nothing"),
        fields=(
            *_bars(groups, asked),
            *_span(times, asked),
            *await _corrections(bot, asked),
            Field(name=asked.say("consent"), value=asked.say(f"consent_{choice or 'unset'}")),
        ),
        footer=asked.say("me_footer"),
    )


def _messages(count: int, asked: Asked) -> str:
    return counted("message", count, asked.language)


def _bars(groups: Counter[Group], asked: Asked) -> tuple[Field, ...]:
    total = groups.total()
    return tuple(
        Field(
            name=group.named(asked.language).capitalize(),
            value=f"{count / total:.0%} · {count:,}",
            share=count / total,
        )
        for group, count in groups.most_common()
    )


def _span(times: list[datetime], asked: Asked) -> tuple[Field, ...]:
    """From when to when; rows come newest first."""
    if not times:
        return ()
    first, last = (
        name_day(moment, asked.timezone, asked.language) for moment in (times[-1], times[0])
    )
    return (
        Field(name=asked.say("me_span"), value=first if first == last else f"{first} – {last}"),
    )


async def _corrections(bot: Bot, asked: Asked) -> tuple[Field, ...]:
    """What is kept of the asker's corrections, and of others' of their messages."""
    rows = await bot.consent.corrections(asked.request.channel, asked.request.author)
    if not rows:
        return ()
    with_text = sum(row.text is not None for row in rows)
    value = asked.say("corrections_count", kept=len(rows), with_text=with_text)
    return (Field(name=asked.say("corrections_kept"), value=value),)


async def privacy(bot: Bot, asked: Asked, command: Privacy) -> Reply:
    """Do what the asker decides about their own data."""
    channel, author = asked.request.channel, asked.request.author
    match command.action:
        case PrivacyAction.OPT_OUT:
            forgotten = await bot.consent.opt_out(channel, author)
            return Reply(
                title=asked.say("opted_out"),
                text=asked.say("opted_out_text", count=_messages(forgotten, asked)),
                tone=Tone.GOOD,
            )
        case PrivacyAction.OPT_IN:
            await bot.consent.opt_in(channel, author)
            return Reply(
                title=asked.say("opted_in"),
                text=asked.say("opted_in_text", texts=asked.texts),
                tone=Tone.GOOD,
            )
        case PrivacyAction.DELETE:
            forgotten = await bot.consent.delete(channel, author)
            return Reply(
                title=asked.say("deleted"),
                text=asked.say("deleted_text", count=_messages(forgotten, asked)),
                tone=Tone.GOOD,
            )
        case PrivacyAction.EXPORT:
            document = await bot.consent.export(channel, author)
            return Reply(
                title=asked.say("exported"),
                text=asked.say("exported_text"),
                attachment=(EXPORT_NAME, document),
            )
        case _:
            return _policy(asked)


def _policy(asked: Asked) -> Reply:
    return Reply(
        title=asked.say("privacy_title"),
        text=asked.say("privacy_text", texts=asked.texts),
        fields=(
            Field(name=asked.say("privacy_kept"), value=asked.say("privacy_kept_text")),
            Field(
                name=asked.say("privacy_how_long"),
                value=asked.say("privacy_how_long_text", days=asked.preferences.retention),
            ),
            *_of_corrections(asked),
            Field(name=asked.say("privacy_never"), value=asked.say("privacy_never_text")),
            Field(name=asked.say("privacy_rights"), value=asked.say("privacy_rights_text")),
        ),
    )


def _of_corrections(asked: Asked) -> tuple[Field, ...]:
    mode = asked.preferences.corrections
    if mode is CorrectionMode.OFF:
        return ()
    kept = asked.say(f"privacy_corrections_{mode}")
    return (Field(name=asked.say("privacy_corrections"), value=kept),)
