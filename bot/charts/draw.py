"""One chart for a channel's mood: shares of emotion, valence and messages over one time axis."""

from threading import Lock

from bot.charts.engine import new_figure, png
from bot.charts.palette import Theme
from bot.charts.panels import HEIGHT, WIDTH, Sheet
from bot.events import Picture
from bot.locale import text
from bot.mood import Mood
from bot.summary import by_share, percentages, sentences, title
from bot.window import counted, name_length
from classifier.base import Language

# matplotlib promises no thread safety: FreeType is one library instance for all its threads.
DRAWING = Lock()


def draw(
    mood: Mood, language: Language, *, theme: Theme = Theme.LIGHT, channel_name: str | None = None
) -> Picture | None:
    """Draw `mood`, or give None where it has nothing to show.

    Blocks for a good part of a second, the first time for longer: run it in an executor. Safe to
    call from several threads; the charts wait for one another.
    """
    if not mood.steps:
        return None
    with DRAWING:
        figure = new_figure(WIDTH, HEIGHT, theme.palette.paper)
        sheet = Sheet(figure, mood, language, theme.palette)
        sheet.head(title(language, channel_name), subtitle(mood, language))
        sheet.panels()
        data = png(figure)
    return Picture(png=data, name="mood.png", alt=describe(mood, language, channel_name))


def describe(mood: Mood, language: Language, channel_name: str | None = None) -> str:
    """The chart in words, for those who cannot see it."""
    percent = percentages(mood.tally.shares, language)
    shares = ", ".join(f"{group.named(language)} {percent[group]}" for group in by_share(mood))
    said = [
        text(
            "chart.alt",
            language,
            title=title(language, channel_name),
            length=name_length(mood.window, language),
            messages=counted("message", mood.tally.messages, language),
        ),
        f"{shares.capitalize()}." if shares else "",
        *sentences(mood, language),
    ]
    return " ".join(part for part in said if part)


def subtitle(mood: Mood, language: Language) -> str:
    """Over how long, of how many messages, by how many people a chart is."""
    return " · ".join(
        (
            text("chart.last", language, length=name_length(mood.window, language)),
            counted("message", mood.tally.messages, language),
            counted("person", mood.people, language),
        )
    )
