"""Message in to reaction request out on Discord, beside the bare inference of the same texts.

Run `python -m tests.benchmarks.bench_discord`. Twenty messages a second through the real
discord.py on loopback, the real core, store and embedded model; texts differ, so that none comes
from the cache. The bare figure is the model alone, on one thread, in the same process and pace.
"""

import asyncio
import gc
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.core import DEFAULTS, embedded_model
from tests.scenarios.discord_stage import GUILD, Stage, running, staged

MESSAGES, A_SECOND = 400, 20
WARM_UP = 40
GUILDS = [GUILD + (number << 22) for number in range(4)]  # each may have 600 reactions a minute
LIMIT = 10.0  # milliseconds that Discord, core and store may add at p50

TEXTS = [
    f"I am so happy that we finally finished part {number} of this long project together!"
    for number in range(MESSAGES + WARM_UP)
]


def main() -> None:
    """Print both figures and what lies between them."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        whole, bare = asyncio.run(_measured(Path(folder), monkeypatch))
    print(f"{len(whole)} messages at {A_SECOND} a second, milliseconds")
    for name, times in (("message in to reaction request out", whole), ("bare inference", bare)):
        cuts = statistics.quantiles(times, n=100)
        print(f"  {name:36} p50 {cuts[49]:6.2f}   p99 {cuts[98]:6.2f}")
    added = statistics.median(whole) - statistics.median(bare)
    print(f"  added at p50: {added:.2f} ms (at most {LIMIT:.0f}): {_verdict(added)}")


def _verdict(added: float) -> str:
    return "holds" if added <= LIMIT else "MISSED"


async def _measured(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[float], list[float]]:
    """Times of the whole way and of the model alone, one message after the other."""
    whole: list[float] = []
    bare: list[float] = []
    asked: dict[str, float] = {}

    defaults = replace(DEFAULTS, budget=600, threshold=0.05)
    async with staged(folder, monkeypatch, defaults=defaults) as stage:
        for guild in GUILDS[1:]:
            stage.discord.world.add_guild(guild)
        _note_requests(stage, asked)
        await _chat(stage, asked, whole, bare)
    return whole, bare


async def _chat(
    stage: Stage, asked: dict[str, float], whole: list[float], bare: list[float]
) -> None:
    async with running(stage):
        model = embedded_model()
        gc.collect()
        gc.freeze()  # as `maeum run` does
        for number, text in enumerate(TEXTS):
            began = time.perf_counter()
            channel = GUILDS[number % len(GUILDS)] + 1
            message = await stage.say(text, channel=channel)
            path = f"/channels/{channel}/messages/{message['id']}/reactions"
            await stage.until(lambda path=path: path in asked, within=5)  # type: ignore[misc]
            alone = time.perf_counter()
            await asyncio.to_thread(model.predict, f"{text} Again.")
            if number >= WARM_UP:
                whole.append((asked[path] - began) * 1000)
                bare.append((time.perf_counter() - alone) * 1000)
            await asyncio.sleep(max(0.0, 1 / A_SECOND - (time.perf_counter() - began)))


def _note_requests(stage: Stage, asked: dict[str, float]) -> None:
    """Keep when each reaction request arrives at the fake Discord."""

    class Noted(list[tuple[str, str]]):
        def append(self, request: tuple[str, str]) -> None:
            method, path = request
            if method == "PUT" and "/reactions/" in path:
                asked[path.rsplit("/", 2)[0]] = time.perf_counter()
            super().append(request)

    stage.discord.requests = Noted()


if __name__ == "__main__":
    main()
