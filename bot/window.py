"""Windows of time: what a mood is read over, the steps of its series, and their names.

Buckets are hourly, so every edge is a whole UTC hour; days begin at the reader's midnight.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfo

from bot.errors import BadCommand
from bot.locale import text
from classifier.base import Language

HOUR = timedelta(hours=1)
MAX_DAYS = 90
MAX_HOURLY_STEPS = 48  # a longer window is read by days

_WORD = re.compile(r"(\d{1,4})([hd])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of whole hours, from `start` up to but not including `end`, in aware UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for edge in (self.start, self.end):
            if edge.tzinfo is not UTC or edge != _hour_of(edge):
                raise ValueError(f"a window begins and ends on a whole UTC hour, not at {edge}")
        if self.start >= self.end:
            raise ValueError(f"a window ends after it begins, not {self.start} to {self.end}")

    @classmethod
    def last(cls, word: str, now: datetime, *, language: Language = Language.EN) -> Self:
        """The window `24h`, `7d` or the like up to the end of the present hour.

        Raises BadCommand, in `language`, for anything but 1h to 90d.
        """
        match = _WORD.fullmatch(word.strip())
        hours = int(match[1]) * (24 if match[2].lower() == "d" else 1) if match else 0
        if not 1 <= hours <= MAX_DAYS * 24:
            raise BadCommand(text("mood.bad_window", language, word=word, days=MAX_DAYS))
        end = _hour_of(now.astimezone(UTC)) + HOUR
        return cls(start=end - hours * HOUR, end=end)

    @property
    def hours(self) -> int:
        """How many hours the window holds."""
        return (self.end - self.start) // HOUR

    @property
    def by_hours(self) -> bool:
        """Whether its series goes by hours rather than by days."""
        return self.hours <= MAX_HOURLY_STEPS

    def previous(self) -> Self:
        """The window of the same length just before this one."""
        return type(self)(start=self.start - (self.end - self.start), end=self.start)

    def steps(self, timezone: ZoneInfo) -> tuple[Self, ...]:
        """The hours of the window, or the days of `timezone` it touches, cut to its edges."""
        edges = [self.start, *self._inner_edges(timezone), self.end]
        return tuple(
            type(self)(start=start, end=end) for start, end in pairwise(edges) if start < end
        )

    def _inner_edges(self, timezone: ZoneInfo) -> list[datetime]:
        if self.by_hours:
            return [self.start + hour * HOUR for hour in range(1, self.hours)]
        first = self.start.astimezone(timezone).date()
        days = (self.end.astimezone(timezone).date() - first).days
        midnights = (
            datetime.combine(first + timedelta(days=day), time(), timezone).astimezone(UTC)
            for day in range(1, days + 1)
        )
        # Where midnight is no whole UTC hour (India), the bucket across it stays with its day.
        return [_hour_of(midnight + HOUR - timedelta.resolution) for midnight in midnights]


def _hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def name_length(window: Window, language: Language) -> str:
    """How long `window` is, in words: `24 hours`, `7일`."""
    if window.by_hours or window.hours % 24:
        unit, count = "hour", window.hours
    else:
        unit, count = "day", window.hours // 24
    return counted(unit, count, language)


def name_day(moment: datetime, timezone: ZoneInfo, language: Language) -> str:
    """The local day of `moment`: `Nov 3`, `11월 3일`."""
    local = moment.astimezone(timezone)
    month = text("mood.months", language).split()[local.month - 1]
    return text("mood.day_name", language, month=month, day=local.day)


def name_hour(moment: datetime, timezone: ZoneInfo, language: Language) -> str:
    """The local time of day of `moment`: `14:00`, `14시`."""
    local = moment.astimezone(timezone)
    key = "mood.minute_name" if local.minute else "mood.hour_name"
    return text(key, language, hour=local.hour, minute=local.minute)


def counted(noun: str, count: int, language: Language) -> str:
    """`count` of a noun of the `mood` texts: `1 message`, `2 messages`, `메시지 2개`."""
    key = f"mood.{noun}" if count == 1 else f"mood.{noun}s"
    return text(key, language, count=f"{count:,}")
