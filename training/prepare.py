"""From a recipe to the rows it trains on, chooses by and is tested on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from training.config import Part, Recipe, Split
from training.corpora import Tally, auxiliary_sets, read_corpus
from training.samples import Head, Samples, heads_of, joined
from training.tables import CorpusError


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The rows of a run; dev and test sets by the name of their corpus."""

    heads: tuple[Head, ...]
    train: Samples
    dev: Mapping[str, Samples]
    test: Mapping[str, Samples]
    tallies: tuple[Tally, ...]

    def chosen(self) -> dict[str, Samples]:
        """The rows that epochs, temperature and thresholds are chosen on, by corpus."""
        if self.test:
            return dict(self.dev)
        return {name: samples.choosing() for name, samples in self.dev.items()}

    def scored(self) -> dict[str, Samples]:
        """The rows a finished model is scored on, by corpus: nothing was chosen on them."""
        if self.test:
            return dict(self.test)
        return {name: samples.scored() for name, samples in self.dev.items()}


def prepare(recipe: Recipe, root: Path) -> Prepared:
    """Read all corpora of `recipe`, whose paths are under `root`, and divide them."""
    heads = heads_of(recipe.labels, auxiliary_sets(recipe))
    train: list[Samples] = []
    dev: dict[str, Samples] = {}
    test: dict[str, Samples] = {}
    tallies: list[Tally] = []
    for corpus in recipe.corpora:
        samples, tally = read_corpus(corpus, heads, root)
        tallies.append(tally)
        if corpus.part is Part.POOL:
            kept, dev[corpus.name], test[corpus.name] = divide(samples, recipe.split)
            train.append(kept)
        elif corpus.part is Part.DEV:
            dev[corpus.name] = samples
        elif corpus.part is Part.TEST:
            test[corpus.name] = samples
        else:
            kept, held_out = _hold_out(samples, corpus.hold_out, recipe.split.seed)
            train.append(kept)
            if held_out is not None:
                dev[corpus.name] = held_out
    if not train:
        raise CorpusError('The recipe has no corpus to train on; give one part = "train".')
    return Prepared(heads=heads, train=joined(train), dev=dev, test=test, tallies=tuple(tallies))


def divide(samples: Samples, split: Split) -> tuple[Samples, Samples, Samples]:
    """Train, dev and test rows: `split.test` of all, then `split.dev` of the rest."""
    keys = samples.dialogues if split.by_dialogue else np.arange(len(samples))
    units = np.unique(keys)
    rest, test = _two(units, split.test, split.seed)
    train, dev = _two(rest, split.dev, split.seed)
    if split.by_dialogue:
        train, dev, test = (np.flatnonzero(np.isin(keys, part)) for part in (train, dev, test))
    return samples.take(train), samples.take(dev), samples.take(test)


def _two(units: NDArray[np.int64], share: float, seed: int) -> tuple[NDArray[np.int64], ...]:
    if not share:
        return units, units[:0]
    if len(units) < 2:
        raise CorpusError(f"{len(units)} rows cannot be divided; at least 2 are needed.")
    first, second = train_test_split(units, test_size=share, random_state=seed)
    return first, second


def _hold_out(samples: Samples, count: int, seed: int) -> tuple[Samples, Samples | None]:
    if not count:
        return samples, None
    if count >= len(samples):
        raise CorpusError(f"hold_out is {count}, the corpus has {len(samples)} rows.")
    order = np.random.default_rng(seed).permutation(len(samples))
    return samples.take(np.sort(order[count:])), samples.take(np.sort(order[:count]))
