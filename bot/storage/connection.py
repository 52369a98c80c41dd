"""SQLite through aiosqlite: the one file that knows the library's inside."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

import aiosqlite

T = TypeVar("T")
_CHUNK = 64  # aiosqlite's own default; only its cursors use it


class Connection(aiosqlite.Connection):
    """A connection that runs whole functions on its thread.

    A transaction made of single awaited statements would cross between the threads for each, and
    could be cancelled in its middle; as one function it crosses once and always ends.
    """

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, _CHUNK)
        # One left open must not keep the process alive: what was acknowledged is on disk.
        self._thread.daemon = True

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The result of `work` on the plain connection, in the connection's thread."""
        result: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        return result

    async def ended(self) -> None:
        """Wait for the thread, which aiosqlite only asks to stop when it could not connect.

        Answering after the event loop is closed, it would print a traceback of its own.
        """
        await asyncio.to_thread(self._thread.join)


@asynccontextmanager
async def connect(path: Path, *, patience: float) -> AsyncIterator[Connection]:
    """A connection that begins no transaction by itself and waits `patience` s for a lock."""

    def connector() -> sqlite3.Connection:
        db = sqlite3.connect(path, timeout=patience, isolation_level=None)
        # Sorting may spill into files, which nobody would erase.
        db.execute("PRAGMA temp_store = MEMORY")
        return db

    connection = Connection(connector)
    try:
        await connection
    except BaseException:
        await connection.ended()
        raise
    try:
        yield connection
    finally:
        await connection.close()


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of the block is committed, or none of it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # A full disk may have rolled back already.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def make_writer(db: sqlite3.Connection) -> None:
    """Make commits durable and erased rows really gone.

    Foreign keys are left unchecked, which is SQLite's default: the ids a transaction writes it has
    looked up itself, and the check would cost a quarter of the writing speed.
    """
    # FULL syncs every commit, so an acknowledged row survives a power cut, not only a crash.
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = ON")


def write_ahead(db: sqlite3.Connection) -> None:
    """Keep the journal apart, so that readers and the writer never wait for each other."""
    db.execute("PRAGMA journal_mode = WAL")


def make_reader(db: sqlite3.Connection) -> None:
    """Let this connection change nothing."""
    db.execute("PRAGMA query_only = ON")


def empty_journal(db: sqlite3.Connection) -> None:
    """Cut the write-ahead log, which still holds what was just erased, to nothing.

    With another process reading, the log stays until the next time.
    """
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
