"""How values lie in the database: times as whole numbers since 1970, UTC, and one SELECT."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.events import ChannelRef, MessageRef, Platform, Reaction
from bot.observations import Observation

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR_MICROS = 3_600_000_000
_MICRO = timedelta(microseconds=1)
_HOUR = timedelta(hours=1)

# `observation()` reads the rows of this.
SELECT_OBSERVATION = """
SELECT c.platform, c.workspace, c.channel, o.message, o.author, o.sent_at, o.revised_at,
       r.label_set, o.label, o.score, r.revision, o.reaction_emoji, o.reaction_slack,
       o.thread
FROM {source}
JOIN channels AS c ON c.id = o.channel_id
JOIN revisions AS r ON r.id = o.revision_id
"""


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - EPOCH) // _MICRO


def hours(at: datetime) -> int:
    """Whole hours since 1970."""
    return (at - EPOCH) // _HOUR


def hours_up(at: datetime) -> int:
    """Hours since 1970, a begun hour counting as whole."""
    return -((EPOCH - at) // _HOUR)


def from_micros(value: int) -> datetime:
    """The moment `value` microseconds after 1970."""
    return EPOCH + timedelta(microseconds=value)


def from_hours(value: int) -> datetime:
    """The moment `value` hours after 1970."""
    return EPOCH + timedelta(hours=value)


def marks(count: int, mark: str = "?") -> str:
    """`count` placeholders for an IN or VALUES list."""
    return ",".join([mark] * count)


def observation(row: Iterable[Any]) -> Observation:
    """The observation in a row of SELECT_OBSERVATION."""
    (
        platform, workspace, channel, message, author, sent_at, revised_at,
        label_set, label, score, revision, emoji, slack, thread,
    ) = row  # fmt: skip
    return Observation(
        ref=MessageRef(
            channel=ChannelRef(platform=Platform(platform), workspace=workspace, channel=channel),
            message=message,
        ),
        author=author,
        sent_at=from_micros(sent_at),
        revised_at=from_micros(revised_at),
        label_set=label_set,
        label=label,
        score=score,
        revision=revision,
        reaction=Reaction(emoji=emoji, slack=slack) if emoji is not None else None,
        thread=thread,
    )
