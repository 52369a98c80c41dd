"""Charts of a mood, as PNG. Importing this does not import matplotlib; drawing does."""

from bot.charts.draw import draw
from bot.charts.heatmap import draw_week
from bot.charts.palette import Theme

__all__ = ["Theme", "draw", "draw_week"]
