"""One epoch of the default recipe on a fixed sample: ours beside the published way.

`python -m tests.benchmarks.bench_training ROOT [ROWS]`: ROOT holds base/ and data/, ROWS is 5,000.
The published way pads every batch to the longest text of the set; all else is the same, seed too.
"""

import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from classifier.convert import read_tokenizer
from training.config import Recipe, load_recipe
from training.legacy import keras, tf
from training.network import build_network, mixed_precision
from training.prepare import Prepared, prepare
from training.samples import Samples, joined
from training.tokens import tokenise
from training.trainer import Trainer

ROWS, VALIDATED = 5_000, 500


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
    recipe = load_recipe("default")
    fit = replace(recipe.fit, epochs=1.0, checkpoint_every=1_000_000)
    keras.mixed_precision.set_global_policy(mixed_precision(fit))
    prepared = prepare(recipe, root)
    random = np.random.default_rng(0)
    train = prepared.train.take(random.permutation(len(prepared.train))[:rows])
    dev = joined(list(prepared.chosen().values()))
    dev = dev.take(random.permutation(len(dev))[:VALIDATED])
    found = {}
    for name, by_length in (("ours", True), ("published way", False)):
        way = replace(recipe, fit=replace(fit, by_length=by_length))
        trainer = epoch(way, prepared, train, dev, root)
        started = time.perf_counter()
        notes = trainer.run()
        found[name] = time.perf_counter() - started
        (last,) = notes.epochs
        print(f"{name}: {found[name]:.1f} s, loss {last.loss:.4f}, "
              f"validation loss {last.validation['loss']:.4f}")  # fmt: skip
    print(f"ratio {found['ours'] / found['published way']:.3f} (at most 0.35), {rows} rows")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB, of which both networks and both optimisers")


if __name__ == "__main__":
    main()
