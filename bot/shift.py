"""Mood shifts: a channel that leaves its own usual range is told, once a day, to its managers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import sqrt
from statistics import median

from bot.events import ChannelRef, Reply
from bot.locale import text
from bot.mood import MIN_CHANGE, MIN_SCORED
from bot.observations import Bucket
from bot.posts import Kind, Post, Speakers, say
from bot.preferences import Preferences
from bot.rounds import repeating
from bot.service import Bot
from bot.tally import Tally, tally_of
from bot.window import HOUR
from classifier.base import Group, Language
from classifier.labels import label_set_names, load_label_set

DAY = timedelta(days=1)
USUAL_DAYS = 28  # four weeks, so that every day of the week is in them as often
MIN_USUAL_DAYS = 10  # of them with enough scored messages, or nothing is called usual
FAR = 3.5  # robust deviations from the median that are no chance
MIN_SHIFT = 0.15  # of mean valence; less is not felt
SPREAD = 0.5  # about how far apart the valences of single messages lie

_EVERY = 3600.0  # seconds; counts are by the hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A channel's last day outside its usual range."""

    brighter: bool
    group: Group | None  # what grew most, if that is worth a sentence
    share: float  # of that group in the last day
    usual_share: float


def shift_of(today: Tally, usual: Sequence[Tally]) -> Shift | None:
    """Whether `today` lies outside the range of the days in `usual`; None if not, or too few.

    The day's mean valence is compared with the median of the usual days' by the modified z-score
    of Iglewicz and Hoaglin (How to Detect and Handle Outliers, 1993): further than 3.5 times
    1.4826 MAD, where MAD is the median absolute deviation from that median. Median and MAD are
    moved by no single bad day, unlike mean and standard deviation, so that one crisis does not
    widen what counts as usual. The deviation is taken as no smaller than the standard error of a
    mean of so many messages: a channel that is always the same, or has few words, does not leave
    its range by chance.
    """
    days = [day for day in usual if day.scored >= MIN_SCORED]
    valence = today.valence
    if valence is None or today.scored < MIN_SCORED or len(days) < MIN_USUAL_DAYS:
        return None
    values = [day.valence or 0.0 for day in days]
    middle = median(values)
    deviation = 1.4826 * median(abs(value - middle) for value in values)
    deviation = max(deviation, SPREAD / sqrt(today.scored))
    distance = valence - middle
    if abs(distance) < max(MIN_SHIFT, FAR * deviation):
        return None
    shares = {group: median(day.shares[group] for day in days) for group in Group}
    felt = [group for group in Group if group is not Group.NEUTRAL]
    grown = max(felt, key=lambda group: today.shares[group] - shares[group])
    told = today.shares[grown] - shares[grown] >= MIN_CHANGE
    return Shift(
        brighter=distance > 0,
        group=grown if told else None,
        share=today.shares[grown],
        usual_share=shares[grown],
    )


@asynccontextmanager
async def watching_moods(
    bot: Bot, speakers: Speakers, *, every: float = _EVERY
) -> AsyncIterator[None]:
    """Tell shifts while the context lasts."""
    async with repeating("the mood watch", lambda: tell_shifts(bot, speakers), every=every):
        yield


async def tell_shifts(bot: Bot, speakers: Speakers) -> int:
    """Look at every channel whose managers wished it; how many notes were posted."""
    told = 0
    places = await bot.store.where_set("shift_channel")
    for platform, workspace in sorted({place[:2] for place in places}):
        since = bot.clock.now() - DAY
        for activity in await bot.store.channels(platform, workspace):
            if activity.last_at is not None and activity.last_at + HOUR > since:
                told += await _look(bot, speakers, activity.channel, activity.name)
    return told


async def _look(bot: Bot, speakers: Speakers, channel: ChannelRef, name: str | None) -> bool:
    preferences = await bot.preferences(channel)
    if not preferences.shift_channel:
        return False
    now = bot.clock.now().replace(minute=0, second=0, microsecond=0)
    shift = await read_shift(bot, channel, now, preferences)
    if shift is None:
        return False
    post = Post(
        kind=Kind.SHIFT,
        about=channel,
        where=replace(channel, channel=preferences.shift_channel),
        plan="",
        due=now,
        begin=True,
        apart=DAY,
    )
    reply = note(shift, name or channel.channel, preferences.locale)

    async def compose() -> Reply:
        return reply

    return await say(bot, speakers, post, compose)


async def read_shift(
    bot: Bot, channel: ChannelRef, end: datetime, preferences: Preferences
) -> Shift | None:
    """The shift of the day up to `end`, unless too few people spoke in it to tell anything."""
    if await bot.store.people(channel, end - DAY, end) < preferences.min_people:
        return None
    start = end - (USUAL_DAYS + 1) * DAY
    buckets = await bot.store.buckets(channel, start, end)
    return await asyncio.to_thread(_shift_in, buckets, start)


def _shift_in(buckets: Sequence[Bucket], start: datetime) -> Shift | None:
    label_sets = [load_label_set(name) for name in label_set_names()]
    days: list[list[Bucket]] = [[] for _ in range(USUAL_DAYS + 1)]
    for bucket in buckets:
        days[(bucket.hour - start) // DAY].append(bucket)
    *usual, today = [tally_of(day, label_sets) for day in days]
    return shift_of(today, usual)


def note(shift: Shift, name: str, language: Language) -> Reply:
    """What managers are told: of the channel as a whole, and of nobody in it."""
    words = [text("shift.text", language)]
    if shift.group:
        words.append(
            text(
                "shift.group",
                language,
                group=shift.group.named(language),
                share=f"{shift.share:.0%}",
                usual=f"{shift.usual_share:.0%}",
            )
        )
    direction = "brighter" if shift.brighter else "heavier"
    return Reply(
        title=text(f"shift.{direction}", language, channel=name.removeprefix("#")),
        text=" ".join(words),
        footer=text("shift.footer", language),
        ephemeral=False,
    )
