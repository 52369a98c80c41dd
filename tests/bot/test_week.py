"""The week as a heat map: hours fall where people live them, and few words are not shown."""

import io
import struct
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from matplotlib.image import imread

from bot.charts import Theme, draw_week
from bot.charts.heatmap import describe_week
from bot.observations import Bucket
from bot.service import Bot
from bot.week import extremes, week_of
from bot.window import Window
from classifier.base import Group, Language
from tests.bot.moods import SEOUL, bucket, mood
from tests.core import ask, fill

WINDOW = Window.last("30d", datetime(2026, 3, 29, 12, tzinfo=UTC))
MONDAY = datetime(2026, 3, 16, 0, tzinfo=UTC)  # 9:00 in Seoul
FRIDAY = datetime(2026, 3, 20, 9, tzinfo=UTC)  # 18:00 in Seoul
BUCKETS = [
    *(bucket(MONDAY.replace(day=day), "sadness", 4) for day in (9, 16)),
    bucket(FRIDAY, "joy", 6),
    bucket(FRIDAY.replace(hour=10), "neutral", 5),
    bucket(FRIDAY.replace(hour=11), "joy", 2),
]


def pixels(png: bytes) -> np.ndarray:
    """The picture as an array of RGB values from 0 to 1."""
    return imread(io.BytesIO(png))[..., :3]


def has(picture: np.ndarray, colour: str) -> bool:
    """Whether any pixel has the colour `#RRGGBB`."""
    wanted = np.array(struct.unpack("3B", bytes.fromhex(colour[1:]))) / 255
    return bool((np.abs(picture - wanted).max(axis=-1) < 0.004).any())


def test_hours_fall_on_their_local_weekday() -> None:
    """Two Mondays are one cell; half-hour zones count an hour where it begins."""
    week = week_of(BUCKETS, SEOUL)
    found = {(it.weekday, it.hour): it.tally.messages for it in week}
    assert found == {(0, 9): 8, (4, 18): 6, (4, 19): 5, (4, 20): 2}
    kolkata = {(it.weekday, it.hour) for it in week_of(BUCKETS[:1], ZoneInfo("Asia/Kolkata"))}
    assert kolkata == {(0, 5)}


def test_few_messages_are_not_shown() -> None:
    """An hour with fewer than three scored messages has no valence to show."""
    shown = {(it.weekday, it.hour) for it in week_of(BUCKETS, SEOUL) if it.valence is not None}
    assert shown == {(0, 9), (4, 18), (4, 19)}


def test_extremes_need_a_difference() -> None:
    """The heaviest and brightest hour are named, unless all are alike or too quiet."""
    heavy, bright = extremes(week_of(BUCKETS, SEOUL), least=5) or (None, None)
    assert (heavy and heavy.weekday, bright and bright.hour) == (0, 18)
    assert extremes(week_of(BUCKETS, SEOUL), least=7) is None
    assert extremes((), least=1) is None


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("language", Language)
def test_it_is_drawn_in_the_groups_colours(theme: Theme, language: Language) -> None:
    """A sad Monday and a glad Friday are there in their colours, on the theme's paper."""
    picture = draw_week(mood(BUCKETS, WINDOW), week_of(BUCKETS, SEOUL), language, theme=theme)
    assert picture is not None
    image = pixels(picture.png)
    assert image.shape[:2] == (1350, 1080)
    groups = theme.palette.groups
    assert has(image, groups[Group.JOY])
    assert has(image, groups[Group.SADNESS])
    assert has(image[:20], theme.palette.paper)


def test_nothing_to_show_is_no_picture() -> None:
    """Without hours of enough messages, or with too few people, nothing is drawn."""
    few: list[Bucket] = BUCKETS[-1:]
    assert draw_week(mood(few, WINDOW), week_of(few, SEOUL), Language.EN) is None
    alone = mood(BUCKETS, WINDOW, people=1)
    assert draw_week(alone, week_of(BUCKETS, SEOUL), Language.EN) is None


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.EN, "heaviest around Mon 09:00 and brightest around Fri 18:00"),
        (Language.KO, "월요일 9시 무렵이 가장 무겁고, 금요일 18시 무렵이 가장 밝아요"),
    ],
)
def test_it_is_told_in_words(language: Language, words: str) -> None:
    """Those who cannot see it read which hours stand out."""
    assert words in describe_week(mood(BUCKETS, WINDOW), week_of(BUCKETS, SEOUL), language)


@pytest.mark.parametrize("words", ["channel heatmap", "채널 히트맵 7d"])
async def test_the_command_attaches_it(bot: Bot, words: str) -> None:
    """Asked for, the answer carries the week's picture with its words."""
    await fill(bot)
    reply = await ask(bot, words)
    assert reply.picture is not None
    assert reply.picture.name == "week.png"
    assert "week" in reply.picture.alt


async def test_the_command_keeps_few_people_to_itself(bot: Bot) -> None:
    """Two people's week is not drawn."""
    await fill(bot, people=2)
    assert (await ask(bot, "channel heatmap")).picture is None
