"""The time axis: where its few ticks stand and what they say, in local time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.locale import text
from bot.window import HOUR, Window, name_day, name_hour
from classifier.base import Language

MAX_TICKS = 8
HOUR_STRIDES = (1, 2, 3, 6, 12)
DAY_STRIDES = (1, 2, 5, 7, 15)
ROOM = timedelta(hours=12)  # a day cut shorter than this has no room for its name


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark on the axis, in hours from the window's start."""

    at: float
    label: str


def ticks(
    window: Window, steps: Sequence[Window], timezone: ZoneInfo, language: Language
) -> list[Tick]:
    """The ticks of `window`: times of day for hours, with the day at midnight, or days."""
    if window.by_hours:
        return _hours(window, steps, timezone, language)
    return _days(window, steps, timezone, language)


def offset(window: Window, step: Window) -> tuple[float, float]:
    """A step's beginning and length, in hours from the window's start."""
    return (step.start - window.start) / HOUR, (step.end - step.start) / HOUR


def _hours(
    window: Window, steps: Sequence[Window], timezone: ZoneInfo, language: Language
) -> list[Tick]:
    local = {step.start: step.start.astimezone(timezone) for step in steps}
    for stride in HOUR_STRIDES:
        chosen = [step for step in steps if local[step.start].hour % stride == 0]
        if len(chosen) <= MAX_TICKS:
            break
    dated = [step for step in chosen if local[step.start].hour == 0] or chosen[:1]
    return [
        Tick(
            at=offset(window, step)[0],
            label=name_hour(step.start, timezone, language)
            + (f"\n{name_day(step.start, timezone, language)}" if step in dated else ""),
        )
        for step in chosen
    ]


def _days(
    window: Window, steps: Sequence[Window], timezone: ZoneInfo, language: Language
) -> list[Tick]:
    whole = [step for step in steps if step.end - step.start >= ROOM]
    stride = next((it for it in DAY_STRIDES if len(whole) <= it * MAX_TICKS), DAY_STRIDES[-1])
    marks = []
    month = None
    for step in whole[::stride]:
        local = step.start.astimezone(timezone)
        named = (
            text("chart.day", language, day=local.day)
            if local.month == month
            else name_day(step.start, timezone, language)
        )
        month = local.month
        start, length = offset(window, step)
        marks.append(Tick(at=start + length / 2, label=named))
    return marks
