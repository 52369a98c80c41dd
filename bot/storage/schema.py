"""The tables, as numbered steps, and the check that a file is ours before anything touches it.

Times are whole microseconds since 1970, hours whole hours, both UTC.
"""

import sqlite3
from pathlib import Path

from bot.errors import StorageError
from bot.storage import corrections, installations, posts
from bot.storage.connection import transaction

APPLICATION_ID = 0x4D61756D  # "Maum"; SQLite keeps it in the file's header

_FIRST = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL)",
    """CREATE TABLE channels (
        id INTEGER PRIMARY KEY,
        platform TEXT NOT NULL, workspace TEXT NOT NULL, channel TEXT NOT NULL,
        name TEXT,
        UNIQUE (platform, workspace, channel))""",
    """CREATE TABLE revisions (
        id INTEGER PRIMARY KEY,
        revision TEXT NOT NULL, label_set TEXT NOT NULL,
        UNIQUE (revision, label_set))""",
    """CREATE TABLE observations (
        channel_id INTEGER NOT NULL REFERENCES channels (id),
        message TEXT NOT NULL,
        author BLOB NOT NULL,
        sent_at INTEGER NOT NULL,
        revised_at INTEGER NOT NULL,
        revision_id INTEGER NOT NULL REFERENCES revisions (id),
        label TEXT,
        score REAL NOT NULL,
        reaction_emoji TEXT, reaction_slack TEXT,
        PRIMARY KEY (channel_id, message)) WITHOUT ROWID""",
    # The unscored have the label '': in a primary key NULL is not portable.
    """CREATE TABLE buckets (
        channel_id INTEGER NOT NULL REFERENCES channels (id),
        hour INTEGER NOT NULL,
        label_set TEXT NOT NULL, label TEXT NOT NULL,
        count INTEGER NOT NULL CHECK (count >= 0),
        PRIMARY KEY (channel_id, hour, label_set, label)) WITHOUT ROWID""",
    """CREATE TABLE tombstones (
        key BLOB PRIMARY KEY,
        expires_at INTEGER NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE consent (
        platform TEXT NOT NULL, workspace TEXT NOT NULL, author BLOB NOT NULL,
        choice TEXT NOT NULL CHECK (choice IN ('in', 'out')),
        at INTEGER NOT NULL,
        PRIMARY KEY (platform, workspace, author)) WITHOUT ROWID""",
    """CREATE TABLE preferences (
        platform TEXT NOT NULL, workspace TEXT NOT NULL,
        level TEXT NOT NULL, target TEXT NOT NULL,
        key TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (platform, workspace, level, target, key)) WITHOUT ROWID""",
)
_PEOPLE_AND_RETENTION = (
    # One person's rows, and a channel's people by leaps from one author to the next.
    "CREATE INDEX observations_by_author ON observations (channel_id, author, sent_at)",
    # Hours before this have lost observations to retention; their buckets are final.
    "ALTER TABLE channels ADD COLUMN settled_before INTEGER",
)
# On Discord a thread is deleted with all its messages, and of these nothing more is told.
_THREADS = ("ALTER TABLE observations ADD COLUMN thread TEXT",)
# The step at position n makes version n + 1. A published step never changes.
STEPS = (
    _FIRST, _PEOPLE_AND_RETENTION, installations.STEP, posts.STEP, corrections.STEP, _THREADS,
    corrections.THREAD_STEP, installations.GAP_STEP,
)  # fmt: skip
VERSION = len(STEPS)


def recognise(path: Path) -> bool:
    """Whether a database of ours is at `path`; False for nothing there, StorageError for others.

    Reads the header only (sqlite.org/fileformat.html): opening a foreign file with SQLite could
    already write to it.
    """
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        return False
    except IsADirectoryError as error:
        message = f"{path} is a folder; set MAEUM_DATABASE to the path of a file."
        raise StorageError(message) from error
    except OSError as error:
        message = f"The database {path} cannot be read ({error.strerror}); check its permissions."
        raise StorageError(message) from error
    if not header:
        return False
    if len(header) < 100 or not header.startswith(b"SQLite format 3\x00"):
        raise StorageError(
            f"The file {path} is not a SQLite database; set MAEUM_DATABASE to another path."
        )
    application = int.from_bytes(header[68:72], "big")
    if application != APPLICATION_ID:
        # Our own first start may have been killed while it wrote; SQLite rolls that back.
        if path.with_name(path.name + "-journal").exists():
            return False
        raise _foreign(path)
    _refuse_newer(int.from_bytes(header[60:64], "big"), path)
    return True


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring the database to this program's version, a transaction a step."""
    while _took_step(db, path):
        pass


def _took_step(db: sqlite3.Connection, path: Path) -> bool:
    with transaction(db):  # another process may be migrating too, so look inside
        version = _number(db, "PRAGMA user_version")
        tables = _number(db, "SELECT count(*) FROM sqlite_master")
        if tables and _number(db, "PRAGMA application_id") != APPLICATION_ID:
            raise _foreign(path)
        _refuse_newer(version, path)
        if version == VERSION:
            return False
        for statement in STEPS[version]:
            db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {version + 1}")
    return True


def check_key(db: sqlite3.Connection, path: Path, fingerprint: bytes) -> None:
    """Bind a new database to its key; refuse another key, under which no opt-out would hold."""
    db.execute(
        "INSERT INTO meta (name, value) VALUES ('key', ?) ON CONFLICT (name) DO NOTHING",
        (fingerprint,),
    )
    if db.execute("SELECT value FROM meta WHERE name = 'key'").fetchone() != (fingerprint,):
        raise StorageError(
            f"The key does not belong to the database {path}, so opt-outs would be lost; "
            "restore its key file or the MAEUM_SECRET it was made with."
        )


def _foreign(path: Path) -> StorageError:
    return StorageError(
        f"The database {path} belongs to another program and was left untouched; "
        "set MAEUM_DATABASE to another path."
    )


def _refuse_newer(version: int, path: Path) -> None:
    if version > VERSION:
        raise StorageError(
            f"The database {path} has version {version} and this maeum knows up to {VERSION}; "
            "update maeum, or set MAEUM_DATABASE to another path."
        )


def _number(db: sqlite3.Connection, sql: str) -> int:
    return int(db.execute(sql).fetchone()[0])
