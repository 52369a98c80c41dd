"""Chat types: what adapters hand to the core and what they get back.

Pure values, no platform library. Times are aware UTC datetimes.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from classifier.base import Label, Prediction


class Platform(StrEnum):
    """Where a chat lives."""

    DISCORD = "discord"
    SLACK = "slack"
    CONSOLE = "console"


class Kind(StrEnum):
    """What happened to a message."""

    NEW = "new"
    EDITED = "edited"
    DELETED = "deleted"


class Source(StrEnum):
    """Who speaks. Only a person's messages are scored."""

    PERSON = "person"
    SELF = "self"
    BOT = "bot"
    WEBHOOK = "webhook"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRef:
    """A channel's address. A thread's messages carry their parent channel's."""

    platform: Platform
    workspace: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRef:
    """A message's address, the same in every delivery of it: the idempotency key."""

    channel: ChannelRef
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEvent:
    """One chat message as the platform delivered it.

    `revised_at` orders the deliveries of one message: the sending time of a new message, the
    edit time of an edit, so that an old delivery never overwrites a newer one. A deletion
    carries no author and no text.
    """

    kind: Kind
    ref: MessageRef
    sent_at: datetime
    revised_at: datetime
    author: str = ""
    text: str = field(default="", repr=False)  # repr would let it slip into a log
    source: Source = Source.PERSON
    thread: str | None = None  # where inside the channel to answer; never a key
    category: str | None = None  # the channel's category, for settings by category
    roles: frozenset[str] = frozenset()
    channel_name: str | None = None
    shared: bool = False  # the channel is shared with another organisation (Slack Connect)
    live: bool = True  # False for history read after the fact: counted, never reacted to


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """An emoji the bot puts on a message."""

    emoji: str
    slack: str  # its Slack short name, without colons

    @classmethod
    def of(cls, label: Label) -> "Reaction":
        """The reaction that shows `label`."""
        return cls(emoji=label.emoji, slack=label.slack)


class Rule(StrEnum):
    """The rule that decided what happens to a message; `why` names it to people."""

    REACTED = "reacted"  # a reaction (or, in mode label, a reply) is due
    # stopped at the gate: neither counted nor shown
    NOT_A_PERSON = "not_a_person"
    OFF = "off"
    OPTED_OUT = "opted_out"
    NOT_OPTED_IN = "not_opted_in"
    IGNORED_ROLE = "ignored_role"
    IGNORED_USER = "ignored_user"
    SHARED_CHANNEL = "shared_channel"
    EMPTY = "empty"
    # not new: a duplicate, an older delivery, an unchanged edit, a deleted message
    NOTHING_NEW = "nothing_new"
    DELETED = "deleted"
    UNAVAILABLE = "unavailable"  # the classifier refused or failed; the message is not counted
    # counted, not shown
    ABSTAINED = "abstained"
    STATS_ONLY = "stats_only"
    NEUTRAL = "neutral"
    BELOW_THRESHOLD = "below_threshold"
    DISTRESS = "distress"
    STALE = "stale"
    COOLDOWN = "cooldown"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the core decided for one message event; the adapter carries it out."""

    rule: Rule
    prediction: Prediction | None = None
    reaction: Reaction | None = None  # put this on the message
    retract: Reaction | None = None  # ours from an earlier version: take it away first
    reply: str | None = None  # say this under the message (mode label)


class Tone(StrEnum):
    """What a reply is about, so that a platform can colour it."""

    PLAIN = "plain"
    GOOD = "good"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart: PNG bytes, and what it shows in words for those who cannot see it."""

    png: bytes = field(repr=False)
    name: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One named line of a reply, with a share to draw as a bar where the platform can."""

    name: str
    value: str
    share: float | None = None  # 0..1


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One label to choose, under its group's name."""

    value: str
    name: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A correction the asker may make: a button, or with options a menu.

    What is pressed or chosen goes back to the core with the `ticket`.
    """

    ticket: str
    words: str
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address to open, and the words to show for it."""

    words: str
    address: str = field(repr=False)  # it may let in whoever has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer to a command, in words; each adapter gives it its platform's face."""

    title: str
    text: str = ""
    fields: tuple[Field, ...] = ()
    footer: str = ""
    link: Link | None = None
    picture: Picture | None = None
    attachment: tuple[str, bytes] | None = None  # a file name and its content (export)
    offer: Offer | None = None
    ephemeral: bool = True
    tone: Tone = Tone.PLAIN
    once: str | None = None  # of a post: sent again with the same mark, it is the same post


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRequest:
    """A `/emotion` command as a person gave it, on any platform."""

    channel: ChannelRef
    author: str
    text: str = field(default="", repr=False)  # all that follows `/emotion`
    locale: str | None = None  # what the platform says the person reads
    is_manager: bool = False
    category: str | None = None
    roles: frozenset[str] = frozenset()
    target: MessageEvent | None = None  # the message a menu or shortcut was opened on
    channel_name: str | None = None
    # Whether the asker may read another channel; None: they may ask about this one only.
    can_read: Callable[[ChannelRef], Awaitable[bool]] | None = None
