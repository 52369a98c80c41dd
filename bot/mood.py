"""A channel's mood: the distribution of emotion over a window, and what may be said of it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.events import ChannelRef
from bot.observations import Bucket
from bot.tally import Tally, tally_of, total_of
from bot.trend import Trend, is_sure_difference, trend_of
from bot.window import Window
from classifier.base import Group, LabelSet
from classifier.labels import label_set_names, load_label_set

MIN_SCORED = 10  # scored messages below which nothing is compared and no trend is claimed
MIN_STEP_SCORED = 3  # scored messages below which a step shows how many there were, no more
MIN_CHANGE = 0.08  # a smaller difference of shares is not worth a sentence


class Evidence(StrEnum):
    """How much a mood can honestly say."""

    NOTHING = "nothing"  # no message was counted
    TOO_FEW_PEOPLE = "too_few_people"  # a mood of so few would point at a person
    LITTLE = "little"  # fewer than MIN_SCORED scored messages
    ENOUGH = "enough"

    @property
    def shows(self) -> bool:
        """Whether any count may be shown."""
        return self in (Evidence.LITTLE, Evidence.ENOUGH)


def evidence_of(tally: Tally, *, people: int, min_people: int) -> Evidence:
    """How much may be said of what `people` wrote."""
    if not tally.messages:
        return Evidence.NOTHING
    if people < min_people:
        return Evidence.TOO_FEW_PEOPLE
    return Evidence.ENOUGH if tally.scored >= MIN_SCORED else Evidence.LITTLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One hour or day of a mood's series."""

    window: Window
    tally: Tally

    @property
    def enough(self) -> bool:
        """Whether enough was scored to show: less would mean little and point at a message."""
        return self.tally.scored >= MIN_STEP_SCORED

    @property
    def valence(self) -> float | None:
        """Mean valence, or None where there is not enough to show."""
        return self.tally.valence if self.enough else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What moved since the window before: later minus earlier."""

    shares: Mapping[Group, float]
    valence: float
    standing_out: Group | None  # the group whose share moved most, if that is no chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """A channel's distribution of emotion over a window.

    With `evidence` TOO_FEW_PEOPLE it holds no count at all, so that no face of it can leak one.
    """

    window: Window
    timezone: ZoneInfo
    evidence: Evidence
    min_people: int
    people: int
    tally: Tally
    before: Tally | None  # of the window before; None where it cannot be compared with
    steps: tuple[Step, ...]
    daytimes: Mapping[int, Tally]  # by local hour of the day, of a window read by days

    @property
    def change(self) -> Change | None:
        """The change against the window before, or None where either has too little to compare."""
        now, then = self.tally, self.before
        if then is None or now.valence is None or then.valence is None:
            return None
        shares = {group: now.shares[group] - then.shares[group] for group in Group}
        most = max(shares, key=lambda group: abs(shares[group]))
        stands_out = abs(shares[most]) >= MIN_CHANGE and is_sure_difference(
            (now.groups[most], now.scored), (then.groups[most], then.scored), choices=len(Group)
        )
        return Change(
            shares=shares,
            valence=now.valence - then.valence,
            standing_out=most if stands_out else None,
        )

    @property
    def trend(self) -> Trend | None:
        """Where the valence went within the window; None where too little was scored to say."""
        if self.evidence is not Evidence.ENOUGH:
            return None
        length = self.window.end - self.window.start
        return trend_of(
            [
                ((step.window.start - self.window.start) / length, step.valence)
                for step in self.steps
                if step.valence is not None
            ]
        )


class MoodSource(Protocol):
    """What a mood needs of the store."""

    async def buckets(self, channel: ChannelRef, start: datetime, end: datetime) -> list[Bucket]:
        """The hourly buckets of `channel` that begin in [start, end)."""
        ...

    async def people(self, channel: ChannelRef, start: datetime, end: datetime) -> int:
        """How many authors were observed in `channel` in [start, end)."""
        ...


async def read_mood(
    store: MoodSource, channel: ChannelRef, window: Window, *, timezone: ZoneInfo, min_people: int
) -> Mood:
    """Read the mood of `channel`; the cost grows with the window, not with its messages."""
    before = window.previous()
    return await asyncio.to_thread(  # a busy month is tens of thousands of buckets
        mood_of,
        await store.buckets(channel, window.start, window.end),
        await store.buckets(channel, before.start, before.end),
        window=window,
        people=await store.people(channel, window.start, window.end),
        people_before=await store.people(channel, before.start, before.end),
        label_sets=[load_label_set(name) for name in label_set_names()],
        timezone=timezone,
        min_people=min_people,
    )


def mood_of(
    buckets: Sequence[Bucket],
    buckets_before: Sequence[Bucket],
    *,
    window: Window,
    people: int,
    people_before: int,
    label_sets: Sequence[LabelSet],
    timezone: ZoneInfo,
    min_people: int,
) -> Mood:
    """The mood that `buckets` of `window` and those of the window before it make."""
    steps = _series(buckets, window.steps(timezone), label_sets)
    tally = total_of([step.tally for step in steps])
    evidence = evidence_of(tally, people=people, min_people=min_people)
    if not evidence.shows:
        tally, people, steps, buckets = Tally(labels={}), 0, (), ()
    before = tally_of(buckets_before, label_sets)
    # Comparing with a window of too few people would tell theirs by subtraction.
    comparable = evidence is Evidence.ENOUGH and people_before >= min_people
    return Mood(
        window=window,
        timezone=timezone,
        evidence=evidence,
        min_people=min_people,
        people=people,
        tally=tally,
        before=before if comparable and before.scored >= MIN_SCORED else None,
        steps=steps,
        daytimes={} if window.by_hours else _daytimes(buckets, timezone, label_sets),
    )


def _daytimes(
    buckets: Sequence[Bucket], timezone: ZoneInfo, label_sets: Sequence[LabelSet]
) -> dict[int, Tally]:
    by_hour: dict[int, list[Bucket]] = {}
    for begin, inside in groupby(buckets, key=lambda bucket: bucket.hour):
        by_hour.setdefault(begin.astimezone(timezone).hour, []).extend(inside)
    return {hour: tally_of(inside, label_sets) for hour, inside in by_hour.items()}


def _series(
    buckets: Sequence[Bucket], steps: Sequence[Window], label_sets: Sequence[LabelSet]
) -> tuple[Step, ...]:
    by_step: list[list[Bucket]] = [[] for _ in steps]
    position = 0
    for bucket in sorted(buckets, key=lambda bucket: bucket.hour):
        while bucket.hour >= steps[position].end:
            position += 1
        by_step[position].append(bucket)
    return tuple(
        Step(window=step, tally=tally_of(inside, label_sets))
        for step, inside in zip(steps, by_step, strict=True)
    )
