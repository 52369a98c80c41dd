"""The `/emotion` grammar: text -> a typed command. Korean and English words mean the same.

TEXT | analyze TEXT              what does this feel like?
(nothing) | channel [#channel] [24h|7d|30d] [chart|heatmap]
me                               my data and my moods
why                              on a message: why this result?
settings [channel|category|workspace] [KEY [VALUE | reset]]
privacy [opt-out|opt-in|delete|export]
digest [off | daily TIME | weekly DAY TIME [#channel]]
export [counts|observations] [#channel] [24h|7d|30d] [csv|json|parquet]   a file (managers)
doctor                           what is missing here (managers)
dashboard                        a link to the moods in a browser (managers)
help
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from bot.export import Form, Table
from bot.schedule import EVERY_WORDS
from bot.storage import Level

T = TypeVar("T")

WINDOW_WORD = re.compile(r"\d{1,4}[hd]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyze:
    """Ask what a text feels like."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelMood:
    """The mood of a channel; None is the channel the command was given in."""

    channel: str | None = None  # a channel id, or `#name`
    window: str | None = None
    chart: bool = False
    heatmap: bool = False  # its week by weekday and hour


@dataclass(frozen=True, slots=True)
class Me:
    """The asker's own data and moods."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why a message got its result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Show the preferences in force, or change one. `value` None with a key shows that key."""

    level: Level | None = None
    key: str | None = None
    value: str | None = None
    reset: bool = False


class PrivacyAction(StrEnum):
    """What a person may do with their own data."""

    SHOW = "show"
    OPT_OUT = "opt-out"
    OPT_IN = "opt-in"
    DELETE = "delete"
    EXPORT = "export"


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """See or use one's rights over one's own data."""

    action: PrivacyAction = PrivacyAction.SHOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The hourly counts of a channel, or its anonymous observations, as a file."""

    table: Table = Table.BUCKETS
    form: Form = Form.CSV
    channel: str | None = None  # a channel id, or `#name`
    window: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """When this channel's mood is posted; None shows it, anything else sets it."""

    value: str | None = None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A link to the workspace's moods in a browser."""


@dataclass(frozen=True, slots=True)
class Doctor:
    """What is missing here. Each platform examines itself."""


@dataclass(frozen=True, slots=True)
class Help:
    """What can be asked."""


Command = (
    Analyze
    | ChannelMood
    | Me
    | Why
    | Settings
    | Privacy
    | Export
    | Digest
    | Dashboard
    | Doctor
    | Help
)

_VERBS = {
    "analyze": {"analyze", "analyse", "분석"},
    "channel": {"channel", "mood", "채널", "기분"},
    "me": {"me", "나", "내정보"},
    "why": {"why", "왜"},
    "settings": {"settings", "설정"},
    "privacy": {"privacy", "개인정보"},
    "export": {"export", "내보내기"},
    "digest": {"digest", "소식", "다이제스트"},
    "dashboard": {"dashboard", "대시보드"},
    "doctor": {"doctor", "진단"},
    "help": {"help", "도움말"},
}
_BARE: dict[str, Command] = {
    "me": Me(),
    "why": Why(),
    "dashboard": Dashboard(),
    "doctor": Doctor(),
    "help": Help(),
}
_ACTIONS = {
    PrivacyAction.OPT_OUT: {"opt-out", "optout", "거부"},
    PrivacyAction.OPT_IN: {"opt-in", "optin", "동의"},
    PrivacyAction.DELETE: {"delete", "삭제"},
    PrivacyAction.EXPORT: {"export", "내보내기"},
}
_LEVELS = {
    Level.CHANNEL: {"channel", "채널"},
    Level.CATEGORY: {"category", "카테고리"},
    Level.WORKSPACE: {"workspace", "server", "워크스페이스", "서버"},
}
_CHART = {"chart", "차트", "그래프"}
_HEATMAP = {"heatmap", "히트맵", "요일"}
_RESET = {"reset", "초기화"}
_TABLES = {
    Table.BUCKETS: {"counts", "buckets", "개수"},
    Table.OBSERVATIONS: {"observations", "기록"},
}
_FORMS = {form: {form.value} for form in Form}
_CHANNEL_MENTION = re.compile(r"<#(\w+)(?:\|[^>]*)?>")


def _meaning(word: str, vocabulary: Mapping[T, set[str]]) -> T | None:
    return next((it for it, spellings in vocabulary.items() if word.lower() in spellings), None)


def parse(text: str) -> Command:
    """Read what follows `/emotion`.

    A verb counts only where the words after it fit it, so that `/emotion me too!` is a text to
    analyze and not a question about oneself. `analyze` and `settings` take whatever follows.
    """
    words = text.split()
    if not words:
        return ChannelMood()
    verb, rest = _meaning(words[0], _VERBS), words[1:]
    command: Command | None = None
    if verb == "channel":
        command = _channel(rest)
    elif verb == "settings":
        command = _settings(rest)
    elif verb == "privacy":
        command = _privacy(rest)
    elif verb == "digest":
        command = _digest(rest)
    elif verb == "export":
        command = _export(rest)
    elif verb == "analyze":
        command = Analyze(text=text.strip().split(maxsplit=1)[1]) if rest else Help()
    elif verb and not rest:
        command = _BARE[verb]
    return command or Analyze(text=text.strip())


def _channel(words: list[str]) -> ChannelMood | None:
    channel: str | None = None
    window: str | None = None
    chart = heatmap = False
    for word in words:
        if mention := _CHANNEL_MENTION.fullmatch(word):
            channel = mention[1]
        elif word.startswith("#") and len(word) > 1:
            channel = word
        elif WINDOW_WORD.fullmatch(word):
            window = word.lower()
        elif word.lower() in _CHART:
            chart = True
        elif word.lower() in _HEATMAP:
            heatmap = True
        else:
            return None
    return ChannelMood(channel=channel, window=window, chart=chart, heatmap=heatmap)


def _settings(words: list[str]) -> Settings:
    level = _meaning(words[0], _LEVELS) if words else None
    if level:
        words = words[1:]
    if not words:
        return Settings(level=level)
    key, value = words[0].lower(), " ".join(words[1:])
    if value.lower() in _RESET:
        return Settings(level=level, key=key, reset=True)
    return Settings(level=level, key=key, value=value or None)


def _digest(words: list[str]) -> Digest | None:
    if not words:
        return Digest()
    return Digest(value=" ".join(words)) if _meaning(words[0], EVERY_WORDS) else None


def _export(words: list[str]) -> Export | None:
    tables = [table for word in words if (table := _meaning(word, _TABLES))]
    forms = [form for word in words if (form := _meaning(word, _FORMS))]
    rest = [it for it in words if not (_meaning(it, _TABLES) or _meaning(it, _FORMS))]
    asked = _channel(rest)
    if asked is None or asked.chart or asked.heatmap:
        return None
    return Export(
        table=tables[-1] if tables else Table.BUCKETS,
        form=forms[-1] if forms else Form.CSV,
        channel=asked.channel,
        window=asked.window,
    )


def _privacy(words: list[str]) -> Privacy | None:
    if not words:
        return Privacy()
    action = _meaning("-".join(words), _ACTIONS)
    return Privacy(action=action) if action else None
