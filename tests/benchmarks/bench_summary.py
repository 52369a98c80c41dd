"""Time of a 30-day mood, its words and its chart, beside a bare matplotlib figure of that size.

Run: python -m tests.benchmarks.bench_summary
"""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from bot.charts import draw
from bot.charts.engine import DPI
from bot.charts.panels import HEIGHT, WIDTH
from bot.mood import Mood
from bot.summary import summarise
from bot.window import Window
from classifier.base import Language
from tests.bot.moods import EMOTIONS, NOW, bucket, mood

RUNS = 9
WINDOW = Window.last("30d", NOW)
FIRST = """
import time
from tests.benchmarks.bench_summary import Language, busy_month, draw
found = busy_month()
start = time.perf_counter()
draw(found, Language.KO)
print(time.perf_counter() - start)
"""
FIRST_BARE = """
import time
start = time.perf_counter()
from io import BytesIO
from matplotlib.figure import Figure
figure = Figure(); figure.add_subplot(); figure.savefig(BytesIO())
print(time.perf_counter() - start)
"""


def busy_month() -> Mood:
    """A mood of 30 days with every label in every hour: as many buckets as there can be."""
    buckets = [
        bucket(WINDOW.start + timedelta(hours=hour), label, 1 + (hour * place) % 7)
        for hour in range(WINDOW.hours)
        for place, label in enumerate((None, *EMOTIONS.keys))
    ]
    return mood(buckets, WINDOW, before=[])


def bare_figure() -> None:
    """An empty figure with three axes, saved: the least that any chart of ours can cost."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI)
    figure.subplots(3, 1)
    figure.savefig(BytesIO(), format="png")


def milliseconds(*works: Callable[[], object]) -> list[float]:
    """The median time of each work, taken in turns so that a busy machine slows all alike."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(RUNS + 1):
        for work, taken in zip(works, times, strict=True):
            start = perf_counter()
            work()
            taken.append(perf_counter() - start)
    return [1000 * median(taken[1:]) for taken in times]  # the first was to warm up


def first_time(script: str) -> float:
    """Milliseconds that `script` reports from a new process without any font cache."""
    with TemporaryDirectory() as home:
        env = {"PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": str(Path.cwd())}
        run = subprocess.run(
            [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True
        )
    return 1000 * float(run.stdout)


def main() -> None:
    """Print each figure beside its reference, and their ratio."""
    found = busy_month()
    reading, words, chart, bare = milliseconds(
        busy_month,
        lambda: summarise(found, Language.KO),
        lambda: draw(found, Language.KO),
        bare_figure,
    )
    print(f"mood from {WINDOW.hours * (len(EMOTIONS) + 1):,} buckets  {reading:8.1f} ms")
    print(f"words                     {words:8.1f} ms")
    print(f"chart                     {chart:8.1f} ms")
    print(f"bare figure, three axes   {bare:8.1f} ms   chart / bare {chart / bare:.2f}")
    first, first_bare = first_time(FIRST), first_time(FIRST_BARE)
    print(f"first chart of a process  {first:8.1f} ms")
    print(f"first bare figure         {first_bare:8.1f} ms   ratio {first / first_bare:.2f}")


if __name__ == "__main__":
    main()
