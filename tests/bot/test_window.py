from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadCommand
from bot.window import Window, counted, name_day, name_hour, name_length
from classifier.base import Language
from tests.bot.moods import NOW, SEOUL

ZONES = ("Asia/Seoul", "America/New_York", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Apia")


def test_the_present_hour_is_in_the_window() -> None:
    """24h ends with the hour that is running, so a message sent just now counts."""
    window = Window.last("24h", NOW)
    assert window.end == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert window.hours == 24


@pytest.mark.parametrize(("word", "hours"), [("1h", 1), ("7d", 168), ("30D", 720), (" 90d ", 2160)])
def test_hours_and_days_are_read(word: str, hours: int) -> None:
    """Hours and days within bounds give a window of that length."""
    assert Window.last(word, NOW).hours == hours


@pytest.mark.parametrize(
    "word", ["", "0h", "91d", "2161h", "7", "d", "7w", "-1d", "1.5h", "99999d"]
)
def test_other_words_are_refused_with_the_mend(word: str) -> None:
    """Anything else is a BadCommand that names the word and shows one that works."""
    with pytest.raises(BadCommand, match="24h or 7d, up to 90d") as refused:
        Window.last(word, NOW)
    assert word in str(refused.value)


def test_the_refusal_speaks_korean() -> None:
    """The refusal comes in the language asked for."""
    with pytest.raises(BadCommand, match="24h나 7d처럼"):
        Window.last("9w", NOW, language=Language.KO)


def test_the_window_before_touches_without_overlap() -> None:
    """previous() has the same length and ends where this window begins."""
    window = Window.last("7d", NOW)
    assert window.previous().end == window.start
    assert window.previous().hours == window.hours


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2026, 1, 1, 0, 30, tzinfo=UTC), datetime(2026, 1, 1, 2, tzinfo=UTC)),
        (datetime(2026, 1, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, 2, tzinfo=UTC)),
        (datetime(2026, 1, 1, 0, tzinfo=SEOUL), datetime(2026, 1, 1, 2, tzinfo=UTC)),
    ],
)
def test_a_window_is_whole_utc_hours(start: datetime, end: datetime) -> None:
    """A half hour, an empty window and another time zone are refused."""
    with pytest.raises(ValueError, match="window"):
        Window(start=start, end=end)


@given(
    hours=st.integers(1, 90 * 24),
    now=st.integers(-100_000, 30_000).map(lambda hour: NOW + timedelta(hours=hour)),
    zone=st.sampled_from(ZONES),
)
def test_steps_tile_the_window(hours: int, now: datetime, zone: str) -> None:
    """In any zone and across any clock change the steps cover every hour once, in order."""
    window = Window.last(f"{hours}h", now)
    steps = window.steps(ZoneInfo(zone))
    assert steps[0].start == window.start
    assert steps[-1].end == window.end
    assert all(early.end == late.start for early, late in pairwise(steps))


def test_short_windows_go_by_hours_and_long_ones_by_days() -> None:
    """48 hours have 48 steps; 49 go by days."""
    assert len(Window.last("48h", NOW).steps(SEOUL)) == 48
    assert len(Window.last("49h", NOW).steps(SEOUL)) == 3


def test_days_begin_at_local_midnight() -> None:
    """Seven days from the middle of a day touch eight local days, cut at the window's edges."""
    steps = Window.last("7d", NOW).steps(SEOUL)
    assert [step.hours for step in steps] == [9, 24, 24, 24, 24, 24, 24, 15]
    assert all(step.start.astimezone(SEOUL).hour == 0 for step in steps[1:])


@pytest.mark.parametrize(("change", "length"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25)])
def test_a_day_of_clock_change_is_one_step(change: date, length: int) -> None:
    """The day the clocks change in New York is one step of 23 or 25 hours."""
    zone = ZoneInfo("America/New_York")
    now = datetime.combine(change + timedelta(days=2), time(), zone)
    lengths = {
        step.start.astimezone(zone).date(): step.hours
        for step in Window.last("7d", now).steps(zone)
    }
    assert lengths[change] == length


def test_names_are_local_and_in_the_language() -> None:
    """Days, hours and lengths are named as people of the place would."""
    at = datetime(2026, 11, 2, 15, tzinfo=UTC)
    assert name_day(at, SEOUL, Language.KO) == "11월 3일"
    assert name_day(at, SEOUL, Language.EN) == "Nov 3"
    assert name_hour(at, SEOUL, Language.KO) == "0시"
    assert name_hour(at, SEOUL, Language.EN) == "00:00"
    assert name_hour(at, ZoneInfo("Asia/Kolkata"), Language.EN) == "20:30"
    assert name_hour(at, ZoneInfo("Asia/Kolkata"), Language.KO) == "20시 30분"
    assert name_length(Window.last("1d", NOW), Language.KO) == "24시간"
    assert name_length(Window.last("7d", NOW), Language.EN) == "7 days"
    assert counted("message", 1, Language.EN) == "1 message"
    assert counted("message", 1234, Language.KO) == "메시지 1,234개"
