"""Observations written per second through MoodStore, beside sqlite3's `executemany`.

The reference writes the same rows into the same table with the same index, in one transaction, as
durably (synchronous FULL). Ratios are taken within each round, where both meet the same machine.
Run as `python -m tests.benchmarks.bench_store`.
"""

import asyncio
import hashlib
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.clock import SystemClock
from bot.events import ChannelRef, MessageRef, Platform
from bot.identity import Pseudonyms
from bot.observations import Observation
from bot.storage import MoodStore
from bot.storage.rows import micros
from bot.storage.schema import STEPS

ROWS = 50_000
ROUNDS = 5
SINGLE = 5_000
AT_ONCE = 1_000
REMOVED = 1_000  # a lived-in database has tombstones
_START = datetime(2026, 1, 1, tzinfo=UTC)
_LABELS = ("joy", "anger", "sadness", "neutral", None)
_PSEUDONYMS = Pseudonyms(b"benchmark".ljust(32))


def observations(count: int) -> Iterator[Observation]:
    """A busy workspace: ten channels, one of them the loudest, and 500 people."""
    channels = [
        ChannelRef(
            platform=Platform.DISCORD, workspace="81384788765712384", channel=str(10**18 + n)
        )
        for n in range(10)
    ]
    authors = [hashlib.sha256(b"%d" % n).digest()[:16] for n in range(500)]
    for n in range(count):
        at = _START + timedelta(seconds=2 * n)
        yield Observation(
            ref=MessageRef(
                channel=channels[n * 7 % 10 if n % 3 else 0],
                message=str(1_300_000_000 * 10**9 + n * 8191),
            ),
            author=authors[n * 7919 % 500],
            sent_at=at,
            revised_at=at,
            label_set="goemotions28",
            label=_LABELS[n % len(_LABELS)],
            score=0.75,
            revision="benchmark",
        )


def reference(folder: Path, rows: list[Observation], synchronous: str) -> float:
    """Rows a second by `executemany` in one transaction."""
    channels = {channel: n for n, channel in enumerate({row.ref.channel for row in rows})}
    values = [
        (
            channels[row.ref.channel], row.ref.message, row.author, micros(row.sent_at),
            micros(row.revised_at), 1, row.label, row.score, None, None, row.thread,
        )
        for row in rows
    ]  # fmt: skip
    with closing(sqlite3.connect(folder / f"{synchronous}.db", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {synchronous}")
        for statement in (statement for step in STEPS for statement in step):
            db.execute(statement)
        began = time.perf_counter()
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO observations VALUES (?,?,?,?,?,?,?,?,?,?,?)", values)
        db.execute("COMMIT")
        return len(rows) / (time.perf_counter() - began)


async def in_one_call(folder: Path, rows: list[Observation]) -> float:
    """Rows a second by `record_many`."""
    async with MoodStore.open(folder / "many.db", _PSEUDONYMS, clock=SystemClock()) as store:
        await _age(store, rows)
        began = time.perf_counter()
        changes = await store.record_many(rows)
        took = time.perf_counter() - began
        assert all(change.applied for change in changes)
        assert not await store.audit()
    return len(rows) / took


async def one_by_one(folder: Path, rows: list[Observation]) -> float:
    """Rows a second by `record`, each waiting for its own durable answer, many at once."""
    async with MoodStore.open(folder / "single.db", _PSEUDONYMS, clock=SystemClock()) as store:
        await _age(store, rows)
        waiting = iter(rows)

        async def caller() -> None:
            for row in waiting:
                await store.record(row)

        began = time.perf_counter()
        await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
        took = time.perf_counter() - began
        assert sum(channel.messages for channel in await store.channels()) == len(rows)
    return len(rows) / took


async def _age(store: MoodStore, rows: list[Observation]) -> None:
    channel = rows[0].ref.channel
    gone = [MessageRef(channel=channel, message=f"gone-{n}") for n in range(REMOVED)]
    await asyncio.gather(*(store.remove(ref) for ref in gone))


def main() -> None:
    """Print the figures and their reference."""
    rows = list(observations(ROWS))
    full, normal, many, single = [], [], [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="maeum-bench-") as name:
            folder = Path(name)
            full.append(reference(folder, rows, "FULL"))
            many.append(asyncio.run(in_one_call(folder, rows)))
            normal.append(reference(folder, rows, "NORMAL"))
            single.append(asyncio.run(one_by_one(folder, rows[:SINGLE])))
    ratio = statistics.median(ours / theirs for ours, theirs in zip(many, full, strict=True))
    print(f"{ROWS:,} rows, medians of {ROUNDS} rounds")
    show("sqlite3 executemany, synchronous FULL (reference)", full, full)
    show("sqlite3 executemany, synchronous NORMAL", normal, full)
    show("MoodStore.record_many, durable", many, full)
    show(f"MoodStore.record, {AT_ONCE:,} at once, durable", single, full)
    print(f"bar: record_many at least 0.30 of the reference: {'met' if ratio >= 0.3 else 'MISSED'}")


def show(what: str, rates: list[float], base: list[float]) -> None:
    """One line: the median rate, and the median of its ratio to the reference round by round."""
    ratio = statistics.median(rate / theirs for rate, theirs in zip(rates, base, strict=True))
    print(f"{what:50} {statistics.median(rates):9,.0f} rows/s  ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
