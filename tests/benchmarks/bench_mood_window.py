"""What a channel's 30 days cost to read with 1,000,000 observations, beside 10,000.

Both have the same hours, labels and people, so the same buckets; only their counts differ. Run as
`python -m tests.benchmarks.bench_mood_window`.
"""

import asyncio
import hashlib
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.clock import SystemClock
from bot.events import ChannelRef, MessageRef, Platform
from bot.identity import Pseudonyms
from bot.observations import Observation
from bot.storage import MoodStore

SMALL, LARGE = 10_000, 1_000_000
BATCH = 20_000
HOURS, LABELS, PEOPLE = 720, 10, 200
ROUNDS = 15
BAR = 1.5
START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(hours=HOURS)
CHANNEL = ChannelRef(platform=Platform.DISCORD, workspace="81384788765712384", channel="general")
_PSEUDONYMS = Pseudonyms(b"benchmark".ljust(32))
_AUTHORS = [hashlib.sha256(b"%d" % n).digest()[:16] for n in range(PEOPLE)]


def batches(count: int) -> Iterator[list[Observation]]:
    """`count` messages over the same hours, labels and people, whatever their number."""
    for first in range(0, count, BATCH):
        yield [observation(n) for n in range(first, min(first + BATCH, count))]


def observation(n: int) -> Observation:
    """Message `n`: each hour gets every label before a count rises to two."""
    hour, label = n % HOURS, n // HOURS % LABELS
    at = START + timedelta(hours=hour, seconds=n // (HOURS * LABELS) % 3600)
    return Observation(
        ref=MessageRef(channel=CHANNEL, message=str(10**18 + n)),
        author=_AUTHORS[n * 7919 % PEOPLE],
        sent_at=at,
        revised_at=at,
        label_set="goemotions28",
        label=f"label-{label}",
        score=0.75,
        revision="benchmark",
    )


async def read(store: MoodStore) -> float:
    """Seconds to read the window once: its buckets and its people."""
    began = time.perf_counter()
    buckets = await store.buckets(CHANNEL, START, END)
    people = await store.people(CHANNEL, START, END)
    took = time.perf_counter() - began
    assert (len(buckets), people) == (HOURS * LABELS, PEOPLE)
    return took


async def measure(folder: Path) -> tuple[float, float]:
    """The median seconds of a read from the small and from the large database, in turn."""
    clock = SystemClock()
    async with (
        MoodStore.open(folder / "small.db", _PSEUDONYMS, clock=clock) as small,
        MoodStore.open(folder / "large.db", _PSEUDONYMS, clock=clock) as large,
    ):
        for store, count in ((small, SMALL), (large, LARGE)):
            began = time.perf_counter()
            for batch in batches(count):
                await store.record_many(batch)
            print(f"{count:9,} observations written in {time.perf_counter() - began:5.1f} s")
            await read(store)  # the first read also finds the file's pages
        times = [(await read(small), await read(large)) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in times), statistics.median(b for _, b in times)


def main() -> None:
    """Print the figure and its reference."""
    with tempfile.TemporaryDirectory(prefix="maeum-bench-") as name:
        small, large = asyncio.run(measure(Path(name)))
    ratio = large / small
    print(f"30 days of {HOURS * LABELS:,} buckets and {PEOPLE} people, median of {ROUNDS} reads")
    print(f"{SMALL:9,} observations  {small * 1000:7.2f} ms  (reference)")
    print(f"{LARGE:9,} observations  {large * 1000:7.2f} ms  ratio {ratio:.2f}")
    print(f"bar: at most {BAR:.2f}: {'met' if ratio <= BAR else 'MISSED'}")


if __name__ == "__main__":
    main()
