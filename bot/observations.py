"""What the store keeps of a message, and what it says when it kept it."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.events import ChannelRef, MessageRef, Reaction
from classifier.base import Prediction


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One classified message. Never its text, never its author's id."""

    ref: MessageRef
    author: bytes  # pseudonym
    sent_at: datetime
    revised_at: datetime
    label_set: str
    label: str | None  # a label key; None when the model abstained: "unscored"
    score: float
    revision: str  # of the bundle that made it
    reaction: Reaction | None = None  # what the bot put on the message
    thread: str | None = None  # of the channel, if it was said in one

    @classmethod
    def of(
        cls,
        ref: MessageRef,
        prediction: Prediction,
        *,
        author: bytes,
        sent_at: datetime,
        revised_at: datetime,
        thread: str | None = None,
    ) -> "Observation":
        """The observation that `prediction` makes of the message at `ref`."""
        return cls(
            ref=ref,
            author=author,
            sent_at=sent_at,
            revised_at=revised_at,
            label_set=prediction.label_set,
            label=prediction.label.key if prediction.label else None,
            score=prediction.score,
            revision=prediction.revision,
            thread=thread,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a write did. `applied` is False for a duplicate, an older delivery or a tombstone."""

    applied: bool
    before: Observation | None = None  # the row that was replaced or removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What somebody says a message should have been read as."""

    channel: ChannelRef
    message: bytes  # its keyed hash, as in a tombstone
    corrector: bytes  # pseudonym
    author: bytes  # pseudonym
    at: datetime
    label_set: str
    revision: str  # of the bundle that read it
    given: str | None  # the label it got; None where the model abstained
    meant: str  # the label it should have got
    text: str | None = field(default=None, repr=False)  # as the model read it
    thread: str | None = None  # inside the channel, where there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionCount:
    """How many corrections a workspace has, and how many of them hold a text."""

    kept: int
    with_text: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """How often one label was observed in a channel in one hour. Holds no person."""

    hour: datetime  # its beginning
    label_set: str
    label: str | None  # None counts the unscored
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTotals:
    """What was counted in a channel over a whole window, its hours not told apart."""

    channel: ChannelRef
    name: str | None
    people: int
    counts: tuple[Bucket, ...]  # one a label, each in the first hour that has it


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelActivity:
    """A channel the store knows, with all it counted there."""

    channel: ChannelRef
    name: str | None
    messages: int
    last_at: datetime | None  # the latest hour with a message
