"""What the bot said of its own accord, so that it says each thing once: the last of each kind.

The row of a post is claimed before it is sent, in a transaction: of several processes one gets
it. The claim holds for a while, until the post is settled: what a crash left unsettled is claimed
again. Only a crash between the platform's taking it and the row's settling, milliseconds, could
double a post; a claim that held for ever would lose one in each crash while it is made and sent.
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
# How long a claim holds: longer than a post may take, so that no other process takes it meanwhile.
LEASE = timedelta(minutes=5)
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

    A claim that is never settled counts as a failure, and may be taken again after its lease. None
    are taken less than `apart` after one, or before it. A `plan` first seen begins with the next
    due time unless `begin` says with this one.
    """
    where = (*_columns(channel), kind)
    row = db.execute(
        f"SELECT plan, due, failures, retry_at FROM posts WHERE {_PLACE}", where
    ).fetchone()
    moment, over = micros(due), micros(now + LEASE)
    if row is None or row[0] != plan:
        db.execute(f"DELETE FROM posts WHERE {_PLACE}", where)
        held = (1, over) if begin else (0, None)
        db.execute(
            "INSERT INTO posts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*where, plan, moment, *held)
        )
        return 0 if begin else None
    _, last, failures, retry_at = row
    if moment > last and moment - last >= apart // _MICRO:
        failures = 0
    elif moment < last or retry_at is None or retry_at > micros(now):
        return None
    db.execute(
        f"UPDATE posts SET due = ?, failures = ?, retry_at = ? WHERE {_PLACE}",
        (moment, failures + 1, over, *where),
    )
    return int(failures)


def settle(
    db: sqlite3.Connection,
    channel: ChannelRef,
    kind: str,
    retry_at: datetime | None,
) -> None:
    """End a claim: the post failed and may be claimed again at `retry_at`, or with None it may not.

    The latter when it was sent, had nothing to tell, or is given up.
    """
    db.execute(
        f"UPDATE posts SET retry_at = ? WHERE {_PLACE}",
        (micros(retry_at) if retry_at else None, *_columns(channel), kind),
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
