"""A channel's usual week: what was counted by local weekday and hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from bot.mood import MIN_STEP_SCORED
from bot.observations import Bucket
from bot.tally import Tally, tally_of
from classifier.labels import label_set_names, load_label_set


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One hour of the week, over all weeks of a window."""

    weekday: int  # Monday is 0
    hour: int
    tally: Tally
    valence: float | None  # mean, or None where too little was scored to show


def week_of(buckets: Sequence[Bucket], timezone: ZoneInfo) -> tuple[Hour, ...]:
    """The hours of the week with any message, in order. An hour belongs where it begins."""
    label_sets = [load_label_set(name) for name in label_set_names()]
    by_hour: dict[tuple[int, int], list[Bucket]] = {}
    for begin, inside in groupby(buckets, key=lambda bucket: bucket.hour):
        local = begin.astimezone(timezone)
        by_hour.setdefault((local.weekday(), local.hour), []).extend(inside)
    return tuple(
        _hour(*place, tally_of(inside, label_sets)) for place, inside in sorted(by_hour.items())
    )


def _hour(weekday: int, hour: int, tally: Tally) -> Hour:
    enough = tally.scored >= MIN_STEP_SCORED
    return Hour(weekday=weekday, hour=hour, tally=tally, valence=tally.valence if enough else None)


def extremes(week: Sequence[Hour], *, least: int) -> tuple[Hour, Hour] | None:
    """The heaviest and the brightest hour of those with `least` scored messages, if they differ."""
    heard = [it for it in week if it.tally.scored >= least and it.valence is not None]
    valences: Mapping[int, float] = {place: it.valence or 0.0 for place, it in enumerate(heard)}
    if len(set(valences.values())) < 2:
        return None
    low, high = (pick(valences, key=lambda it: valences[it]) for pick in (min, max))
    return heard[low], heard[high]
