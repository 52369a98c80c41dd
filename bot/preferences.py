"""What a workspace decides for itself. Nearest wins: channel, category, workspace, install default.

The store keeps every value as a string under its level and key; this module gives them their
meaning. `KEYS` is the whole list of what may be set, where, and within which bounds.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

from bot.charts.palette import Theme
from bot.errors import BadCommand, BadSetting
from bot.forms import Choice, Form, Names, Number, People, Place, TimeZone, Unreadable
from bot.locale import text
from bot.own_emoji import OwnEmoji
from bot.schedule import NO_SCHEDULE, Schedule, ScheduleForm
from bot.storage import Level, Preference
from classifier.base import Language

logger = logging.getLogger(__name__)


class Mode(StrEnum):
    """What the bot does with a message."""

    OFF = "off"  # nothing, not even counting
    STATS = "stats"  # count
    REACT = "react"  # count and react with an emoji
    LABEL = "label"  # count and reply in words


class ConsentMode(StrEnum):
    """Whose messages are counted: all but those who opted out, or only those who opted in."""

    OPT_OUT = "opt-out"
    OPT_IN = "opt-in"


class CorrectionMode(StrEnum):
    """What is kept when somebody says that a label was wrong."""

    OFF = "off"  # nobody can say so
    LABEL = "label"  # the label meant
    TEXT = "text"  # the message's text too


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


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
    consent: ConsentMode = ConsentMode.OPT_OUT
    min_people: int = 3  # authors in a window before its mood is shown
    ignored_roles: tuple[str, ...] = ()
    ignored_users: tuple[str, ...] = ()  # pseudonyms
    emoji: tuple[tuple[str, str], ...] = ()  # the workspace's own, by label or group
    shared_channels: Switch = Switch.OFF  # read channels shared with other organisations
    digest: Schedule = NO_SCHEDULE
    corrections: CorrectionMode = CorrectionMode.OFF
    shift_channel: str = ""  # where managers are told of moods that leave their usual range
    theme: Theme = Theme.LIGHT
    locale: Language = Language.KO
    timezone: str = "Asia/Seoul"


_ANYWHERE = frozenset(Level)
_WORKSPACE = frozenset({Level.WORKSPACE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One thing that may be set; `name` is a field of `Preferences`."""

    name: str
    form: Form
    levels: frozenset[Level] = _WORKSPACE

    @property
    def widest(self) -> Level:
        """The widest level it may be set at: where it is set unless somebody says otherwise."""
        return max(self.levels, key=list(Level).index)

    def named(self, language: Language) -> str:
        """What people call it."""
        return text(f"preferences.{self.name}_name", language)

    def described(self, language: Language) -> str:
        """What it does, in one line."""
        return text(f"preferences.{self.name}", language)

    def shown(self, preferences: Preferences, language: Language) -> str:
        """Its value in `preferences`, in words."""
        return self.form.shown(getattr(preferences, self.name), language)

    def parse(self, raw: str, level: Level, language: Language) -> str:
        """The string to store for what a person typed.

        Raises BadCommand when `level` cannot hold this key and BadSetting when the value is not
        one of those allowed, both in `language`.
        """
        if level not in self.levels:
            text_key = "wrong_level" if Level.WORKSPACE in self.levels else "channel_only"
            raise BadCommand(text(f"preferences.{text_key}", language, key=self.named(language)))
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
# workspace (budget, roles, users, the days of a chart) holds for it and cannot vary inside it.
KEYS = (
    Key(name="mode", form=Choice(Mode, "mode"), levels=_ANYWHERE),
    Key(
        name="threshold",
        form=Number(0.05, 0.99, unit="share", units=_SHARE, auto=True),
        levels=_ANYWHERE,
    ),
    Key(name="cooldown", form=Number(0, 3600, unit="seconds", units=_SECONDS), levels=_ANYWHERE),
    Key(name="budget", form=Number(1, 600, unit="per_minute", units=_PER_MINUTE)),
    Key(name="locale", form=Choice(Language, "locale", auto=True), levels=_ANYWHERE),
    Key(name="timezone", form=TimeZone()),
    Key(name="theme", form=Choice(Theme, "theme"), levels=_ANYWHERE),
    Key(name="retention", form=Number(1, 365, unit="days", units=_DAYS)),
    Key(name="consent", form=Choice(ConsentMode, "consent")),
    Key(name="corrections", form=Choice(CorrectionMode, "corrections")),
    Key(name="min_people", form=Number(2, 50, unit="people", units=_PEOPLE)),
    Key(name="ignored_roles", form=Names(most=25, longest=100)),
    Key(name="ignored_users", form=People(most=50)),
    Key(name="emoji", form=OwnEmoji()),
    # Of one channel: what a channel felt is told elsewhere only by who decided so in it.
    Key(name="digest", form=ScheduleForm(), levels=frozenset({Level.CHANNEL})),
    Key(name="shift_channel", form=Place(), levels=frozenset({Level.CHANNEL, Level.WORKSPACE})),
    Key(name="shared_channels", form=Choice(Switch, "switch"), levels=_ANYWHERE),
)
_WIDEST_FIRST = tuple(reversed(Level))  # a later one wins
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


def resolve(rows: Iterable[Preference], defaults: Preferences) -> Preferences:
    """What holds in the channel that `rows` are for, in any order of the rows.

    A row this program cannot read is passed over, so that the next level's value holds; the log
    names its key once.
    """
    found: dict[str, Any] = {}
    for row in sorted(rows, key=lambda row: _WIDEST_FIRST.index(row.level)):
        key = _BY_NAME.get(row.key)
        if key is None or row.level not in key.levels:
            _ignored(row.key, row.level, "is not known")
            continue
        try:
            found[row.key] = key.form.read(row.value)
        except Unreadable:
            _ignored(row.key, row.level, "cannot be read")
    # "auto" (None) set nearby takes back what a wider level said: the install default holds.
    return replace(defaults, **{key: value for key, value in found.items() if value is not None})


@lru_cache(maxsize=256)  # once a key and level: resolving happens at every message
def _ignored(key: str, level: str, why: str) -> None:
    logger.warning("the stored preference %s of a %s %s: ignored", key, level, why)


def _folded(word: str) -> str:
    return "".join(word.split()).replace("_", "").replace("-", "").casefold()
