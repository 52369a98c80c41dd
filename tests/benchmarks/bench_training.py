"""One epoch of the default recipe on a fixed sample: ours beside the published way.

`python -m tests.benchmarks.bench_training ROOT [ROWS [RECIPE]]`: ROOT holds base/ and data/, ROWS
is 5,000. The published way pads every batch to the longest text of the set; all else is the same,
seed too. Both train in turns, step by step, so that whatever else the machine does slows both.
"""

import resource
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Semaphore

import numpy as np
from tokenizers import Tokenizer

from classifier.convert import read_tokenizer
from training.config import Recipe, load_recipe
from training.legacy import keras, tf
from training.network import build_network, mixed_precision
from training.prepare import Prepared, prepare
from training.samples import Samples, joined
from training.tokens import tokenise
from training.trainer import Epoch, Trainer

ROWS, VALIDATED = 5_000, 500
WAYS = {"ours": True, "published way": False}  # by length?


class Turns:
    """The clock of trainers that take their steps in turn, seconds and processor seconds."""

    def __init__(self) -> None:
        self._mine = {name: Semaphore(0) for name in WAYS}
        self.seconds = dict.fromkeys(WAYS, (0.0, 0.0))
        self._started = (0.0, 0.0)

    def train(self, name: str, trainer: Trainer) -> Epoch:
        """One epoch; the other's turn comes after each step."""
        (other,) = set(WAYS) - {name}

        def take() -> None:
            self._mine[name].acquire()
            self._started = time.perf_counter(), time.process_time()

        def give() -> None:
            now = time.perf_counter(), time.process_time()
            pairs = zip(self.seconds[name], now, self._started, strict=True)
            wall, processor = (sum_ + end - start for sum_, end, start in pairs)
            self.seconds[name] = wall, processor
            self._mine[other].release()

        def told(_: object) -> None:
            give()
            take()

        take()
        try:
            (epoch,) = trainer.run(told).epochs
        finally:
            self._mine[other].release()
        return epoch

    def start(self, name: str) -> None:
        """Give the first turn."""
        self._mine[name].release()


def epoch(recipe: Recipe, prepared: Prepared, train: Samples, dev: Samples, root: Path) -> Trainer:
    """A trainer of one epoch over `train`."""
    base = root / recipe.base.path
    keras.utils.set_random_seed(0)
    tokenizer = Tokenizer.from_str(read_tokenizer(base))
    return Trainer(
        recipe,
        prepared.heads,
        build_network(recipe, prepared.heads, base),
        (train, tokenise(train.texts, tokenizer, recipe.max_length)),
        (dev, tokenise(dev.texts, tokenizer, recipe.max_length)),
        Path(tempfile.mkdtemp()),
        tf.distribute.get_strategy(),
    )


def main() -> None:
    """Train both ways and print seconds, losses, and the ratio."""
    root = Path(sys.argv[1])
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else ROWS
    recipe = load_recipe(sys.argv[3] if len(sys.argv) > 3 else "default")
    fit = replace(recipe.fit, epochs=1.0, checkpoint_every=1_000_000)
    keras.mixed_precision.set_global_policy(mixed_precision(fit))
    prepared = prepare(recipe, root)
    random = np.random.default_rng(0)
    train = prepared.train.take(random.permutation(len(prepared.train))[:rows])
    dev = joined(list(prepared.chosen().values()))
    dev = dev.take(random.permutation(len(dev))[:VALIDATED])
    turns = Turns()
    with ThreadPoolExecutor(len(WAYS)) as threads:
        running = {
            name: threads.submit(turns.train, name, epoch(way, prepared, train, dev, root))
            for name, way in (
                (name, replace(recipe, fit=replace(fit, by_length=by_length)))
                for name, by_length in WAYS.items()
            )
        }
        turns.start("ours")
        found = {name: each.result() for name, each in running.items()}
    for name, last in found.items():
        wall, processor = turns.seconds[name]
        print(f"{name}: {wall:.1f} s, {processor:.1f} s of the processor, loss {last.loss:.4f}, "
              f"validation loss {last.validation['loss']:.4f}")  # fmt: skip
    pairs = zip(*(turns.seconds[name] for name in WAYS), strict=True)
    wall, processor = (ours / published for ours, published in pairs)
    print(f"ratio {wall:.3f} (at most 0.35), {processor:.3f} of the processor, {rows} rows")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB, of which both networks and both optimisers")


if __name__ == "__main__":
    main()
