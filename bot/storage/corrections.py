"""What people say a message should have been read as: rows of a message and of who corrected it.

The message is a keyed hash here. Its text is in a row only where the workspace asked for texts.
"""

import sqlite3
from collections.abc import Iterable
from typing import Any

from bot.events import ChannelRef, Platform
from bot.observations import Correction
from bot.storage.batch import Batch
from bot.storage.rows import from_micros, micros

STEP = (
    """CREATE TABLE corrections (
        message BLOB NOT NULL, corrector BLOB NOT NULL,
        author BLOB NOT NULL,
        channel_id INTEGER NOT NULL REFERENCES channels (id),
        at INTEGER NOT NULL,
        revision_id INTEGER NOT NULL REFERENCES revisions (id),
        given TEXT, meant TEXT NOT NULL,
        text TEXT,
        PRIMARY KEY (message, corrector)) WITHOUT ROWID""",
)
THREAD_STEP = ("ALTER TABLE corrections ADD COLUMN thread TEXT",)
# `correction()` reads the rows of this.
SELECT_CORRECTION = """
SELECT c.platform, c.workspace, c.channel, k.message, k.corrector, k.author, k.at,
       r.label_set, r.revision, k.given, k.meant, k.text, k.thread
FROM corrections AS k
JOIN channels AS c ON c.id = k.channel_id
JOIN revisions AS r ON r.id = k.revision_id
"""
_UPSERT = """
INSERT INTO corrections (message, corrector, author, channel_id, at, revision_id,
                         given, meant, text, thread)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (message, corrector) DO UPDATE SET
    at = excluded.at, revision_id = excluded.revision_id, given = excluded.given,
    meant = excluded.meant, text = excluded.text
"""


def keep(batch: Batch, row: Correction, channel_name: str | None) -> bool:
    """Keep a correction, in place of an earlier one by the same person.

    Not where the message has been deleted meanwhile, or one of the two people opted out.
    """
    people = (row.corrector, row.author)
    gone = batch.db.execute("SELECT 1 FROM tombstones WHERE key = ?", (row.message,)).fetchone()
    out = batch.db.execute(
        "SELECT 1 FROM consent "
        "WHERE platform = ? AND workspace = ? AND author IN (?, ?) AND choice = 'out'",
        (row.channel.platform, row.channel.workspace, *people),
    ).fetchone()
    if gone or out:
        return False
    batch.db.execute(
        _UPSERT,
        (
            row.message,
            *people,
            batch.channel_id(row.channel, channel_name),
            micros(row.at),
            batch.revision_id(row.revision, row.label_set),
            row.given,
            row.meant,
            row.text,
            row.thread,
        ),
    )
    return True


def forget_person(db: sqlite3.Connection, person: bytes) -> None:
    """Forget what a person corrected, and what was corrected of theirs."""
    db.execute("DELETE FROM corrections WHERE corrector = ? OR author = ?", (person, person))


def forget_channel(db: sqlite3.Connection, channel_id: int) -> None:
    """Forget the corrections of a removed channel."""
    db.execute("DELETE FROM corrections WHERE channel_id = ?", (channel_id,))


def forget_thread(db: sqlite3.Connection, channel: ChannelRef, thread: str) -> None:
    """Forget the corrections of a deleted thread, of messages that were never counted too."""
    db.execute(
        "DELETE FROM corrections WHERE thread = ? AND channel_id IN "
        "(SELECT id FROM channels WHERE platform = ? AND workspace = ? AND channel = ?)",
        (thread, channel.platform, channel.workspace, channel.channel),
    )


def expire(db: sqlite3.Connection, channel_id: int, before: int) -> None:
    """Forget the corrections made before `before`, in microseconds."""
    db.execute("DELETE FROM corrections WHERE channel_id = ? AND at < ?", (channel_id, before))


def forget_texts(
    db: sqlite3.Connection, platform: Platform, workspace: str, *, but_opted_in: bool
) -> None:
    """Take the texts out of a workspace's corrections, or only those of who did not opt in."""
    here = (platform, workspace)
    db.execute(
        "UPDATE corrections SET text = NULL WHERE text IS NOT NULL AND channel_id IN "
        "(SELECT id FROM channels WHERE platform = ? AND workspace = ?) AND (? OR author NOT IN "
        "(SELECT author FROM consent WHERE platform = ? AND workspace = ? AND choice = 'in'))",
        (*here, not but_opted_in, *here),
    )


def correction(row: Iterable[Any]) -> Correction:
    """The correction in a row of SELECT_CORRECTION."""
    (
        platform, workspace, channel, message, corrector, author, at,
        label_set, revision, given, meant, text, thread,
    ) = row  # fmt: skip
    return Correction(
        channel=ChannelRef(platform=Platform(platform), workspace=workspace, channel=channel),
        message=message,
        corrector=corrector,
        author=author,
        at=from_micros(at),
        label_set=label_set,
        revision=revision,
        given=given,
        meant=meant,
        text=text,
        thread=thread,
    )
