"""Corpora are divided as the recipe says, the same way every time."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the training extra is not installed")

import pandas as pd
from sklearn.model_selection import train_test_split

from tests.training.tiny import emotion_table, tiny_recipe
from training.config import Corpus, Part, Split
from training.prepare import divide, prepare
from training.samples import Samples, joined
from training.tables import CorpusError


def samples(count: int, turns: int = 1) -> Samples:
    """Rows of `turns` a dialogue."""
    return Samples(
        texts=[f"text {number}" for number in range(count)],
        targets=np.zeros((count, 3), np.int8),
        weights=np.ones(count, np.float32),
        dialogues=np.arange(count) // turns,
    )


def test_the_split_is_the_published_one() -> None:
    """6:2:2, row for row what two calls of train_test_split on a DataFrame give."""
    frame = pd.DataFrame({"text": samples(103).texts})
    rest, test = train_test_split(frame, test_size=0.2, random_state=0)
    train, dev = train_test_split(rest, test_size=0.25, random_state=0)
    parts = divide(samples(103), Split())
    for part, frame_part in zip(parts, (train, dev, test), strict=True):
        assert part.texts == frame_part["text"].tolist()


def test_a_dialogue_stays_on_one_side() -> None:
    """With `by_dialogue` no dialogue has sentences in two parts; without it many have."""
    whole, leaky = (divide(samples(90, turns=3), Split(by_dialogue=by)) for by in (True, False))

    def shared(parts: tuple[Samples, ...]) -> int:
        train, dev, test = (set(part.dialogues.tolist()) for part in parts)
        return len(train & dev) + len(train & test) + len(dev & test)

    assert shared(whole) == 0
    assert shared(leaky) > 10
    assert sum(map(len, whole)) == 90


def test_parts_and_held_out_rows_come_from_the_corpora(tmp_path: Path) -> None:
    """A dev corpus is dev, held-out rows leave training, and the halves of dev share no row."""
    emotion_table(tmp_path / "train.tsv", 40)
    emotion_table(tmp_path / "dev.tsv", 11)
    recipe = tiny_recipe(
        corpora=(
            Corpus(name="train", path="train.tsv", hold_out=10, weight=0.5),
            Corpus(name="dev", path="dev.tsv", part=Part.DEV),
        )
    )
    prepared = prepare(recipe, tmp_path)
    assert len(prepared.train) == 30
    assert set(prepared.train.weights) == {0.5}
    assert not set(prepared.dev["train"].texts) & set(prepared.train.texts)
    assert (len(prepared.chosen()["dev"]), len(prepared.scored()["dev"])) == (5, 6)
    again = prepare(recipe, tmp_path)
    assert again.dev["train"].texts == prepared.dev["train"].texts


def test_with_a_test_set_all_of_dev_chooses(tmp_path: Path) -> None:
    """A pool gives a test part: dev rows choose, test rows are scored, none twice."""
    emotion_table(tmp_path / "pool.tsv", 50)
    recipe = tiny_recipe(corpora=(Corpus(name="pool", path="pool.tsv", part=Part.POOL),))
    prepared = prepare(recipe, tmp_path)
    train, dev, test = prepared.train, prepared.chosen()["pool"], prepared.scored()["pool"]
    assert [len(train), len(dev), len(test)] == [30, 10, 10]
    assert len({*train.texts, *dev.texts, *test.texts}) == 50


def test_dialogues_of_different_corpora_stay_different() -> None:
    """Joining renumbers dialogues, so that no two corpora share one."""
    assert joined([samples(4, 2), samples(3, 1)]).dialogues.tolist() == [0, 0, 1, 1, 2, 3, 4]


def test_impossible_divisions_are_refused(tmp_path: Path) -> None:
    """Nothing to train on, or more rows held out than there are."""
    emotion_table(tmp_path / "a.tsv", 8)
    for corpus, message in (
        (Corpus(name="a", path="a.tsv", part=Part.DEV), "no corpus to train on"),
        (Corpus(name="a", path="a.tsv", hold_out=8), "hold_out is 8, the corpus has 8 rows"),
    ):
        with pytest.raises(CorpusError, match=message):
            prepare(tiny_recipe(corpora=(corpus,)), tmp_path)
