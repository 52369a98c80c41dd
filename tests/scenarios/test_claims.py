"""Real processes on one database claim each post once, also when one of them is killed."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DAYS, PROCESSES = 40, 3
CLAIM = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from tests.bot.storage.samples import START, channel, opened

async def main() -> None:
    async with opened(Path(sys.argv[1])) as store:
        print("ready", flush=True)
        sys.stdin.readline()
        for day in range(int(sys.argv[2])):
            due = START + timedelta(days=day)
            claim = store.claim_post(channel(), "digest", plan="p", due=due, now=due, begin=True)
            if await claim is not None:
                print(day, flush=True)
                await store.settle_post(channel(), "digest")
            await asyncio.sleep(0.01)

asyncio.run(main())
"""


def started(path: Path) -> "subprocess.Popen[str]":
    """A process that waits, and then claims the digests of many days."""
    return subprocess.Popen(
        [sys.executable, "-c", CLAIM, str(path), str(DAYS)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_three_processes_claim_each_day_once(tmp_path: Path) -> None:
    """Started together, with one killed on its way, they share the days without a double."""
    processes = [started(tmp_path / "maeum.db") for _ in range(PROCESSES)]
    try:
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        first, *others = processes
        claimed = [first.stdout.readline()] if first.stdout else []
        first.kill()
        for process in processes:
            claimed += process.communicate(timeout=60)[0].splitlines()
    finally:
        for process in processes:
            process.kill()
            process.wait()
    days = [int(line) for line in claimed if line.strip()]
    assert len(days) == len(set(days))
    # The killed one may hold one more, whose lease lasts longer than this test.
    assert len(days) >= DAYS - 1
    assert all(process.returncode == 0 for process in others)
