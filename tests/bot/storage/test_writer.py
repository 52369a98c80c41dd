import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.storage import MoodStore
from tests.bot.storage.samples import observation, opened, ref


async def transactions(store: MoodStore) -> list[str]:
    """A list that grows by every COMMIT of the store's writer."""
    commits: list[str] = []

    def note(sql: str) -> None:
        if sql == "COMMIT":
            commits.append(sql)

    await store._writer._db.run(lambda db: db.set_trace_callback(note))
    return commits


async def test_writes_that_wait_share_a_transaction(store: MoodStore) -> None:
    """Three hundred callers at once are answered by a handful of commits."""
    commits = await transactions(store)
    await asyncio.gather(*(store.record(observation(n)) for n in range(300)))
    assert 1 <= len(commits) <= 5
    assert (await store.channels())[0].messages == 300


async def test_one_bad_value_fails_its_own_caller_only(store: MoodStore) -> None:
    """Half a surrogate pair cannot be stored; the others of its group are."""
    rows = [observation(n) for n in range(9)]
    rows[4] = replace(rows[4], label="\ud83d")
    answers = await asyncio.gather(*map(store.record, rows), return_exceptions=True)
    assert isinstance(answers[4], StorageError)
    assert "UnicodeEncodeError" in str(answers[4])
    assert all(answer.applied for n, answer in enumerate(answers) if n != 4)  # type: ignore[union-attr]
    assert await store.find(ref(8)) == rows[8]
    assert await store.audit() == []


async def test_an_error_that_is_not_the_databases_reaches_its_caller(store: MoodStore) -> None:
    """A naive time is a fault of the caller and is not dressed up as one of the disk."""
    naive = replace(observation(0), sent_at=observation(0).sent_at.replace(tzinfo=None))
    with pytest.raises(TypeError):
        await store.record(naive)
    assert (await store.record(observation(1))).applied


async def test_a_locked_database_fails_the_waiting_writes_and_no_more(path: Path) -> None:
    """Each waiter gets its own clear error; with the lock gone, writing goes on."""
    async with opened(path, patience=0.05) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            answers = await asyncio.gather(
                *(store.record(observation(n)) for n in range(3)), return_exceptions=True
            )
            other.execute("ROLLBACK")
        assert len({id(answer) for answer in answers}) == 3
        for answer in answers:
            assert isinstance(answer, StorageError)
            assert str(path) in str(answer)
            assert "locked by another program" in str(answer)
        assert (await store.record(observation(0))).applied


async def test_a_full_disk_fails_the_write_whole_and_the_next_goes_on(path: Path) -> None:
    """Nothing of the failed write is left; what was there is; with space again, writing goes on."""
    async with opened(path) as store:
        await store.record(observation(0))

        async def limit(pages: int) -> None:
            await store._writer._db.run(
                lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchall()
            )

        await limit(1)  # no further than what there is now
        with pytest.raises(StorageError, match="disk is full; free some space"):
            await store.record_many([observation(n) for n in range(1, 5_000)])
        assert (await store.channels())[0].messages == 1
        await limit(1_000_000)
        assert (await store.record(observation(1))).applied
        assert await store.audit() == []


async def test_closing_commits_what_waits_and_refuses_what_comes_later(path: Path) -> None:
    """Every future ends: those queued with their result, later ones with an error."""
    async with opened(path) as store:
        waiting = [asyncio.create_task(store.record(observation(n))) for n in range(50)]
        await asyncio.sleep(0)
    assert all(change.applied for change in await asyncio.gather(*waiting))
    with pytest.raises(StorageError, match="is closed"):
        await store.record(observation(99))
    async with opened(path) as store:
        assert (await store.channels())[0].messages == 50


async def test_a_writer_cancelled_from_outside_leaves_nobody_waiting(path: Path) -> None:
    """Tearing down every task of the loop ends the waiters with an error."""
    async with opened(path) as store:
        waiting = [asyncio.create_task(store.record(observation(n))) for n in range(5)]
        await asyncio.sleep(0)
        store._writer._task.cancel()
        answers = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)
        assert all(isinstance(answer, StorageError) for answer in answers)
        with pytest.raises(StorageError, match="is closed"):
            await store.record(observation(9))


async def test_a_cancelled_caller_does_not_disturb_the_others(store: MoodStore) -> None:
    """The rest of the group gets its answers, and the accepted write is still made."""
    tasks = [asyncio.create_task(store.record(observation(n))) for n in range(5)]
    await asyncio.sleep(0)
    tasks[2].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(answers[2], asyncio.CancelledError)
    assert sum(getattr(answer, "applied", False) for answer in answers) == 4
    await store.record(observation(9))
    assert await store.find(ref(2)) == observation(2)


async def test_reads_do_not_wait_for_a_writing_process(path: Path) -> None:
    """With the write lock taken elsewhere, a read answers at once."""
    async with opened(path, patience=30) as store:
        await store.record(observation(0))
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert await asyncio.wait_for(store.find(ref(0)), 5) == observation(0)
            other.execute("ROLLBACK")
