"""kill -9 in the middle of writing, with a real process; also the program that is killed."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.storage.fold import Operation, Put, Remove
from tests.bot.storage.samples import LABELS, counted, observation, opened, recount, ref

ROUNDS = 4
PER_ROUND = 3_000  # operations a round would do if nobody killed it
WRITERS = 24
ROOT = Path(__file__).resolve().parents[2]


def operations(round_number: int) -> list[Operation]:
    """What one round writes: mostly new messages, with edits, deletions and duplicates mixed in."""
    dice = random.Random(round_number)
    made: list[Operation] = []
    first = round_number * PER_ROUND
    for n in range(PER_ROUND):
        message = first + (dice.randrange(n) if n and dice.random() < 0.35 else n)
        if dice.random() < 0.1:
            made.append(Remove(ref(message)))
        else:
            revision = dice.randrange(4)
            label = LABELS[(message + revision) % len(LABELS)]
            made.append(Put(observation(message, revision, who=f"p{message % 9}", label=label)))
    return made


async def deliver(path: Path, round_number: int) -> None:
    """Write a round, naming each operation on standard output once it was acknowledged."""
    async with opened(path) as store:
        numbered = iter(enumerate(operations(round_number)))

        async def writer() -> None:
            for number, operation in numbered:
                if isinstance(operation, Put):
                    await store.record(operation.observation)
                else:
                    await store.remove(operation.ref)
                os.write(1, b"%d\n" % number)

        await asyncio.gather(*(writer() for _ in range(WRITERS)))


def killed_round(path: Path, round_number: int, after: int) -> set[int]:
    """Run a round in a process of its own, kill it after `after` answers; all it had answered."""
    command = [sys.executable, "-m", "tests.scenarios.test_kill", str(path), str(round_number)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(after)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()  # what was answered before the signal arrived
    assert process.returncode == -signal.SIGKILL, "the round ended before it was killed"
    return {int(line) for line in lines if line.endswith("\n")}


async def lost(path: Path, issued: list[Operation], answered: Iterable[int]) -> list[int]:
    """The acknowledged operations whose effect is not in the store."""
    missing = []
    removals = {one.ref for one in issued if isinstance(one, Remove)}
    async with opened(path) as store:
        for number in answered:
            operation = issued[number]
            row = await store.find(operation.ref)
            if isinstance(operation, Remove):
                # A removal holds: neither a row now nor a redelivery later.
                applied = await store.remove(operation.ref)
                if row is not None or applied.applied:
                    missing.append(number)
            elif row is None:
                # Only a removal that had not been answered yet may have taken it.
                if operation.ref not in removals:
                    missing.append(number)
            elif row.revised_at < operation.observation.revised_at:
                missing.append(number)
    return missing


@pytest.mark.slow
async def test_kill_9_loses_nothing_acknowledged_and_doubles_nothing(tmp_path: Path) -> None:
    """After each kill: every answered write is there, the buckets equal a recount."""
    path = tmp_path / "maeum.db"
    issued: list[Operation] = []
    for round_number in range(ROUNDS):
        answered = await asyncio.to_thread(
            killed_round, path, round_number, 150 + 250 * round_number
        )
        assert len(answered) >= 150
        this_round = operations(round_number)
        assert await lost(path, this_round, answered) == []
        async with opened(path) as store:
            assert await store.audit() == []
        issued += this_round
    expected = recount(issued)
    async with opened(path) as store:
        for _ in range(2):  # deliver all of it again, twice
            for operation in issued:
                if isinstance(operation, Remove):
                    await store.remove(operation.ref)
            await store.record_many(one.observation for one in issued if isinstance(one, Put))
            assert await counted(store) == expected
            assert await store.audit() == []


if __name__ == "__main__":
    asyncio.run(deliver(Path(sys.argv[1]), int(sys.argv[2])))
