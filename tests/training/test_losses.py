"""The loss of a batch, against the same sums in numpy."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="the training extra is not installed")

from classifier.labels import load_label_set
from tests.training.tiny import tiny_recipe
from training.config import Fit, Objective
from training.losses import Loss, class_weights
from training.network import log_prior
from training.samples import CANDIDATE, NO, UNKNOWN, YES, Samples, heads_of

pytestmark = pytest.mark.filterwarnings("default")  # TensorFlow's own are not ours to mend
MAIN, OTHER = heads_of(load_label_set("goemotions28"), [load_label_set("kote44")])
COUNT = OTHER.stop


def samples(targets: np.ndarray) -> Samples:
    """Samples of which only the targets matter."""
    count = len(targets)
    return Samples(texts=[""] * count, targets=targets.astype(np.int8),
                   weights=np.ones(count, np.float32), dialogues=np.arange(count))  # fmt: skip


def loss_of(logits: np.ndarray, targets: np.ndarray, fit: Fit | None = None, **changes: Any) -> Any:
    """The loss of each row."""
    recipe = tiny_recipe(fit or Fit(auxiliary=0.5), **changes)
    measure = Loss(recipe, (MAIN, OTHER), samples(targets))
    weights = np.ones(len(logits), np.float32)
    return measure(logits.astype(np.float32), targets.astype(np.int8), weights).numpy()


def cross_entropy(logits: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Of independent labels, in numpy."""
    return np.logaddexp(0, logits) - truth * logits


def random_logits(rows: int) -> np.ndarray:
    """Logits of both heads."""
    return np.random.default_rng(0).normal(0, 2, (rows, COUNT))


def test_unknown_labels_are_left_out() -> None:
    """Their logits may be anything; the mean is still over all labels of the head."""
    logits = random_logits(2)
    targets = np.full((2, COUNT), UNKNOWN)
    targets[:, 3], targets[:, 5] = YES, NO
    expected = cross_entropy(logits[:, [3, 5]], np.array([1, 0])).sum(axis=1) / MAIN.stop
    np.testing.assert_allclose(loss_of(logits, targets), expected, rtol=1e-4)
    logits[:, 7:] += 5
    np.testing.assert_allclose(loss_of(logits, targets), expected, rtol=1e-4)


def test_auxiliary_heads_are_weighted() -> None:
    """A row that only the other head knows costs `auxiliary` times its mean."""
    logits = random_logits(3)
    targets = np.full((3, COUNT), UNKNOWN)
    targets[:, OTHER.start :] = NO
    expected = 0.5 * cross_entropy(logits[:, OTHER.start :], np.zeros(44)).mean(axis=1)
    np.testing.assert_allclose(loss_of(logits, targets), expected, rtol=1e-4)


def test_one_right_candidate_is_enough() -> None:
    """The loss is that of none being right: a sure one costs nothing, none sure costs much."""
    targets = np.full((2, COUNT), UNKNOWN)
    targets[:, [1, 2, 4]] = CANDIDATE
    logits = np.full((2, COUNT), -6.0)
    logits[0, 2] = 12.0
    sure, unsure = loss_of(logits, targets)
    assert sure == pytest.approx(0, abs=1e-5)
    none_right = (1 / (1 + np.exp(-6.0))) ** 3
    assert unsure == pytest.approx(-np.log(1 - none_right) / MAIN.stop, rel=1e-3)


def test_single_labels_are_smoothed() -> None:
    """Softmax cross-entropy with the smoothed label, over the main head alone."""
    logits = random_logits(2)
    targets = np.full((2, COUNT), UNKNOWN)
    targets[:, : MAIN.stop] = NO
    targets[[0, 1], [4, 9]] = YES
    fit = Fit(label_smoothing=0.1)
    found = loss_of(logits, targets, fit, objective=Objective.SINGLE)
    main = logits[:, : MAIN.stop]
    logs = main - np.log(np.exp(main).sum(axis=1, keepdims=True))
    truth = np.full((2, MAIN.stop), 0.1 / MAIN.stop)
    truth[[0, 1], [4, 9]] += 0.9
    np.testing.assert_allclose(found, -(truth * logs).sum(axis=1), rtol=1e-4)


def test_rare_labels_weigh_more() -> None:
    """By the square root of how much rarer they are than the mean, at balance 0.5."""
    targets = np.full((12, COUNT), NO)
    targets[:8, 0] = targets[8:10, 1] = YES
    counts = np.array([8, 2, *([1] * 26)])  # a label of no row counts as one
    weights = class_weights(samples(targets), MAIN, Fit(balance=0.5))
    np.testing.assert_allclose(weights, np.sqrt(counts.mean() / counts), rtol=1e-5)
    assert set(class_weights(samples(targets), MAIN, Fit())) == {1.0}


def test_the_prior_is_where_the_loss_starts_lowest() -> None:
    """At the log prior the mean loss is the entropy of the labels; zero bias costs more."""
    random = np.random.default_rng(1)
    targets = np.full((400, COUNT), UNKNOWN)
    targets[:, : MAIN.stop] = random.random((400, MAIN.stop)) < 0.05
    bias = log_prior(targets.astype(np.int8)[:, : MAIN.stop], single=False)
    share = targets[:, : MAIN.stop].mean(axis=0)
    entropy = -(share * np.log(share) + (1 - share) * np.log(1 - share)).mean()
    logits = np.zeros((400, COUNT))
    at_zero = loss_of(logits, targets).mean()
    logits[:, : MAIN.stop] = bias
    assert loss_of(logits, targets).mean() == pytest.approx(entropy, rel=1e-2)
    assert at_zero > 3 * entropy


def test_weights_of_rows_scale_their_loss() -> None:
    """A row of weight two counts twice."""
    logits, targets = random_logits(1), np.full((1, COUNT), NO)
    measure = Loss(replace(tiny_recipe()), (MAIN, OTHER), samples(targets))
    one, two = (
        measure(logits.astype(np.float32), targets.astype(np.int8), np.array([each], np.float32))
        for each in (1, 2)
    )
    assert float(two[0]) == pytest.approx(2 * float(one[0]))
