"""A mood as the values a browser draws: numbers for the shapes, words for everything read."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.charts.axis import offset, ticks
from bot.charts.palette import STACKING
from bot.charts.panels import FLAT
from bot.locale import text
from bot.mood import MIN_STEP_SCORED, Evidence, Mood, Step, evidence_of
from bot.observations import ChannelTotals
from bot.summary import BRIGHT, BUSY, HEAVY, by_share, percentages, sentences, summarise, title
from bot.tally import Tally, tally_of
from bot.week import Hour, extremes
from bot.window import Window, counted, name_day, name_hour, name_length
from classifier.base import Group, Language
from classifier.labels import label_set_names, load_label_set


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A group's part of the scored messages, as a number and in words."""

    group: Group
    name: str
    share: float
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What was counted in an hour or a day, or in an hour of the week."""

    name: str
    messages: int
    counted: str
    valence: float | None  # None where too little was scored to show
    feel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Point):
    """A step of the time axis; `at` and `length` in hours from the window's start."""

    at: float
    length: float
    shares: tuple[Share, ...]  # from the floor up


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell(Point):
    """An hour of the week."""

    weekday: int
    hour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The heat map."""

    title: str
    said: str
    note: str
    weekdays: tuple[str, ...]
    hours: tuple[str, ...]
    reach: float
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodView:
    """A channel's mood. Where too few people spoke, it has sentences and nothing else."""

    title: str
    sentences: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    span: str
    hours: int
    reach: float
    groups: tuple[Share, ...]
    steps: tuple[Column, ...]
    ticks: tuple[tuple[float, str], ...]
    blank: str
    week: Week | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLine:
    """A channel in the list."""

    id: str
    name: str
    feel: str  # empty where nothing may be said
    messages: int
    counted: str
    shares: tuple[Share, ...]


def channel_line(totals: ChannelTotals, min_people: int, language: Language) -> ChannelLine:
    """A channel with its mood in a few words; an unnamed one goes by its id.

    Of a mood that may not be shown it holds no count at all.
    """
    label_sets = [load_label_set(name) for name in label_set_names()]
    tally = tally_of(totals.counts, label_sets)
    evidence = evidence_of(tally, people=totals.people, min_people=min_people)
    enough = evidence is Evidence.ENOUGH
    channel = totals.channel.channel
    return ChannelLine(
        id=channel,
        name=f"#{(totals.name or channel).removeprefix('#')}",
        feel=_word(tally.valence or 0.0, language) if enough else "",
        messages=tally.messages if evidence.shows else 0,
        counted=counted("message", tally.messages, language)
        if evidence.shows
        else text(f"dashboard.{evidence}", language),
        shares=_stack(tally, language) if enough else (),
    )


def mood_view(
    mood: Mood, week: Sequence[Hour], week_window: Window, language: Language, name: str | None
) -> MoodView:
    """`mood` and the week of the same channel."""
    shown = bool(mood.steps)
    said = summarise(mood, language)
    # In the summary's own words, which tell how far each share moved, too.
    bars = [it.value for it in said.fields if it.share is not None]
    blank = any(step.tally.messages and not step.enough for step in mood.steps)
    marks = ticks(mood.window, [step.window for step in mood.steps], mood.timezone, language)
    return MoodView(
        title=title(language, name),
        sentences=tuple(sentences(mood, language)),
        facts=tuple((it.name, it.value) for it in said.fields if it.share is None),
        span=said.footer,
        hours=mood.window.hours,
        reach=_reach([step.valence for step in mood.steps]),
        groups=tuple(
            _share(group, mood.tally, words, language)
            for group, words in zip(by_share(mood), bars, strict=False)
        ),
        steps=tuple(_column(step, mood, language) for step in mood.steps),
        ticks=tuple((mark.at, mark.label) for mark in marks) if shown else (),
        blank=text("chart.blank", language, count=MIN_STEP_SCORED) if blank else "",
        week=_week(week, week_window, language) if shown else None,
    )


def _column(step: Step, mood: Mood, language: Language) -> Column:
    at, length = offset(mood.window, step.window)
    name = name_day(step.window.start, mood.timezone, language)
    if mood.window.by_hours:
        name = f"{name} {name_hour(step.window.start, mood.timezone, language)}"
    return Column(
        at=at,
        length=length,
        name=name,
        messages=step.tally.messages,
        counted=counted("message", step.tally.messages, language),
        valence=step.valence,
        feel=_feel(step.valence, language),
        shares=_stack(step.tally, language) if step.enough else (),
    )


def _week(week: Sequence[Hour], window: Window, language: Language) -> Week | None:
    shown = [it for it in week if it.valence is not None]
    if not shown:
        return None
    weekdays = tuple(text("chart.weekdays", language).split())
    hours = tuple(text("mood.hour_name", language, hour=hour, minute=0) for hour in range(24))
    names = {
        (it.weekday, it.hour): text(
            "chart.week_hour", language, day=weekdays[it.weekday], hour=hours[it.hour]
        )
        for it in shown
    }
    said = ""
    if found := extremes(shown, least=BUSY):
        heavy, bright = (names[it.weekday, it.hour] for it in found)
        said = text("chart.week_extremes", language, heavy=heavy, bright=bright)
    return Week(
        title=text("chart.last", language, length=name_length(window, language)),
        said=said,
        note=text("chart.week_note", language, count=MIN_STEP_SCORED),
        weekdays=weekdays,
        hours=hours,
        reach=_reach([it.valence for it in shown]),
        cells=tuple(
            Cell(
                weekday=it.weekday,
                hour=it.hour,
                name=names[it.weekday, it.hour],
                messages=it.tally.messages,
                counted=counted("message", it.tally.messages, language),
                valence=it.valence,
                feel=_feel(it.valence, language),
            )
            for it in shown
        ),
    )


def _stack(tally: Tally, language: Language) -> tuple[Share, ...]:
    percent = percentages(tally.shares, language)
    return tuple(
        _share(group, tally, percent[group], language) for group in STACKING if tally.groups[group]
    )


def _share(group: Group, tally: Tally, said: str, language: Language) -> Share:
    name = group.named(language).capitalize()
    return Share(group=group, name=name, share=tally.shares[group], said=said)


def _feel(valence: float | None, language: Language) -> str:
    """A valence in words, with its number: `bright +0.31`."""
    if valence is None:
        return ""
    # Rounded first, so that nothing reads as -0.00.
    return f"{_word(valence, language)} {round(valence, 2) + 0.0:+.2f}"


def _word(valence: float, language: Language) -> str:
    key = "bright" if valence >= BRIGHT else "heavy" if valence <= HEAVY else "even"
    return text(f"chart.{key}", language)


def _reach(valences: Sequence[float | None]) -> float:
    """How far the scale of valence goes each way: calm must not look dramatic."""
    return max([FLAT, *(abs(valence) * 1.2 for valence in valences if valence is not None)])
