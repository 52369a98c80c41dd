import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.errors import StorageError
from bot.identity import Pseudonyms
from bot.storage import MoodStore
from bot.storage.schema import APPLICATION_ID, STEPS, VERSION
from tests.bot.storage.samples import (
    START,
    WORKSPACE,
    author,
    channel,
    counted,
    observation,
    opened,
    ref,
)

NOBODY = 65534


async def refusal(path: Path, *, patience: float = 5.0) -> str:
    """The sentence with which the store refuses to open `path`."""
    with pytest.raises(StorageError) as caught:
        async with opened(path, patience=patience):
            pass
    sentence = str(caught.value)
    assert str(path) in sentence
    assert "\n" not in sentence
    return sentence


def pragma(path: Path, name: str) -> int:
    """A number from the file's header."""
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute(f"PRAGMA {name}").fetchone()[0])


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the superuser's right to write everywhere."""
    if not hasattr(os, "geteuid"):
        pytest.skip("this system has no such users")
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


async def test_a_database_of_an_older_version_migrates(path: Path) -> None:
    """One of version 1, with rows, opens as the present version and works on."""
    row = observation(0)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in STEPS[0]:
            db.execute(statement)
        db.execute("INSERT INTO channels VALUES (4, 'discord', ?, 'general', 'g')", (WORKSPACE,))
        db.execute("INSERT INTO revisions VALUES (2, 'bundle-1', 'goemotions28')")
        db.execute(
            "INSERT INTO observations VALUES (4, ?, ?, ?, ?, 2, 'joy', 0.8, NULL, NULL)",
            (row.ref.message, row.author, *[int(START.timestamp()) * 1_000_000] * 2),
        )
        hour = int(START.timestamp()) // 3600
        db.execute("INSERT INTO buckets VALUES (4, ?, 'goemotions28', 'joy', 1)", (hour,))
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("PRAGMA user_version = 1")
    async with opened(path) as store:
        assert await store.find(row.ref) == row
        assert await store.audit() == []
        assert not (await store.record(row)).applied
        assert (await store.record(observation(1, who="jun"))).applied
        assert await store.erase(row.ref.channel.platform, WORKSPACE, author("minji")) == 1
        assert sum((await counted(store)).values()) == 1
    assert pragma(path, "user_version") == VERSION > 1


async def test_a_migration_that_fails_leaves_the_version_before_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step is taken whole or not at all, and the next start can take it."""
    bad = (*STEPS[1], "CREATE TABLE broken (")
    monkeypatch.setattr("bot.storage.schema.STEPS", (STEPS[0], bad))
    await refusal(path)
    assert pragma(path, "user_version") == 1
    monkeypatch.undo()
    async with opened(path) as store:
        assert (await store.record(observation(0))).applied


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
async def test_a_newer_database_is_refused_untouched(path: Path, journal: str) -> None:
    """The sentence names both versions; no byte changes and nothing is left beside it."""
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA journal_mode = {journal}")
        db.execute("CREATE TABLE future (a)")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("PRAGMA user_version = 99")
        db.commit()
    before = path.read_bytes()
    assert f"version 99 and this maeum knows up to {VERSION}" in await refusal(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
async def test_a_foreign_database_is_refused_untouched(path: Path, journal: str) -> None:
    """Another program's tables stay exactly as they are."""
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA journal_mode = {journal}")
        db.execute("CREATE TABLE addresses (name)")
        db.commit()
    before = path.read_bytes()
    assert "belongs to another program" in await refusal(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


async def test_a_foreign_database_in_the_middle_of_its_own_write_is_refused(path: Path) -> None:
    """With a journal beside it the header alone cannot tell; SQLite's answer does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("CREATE TABLE addresses (name)")
    path.with_name(path.name + "-journal").touch()
    before = path.read_bytes()
    assert "belongs to another program" in await refusal(path)
    assert path.read_bytes() == before


async def test_a_text_file_is_refused_untouched(path: Path) -> None:
    """What is not SQLite at all is named so."""
    path.write_text("Dear diary, " * 50, encoding="utf-8")
    assert "is not a SQLite database; set MAEUM_DATABASE" in await refusal(path)
    assert path.read_text(encoding="utf-8") == "Dear diary, " * 50


async def test_an_empty_file_becomes_a_database(path: Path) -> None:
    """A file made beforehand, say by a container's volume, is as good as none."""
    path.touch()
    async with opened(path) as store:
        assert (await store.record(observation(0))).applied


async def test_a_folder_is_refused(tmp_path: Path) -> None:
    """The sentence says that it is one."""
    assert "is a folder" in await refusal(tmp_path)


async def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """The sentence says to check the folder."""
    assert "check that its folder exists" in await refusal(tmp_path / "nowhere" / "maeum.db")


def test_a_refused_opening_leaves_no_thread_behind(tmp_path: Path) -> None:
    """A thread that outlived its event loop would print a traceback under the one sentence."""
    before = threading.active_count()
    for _ in range(20):
        asyncio.run(refusal(tmp_path / "nowhere" / "maeum.db"))
        assert threading.active_count() == before


async def test_a_damaged_database_is_refused(path: Path) -> None:
    """Pages of noise are told as damage, with the way out."""
    async with opened(path) as store:
        await store.record_many([observation(n) for n in range(2_000)])
    noise = path.read_bytes()[:4096]
    path.write_bytes(noise + b"\xa5" * (path.stat().st_size - len(noise)))
    assert "is damaged; restore it from a backup" in await refusal(path)


async def test_a_database_locked_by_another_program_is_refused(path: Path) -> None:
    """The store waits as long as it was told, then says what to do."""
    async with opened(path):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "is locked by another program" in await refusal(path, patience=0.05)


async def test_an_unwritable_folder_is_refused() -> None:
    """A new database in a folder that may not be written to."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o555)
        with as_nobody():
            assert "check that its folder exists and that this user may write there" in (
                await refusal(Path(name) / "maeum.db")
            )
        Path(name).chmod(0o755)


async def test_a_read_only_database_is_refused() -> None:
    """An existing database that may only be read."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "maeum.db"
        async with opened(path):
            pass
        path.chmod(0o444)
        Path(name).chmod(0o555)
        with as_nobody():
            sentence = await refusal(path)
        Path(name).chmod(0o755)
        assert "write" in sentence


async def test_another_key_is_refused(path: Path) -> None:
    """Under a new key no opt-out would be recognised, so the store does not open."""
    async with opened(path) as store:
        await store.record(observation(0))
    with pytest.raises(StorageError, match="key does not belong to the database"):
        async with MoodStore.open(path, Pseudonyms(b"other" * 7), clock=SystemClock()):
            pass
    async with opened(path) as store:
        assert await store.find(ref(0)) == observation(0)


async def test_writes_are_synced_at_every_commit(store: MoodStore) -> None:
    """WAL with synchronous FULL (2): an acknowledged row survives a power cut."""
    settings = await store._writer._db.run(
        lambda db: [
            db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete")
        ]
    )
    assert settings == ["wal", 2, 1]


def test_a_store_left_open_does_not_keep_the_process_alive(path: Path) -> None:
    """A program that forgets to close still ends, and what it was answered for is there."""
    program = f"""
import asyncio
from pathlib import Path
from tests.bot.storage.samples import observation, opened

loop = asyncio.new_event_loop()
manager = opened(Path({str(path)!r}))
store = loop.run_until_complete(manager.__aenter__())
loop.run_until_complete(store.record(observation(0)))
print("answered", flush=True)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.stdout == "answered\n"
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM observations").fetchone() == (1,)


async def test_two_stores_open_a_new_database_together(path: Path) -> None:
    """Both start on nothing at the same time; each finds the other's rows."""
    async with opened(path) as one, opened(path) as other:
        await one.record(observation(0))
        await other.record(observation(1))
        assert (await one.channels())[0].messages == 2
        assert (await one.channels())[0].channel == channel()
