"""A channel's week as a heat map: colour for its mood, width for the number of messages."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.charts.draw import DRAWING, subtitle
from bot.charts.engine import font, new_figure, png
from bot.charts.palette import Palette, Theme
from bot.charts.panels import FLAT, HEIGHT, MARGIN, RIGHT, SMALL, WIDTH, Sheet
from bot.events import Picture
from bot.locale import text
from bot.mood import MIN_STEP_SCORED, Mood
from bot.summary import BUSY
from bot.week import Hour, extremes
from bot.window import counted, name_length
from classifier.base import Group, Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

_LEFT = 162  # pixels, of the grid
_FOOT = 190  # pixels under the grid: its notes and the scale of colours
_NARROWEST, _WIDEST, _TALL = 0.12, 0.94, 0.86  # of a cell: a mark's width and height
_NAMED_HOURS = range(0, 25, 3)


def draw_week(
    mood: Mood,
    week: Sequence[Hour],
    language: Language,
    *,
    theme: Theme = Theme.LIGHT,
    channel_name: str | None = None,
) -> Picture | None:
    """Draw the hours of `week`, or give None where none of them may be shown.

    Blocks like `draw`, and waits for it: run it in an executor.
    """
    shown = [it for it in week if it.valence is not None]
    if not mood.steps or not shown:
        return None
    palette = theme.palette
    with DRAWING:
        figure = new_figure(WIDTH, HEIGHT, palette.paper)
        sheet = Sheet(figure, mood, language, palette)
        top = sheet.head(_title(language, channel_name), subtitle(mood, language), legend=False)
        reach = max([FLAT, *(abs(it.valence or 0.0) for it in shown)])
        _grid(figure, top, shown, reach, palette, language)
        _scale(figure, palette, language)
        data = png(figure)
    return Picture(png=data, name="week.png", alt=describe_week(mood, week, language, channel_name))


def describe_week(
    mood: Mood, week: Sequence[Hour], language: Language, channel_name: str | None = None
) -> str:
    """The heat map in words."""
    said = [
        text(
            "chart.alt",
            language,
            title=_title(language, channel_name),
            length=name_length(mood.window, language),
            messages=counted("message", mood.tally.messages, language),
        )
    ]
    if found := extremes(week, least=BUSY):
        heavy, bright = (_name(it, language) for it in found)
        said.append(text("chart.week_extremes", language, heavy=heavy, bright=bright))
    return " ".join(said)


def _grid(
    figure: "Figure",
    top: int,
    shown: Sequence[Hour],
    reach: float,
    palette: Palette,
    language: Language,
) -> None:
    """Draw a mark for each hour shown, the hours of the day from the top down."""
    from matplotlib.collections import PolyCollection

    axes = _axes(figure, _LEFT, top + 60, RIGHT, HEIGHT - _FOOT, palette.panel)
    axes.set_xlim(0, 7)
    axes.set_ylim(24, 0)
    axes.tick_params(length=0, pad=8)
    axes.xaxis.tick_top()
    axes.set_xticks(
        [day + 0.5 for day in range(7)], text("chart.weekdays", language).split(), minor=False
    )
    axes.set_yticks(list(_NAMED_HOURS), [_clock(hour, language) for hour in _NAMED_HOURS])
    axes.hlines(_NAMED_HOURS[1:-1], 0, 7, color=palette.rule, linewidth=0.5, zorder=0)
    axes.vlines(range(1, 7), 0, 24, color=palette.rule, linewidth=0.5, zorder=0)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(font(SMALL))
        label.set_color(palette.muted)
    most = max(it.tally.messages for it in shown)
    colours = _colours(palette)
    axes.add_collection(
        PolyCollection(
            [_mark(it, it.tally.messages / most) for it in shown],
            facecolors=[colours(0.5 + (it.valence or 0.0) / reach / 2) for it in shown],
            linewidth=0,
        ),
        autolim=False,
    )


def _mark(hour: Hour, size: float) -> list[tuple[float, float]]:
    """The corners of an hour's mark; its width goes with the messages."""
    x, y = hour.weekday + 0.5, hour.hour + 0.5
    wide, tall = (_NARROWEST + (_WIDEST - _NARROWEST) * size) / 2, _TALL / 2
    return [(x - wide, y - tall), (x + wide, y - tall), (x + wide, y + tall), (x - wide, y + tall)]


def _scale(figure: "Figure", palette: Palette, language: Language) -> None:
    """Draw the scale of colours with its ends named, and what width and gaps mean."""
    import numpy as np

    top = HEIGHT - _FOOT + 34
    axes = _axes(figure, _LEFT, top, RIGHT, top + 22, palette.panel)
    axes.imshow(
        np.linspace(0, 1, 256).reshape(1, -1),
        aspect="auto",
        cmap=_colours(palette),
        extent=(0, 1, 0, 1),
    )
    axes.set_axis_off()
    notes = text("chart.week_note", language, count=MIN_STEP_SCORED)
    ends = [
        (_LEFT, "left", "heavy"),
        ((_LEFT + RIGHT) / 2, "center", "even"),
        (RIGHT, "right", "bright"),
    ]
    words = [(x, top + 34, side, text(f"chart.{key}", language)) for x, side, key in ends]
    for x, y, side, said in [*words, (MARGIN, top + 88, "left", notes)]:
        figure.text(
            x / WIDTH,
            1 - y / HEIGHT,
            said,
            ha=side,
            va="top",
            fontproperties=font(SMALL),
            color=palette.muted,
        )


def _axes(
    figure: "Figure", left: float, top: float, right: float, foot: float, color: str
) -> "Axes":
    """Axes between these pixels, counted from the top left corner, without a frame."""
    axes = figure.add_axes(
        (left / WIDTH, 1 - foot / HEIGHT, (right - left) / WIDTH, (foot - top) / HEIGHT),
        facecolor=color,
    )
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def _colours(palette: Palette) -> "Colormap":
    """From sadness over neutral to joy: blue and orange, told apart by colour-blind readers."""
    from matplotlib.colors import LinearSegmentedColormap

    groups = palette.groups
    return LinearSegmentedColormap.from_list(
        "mood", [groups[Group.SADNESS], groups[Group.NEUTRAL], groups[Group.JOY]]
    )


def _title(language: Language, channel_name: str | None) -> str:
    if channel_name is None:
        return text("chart.week_here", language)
    return text("chart.week", language, channel=channel_name.removeprefix("#"))


def _clock(hour: int, language: Language) -> str:
    return text("mood.hour_name", language, hour=hour % 24)


def _name(hour: Hour, language: Language) -> str:
    day = text("chart.weekdays", language).split()[hour.weekday]
    return text("chart.week_hour", language, day=day, hour=_clock(hour.hour, language))
