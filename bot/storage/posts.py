"""What the bot said of its own accord, so that it says each thing once: the last of each kind.

The row of a post is claimed before it is sent, in a transaction: of several processes one gets
it, and a crash between the two loses a post rather than doubling it.
"""

import sqlite3
from datetime import datetime, timedelta

from bot.events import ChannelRef
from bot.storage.rows import micros

STEP = (
    """CREATE TABLE posts (
        platform TEXT NOT NULL, workspace TEXT NOT NULL, channel TEXT NOT NULL,
        kind TEXT NOT NULL,
        plan TEXT NOT NULL,
        due INTEGER NOT NULL,
        failures INTEGER NOT NULL,
        retry_at INTEGER,
        PRIMARY KEY (platform, workspace, channel, kind)) WITHOUT ROWID""",
)
_MICRO = timedelta(microseconds=1)
_PLACE = "platform = ? AND workspace = ? AND channel = ? AND kind = ?"


def claim(
    db: sqlite3.Connection,
    channel: ChannelRef,
    kind: str,
    *,
    plan: str,
    due: datetime,
    now: datetime,
    begin: bool,
    apart: timedelta = timedelta(),
) -> int | None:
    """Take the post about `channel` due at `due`; how often it failed, or None: not to be sent.

    It is not where one less than `apart` before it, or a later one, was taken already. A `plan`
    first seen begins with the next due time unless `begin` says with this one.
    """
    where = (*_columns(channel), kind)
    row = db.execute(
        f"SELECT plan, due, failures, retry_at FROM posts WHERE {_PLACE}", where
    ).fetchone()
    moment = micros(due)
    if row is None or row[0] != plan:
        db.execute(f"DELETE FROM posts WHERE {_PLACE}", where)
        db.execute("INSERT INTO posts VALUES (?, ?, ?, ?, ?, ?, 0, NULL)", (*where, plan, moment))
        return 0 if begin else None
    _, last, failures, retry_at = row
    if moment > last and moment - last >= apart // _MICRO:
        failures = 0
    elif moment < last or retry_at is None or retry_at > micros(now):
        return None
    db.execute(
        f"UPDATE posts SET due = ?, failures = ?, retry_at = NULL WHERE {_PLACE}",
        (moment, failures, *where),
    )
    return int(failures)


def note_failure(
    db: sqlite3.Connection,
    channel: ChannelRef,
    kind: str,
    failures: int,
    retry_at: datetime | None,
) -> None:
    """Keep that a post failed, and when it may be claimed again; None is never."""
    db.execute(
        f"UPDATE posts SET failures = ?, retry_at = ? WHERE {_PLACE}",
        (failures, micros(retry_at) if retry_at else None, *_columns(channel), kind),
    )


def forget_workspace(db: sqlite3.Connection, platform: str, workspace: str) -> None:
    """Forget what was said in a removed workspace."""
    db.execute("DELETE FROM posts WHERE platform = ? AND workspace = ?", (platform, workspace))


def forget_channel(db: sqlite3.Connection, channel: ChannelRef) -> None:
    """Forget what was said about a removed channel."""
    db.execute(
        "DELETE FROM posts WHERE platform = ? AND workspace = ? AND channel = ?",
        _columns(channel),
    )


def _columns(channel: ChannelRef) -> tuple[str, str, str]:
    return (channel.platform, channel.workspace, channel.channel)
