"""The page itself: small files of our own, and the texts and colours filled in."""

from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from bot.charts import Theme
from bot.dashboard.door import LINK_LASTS, SESSION_LASTS
from bot.locale import text, texts
from classifier.base import Language

_FOLDER = files(__package__) / "files"
_TYPES = {
    "style.css": "text/css",
    "app.js": "text/javascript",
    "charts.js": "text/javascript",
    "shapes.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
COLOURS = "colours.css"
THEMES = ("auto", *Theme)


@cache
def file(name: str) -> tuple[bytes, str] | None:
    """A file of the page and its content type; None for anything else."""
    if name == COLOURS:
        return _colours().encode(), "text/css"
    if name not in _TYPES:
        return None
    return (_FOLDER / name).read_bytes(), _TYPES[name]


@cache
def page(language: Language, theme: str) -> str:
    """The page in `language`. It holds no data: whoever comes without a session sees nothing."""
    template = Template((_FOLDER / "index.html").read_text(encoding="utf-8"))
    other = Language.EN if language is Language.KO else Language.KO
    chosen = {f"theme_{name}_chosen": "selected" if name == theme else "" for name in THEMES}
    return template.substitute(
        {key: escape(words) for key, words in _words(language).items()}
        | chosen
        | {"lang": language, "other": other, "theme": theme}
        | {"other_language": text("dashboard.own_language", other)}
    )


def refusal_words(refusal: str, language: Language) -> dict[str, str]:
    """What to tell whom the door did not open for: what it is, and the mend."""
    title = "ended" if refusal == "no_session" else "refused"
    return {
        "title": text(f"dashboard.{title}", language),
        "text": text(
            f"dashboard.refused_{refusal}",
            language,
            minutes=LINK_LASTS.seconds // 60,
            session=SESSION_LASTS.seconds // 60,
        ),
    }


def _words(language: Language) -> dict[str, str]:
    """The texts the page names, `chart.bright` as `chart_bright`."""
    return {key.replace(".", "_"): words for key, words in texts(language).items()}


def _colours() -> str:
    """The charts' colours, each theme's under the wish for it or the system's."""
    light, dark = (_variables(theme) for theme in (Theme.LIGHT, Theme.DARK))
    return (
        f":root {{ color-scheme: light; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ color-scheme: dark; {dark} }} }}\n"
        f':root[data-theme="light"] {{ color-scheme: light; {light} }}\n'
        f':root[data-theme="dark"] {{ color-scheme: dark; {dark} }}\n'
    )


def _variables(theme: Theme) -> str:
    palette = theme.palette
    named = {
        name: getattr(palette, name) for name in ("paper", "panel", "ink", "muted", "rule", "count")
    } | dict(palette.groups)
    return " ".join(f"--{name}: {colour};" for name, colour in named.items())
