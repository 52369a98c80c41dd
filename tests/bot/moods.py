"""Hand-made buckets and moods for tests: values, no store."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.mood import Mood, mood_of
from bot.observations import Bucket
from bot.window import Window
from classifier.labels import load_label_set

SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 24, 5, 20, tzinfo=UTC)  # 14:20 in Seoul
EMOTIONS = load_label_set("goemotions28")


def bucket(hour: datetime, label: str | None, count: int = 1, label_set: str = "") -> Bucket:
    """One count of one label in one hour, by default of the default label set."""
    return Bucket(hour=hour, label_set=label_set or EMOTIONS.name, label=label, count=count)


def hours(window: Window, *each: Mapping[str | None, int]) -> list[Bucket]:
    """Buckets of the last hours of `window`, the last mapping being its last hour's counts."""
    first = window.end - timedelta(hours=len(each))
    return [
        bucket(first + timedelta(hours=place), label, count)
        for place, counts in enumerate(each)
        for label, count in counts.items()
    ]


def days(window: Window, *each: Mapping[str | None, int]) -> list[Bucket]:
    """Buckets of the last days of `window`, each day's counts in its own last hour."""
    return [
        bucket(window.end - timedelta(hours=1 + 24 * ago), label, count)
        for ago, counts in enumerate(reversed(each))
        for label, count in counts.items()
    ]


def mood(
    buckets: list[Bucket],
    window: Window,
    *,
    before: list[Bucket] | None = None,
    people: int = 5,
    people_before: int = 5,
    timezone: ZoneInfo = SEOUL,
) -> Mood:
    """The mood of `buckets` with the default label set and three people needed."""
    return mood_of(
        buckets,
        before or [],
        window=window,
        people=people,
        people_before=people_before,
        label_sets=[EMOTIONS, load_label_set("aihub58"), load_label_set("kote44")],
        timezone=timezone,
        min_people=3,
    )
