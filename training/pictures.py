"""The pictures of a training run and of an evaluation, as PNG files."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from classifier.base import MaeumError
from classifier.decide import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

_DPI = 150
_RIGHT_ENOUGH = 0.7
_LEGIBLE = 0.03  # of the width, between two annotations


def draw_confusion(path: Path, shares: NDArray[np.float64], labels: Sequence[str]) -> None:
    """A matrix of shares: gold labels down, top labels across."""
    side = max(5.0, 0.24 * len(labels) + 2)
    figure = _figure(side, side)
    axes = figure.add_subplot()
    shown = axes.imshow(shares, cmap="magma_r", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontproperties=_font(7))
    axes.set_yticks(range(len(labels)), labels, fontproperties=_font(7))
    axes.set_xlabel("top label")
    axes.set_ylabel("gold label")
    figure.colorbar(shown, shrink=0.6)
    _save(figure, path)


def draw_calibration(path: Path, score: Array, share: Array, rows: NDArray[np.intp]) -> None:
    """How often the top label is right over its score; on the diagonal a score is true."""
    figure = _figure(5, 5)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], linestyle="--", color="grey")
    axes.plot(score, share, marker="o")
    for x, y, count in zip(score, share, rows, strict=True):
        axes.annotate(f"{count:,}", (x, y), textcoords="offset points", xytext=(4, -10), size=7)
    _label(axes, "score of the top label", "share that is right")
    _save(figure, path)


def draw_coverage(path: Path, threshold: Array, precision: Array, covered: Array) -> None:
    """Precision of a shown emotion over the share of texts that are shown one."""
    figure = _figure(6, 4.5)
    axes = figure.add_subplot()
    some = covered > 0
    axes.plot(covered[some], precision[some])
    axes.axhline(_RIGHT_ENOUGH, linestyle="--", color="grey")
    last = -1.0
    for mark in range(9, 0, -1):
        place = int(np.searchsorted(threshold, mark / 10))
        if some[place] and covered[place] - last > _LEGIBLE:
            axes.annotate(f"{mark / 10}", (covered[place], precision[place]), size=7)
            last = covered[place]
    _label(axes, "share of texts shown an emotion", "share of those that is right")
    _save(figure, path)


def draw_curves(
    path: Path,
    panels: Mapping[str, Mapping[str, Sequence[float]]],
    ylabel: str,
    best: tuple[str, str, int],
) -> None:
    """A panel of runs each, a line a run over its epochs, the names of a panel's alike in all.

    A star stands on the `best` run: its panel, its name, and the epoch from 0.
    """
    from matplotlib import colormaps
    from matplotlib.ticker import MaxNLocator

    across = min(len(panels), 2)
    down = -(-len(panels) // across)
    figure = _figure(4 * across + 1.5, 3 * down + 0.5)
    grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    for axes, (title, runs) in zip(grid.flat, panels.items(), strict=False):
        colours = colormaps["viridis"](np.linspace(0, 0.95, len(runs)))
        for colour, (name, values) in zip(colours, runs.items(), strict=True):
            axes.plot(range(1, len(values) + 1), values, marker=".", color=colour, label=name)
            if (title, name) == best[:2]:
                axes.plot(best[2] + 1, values[best[2]], "*", markersize=16, color="crimson")
        axes.set_title(title, fontsize=9)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
    figure.suptitle(f"best: {best[1]}, {best[0]}, epoch {best[2] + 1}")
    figure.supxlabel("epoch")
    figure.supylabel(ylabel)
    lines = grid.flat[0].get_legend_handles_labels()
    figure.legend(*lines, loc="outside right center", fontsize=8)
    _save(figure, path)


def _label(axes: Any, xlabel: str, ylabel: str) -> None:
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.grid(alpha=0.3)


def _figure(width: float, height: float) -> "Figure":
    """A figure with a canvas of its own: pyplot would keep it in a global list."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _save(figure: "Figure", path: Path) -> None:
    figure.savefig(path, metadata={"Software": None})


def _font(size: float) -> "FontProperties":
    """NanumGothic by its file: label keys are Korean, and no list of fonts is searched."""
    from matplotlib.font_manager import FontProperties

    spec = find_spec("koreanize_matplotlib")  # found, not imported: importing changes matplotlib
    if spec is None or spec.origin is None:
        raise MaeumError("The chart font is missing; install the package koreanize-matplotlib.")
    return FontProperties(fname=Path(spec.origin).parent / "fonts" / "NanumGothic.ttf", size=size)
