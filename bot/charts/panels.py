"""The sheet a mood is drawn on: a head with the groups' names, and three panels under it."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from bot.charts.axis import offset, ticks
from bot.charts.engine import drawable, font
from bot.charts.palette import STACKING, Palette
from bot.locale import text
from bot.mood import MIN_STEP_SCORED, Mood, Step
from bot.summary import by_share, percentages
from classifier.base import Group, Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

# Pixels. A phone shows the sheet at about a third of its size, so nothing is set below 9 points.
WIDTH, HEIGHT = 1080, 1350
LEFT, RIGHT = 162, 1026  # of the panels
MARGIN = 54
TITLE, LABEL, SMALL = 17, 11, 10  # points

GAP = 0.14  # the part of a step left free beside its bar
CROWD = 48  # steps above which bars touch and dots shrink
FLAT = 0.4  # the valence axis spans at least this much each way, or calm would look dramatic


class Sheet:
    """A figure being filled from the top down."""

    def __init__(self, figure: "Figure", mood: Mood, language: Language, palette: Palette) -> None:
        self._figure = figure
        self._mood = mood
        self._language = language
        self._palette = palette
        self._top = MARGIN
        self._crowded = len(mood.steps) > CROWD

    def head(self, title: str, subtitle: str, *, legend: bool = True) -> int:
        """Write the title, what was counted, and each group's colour, name and share.

        Gives the pixel under it, counted from the top.
        """
        words = self._write(MARGIN, self._top, drawable(title), TITLE, bold=True)
        while (right := words.get_window_extent().x1) > WIDTH - MARGIN:
            kept = words.get_text().rstrip("…")
            fitting = int(len(kept) * (WIDTH - 2 * MARGIN) / (right - MARGIN))
            words.set_text(kept[: min(fitting, len(kept) - 1)] + "…")
        self._write(MARGIN, self._top + 66, subtitle, LABEL, color=self._palette.muted)
        self._top += 140
        if legend:
            self._legend()
        return self._top

    def panels(self) -> None:
        """Draw the three panels down to the foot of the sheet."""
        room = HEIGHT - self._top - 110  # what is under the last panel: the time axis
        heading, between = 52, 40
        free = room - 3 * heading - 2 * between
        shares = self._panel("chart.shares", heading, round(free * 0.54), between)
        valence = self._panel("chart.valence", heading, round(free * 0.27), between)
        counts = self._panel("chart.messages", heading, round(free * 0.19), between)
        self._draw_shares(shares)
        self._draw_valence(valence)
        self._draw_counts(counts)
        self._mark_time([shares, valence], counts)

    def _legend(self) -> None:
        percent = percentages(self._mood.tally.shares, self._language)
        x, row = MARGIN, 50
        for group in by_share(self._mood):
            name = f"{group.named(self._language).capitalize()} {percent[group]}"
            words = self._write(x + 38, self._top, name, LABEL)
            right = words.get_window_extent().x1
            if right > WIDTH - MARGIN:
                x, self._top = MARGIN, self._top + row
                words.set_position(self._at(x + 38, self._top))
                right = words.get_window_extent().x1
            self._swatch(x, self._top + 4, self._palette.groups[group])
            x = right + 34
        self._top += row + 18 if x > MARGIN else 0

    def _panel(self, heading: str, above: int, height: int, below: int) -> "Axes":
        self._write(MARGIN, self._top, text(heading, self._language), LABEL, bold=True)
        top = self._top + above
        axes = self._figure.add_axes(
            (LEFT / WIDTH, 1 - (top + height) / HEIGHT, (RIGHT - LEFT) / WIDTH, height / HEIGHT),
            facecolor=self._palette.panel,
        )
        axes.set_xlim(0, self._mood.window.hours)
        axes.tick_params(length=0, pad=8)
        axes.set_axisbelow(True)
        for spine in axes.spines.values():
            spine.set_visible(False)
        self._top = top + height + below
        return axes

    def _draw_shares(self, axes: "Axes") -> None:
        steps = [step for step in self._mood.steps if step.enough]
        floor = [0.0] * len(steps)
        for group in (it for it in STACKING if self._mood.tally.groups[it]):
            shares = [step.tally.shares[group] for step in steps]
            self._bars(axes, steps, floor, shares, self._palette.groups[group])
            floor = [low + share for low, share in zip(floor, shares, strict=True)]
        axes.set_ylim(0, 1)
        self._levels(axes, {0: "0%", 0.5: "50%", 1: "100%"})
        if any(step.tally.messages and not step.enough for step in self._mood.steps):
            self._note(axes, text("chart.blank", self._language, count=MIN_STEP_SCORED))

    def _draw_valence(self, axes: "Axes") -> None:
        values = [step.valence for step in self._mood.steps if step.valence is not None]
        reach = max([FLAT, *(abs(value) * 1.2 for value in values)])
        palette = self._palette
        for run in _runs(self._mood.steps):
            middles = [left + width / 2 for left, width in map(self._span, run)]
            line = [step.valence or 0.0 for step in run]
            for side, group in ((1, Group.JOY), (-1, Group.SADNESS)):
                axes.fill_between(
                    middles,
                    line,
                    where=[value * side >= 0 for value in line],
                    interpolate=True,
                    color=palette.groups[group],
                    alpha=0.3,
                    linewidth=0,
                )
            axes.plot(
                middles,
                line,
                color=palette.ink,
                marker="o",
                linewidth=1.0 if self._crowded else 1.6,
                markersize=1.4 if self._crowded else 3.6,
            )
        axes.axhline(0, color=palette.muted, linewidth=0.6, zorder=1)
        axes.set_ylim(-reach, reach)
        names = {reach: "chart.bright", 0: "chart.even", -reach: "chart.heavy"}
        levels = {at: text(key, self._language) for at, key in names.items()}
        self._levels(axes, levels, rule=False)

    def _draw_counts(self, axes: "Axes") -> None:
        steps = self._mood.steps
        counts = [step.tally.messages for step in steps]
        self._bars(axes, steps, [0] * len(steps), counts, self._palette.count)
        axes.set_ylim(0, max(counts))
        self._levels(axes, {max(counts): f"{max(counts):,}"})

    def _mark_time(self, upper: Sequence["Axes"], lowest: "Axes") -> None:
        mood = self._mood
        marks = ticks(
            mood.window, [step.window for step in mood.steps], mood.timezone, self._language
        )
        for axes in (*upper, lowest):
            axes.set_xticks([mark.at for mark in marks], [mark.label for mark in marks])
            axes.tick_params(axis="x", labelbottom=axes is lowest)
            if mood.window.by_hours:
                axes.grid(axis="x", color=self._palette.rule, linewidth=0.5)
        self._dress(lowest.get_xticklabels())

    def _levels(self, axes: "Axes", names: dict[float, str], *, rule: bool = True) -> None:
        """Name heights of the panel, the outermost on the inner side of its edges."""
        low, high = axes.get_ylim()
        axes.set_yticks(list(names), list(names.values()))
        if rule:
            axes.grid(axis="y", color=self._palette.rule, linewidth=0.5)
        self._dress(axes.get_yticklabels())
        for level, label in zip(names, axes.get_yticklabels(), strict=True):
            if level in (low, high):
                label.set_verticalalignment("bottom" if level == low else "top")

    def _dress(self, labels: Sequence["Text"]) -> None:
        for label in labels:
            label.set_fontproperties(font(SMALL))
            label.set_color(self._palette.muted)
            label.set_linespacing(1.35)

    def _note(self, axes: "Axes", words: str) -> None:
        """Write `words` over the panel's upper right corner, beside its heading."""
        axes.annotate(
            words,
            (1, 1),
            xytext=(0, 7),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            fontproperties=font(9),
            color=self._palette.muted,
        )

    def _span(self, step: Step) -> tuple[float, float]:
        return offset(self._mood.window, step.window)

    def _bars(
        self,
        axes: "Axes",
        steps: Sequence[Step],
        floors: Sequence[float],
        heights: Sequence[float],
        color: str,
    ) -> None:
        """Stand a bar on its floor for each step; one collection draws twice as fast as bars."""
        from matplotlib.collections import PolyCollection

        gap = 0 if self._crowded else GAP
        corners = []
        for step, floor, height in zip(steps, floors, heights, strict=True):
            if not height:
                continue
            left, width = self._span(step)
            left, right = left + width * gap / 2, left + width * (1 - gap / 2)
            top = floor + height
            corners.append([(left, floor), (left, top), (right, top), (right, floor)])
        bars = PolyCollection(
            corners,
            facecolor=color,
            edgecolor=self._palette.panel,
            linewidth=0 if self._crowded else 0.5,
        )
        axes.add_collection(bars, autolim=False)

    def _write(
        self, x: float, y: float, words: str, size: float, *, bold: bool = False, color: str = ""
    ) -> "Text":
        """Write `words` with their top left corner at pixel (x, y), counted from the top."""
        return self._figure.text(
            *self._at(x, y),
            words,
            va="top",
            fontproperties=font(size, bold=bold),
            color=color or self._palette.ink,
            parse_math=False,
        )

    def _swatch(self, x: float, y: float, color: str) -> None:
        from matplotlib.patches import Rectangle

        side = 26
        left, top = self._at(x, y)
        self._figure.add_artist(
            Rectangle(
                (left, top - side / HEIGHT),
                side / WIDTH,
                side / HEIGHT,
                transform=self._figure.transFigure,
                color=color,
                linewidth=0,
            )
        )

    @staticmethod
    def _at(x: float, y: float) -> tuple[float, float]:
        return x / WIDTH, 1 - y / HEIGHT


def _runs(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """The unbroken stretches of steps with enough to show."""
    for enough, run in groupby(steps, key=lambda step: step.enough):
        if enough:
            yield list(run)
