import os
import struct
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib import rcParams
from matplotlib.figure import Figure
from matplotlib.text import Text

from bot.charts import Theme, draw
from bot.charts.axis import MAX_TICKS, ticks
from bot.charts.engine import drawable, new_figure
from bot.charts.panels import GAP, HEIGHT, WIDTH, Sheet
from bot.mood import Mood
from bot.window import Window
from classifier.base import Language
from tests.bot.moods import NOW, SEOUL, bucket, mood

SPOKEN = ("joy", "gratitude", "neutral", "fear", None, "sadness", "anger", "confusion", "neutral")


def chat(word: str, *, every: int = 3, labels: Sequence[str | None] = SPOKEN) -> Mood:
    """A mood over `word` with something said every few hours, and a long silence inside."""
    window = Window.last(word, NOW)
    buckets = [
        bucket(window.start + timedelta(hours=hour), labels[(hour + turn) % len(labels)], 1 + turn)
        for hour in range(0, window.hours, every)
        if not 0.3 < hour / window.hours < 0.5
        for turn in range(4)
    ]
    return mood(buckets, window)


def pixels(png: bytes) -> tuple[int, int]:
    """The width and height a PNG declares."""
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.parametrize(
    ("word", "language", "theme"),
    [
        ("1h", Language.KO, Theme.LIGHT),
        ("24h", Language.EN, Theme.DARK),
        ("48h", Language.KO, Theme.DARK),
        ("7d", Language.EN, Theme.LIGHT),
        ("90d", Language.KO, Theme.LIGHT),
    ],
)
def test_every_window_draws(word: str, language: Language, theme: Theme) -> None:
    """Every length, language and theme gives a phone-wide PNG, with no warning on the way."""
    picture = draw(chat(word), language, theme=theme, channel_name="잡담")
    assert picture is not None
    assert picture.png.startswith(b"\x89PNG\r\n\x1a\n")
    assert pixels(picture.png) == (WIDTH, HEIGHT) == (1080, 1350)


@pytest.mark.parametrize("labels", [("joy",), (None,), ("neutral", None)])
def test_uniform_data_draws(labels: Sequence[str | None]) -> None:
    """One label alone, and messages without any label, make a chart all the same."""
    assert draw(chat("7d", labels=labels), Language.KO) is not None


def test_nothing_to_show_is_no_chart() -> None:
    """No messages, or those of too few people, are not drawn."""
    window = Window.last("24h", NOW)
    assert draw(mood([], window), Language.KO) is None
    assert draw(mood([bucket(window.start, "joy", 30)], window, people=2), Language.KO) is None


@pytest.mark.parametrize(
    "name", ["🎮🎮", "$x$ _{a}^{b} \\frac", "가" * 100, "日本語-채널", "\n\t", "\u202eabc\x00"]
)
def test_any_channel_name_can_be_a_title(name: str) -> None:
    """Emoji, formula signs, a very long name and foreign scripts neither fail nor warn."""
    assert draw(chat("24h"), Language.KO, channel_name=name) is not None


def test_only_characters_of_the_font_are_drawn() -> None:
    """Emoji are left out of the title, Korean and Latin stay."""
    new_figure(10, 10, "#FFFFFF")
    assert drawable("#게임 🎮 room") == "#게임 room"


def test_the_same_mood_gives_the_same_bytes_in_any_thread() -> None:
    """Four threads drawing two moods at once give what one thread gives."""
    moods = [chat("24h"), chat("7d")] * 2
    alone = [draw(found, Language.KO, theme=Theme.DARK) for found in moods[:2]] * 2
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda it: draw(it, Language.KO, theme=Theme.DARK), moods))
    assert together == alone


def test_drawing_leaves_matplotlib_as_it_was() -> None:
    """No global setting changes by drawing."""
    # Reading "backend" would choose one and bring in pyplot.
    before = {name: rcParams[name] for name in rcParams if name != "backend"}
    draw(chat("24h"), Language.KO)
    assert {name: rcParams[name] for name in before} == before


def test_the_alternative_text_tells_what_the_chart_shows() -> None:
    """Channel, window, messages, shares and the sentences are said, in the language."""
    found = chat("7d")
    korean, english = (draw(found, language, channel_name="talk") for language in Language)
    assert korean is not None
    assert english is not None
    assert korean.alt.startswith("차트: #talk의 마음, 최근 7일, 메시지 ")
    assert english.alt.startswith("Chart: The mood of #talk, last 7 days, ")
    assert f"{found.tally.messages:,} messages" in english.alt
    assert "neutral" in english.alt
    assert "중립" in korean.alt
    assert len(english.alt) < 1000


@pytest.mark.parametrize("word", ["1h", "5h", "24h", "48h", "3d", "7d", "30d", "90d"])
def test_ticks_are_few_and_inside(word: str) -> None:
    """Every window has at least one tick and at most eight, in order, none outside."""
    window = Window.last(word, NOW)
    for language in Language:
        marks = ticks(window, window.steps(SEOUL), SEOUL, language)
        places = [mark.at for mark in marks]
        assert 1 <= len(marks) <= MAX_TICKS
        assert places == sorted(set(places))
        assert 0 <= places[0] <= places[-1] <= window.hours


def test_ticks_name_midnight_by_its_day_and_months_once() -> None:
    """Hours show the day under midnight; days repeat the month only when it turns."""
    day = Window.last("24h", NOW)
    hours = [mark.label for mark in ticks(day, day.steps(SEOUL), SEOUL, Language.KO)]
    assert hours == ["15시", "18시", "21시", "0시\n11월 24일", "3시", "6시", "9시", "12시"]
    month = Window.last("30d", NOW)
    dates = [mark.label for mark in ticks(month, month.steps(SEOUL), SEOUL, Language.EN)]
    assert dates == ["Oct 26", "31", "Nov 5", "10", "15", "20"]


def drawn(found: Mood, language: Language, title: str = "잡담") -> Figure:
    """The figure itself, for looking at what stands on it."""
    figure = new_figure(WIDTH, HEIGHT, "#FFFFFF")
    sheet = Sheet(figure, found, language, Theme.LIGHT.palette)
    sheet.head(title, "최근 7일")
    sheet.panels()
    figure.canvas.draw()
    return figure


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("word", ["1h", "48h", "30d"])
def test_no_text_is_clipped_or_in_another_font(word: str, language: Language) -> None:
    """Every word lies within the sheet and is set in the shipped Korean font."""
    for words in drawn(chat(word), language, "가" * 100).findobj(Text):
        assert isinstance(words, Text)
        if words.get_text() and words.get_visible():
            box = words.get_window_extent()
            assert box.x0 >= 0
            assert box.y0 >= 0
            assert box.x1 <= WIDTH
            assert box.y1 <= HEIGHT
            assert "NanumGothic" in str(words.get_fontproperties().get_file())


def test_few_messages_are_counted_but_not_coloured() -> None:
    """An hour with two scored messages has a count bar and no share of any emotion."""
    window = Window.last("3h", NOW)
    found = mood(
        [bucket(window.start, "joy", 2), bucket(window.end - timedelta(hours=1), "fear", 9)], window
    )
    shares, valence, counts = drawn(found, Language.EN).axes
    assert [
        path.get_extents().bounds for bars in shares.collections for path in bars.get_paths()
    ] == [pytest.approx((2 + GAP / 2, 0, 1 - GAP, 1))]
    assert [len(line.get_xdata()) for line in valence.lines if line.get_marker() == "o"] == [1]
    assert [path.get_extents().height for path in counts.collections[0].get_paths()] == [2, 9]


# Machado, Oliveira and Fernandes, A physiologically-based model for simulation of color vision
# deficiency (2009), severity 1, on linear RGB.
SEEN = {
    "typical": np.eye(3),
    "protanopia": np.array(
        [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]
    ),
    "deuteranopia": np.array(
        [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]
    ),
}


def lab(color: str, eye: np.ndarray) -> np.ndarray:
    """A colour as that eye sees it, in CIE L*a*b*."""
    rgb = np.array([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.clip(
        eye @ np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4), 0, 1
    )
    to_xyz = np.array([[0.412, 0.358, 0.180], [0.213, 0.715, 0.072], [0.019, 0.119, 0.950]])
    x, y, z = np.cbrt(to_xyz @ linear / [0.950, 1.0, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("eye", SEEN)
@pytest.mark.parametrize("theme", list(Theme))
def test_colours_stay_apart_for_every_eye(theme: Theme, eye: str) -> None:
    """Any two groups differ by many times what the eye just notices (about 2.3)."""
    colours = [lab(colour, SEEN[eye]) for colour in theme.palette.groups.values()]
    assert min(np.linalg.norm(a - b) for a, b in combinations(colours, 2)) > 15


FIRST_CHART = """
import os, sys
import bot.charts, bot.summary
assert not any(name.startswith("matplotlib") for name in sys.modules), "matplotlib came too early"
from bot.window import Window
from classifier.base import Language
from tests.bot.moods import NOW, bucket, mood
window = Window.last("7d", NOW)
found = mood([bucket(window.start, "joy", 9)], window)
assert bot.charts.draw(found, Language.KO)
assert os.environ["MPLCONFIGDIR"] == "/nowhere/to/write"
assert not {"matplotlib.pyplot", "koreanize_matplotlib"} & sys.modules.keys()
"""


@pytest.mark.slow
def test_the_first_chart_is_quiet_where_nothing_can_be_written(tmp_path: Path) -> None:
    """With no home and an unwritable cache folder, no warning is printed and nothing is left."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", FIRST_CHART],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "MPLCONFIGDIR": "/nowhere/to/write",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []
