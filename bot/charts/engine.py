"""matplotlib, brought in on the first chart and kept from touching anything outside.

Figures and the Agg canvas are used directly: pyplot holds every figure in one global state.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bot.errors import MaeumError

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

DPI = 200


def new_figure(width: int, height: int, color: str) -> "Figure":
    """An empty figure of `width` by `height` pixels, with a canvas to draw on."""
    load()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=color)
    FigureCanvasAgg(figure)
    return figure


def png(figure: "Figure") -> bytes:
    """The figure as PNG, the same bytes for the same figure."""
    out = BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def font(size: float, *, bold: bool = False) -> "FontProperties":
    """NanumGothic in `size` points, by its file, so that no list of fonts is searched."""
    from matplotlib.font_manager import FontProperties

    name = "NanumGothicBold.ttf" if bold else "NanumGothic.ttf"
    return FontProperties(fname=_font_folder() / name, size=size)


def drawable(words: str) -> str:
    """`words` without the characters the font lacks; channel names are full of emoji."""
    glyphs = _glyphs()
    kept = "".join(character for character in words if ord(character) in glyphs)
    return " ".join(kept.split())


@cache
def _glyphs() -> frozenset[int]:
    from matplotlib.font_manager import get_font

    return frozenset(get_font(_font_folder() / "NanumGothicBold.ttf").get_charmap())


@cache
def _font_folder() -> Path:
    # Found, not imported: importing koreanize_matplotlib changes matplotlib for the whole process.
    spec = find_spec("koreanize_matplotlib")
    if spec is None or spec.origin is None:
        raise MaeumError("the chart font is missing; install the package koreanize-matplotlib")
    return Path(spec.origin).parent / "fonts"


@cache
def load() -> None:
    """Import matplotlib once, under settings of its own; it takes a second or two.

    The first figure does it by itself; who can foresee a chart may do it ahead, in a thread.
    """
    with _own_settings():
        import matplotlib.backends.backend_agg
        import matplotlib.figure  # noqa: F401


@contextmanager
def _own_settings() -> Iterator[None]:
    """Give matplotlib an empty folder for its settings and fonts while it is imported.

    On import it lists every font of the system, which may take seconds, keeps the list in the
    home folder and logs warnings where it cannot. Charts name their font by file, so the list is
    left empty (from matplotlib 3.11 on) and thrown away, not left for other programs to find.
    """
    with TemporaryDirectory(prefix="maeum-", ignore_cleanup_errors=True) as folder:
        ours = {"MPLCONFIGDIR": folder, "MPL_IGNORE_SYSTEM_FONTS": "1"}
        theirs = {name: os.environ.get(name) for name in ours}
        os.environ.update(ours)
        try:
            yield
        finally:
            for name, value in theirs.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
