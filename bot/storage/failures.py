"""SQLite's failures, told in one sentence that names the file and the mend."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import StorageError

_SENTENCES = {
    sqlite3.SQLITE_BUSY: "The database {path} is locked by another program; stop that program "
    "(perhaps a second maeum) and try again.",
    sqlite3.SQLITE_FULL: "The database {path} cannot grow because its disk is full; "
    "free some space and try again.",
    sqlite3.SQLITE_READONLY: "The database {path} is read-only; give this user the right to "
    "write to it and to its folder.",
    sqlite3.SQLITE_CANTOPEN: "The database {path} cannot be opened; check that its folder exists "
    "and that this user may write there.",
    sqlite3.SQLITE_CORRUPT: "The database {path} is damaged; restore it from a backup, "
    "or move it away to start a new one.",
    sqlite3.SQLITE_NOTADB: "The file {path} is not a SQLite database; "
    "set MAEUM_DATABASE to another path.",
    sqlite3.SQLITE_IOERR: "The disk failed on the database {path} ({name}); "
    "check the disk and try again.",
}
_SENTENCES[sqlite3.SQLITE_LOCKED] = _SENTENCES[sqlite3.SQLITE_BUSY]
_SENTENCES[sqlite3.SQLITE_PERM] = _SENTENCES[sqlite3.SQLITE_READONLY]

# A value SQLite cannot keep: half a surrogate pair, a number of more than 64 bits.
_BAD_VALUES = (UnicodeError, OverflowError, sqlite3.DataError, sqlite3.ProgrammingError)


def is_of_the_file(error: Exception) -> bool:
    """Whether the file or disk failed, so that trying the same again at once is no use."""
    return isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError


def sentence(error: Exception, path: Path) -> str | None:
    """What to tell a person of `error`; None when it is not the database's."""
    if isinstance(error, _BAD_VALUES):
        return (
            f"A value could not be kept in the database {path} ({type(error).__name__}); "
            "nothing of this write was stored."
        )
    if not isinstance(error, sqlite3.Error):
        return None
    # Extended codes (SQLITE_IOERR_WRITE) carry the primary one in their low byte.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    template = _SENTENCES.get(
        code, "The database {path} refused to work ({name}); run `maeum doctor` to check it."
    )
    return template.format(path=path, name=name)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn a failure of the database at `path` into a StorageError."""
    try:
        yield
    except Exception as error:
        message = sentence(error, path)
        if message is None:
            raise
        raise StorageError(message) from error
