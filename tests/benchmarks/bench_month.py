"""What `/emotion channel 30d chart` costs with 1,000,000 observations, beside 10,000 and the least.

The whole answer of a warm process: buckets, people, words, chart. The least is an empty figure of
the chart's size. Run as `python -m tests.benchmarks.bench_month`.
"""

import asyncio
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.clock import ManualClock
from bot.commands.dispatch import Commands
from bot.events import CommandRequest
from bot.service import Bot
from classifier.labels import load_label_set
from tests.benchmarks.bench_mood_window import CHANNEL, END, HOURS, LARGE, SMALL, batches
from tests.benchmarks.bench_summary import bare_figure
from tests.core import opened_bot

ROUNDS = 9
BAR = 300.0  # milliseconds
RULED = "words and chart, 1,000,000"
Times = tuple[float, float]
KEYS = load_label_set("goemotions28").keys


async def filled(bot: Bot, count: int) -> None:
    """Write `count` observations of all labels, spread over the 30 days."""
    began = time.perf_counter()
    for batch in batches(count):
        await bot.store.record_many(
            replace(it, label=KEYS[int(it.ref.message) // HOURS % len(KEYS)]) for it in batch
        )
    print(f"{count:9,} observations written in {time.perf_counter() - began:5.1f} s")


async def answered(bot: Bot, words: str) -> Times:
    """The times of one answer, with its picture if words ask for one."""
    request = CommandRequest(channel=CHANNEL, channel_name="general", author="", text=words)
    began = now()
    reply = await Commands(bot).answer(request)
    took = since(began)
    assert reply.fields
    assert (reply.picture is not None) == ("chart" in words or "heatmap" in words)
    return took


async def bare() -> Times:
    """The times of the least that a chart can cost."""
    began = now()
    await asyncio.to_thread(bare_figure)
    return since(began)


def now() -> Times:
    """The clock, and the processor time of all threads, in milliseconds.

    The second is what the first would be if nobody else used the machine.
    """
    return 1000 * time.perf_counter(), 1000 * time.process_time()


def since(began: Times) -> Times:
    """What passed of both."""
    wall, processor = now()
    return wall - began[0], processor - began[1]


async def measure(folder: Path) -> None:
    """Print each figure beside its references, all taken in turns."""
    clock = ManualClock(END - timedelta(minutes=30))
    async with (
        opened_bot(folder / "small.db", clock=clock) as small,
        opened_bot(folder / "large.db", clock=clock) as large,
    ):
        await filled(small, SMALL)
        await filled(large, LARGE)
        works = {
            RULED: lambda: answered(large, "channel 30d chart"),
            "words and chart, 10,000": lambda: answered(small, "channel 30d chart"),
            "words alone, 1,000,000": lambda: answered(large, "channel 30d"),
            "words and heat map, 1,000,000": lambda: answered(large, "channel 30d heatmap"),
            "an empty figure of its size": bare,
        }
        times: dict[str, list[Times]] = {name: [] for name in works}
        for _ in range(ROUNDS + 1):
            for name, work in works.items():
                times[name].append(await work())
    medians = {
        name: tuple(map(statistics.median, zip(*taken[1:], strict=True)))
        for name, taken in times.items()
    }
    least, _ = medians["an empty figure of its size"]
    for name, (wall, processor) in medians.items():
        print(
            f"{name:30} {wall:7.1f} ms   {wall / least:5.2f} of an empty figure"
            f"   {processor:7.1f} ms on the processor"
        )
    for clock, figure in zip(("by the clock", "on the processor"), medians[RULED], strict=True):
        print(f"bar: at most {BAR:.0f} ms {clock}: {'met' if figure <= BAR else 'MISSED'}")


def main() -> None:
    """Print the figures and their references."""
    with tempfile.TemporaryDirectory(prefix="maeum-bench-") as name:
        asyncio.run(measure(Path(name)))


if __name__ == "__main__":
    main()
