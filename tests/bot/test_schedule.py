"""When a digest is due, whatever the clocks do, and how people write it."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forms import Unreadable
from bot.schedule import Every, Schedule, ScheduleForm
from classifier.base import Language

SEOUL, NEW_YORK = ZoneInfo("Asia/Seoul"), ZoneInfo("America/New_York")
FORM = ScheduleForm()
SCHEDULES = st.builds(
    Schedule,
    every=st.sampled_from([Every.DAY, Every.WEEK]),
    weekday=st.integers(0, 6),
    at=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    channel=st.sampled_from([None, "C024BE7LR", "1234567890"]),
).map(
    lambda it: (
        it if it.every is Every.WEEK else Schedule(every=it.every, at=it.at, channel=it.channel)
    )
)


def daily(hour: int, minute: int = 0) -> Schedule:
    """A daily schedule."""
    return Schedule(every=Every.DAY, at=time(hour, minute))


def dues(schedule: Schedule, timezone: ZoneInfo, start: datetime, days: int) -> list[datetime]:
    """Every due moment that a look at the clock each ten minutes finds, once, in local time."""
    looks = (start + n * timedelta(minutes=10) for n in range(days * 144))
    found = dict.fromkeys(schedule.last_due(now, timezone) for now in looks)
    return [due.astimezone(timezone) for due in found if due >= start]


def test_a_day_has_its_time_once() -> None:
    """It is due from its minute on, and until the next day's it stays that one."""
    due = datetime(2026, 3, 15, 9, tzinfo=UTC)  # 18:00 in Seoul
    schedule = daily(18)
    assert schedule.last_due(due - timedelta(seconds=1), SEOUL) == due - timedelta(days=1)
    for later in (0, 1, 3600, 86_399):
        assert schedule.last_due(due + timedelta(seconds=later), SEOUL) == due


def test_a_week_has_its_day_once() -> None:
    """Weekly on Monday morning in Seoul, seen from its Sunday on."""
    schedule = Schedule(every=Every.WEEK, weekday=0, at=time(0, 30))
    found = dues(schedule, SEOUL, datetime(2026, 3, 14, tzinfo=UTC), 21)
    assert [f"{due:%a %m-%d %H:%M}" for due in found] == [
        "Mon 03-16 00:30",
        "Mon 03-23 00:30",
        "Mon 03-30 00:30",
    ]


@pytest.mark.parametrize(
    ("schedule", "start", "told"),
    [  # 2026: clocks in New York skip 2:00 on March 8 and repeat 1:00 on November 1
        (daily(2, 30), datetime(2026, 3, 7, 6, tzinfo=UTC), ["07 02:30", "08 03:30", "09 02:30"]),
        (daily(1, 30), datetime(2026, 10, 31, 4, tzinfo=UTC), ["31 01:30", "01 01:30", "02 01:30"]),
        (daily(18), datetime(2026, 3, 7, 12, tzinfo=UTC), ["07 18:00", "08 18:00", "09 18:00"]),
    ],
)
def test_days_of_changing_clocks_have_it_once_too(
    schedule: Schedule, start: datetime, told: list[str]
) -> None:
    """A skipped time comes an hour later, a repeated one the first time only."""
    assert [f"{due:%d %H:%M}" for due in dues(schedule, NEW_YORK, start, 3)] == told


@given(SCHEDULES, st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001
def test_a_due_moment_is_past_and_less_than_a_period_and_an_hour(
    schedule: Schedule, moment: datetime
) -> None:
    """It is never ahead, never older than its period but for an hour of clock change."""
    now = moment.replace(tzinfo=UTC)
    for timezone in (SEOUL, NEW_YORK, ZoneInfo("Australia/Lord_Howe")):
        age = now - schedule.last_due(now, timezone)
        assert timedelta() <= age <= schedule.every.length + timedelta(hours=1)


def test_its_window_is_the_whole_hours_before() -> None:
    """A digest at half past is about the time up to the full hour."""
    window = daily(18, 30).window(datetime(2026, 3, 15, 9, 30, tzinfo=UTC))
    assert (window.end, window.hours) == (datetime(2026, 3, 15, 9, tzinfo=UTC), 24)


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("off", "off"),
        ("끄기", "off"),
        ("daily 18:00", "daily 18:00"),
        ("Daily at 6pm", "daily 18:00"),
        ("daily 12am", "daily 00:00"),
        ("매일 18시", "daily 18:00"),
        ("매일 오후 6시 30분에", "daily 18:30"),
        ("weekly mon 9:00", "weekly mon 09:00"),
        ("weekly on Friday at 17:05 in <#C1|general>", "weekly fri 17:05 C1"),
        ("매주 월요일 오전 9시 <#123>", "weekly mon 09:00 123"),
        ("매주 일 09:00", "weekly sun 09:00"),
    ],
)
def test_people_write_it_in_their_own_words(raw: str, stored: str) -> None:
    """Both languages, half days, channels as mentions; one way in the store."""
    assert FORM.write(FORM.read(raw)) == stored


@pytest.mark.parametrize(
    "raw",
    [
        "", "daily", "daily 24:00", "daily 9:60", "daily mon 9:00", "weekly 9:00", "13pm",
        "daily 13pm", "daily 0pm", "hourly 3", "매주 욜 9시", "daily 18:00 #a", "daily 18:00 a b",
    ],
)  # fmt: skip
def test_anything_else_is_refused(raw: str) -> None:
    """No wrong time is read as some other time."""
    with pytest.raises(Unreadable):
        FORM.read(raw)


@given(SCHEDULES)
def test_what_is_shown_and_stored_is_read_back(schedule: Schedule) -> None:
    """The store's words and those shown in either language mean the same schedule."""
    assert FORM.read(FORM.write(schedule)) == schedule
    for language in Language:
        assert FORM.read(FORM.shown(schedule, language)) == schedule
