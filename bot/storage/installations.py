"""Where the bot was installed, by sealed token, and which of the past it has yet to read.

The token is sealed before it comes here: what lies in the file is worth nothing without the key.
"""

import sqlite3
from collections.abc import Mapping
from datetime import datetime

from bot.events import ChannelRef, Platform
from bot.storage.rows import micros

STEP = (
    """CREATE TABLE installations (
        platform TEXT NOT NULL, workspace TEXT NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (platform, workspace)) WITHOUT ROWID""",
    """CREATE TABLE history (
        platform TEXT NOT NULL, workspace TEXT NOT NULL, channel TEXT NOT NULL,
        since INTEGER NOT NULL,
        place TEXT NOT NULL,
        PRIMARY KEY (platform, workspace, channel)) WITHOUT ROWID""",
)
GAP_STEP = (
    """CREATE TABLE gaps (
        platform TEXT NOT NULL, workspace TEXT NOT NULL,
        since INTEGER NOT NULL,
        PRIMARY KEY (platform, workspace)) WITHOUT ROWID""",
)


def keep_installation(
    db: sqlite3.Connection, platform: Platform, workspace: str, sealed: bytes
) -> None:
    """Keep a workspace's sealed token."""
    db.execute(
        "INSERT INTO installations (platform, workspace, sealed) VALUES (?, ?, ?) "
        "ON CONFLICT (platform, workspace) DO UPDATE SET sealed = excluded.sealed",
        (platform, workspace, sealed),
    )


def note_history(db: sqlite3.Connection, channel: ChannelRef, since: datetime, place: str) -> None:
    """Keep how far the reading of a channel's history has come."""
    db.execute(
        "INSERT INTO history (platform, workspace, channel, since, place) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (platform, workspace, channel) "
        "DO UPDATE SET since = excluded.since, place = excluded.place",
        (channel.platform, channel.workspace, channel.channel, micros(since), place),
    )


def note_gaps(db: sqlite3.Connection, platform: Platform, since: Mapping[str, datetime]) -> None:
    """Keep since when workspaces were not listened to; an earlier moment stands."""
    db.executemany(
        "INSERT INTO gaps (platform, workspace, since) VALUES (?, ?, ?) "
        "ON CONFLICT (platform, workspace) DO UPDATE SET since = excluded.since "
        "WHERE excluded.since < gaps.since",
        [(platform, workspace, micros(at)) for workspace, at in since.items()],
    )


def close_gap(db: sqlite3.Connection, platform: Platform, workspace: str) -> None:
    """Forget a gap, of which all has been read."""
    db.execute("DELETE FROM gaps WHERE platform = ? AND workspace = ?", (platform, workspace))


def forget_workspace(db: sqlite3.Connection, platform: Platform, workspace: str) -> None:
    """Forget what was read of a removed workspace and what was not, and its token."""
    for table in ("installations", "history", "gaps"):
        db.execute(
            f"DELETE FROM {table} WHERE platform = ? AND workspace = ?", (platform, workspace)
        )


def forget_channel(db: sqlite3.Connection, channel: ChannelRef) -> None:
    """Forget how far a removed channel was read."""
    db.execute(
        "DELETE FROM history WHERE platform = ? AND workspace = ? AND channel = ?",
        (channel.platform, channel.workspace, channel.channel),
    )
