"""What a workspace decides for itself. Nearest wins: channel, category, workspace, install default.

The store keeps every value as a string in rows of (scope, scope id, key, value); this module gives
the rows their meaning. `KEYS` is the whole list of what may be set, where, and within which bounds.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

from bot.errors import BadCommand, BadSetting
from bot.forms import Choice, Form, Names, Number, TimeZone, Unreadable
from bot.locale import text
from classifier.base import Language

logger = logging.getLogger(__name__)

Row = tuple[str, str, str, str]  # scope, scope id, key, value


class Scope(StrEnum):
    """Where a value may be set, nearest first."""

    CHANNEL = "channel"
    CATEGORY = "category"
    WORKSPACE = "workspace"


class Mode(StrEnum):
    """What the bot does with a message."""

    OFF = "off"  # nothing, not even counting
    STATS = "stats"  # count
    REACT = "react"  # count and react with an emoji
    LABEL = "label"  # count and reply in words


class Consent(StrEnum):
    """Whose messages are counted: all but those who opted out, or only those who opted in."""

    OPT_OUT = "opt-out"
    OPT_IN = "opt-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What holds in one channel. The field defaults are the install's, but for the last two.

    A threshold of None is the bundle's own bar (`Prediction.react_above`). Five seconds of
    cooldown let nearly every message of a talk between a few people be shown, and keep a channel
    where everybody writes at once to twelve reactions a minute, which an eye can still follow; a
    longer one would take the choice from the budget, which knows the surest messages, and give it
    to whoever wrote first. Forty reactions a minute leave room below the fifty that Slack allows.
    """

    mode: Mode = Mode.REACT
    threshold: float | None = None
    cooldown: int = 5  # seconds between two reactions in a channel
    budget: int = 40  # reactions a minute in the workspace
    retention: int = 30  # days that observations are kept
    consent: Consent = Consent.OPT_OUT
    min_people: int = 3  # authors in a window before its mood is shown
    ignored_roles: tuple[str, ...] = ()
    locale: Language = Language.KO
    timezone: str = "Asia/Seoul"


_ANYWHERE = frozenset(Scope)
_WORKSPACE = frozenset({Scope.WORKSPACE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One thing that may be set; `name` is a field of `Preferences`."""

    name: str
    form: Form
    scopes: frozenset[Scope] = _WORKSPACE

    def named(self, language: Language) -> str:
        """What people call it."""
        return text(f"preferences.{self.name}_name", language)

    def described(self, language: Language) -> str:
        """What it does, in one line."""
        return text(f"preferences.{self.name}", language)

    def shown(self, preferences: Preferences, language: Language) -> str:
        """Its value in `preferences`, in words."""
        return self.form.shown(getattr(preferences, self.name), language)

    def parse(self, raw: str, scope: Scope, language: Language) -> str | None:
        """The string to store for what a person typed; None asks for the inherited value back.

        Raises BadCommand when `scope` cannot hold this key and BadSetting when the value is not
        one of those allowed, both in `language`.
        """
        if scope not in self.scopes:
            raise BadCommand(text("preferences.wrong_scope", language, key=self.named(language)))
        if _folded(raw) in _spoken("inherit"):
            return None
        try:
            return self.form.write(self.form.read(raw.strip()))
        except Unreadable:
            raise BadSetting(
                text(
                    "preferences.bad_value",
                    language,
                    key=self.named(language),
                    found=raw.strip()[:60],
                    allowed=self.form.allowed(language),
                )
            ) from None


_SECONDS = {"": 1, "s": 1, "sec": 1, "초": 1, "m": 60, "min": 60, "분": 60, "h": 3600, "시간": 3600}
_DAYS = {"": 1, "d": 1, "day": 1, "days": 1, "일": 1, "w": 7, "주": 7}
_PER_MINUTE = {"": 1, "/min": 1, "per minute": 1, "번": 1, "회": 1}
_PEOPLE = {"": 1, "people": 1, "명": 1}
_SHARE = {"": 1, "%": 0.01}

# Whatever touches a promise to people (consent, retention, min_people) or is counted for the whole
# workspace (budget, roles, the days of a chart) holds for the workspace and cannot vary inside it.
KEYS = (
    Key(name="mode", form=Choice(Mode, "mode"), scopes=_ANYWHERE),
    Key(
        name="threshold",
        form=Number(0.05, 0.99, unit="share", units=_SHARE, auto=True),
        scopes=_ANYWHERE,
    ),
    Key(name="cooldown", form=Number(0, 3600, unit="seconds", units=_SECONDS), scopes=_ANYWHERE),
    Key(name="budget", form=Number(1, 600, unit="per_minute", units=_PER_MINUTE)),
    Key(name="locale", form=Choice(Language, "locale", auto=True), scopes=_ANYWHERE),
    Key(name="timezone", form=TimeZone()),
    Key(name="retention", form=Number(1, 365, unit="days", units=_DAYS)),
    Key(name="consent", form=Choice(Consent, "consent")),
    Key(name="min_people", form=Number(2, 50, unit="people", units=_PEOPLE)),
    Key(name="ignored_roles", form=Names(most=25, longest=100)),
)
_BY_NAME = {key.name: key for key in KEYS}


def key_named(word: str, language: Language) -> Key:
    """The key called `word` in either language; BadCommand lists the keys there are."""
    wanted = _folded(word)
    for key in KEYS:
        if wanted in {_folded(key.name), *(_folded(key.named(spoken)) for spoken in Language)}:
            return key
    known = ", ".join(key.named(language) for key in KEYS)
    raise BadCommand(
        text("preferences.unknown_key", language, found=word.strip()[:60], known=known)
    )


def resolve(
    rows: Iterable[Row],
    defaults: Preferences,
    *,
    channel: str | None = None,
    category: str | None = None,
) -> Preferences:
    """What holds in `channel`: of the workspace's `rows` those of other places are passed over.

    A row this program cannot read is passed over too, so that the next scope's value holds; the
    log names its key once.
    """
    places = {Scope.CHANNEL: channel, Scope.CATEGORY: category}
    nearness = {scope: order for order, scope in enumerate(Scope)}
    found: dict[str, tuple[int, Any]] = {}
    for scope_word, scope_id, name, value in rows:
        key = _BY_NAME.get(name)
        scope = next((known for known in Scope if known == scope_word), None)
        if key is None or scope is None or scope not in key.scopes:
            _ignored(name, scope_word, "is not known")
            continue
        if scope in places and scope_id != places[scope]:
            continue
        try:
            chosen = key.form.read(value)
        except Unreadable:
            _ignored(name, scope_word, "cannot be read")
            continue
        if name not in found or nearness[scope] < found[name][0]:
            found[name] = nearness[scope], chosen
    # "auto" (None) set nearby takes back what a wider scope said: the install default holds.
    return replace(
        defaults, **{name: value for name, (_, value) in found.items() if value is not None}
    )


@lru_cache(maxsize=256)  # once a key and scope: resolving happens at every message
def _ignored(name: str, scope: str, why: str) -> None:
    logger.warning("stored preference %s at scope %s %s: ignored", name, scope, why)


def _folded(word: str) -> str:
    return "".join(word.split()).replace("_", "").replace("-", "").casefold()


def _spoken(name: str) -> frozenset[str]:
    return frozenset(_folded(text(f"preferences.{name}", language)) for language in Language)
