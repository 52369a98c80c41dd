"""A mood in words: a few sentences built from its facts, then its figures.

It speaks of the channel, never of a person, and claims nothing the counts do not carry.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import floor
from typing import TypeVar

from bot.events import Field, Reply, Tone
from bot.locale import text
from bot.mood import MIN_CHANGE, Evidence, Mood
from bot.tally import Tally, total_of
from bot.trend import Trend
from bot.window import counted, name_day, name_hour, name_length
from classifier.base import Group, Language

T = TypeVar("T")
SENTENCES = 3  # as many as a friend would say
TOP_LABELS = 5
BRIGHT = 0.2  # mean valence from which a reply looks cheerful
HEAVY = -0.15  # mean valence below which a step may be called heavy, when it stands out
STANDS_OUT = 0.15  # by how much below the whole window's
BUSY = 5  # messages a step needs to be singled out


def summarise(mood: Mood, language: Language, *, channel_name: str | None = None) -> Reply:
    """The answer to "how is this channel?".

    Tone is GOOD for a bright mood and PLAIN otherwise: sadness is no warning.
    """
    bright = mood.evidence is Evidence.ENOUGH and (mood.tally.valence or 0.0) >= BRIGHT
    return Reply(
        title=title(language, channel_name),
        text=" ".join(sentences(mood, language)),
        fields=_fields(mood, language) if mood.evidence.shows else (),
        footer=_span(mood, language),
        tone=Tone.GOOD if bright else Tone.PLAIN,
    )


def title(language: Language, channel_name: str | None) -> str:
    """What a summary or a chart of the channel is called."""
    if channel_name is None:
        return text("mood.title_here", language)
    return text("mood.title", language, channel=channel_name.removeprefix("#"))


def sentences(mood: Mood, language: Language) -> list[str]:
    """The mood in at most three sentences, the surest and most telling facts first."""
    if mood.evidence is not Evidence.ENOUGH:
        return [_reserve(mood, language)]
    candidates = [
        _dominant(mood, language),
        _what_changed(mood, language),
        _where_it_went(mood, language),
        _when(mood, language),
        _nothing_new(mood, language),
    ]
    return [sentence for sentence in candidates if sentence][:SENTENCES]


def percentages(shares: Mapping[Group, float], language: Language) -> dict[Group, str]:
    """Shares as whole percentages that cannot contradict each other.

    They never add up to more than 100, equal shares read the same and a greater one never reads
    as less; none reads as nothing or as all unless it is. By the method of largest remainders, as
    seats are given to parties, except that equals get the last points together or not at all.
    """
    points = {group: floor(share * 100) for group, share in shares.items()}
    left = round(sum(shares.values()) * 100) - sum(points.values())
    by_remainder: dict[float, list[Group]] = {}
    for group, share in shares.items():
        by_remainder.setdefault(share * 100 - points[group], []).append(group)
    for _, equals in sorted(by_remainder.items(), reverse=True):
        if len(equals) > left:
            break
        left -= len(equals)
        for group in equals:
            points[group] += 1
    return {group: _percentage(points[group], shares[group], language) for group in shares}


def by_share(mood: Mood) -> list[Group]:
    """The groups observed, most frequent first and neutral last."""
    groups = mood.tally.groups
    seen = [group for group in Group if groups[group]]
    return sorted(seen, key=lambda group: (group is Group.NEUTRAL, -groups[group]))


def liveliest(times: Mapping[T, Tally]) -> T | None:
    """The time with the most messages, if it is one alone and busy enough to name."""
    ranked = sorted(times, key=lambda time: -times[time].messages)
    if len(ranked) < 2 or times[ranked[0]].messages < BUSY:
        return None
    return ranked[0] if times[ranked[0]].messages > times[ranked[1]].messages else None


def heaviest(times: Mapping[T, Tally]) -> T | None:
    """The time with the lowest valence, if it is heavy and stands out from all of them."""
    valences = {
        time: tally.valence
        for time, tally in times.items()
        if tally.valence is not None and tally.scored >= BUSY
    }
    usual = total_of(list(times.values())).valence
    if len(valences) < 2 or usual is None:
        return None
    lowest = min(valences, key=lambda time: valences[time])
    return lowest if valences[lowest] <= min(HEAVY, usual - STANDS_OUT) else None


def _reserve(mood: Mood, language: Language) -> str:
    length = name_length(mood.window, language)
    if mood.evidence is Evidence.NOTHING:
        return text("mood.nothing", language, length=length)
    if mood.evidence is Evidence.TOO_FEW_PEOPLE:
        return text("mood.too_few_people", language, length=length, people=mood.min_people)
    if not mood.tally.scored:
        messages = counted("message", mood.tally.messages, language)
        return text("mood.none_scored", language, length=length, messages=messages)
    scored = counted("message", mood.tally.scored, language)
    return text("mood.little", language, length=length, scored=scored)


def _dominant(mood: Mood, language: Language) -> str:
    tally, groups = mood.tally, mood.tally.groups
    percent = percentages(tally.shares, language)
    felt = [group for group in by_share(mood) if group is not Group.NEUTRAL]
    if not felt:
        return text("mood.all_neutral", language)
    first = felt[0]
    values = {"first": first.named(language), "percent": percent[first]}
    if groups[first] == tally.scored:
        return text("mood.all_one", language, **values)
    counts = [groups[group] for group in felt] + [0, 0]
    alone = counts[0] > counts[1]
    if groups[Group.NEUTRAL] > counts[0]:
        key = "mood.neutral_most_then" if alone else "mood.neutral_most"
        return text(key, language, neutral=percent[Group.NEUTRAL], **values)
    if len(felt) == 1:
        return text("mood.one", language, **values)
    values |= {"second": felt[1].named(language), "percent_second": percent[felt[1]]}
    return text(f"mood.{_race(counts, tally.scored)}", language, **values)


def _race(counts: Sequence[int], scored: int) -> str:
    """How the commonest feelings compare, from their falling counts; close is within 5 points."""
    first, second, third = counts[:3]
    if (first - third) * 20 <= scored:
        return "mixed"
    if (first - second) * 20 <= scored:
        return "pair"
    if second == third:
        return "alone"
    return "clear" if first * 20 >= scored * 11 else "lead"


def _what_changed(mood: Mood, language: Language) -> str | None:
    change = mood.change
    if change is None or change.standing_out is None:
        return None
    difference = change.shares[change.standing_out]
    return text(
        "mood.more" if difference > 0 else "mood.less",
        language,
        group=change.standing_out.named(language),
        points=round(abs(difference) * 100),
        length=name_length(mood.window, language),
    )


def _nothing_new(mood: Mood, language: Language) -> str | None:
    if mood.change is None or max(map(abs, mood.change.shares.values())) >= MIN_CHANGE:
        return None  # a difference too unsure to tell is no sameness either
    return text("mood.as_before", language, length=name_length(mood.window, language))


def _where_it_went(mood: Mood, language: Language) -> str | None:
    if mood.trend in (None, Trend.STEADY):
        return None
    return text(f"mood.{mood.trend}", language)


def _when(mood: Mood, language: Language) -> str | None:
    times = {step.window.start: step.tally for step in mood.steps}
    lively, heavy = liveliest(times), heaviest(times)
    if lively and lively == heavy:
        return text("mood.lively_and_heavy_then", language, at=_name_time(lively, mood, language))
    said = {
        name: _name_time(time, mood, language, after=before)
        for name, time, before in (("lively", lively, None), ("heavy", heavy, lively))
        if time
    }
    return text(f"mood.{'_and_'.join(said)}_at", language, **said) if said else None


def _name_time(
    time: datetime, mood: Mood, language: Language, *, after: datetime | None = None
) -> str:
    """When a step began, to be said in a sentence: `on Nov 3 at 14:00`, `11월 3일에`.

    The day is not said again where the sentence named it with the time `after` which this comes.
    """
    day = name_day(time, mood.timezone, language)
    if not mood.window.by_hours:
        return text("mood.at_day", language, day=day)
    hour = name_hour(time, mood.timezone, language)
    if after and name_day(after, mood.timezone, language) == day:
        return text("mood.at_hour_too", language, hour=hour)
    return text("mood.at_hour", language, day=day, hour=hour)


def _fields(mood: Mood, language: Language) -> tuple[Field, ...]:
    tally = mood.tally
    percent = percentages(tally.shares, language)
    bars = [
        Field(
            name=group.named(language).capitalize(),
            value=f"{percent[group]}{_moved(group, mood)} · {tally.groups[group]:,}",
            share=tally.shares[group],
        )
        for group in by_share(mood)
    ]
    felt = [entry for entry in tally.top() if entry.label.group is not Group.NEUTRAL]
    labels = " · ".join(
        f"{entry.label.emoji} {entry.label.named(language)} {entry.count:,}"
        for entry in felt[:TOP_LABELS]
    )
    if labels:
        bars.append(Field(name=text("mood.labels", language), value=labels))
    if usual := _usual_hours(mood, language):
        bars.append(Field(name=text("mood.daytime", language), value=usual))
    counts = text(
        "mood.counts",
        language,
        people=counted("person", mood.people, language),
        messages=counted("message", tally.messages, language),
        scored=_percentage(
            round(100 * tally.scored / tally.messages), tally.scored / tally.messages, language
        ),
    )
    return (*bars, Field(name=text("mood.counted", language), value=counts))


def _moved(group: Group, mood: Mood) -> str:
    """The points a share moved since the window before, where the two can be compared."""
    points = round(100 * mood.change.shares[group]) if mood.change else 0
    return f" ({points:+d})".replace("-", "−") if points else ""


def _usual_hours(mood: Mood, language: Language) -> str:
    """The local hours of the day that stand out over the days of the window."""
    hours = {"lively": liveliest(mood.daytimes), "heavy": heaviest(mood.daytimes)}
    return " · ".join(
        text(f"mood.{name}_around", language, hour=text("mood.hour_name", language, hour=hour))
        for name, hour in hours.items()
        if hour is not None
    )


def _percentage(points: int, share: float, language: Language) -> str:
    if points == 0 and share > 0:
        return text("mood.under_one", language)
    if points == 100 and share < 1:
        return text("mood.over_99", language)
    return f"{points}%"


def _span(mood: Mood, language: Language) -> str:
    edges = (mood.window.start, mood.window.end)
    start, end = (
        f"{name_day(edge, mood.timezone, language)} {name_hour(edge, mood.timezone, language)}"
        for edge in edges
    )
    span = text("mood.span", language, start=start, end=end, timezone=str(mood.timezone))
    if not any(_moved(group, mood) for group in by_share(mood)):
        return span
    length = name_length(mood.window, language)
    return f"{span}\n{text('mood.moved', language, length=length)}"
