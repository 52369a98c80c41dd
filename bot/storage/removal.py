"""The ways rows leave: a person's wish, a removed workspace or channel, old age.

Each function runs inside the writer's transaction.
"""

import sqlite3
from datetime import datetime
from typing import Any

from bot.events import ChannelRef, MessageRef, Platform
from bot.storage import corrections, installations, posts
from bot.storage.batch import PIECE, Batch
from bot.storage.fold import Remove
from bot.storage.rows import HOUR_MICROS, hours, micros

# An index leap from each author to the next: its cost is in people, not in messages.
PEOPLE = """
WITH RECURSIVE person (author) AS (
    SELECT min(author) FROM observations WHERE channel_id = :channel
    UNION ALL
    SELECT (SELECT min(o.author) FROM observations AS o
            WHERE o.channel_id = :channel AND o.author > person.author)
    FROM person WHERE person.author IS NOT NULL
)
"""


def erase(batch: Batch, platform: Platform, workspace: str, author: bytes) -> int:
    """Remove one person's observations as if each message had been deleted; how many there were.

    What they corrected goes too, and what was corrected of theirs.

    Each leaves a tombstone, so that reading the channel's history again does not bring it back.
    """
    erased = 0
    while refs := _messages_of(batch.db, platform, workspace, author):
        batch.apply([Remove(ref) for ref in refs])
        erased += len(refs)
    corrections.forget_person(batch.db, author)
    return erased


def erase_thread(batch: Batch, channel: ChannelRef, thread: str) -> int:
    """Remove a deleted thread's observations as if each message had been; how many there were."""
    messages = _column(
        batch.db,
        "SELECT o.message FROM channels AS c JOIN observations AS o ON o.channel_id = c.id "
        "WHERE c.platform = ? AND c.workspace = ? AND c.channel = ? AND o.thread = ?",
        (channel.platform, channel.workspace, channel.channel, thread),
    )
    batch.apply([Remove(MessageRef(channel=channel, message=str(it))) for it in messages])
    corrections.forget_thread(batch.db, channel, thread)
    return len(messages)


def purge_workspace(db: sqlite3.Connection, platform: Platform, workspace: str) -> int:
    """Remove all that is known of a workspace but its members' opt-outs; how many observations.

    Those hold if the bot is invited again; they are keyed hashes and say nothing else.
    """
    here = (platform, workspace)
    ids = _column(db, "SELECT id FROM channels WHERE platform = ? AND workspace = ?", here)
    purged = _purge(db, ids)
    for sql in (
        "DELETE FROM preferences WHERE platform = ? AND workspace = ?",
        "DELETE FROM consent WHERE platform = ? AND workspace = ? AND choice = 'in'",
    ):
        db.execute(sql, here)
    installations.forget_workspace(db, platform, workspace)
    posts.forget_workspace(db, platform, workspace)
    return purged


def purge_channel(db: sqlite3.Connection, channel: ChannelRef) -> int:
    """Remove all that is known of a channel; how many observations there were."""
    here = (channel.platform, channel.workspace, channel.channel)
    ids = _column(
        db,
        "SELECT id FROM channels WHERE platform = ? AND workspace = ? AND channel = ?",
        here,
    )
    purged = _purge(db, ids)
    db.execute(
        "DELETE FROM preferences "
        "WHERE platform = ? AND workspace = ? AND level = 'channel' AND target = ?",
        here,
    )
    installations.forget_channel(db, channel)
    posts.forget_channel(db, channel)
    return purged


def expire(
    db: sqlite3.Connection,
    platform: Platform,
    workspace: str,
    before: datetime,
    now: datetime,
) -> int:
    """Remove the observations of whole hours before `before`; how many there were.

    Their buckets stay, and are final: the channel remembers up to which hour it lost rows, and a
    message from before it is never counted again, since nobody could tell whether it had been.
    """
    db.execute("DELETE FROM tombstones WHERE expires_at <= ?", (micros(now),))
    expired = 0
    for channel_id in _column(
        db,
        "SELECT id FROM channels WHERE platform = ? AND workspace = ?",
        (platform, workspace),
    ):
        expired += _expire_channel(db, channel_id, hours(before) * HOUR_MICROS)
        corrections.expire(db, channel_id, hours(before) * HOUR_MICROS)
    return expired


def _expire_channel(db: sqlite3.Connection, channel_id: int, before: int) -> int:
    here = {"channel": channel_id, "before": before}
    old = (
        "channel_id = :channel AND sent_at < :before "
        f"AND author IN ({PEOPLE} SELECT author FROM person)"
    )
    [latest] = _column(db, f"SELECT max(sent_at) FROM observations WHERE {old}", here)
    if latest is None:
        return 0
    cursor = db.execute(f"DELETE FROM observations WHERE {old}", here)
    settled_before = latest // HOUR_MICROS + 1
    db.execute(
        "UPDATE channels SET settled_before = ? WHERE id = ? AND coalesce(settled_before, 0) < ?",
        (settled_before, channel_id, settled_before),
    )
    return cursor.rowcount


def _purge(db: sqlite3.Connection, channel_ids: list[int]) -> int:
    observations = 0
    for here in [(channel_id,) for channel_id in channel_ids]:
        observations += db.execute("DELETE FROM observations WHERE channel_id = ?", here).rowcount
        db.execute("DELETE FROM buckets WHERE channel_id = ?", here)
        corrections.forget_channel(db, here[0])
        db.execute("DELETE FROM channels WHERE id = ?", here)
    return observations


def _messages_of(
    db: sqlite3.Connection, platform: Platform, workspace: str, author: bytes
) -> list[MessageRef]:
    """Some of a person's messages, as many as go well in one piece."""
    rows = db.execute(
        "SELECT c.channel, o.message FROM channels AS c "
        "JOIN observations AS o ON o.channel_id = c.id AND o.author = ? "
        "WHERE c.platform = ? AND c.workspace = ? LIMIT ?",
        (author, platform, workspace, PIECE),
    )
    return [
        MessageRef(
            channel=ChannelRef(platform=platform, workspace=workspace, channel=channel),
            message=message,
        )
        for channel, message in rows
    ]


def _column(db: sqlite3.Connection, sql: str, values: Any) -> list[Any]:
    return [row[0] for row in db.execute(sql, values)]
