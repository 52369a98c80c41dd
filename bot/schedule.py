"""When a digest is due: daily or weekly at a local time, and how people write that."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.forms import Unreadable, channel_id
from bot.locale import text
from bot.window import Window
from classifier.base import Language


class Every(StrEnum):
    """How often."""

    NEVER = "off"
    DAY = "daily"
    WEEK = "weekly"

    @property
    def length(self) -> timedelta:
        """From one time to the next."""
        return timedelta(days=7 if self is Every.WEEK else 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A local time of every day, or of one day of the week; in which channel to speak then."""

    every: Every = Every.NEVER
    weekday: int = 0  # of a weekly one: Monday is 0
    at: time = time()
    channel: str | None = None  # None: in the channel it is about

    def last_due(self, now: datetime, timezone: ZoneInfo) -> datetime:
        """The latest moment up to `now` that it names.

        Each local day has the time once: on the day the clocks go back it is the first of the
        two, on the day they skip it the moment as far after midnight (PEP 495, fold=0).
        """
        day = now.astimezone(timezone).date()
        if self.every is Every.WEEK:
            day -= timedelta(days=(day.weekday() - self.weekday) % 7)
        due = self._on(day, timezone)
        return due if due <= now else self._on(day - self.every.length, timezone)

    def window(self, due: datetime) -> Window:
        """The whole hours that a digest of `due` is about."""
        end = due.replace(minute=0, second=0, microsecond=0)
        return Window(start=end - self.every.length, end=end)

    def _on(self, day: date, timezone: ZoneInfo) -> datetime:
        return datetime.combine(day, self.at, timezone).astimezone(UTC)


NO_SCHEDULE = Schedule()

_DAYS = {
    day: number
    for number, spellings in enumerate(
        (
            "mon monday 월 월요일",
            "tue tuesday 화 화요일",
            "wed wednesday 수 수요일",
            "thu thursday 목 목요일",
            "fri friday 금 금요일",
            "sat saturday 토 토요일",
            "sun sunday 일 일요일",
        )
    )
    for day in spellings.split()
}
_OFF = {"off", "끄기", "꺼짐"}
EVERY_WORDS = {
    Every.NEVER: _OFF,
    Every.DAY: {"daily", "매일"},
    Every.WEEK: {"weekly", "매주"},
}
_PATTERN = re.compile(
    r"(?P<every>daily|매일|weekly|매주)\s+"
    rf"(?:(?:on\s+)?(?P<day>{'|'.join(sorted(_DAYS, key=len, reverse=True))})\s+)?"
    r"(?:at\s+)?(?P<half_before>오전|오후)?\s*(?P<hour>\d{1,2})"
    r"(?::(?P<minute>\d{2})|시(?:\s*(?P<minute_after>\d{1,2})분)?)?\s*(?P<half_after>am|pm)?에?"
    r"(?:\s+(?:in\s+)?(?P<channel>\S+))?",
    re.IGNORECASE,
)


class ScheduleForm:
    """`daily 18:00`, `weekly mon 9:00 #channel`, `매주 월요일 오후 6시`, `off`."""

    def read(self, raw: str) -> Schedule:
        """The schedule that `raw` means. Raises Unreadable."""
        if raw.casefold() in _OFF:
            return NO_SCHEDULE
        match = _PATTERN.fullmatch(raw)
        if not match:
            raise Unreadable
        every = Every.WEEK if match["every"].casefold() in EVERY_WORDS[Every.WEEK] else Every.DAY
        if (every is Every.WEEK) != (match["day"] is not None):
            raise Unreadable
        place = match["channel"]
        return Schedule(
            every=every,
            weekday=_DAYS[match["day"].casefold()] if match["day"] else 0,
            at=_time(match),
            channel=channel_id(place) if place else None,
        )

    def write(self, value: Schedule) -> str:
        """The schedule in English words, its channel by id."""
        if value.every is Every.NEVER:
            return value.every
        day = [list(_DAYS)[4 * value.weekday]] if value.every is Every.WEEK else []
        place = [value.channel] if value.channel else []
        return " ".join([value.every, *day, f"{value.at:%H:%M}", *place])

    def shown(self, value: Schedule, language: Language) -> str:
        """The schedule as it can be typed in `language`."""
        if value.every is Every.NEVER:
            return text("preferences.switch_off", language)
        days = text("preferences.weekdays", language).split()
        words = [text(f"preferences.digest_{value.every}", language), f"{value.at:%H:%M}"]
        if value.every is Every.WEEK:
            words.insert(1, days[value.weekday])
        return " ".join([*words, *([f"<#{value.channel}>"] if value.channel else [])])

    def allowed(self, language: Language) -> str:
        """Examples of each kind."""
        return text("preferences.digest_form", language)


def _time(match: re.Match[str]) -> time:
    hour = int(match["hour"])
    minute = int(match["minute"] or match["minute_after"] or 0)
    half = (match["half_before"] or match["half_after"] or "").casefold()
    if half:
        if not 1 <= hour <= 12:
            raise Unreadable
        hour = hour % 12 + (12 if half in ("오후", "pm") else 0)
    if hour > 23 or minute > 59:
        raise Unreadable
    return time(hour, minute)
