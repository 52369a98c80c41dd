"""Batches: every row once an epoch, like lengths together, the order the seed decides."""

import sys
import tracemalloc
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from classifier.convert import read_tokenizer
from classifier.labels import load_label_set
from tests.training.tiny import write_base, write_table
from training.config import Corpus
from training.corpora import read_corpus
from training.samples import heads_of
from training.tokens import batches_by_length, epoch_batches, tokenise

LENGTHS = st.lists(st.integers(1, 128), min_size=1, max_size=400)


@given(LENGTHS, st.integers(1, 40), st.booleans(), st.integers(0, 3))
def test_an_epoch_has_every_row_once(
    lengths: list[int], batch: int, by_length: bool, epoch: int
) -> None:
    """Whatever the lengths, batches are a partition of the rows, none larger than asked for."""
    found = epoch_batches(np.array(lengths), batch, by_length=by_length, seed=0, epoch=epoch)
    assert sorted(np.concatenate(found).tolist()) == list(range(len(lengths)))
    assert len(found) == -(-len(lengths) // batch)
    assert max(map(len, found)) <= batch


def test_the_seed_and_the_epoch_decide_the_order() -> None:
    """The same seed and epoch give the same batches, another epoch other ones."""
    lengths = np.random.default_rng(0).integers(4, 60, 500)

    def order(seed: int, epoch: int) -> list[int]:
        batches = epoch_batches(lengths, 16, by_length=True, seed=seed, epoch=epoch)
        return np.concatenate(batches).tolist()  # type: ignore[no-any-return]

    assert order(0, 0) == order(0, 0)
    assert order(0, 0) != order(0, 1)
    assert order(0, 0) != order(1, 0)


def test_grouping_by_length_saves_most_of_the_padding() -> None:
    """On lengths as chat has them, grouped batches compute at most a third of the padded set."""
    lengths = np.random.default_rng(0).gamma(2.5, 8, 5_000).astype(np.int64) + 3
    batches = epoch_batches(lengths, 32, by_length=True, seed=0, epoch=0)
    grouped = sum(len(rows) * int(lengths[rows].max()) for rows in batches)
    assert grouped < 1.15 * lengths.sum()
    assert grouped < len(lengths) * lengths.max() / 3


def test_tokens_are_those_of_serving_cut_and_padded(tmp_path: Path) -> None:
    """Special tokens are there, long texts are cut, short ones are padded at the end."""
    tokenizer = Tokenizer.from_str(read_tokenizer(write_base(tmp_path / "base")))
    tokens = tokenise(["정말 기뻐", "오늘 " * 30, ""], tokenizer, max_length=8)
    assert tokens.lengths.tolist() == [4, 8, 2]
    padded = tokens.padded(np.array([0, 2]), pad=0)
    assert padded.tolist() == [[2, 14, 5, 3], [2, 3, 0, 0]]
    assert tokens.padded(np.array([0]), pad=0, length=8).shape == (1, 8)


def test_scoring_batches_hold_every_row() -> None:
    """Shortest first, each row once."""
    lengths = np.array([9, 2, 7, 2, 5])
    assert np.concatenate(list(batches_by_length(lengths, 2))).tolist() == [1, 3, 4, 2, 0]


def test_memory_is_that_of_the_texts_and_their_own_tokens(tmp_path: Path) -> None:
    """One long text costs itself; padding all rows to it would take a megabyte more here."""
    tokenizer = Tokenizer.from_str(read_tokenizer(write_base(tmp_path / "base")))
    heads = heads_of(load_label_set("goemotions28"), ())
    rows = [(f"정말 기뻐 {number}", "joy") for number in range(2_000)]

    def held(name: str, rows: list[tuple[str, str]]) -> int:
        write_table(tmp_path / name, rows)
        tracemalloc.start()
        samples, _ = read_corpus(Corpus(name=name, path=name), heads, tmp_path)
        tokens = tokenise(samples.texts, tokenizer, 128)
        used = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert len(tokens.lengths) == len(rows)
        return used - sum(map(sys.getsizeof, samples.texts))

    held("warm.tsv", rows[:100])
    short = held("short.tsv", rows)
    assert short < 300 * len(rows)
    assert held("long.tsv", [*rows, ("정말 " * 200, "joy")]) - short < 50_000
