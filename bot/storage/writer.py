"""The one writer: gathers what waits into a transaction, and answers when it is committed."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from bot.clock import Clock
from bot.errors import StorageError
from bot.identity import Pseudonyms
from bot.observations import Change
from bot.storage.batch import Batch
from bot.storage.connection import Connection, empty_journal, transaction
from bot.storage.failures import is_of_the_file, sentence
from bot.storage.fold import Operation

T = TypeVar("T")
# What is not an operation on a message, done in the writer's transaction.
Work = Callable[[Batch], T]

_log = logging.getLogger(__name__)
_GROUP = 2_000  # operations of one transaction, unless one call brings more
_ROOM = 10_000  # writes under way; more wait at the door


@dataclass(frozen=True, slots=True)
class _Job:
    """A write and the future its caller waits on."""

    done: asyncio.Future[Any]
    operations: Sequence[Operation] = ()
    work: Work[Any] | None = None

    def succeed(self, result: Any) -> None:
        if not self.done.done():
            self.done.set_result(result)

    def fail(self, error: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Writer:
    """Commits writes in groups, in the order they came; every caller gets an answer.

    A cancelled caller's write is still made: it had been accepted.
    """

    def __init__(self, db: Connection, path: Path, pseudonyms: Pseudonyms, clock: Clock) -> None:
        self._db = db
        self._path = path
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._waiting: asyncio.Queue[_Job | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(_ROOM)
        self._closed = False
        self._task = asyncio.create_task(self._run(), name="mood store writer")

    async def fold(self, operations: Sequence[Operation]) -> list[Change]:
        """Carry out operations on messages; returns when they are on disk."""
        changes: list[Change] = await self._submit(operations=operations)
        return changes

    async def work(self, work: Work[T]) -> T:
        """Run `work` in the writer's transaction; returns its result when that is on disk."""
        result: T = await self._submit(work=work)
        return result

    async def close(self) -> None:
        """Commit what waits, then end."""
        self._closed = True
        self._waiting.put_nowait(None)
        await asyncio.wait([self._task])  # also when it was cancelled with the whole loop
        if not self._task.cancelled():
            self._task.result()

    async def _submit(
        self, *, operations: Sequence[Operation] = (), work: Work[Any] | None = None
    ) -> Any:
        async with self._room:
            if self._closed:
                raise self._closed_error()
            job = _Job(asyncio.get_running_loop().create_future(), operations, work)
            self._waiting.put_nowait(job)
            return await job.done

    async def _run(self) -> None:
        group: list[_Job] = []
        try:
            while group := await self._gather():
                await self._commit(group)
        finally:  # also when the task is cancelled from outside: nobody waits for ever
            self._closed = True
            while not self._waiting.empty():
                if job := self._waiting.get_nowait():
                    group.append(job)
            for job in group:
                job.fail(self._closed_error())

    async def _gather(self) -> list[_Job]:
        """What waits, up to a transaction's worth; nothing once the writer is closed."""
        group: list[_Job] = []
        size = 0
        first = await self._waiting.get()
        while first is not None:
            group.append(first)
            size += len(first.operations) + 1
            if size >= _GROUP or self._waiting.empty():
                return group
            first = self._waiting.get_nowait()
        if group:
            self._waiting.put_nowait(None)  # closing, but these come first
        return group

    async def _commit(self, group: list[_Job]) -> None:
        try:
            results = await self._db.run(partial(self._perform, group))
        except Exception as error:
            if len(group) == 1 or is_of_the_file(error):
                self._fail(group, error)
                return
            # One of them is at fault; the others must not be lost with it.
            for job in group:
                await self._commit([job])
        else:
            for job, result in zip(group, results, strict=True):
                job.succeed(result)

    def _perform(self, group: list[_Job], db: sqlite3.Connection) -> list[Any]:
        """Do the jobs in order, neighbouring operations in one go; runs in the database thread."""
        results: list[Any] = []
        erased_text = False
        with transaction(db):
            for is_work, jobs in groupby(group, key=lambda job: job.work is not None):
                batch = Batch(db, self._pseudonyms, self._clock)
                if is_work:
                    results += [job.work(batch) for job in jobs if job.work]
                else:
                    results += _apply(batch, list(jobs))
                erased_text |= batch.erased_text
        if erased_text:
            empty_journal(db)
        return results

    def _fail(self, group: list[_Job], error: Exception) -> None:
        message = sentence(error, self._path)
        if message is not None:
            # Every caller is told, and tells it once; here it would be told at each attempt.
            _log.debug("%d writes failed: %s", len(group), message)
        for job in group:
            if message is None:
                job.fail(error)
                continue
            own = StorageError(message)
            own.__cause__ = error
            job.fail(own)

    def _closed_error(self) -> StorageError:
        return StorageError(f"The database {self._path} is closed; start maeum again to write.")


def _apply(batch: Batch, jobs: list[_Job]) -> list[list[Change]]:
    changes = iter(batch.apply([op for job in jobs for op in job.operations]))
    return [[next(changes) for _ in job.operations] for job in jobs]
