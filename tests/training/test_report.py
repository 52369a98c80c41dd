"""The figures of a report are scikit-learn's, or counted by hand."""

import numpy as np
import pytest

from classifier.base import Group
from classifier.bundle import Activation, Calibration
from classifier.labels import load_label_set
from training.report import calibration_bins, calibration_error, confusion, coverage, report

LABELS = load_label_set("goemotions28")
NONE = Calibration.none(len(LABELS))


def rows(*keys: str) -> np.ndarray:
    """Gold rows, the labels of each joined by +."""
    gold = np.zeros((len(keys), len(LABELS)), np.bool_)
    for place, names in enumerate(keys):
        for name in names.split("+"):
            gold[place, LABELS.keys.index(name)] = True
    return gold


def random_rows(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores and gold labels that agree now and then."""
    random = np.random.default_rng(3)
    gold = random.random((count, len(LABELS))) < 0.08
    gold[np.arange(count), random.integers(0, 20, count)] = True
    return np.clip(random.random(gold.shape) * 0.7 + 0.3 * gold, 0, 1), gold


@pytest.mark.parametrize("activation", list(Activation))
def test_label_figures_are_those_of_scikit_learn(activation: Activation) -> None:
    """Precision, recall, F1 and their means, for thresholds and for the best label."""
    metrics = pytest.importorskip("sklearn.metrics", reason="the training extra is not installed")
    scores, gold = random_rows(300)
    if activation is Activation.SOFTMAX:
        gold = np.eye(len(LABELS), dtype=np.bool_)[gold.argmax(axis=1)]
        given = np.eye(len(LABELS), dtype=np.bool_)[scores.argmax(axis=1)]
    else:
        given = scores >= 0.5
    found = report(scores, gold, LABELS, activation, NONE)
    each = metrics.precision_recall_fscore_support(gold, given, zero_division=0)
    for place, label in enumerate(found.labels):
        expected = [figures[place] for figures in each]
        assert [label.precision, label.recall, label.f1, label.support] == pytest.approx(expected)
    weighted = metrics.f1_score(gold, given, average="weighted", zero_division=0)
    assert found.weighted_f1 == pytest.approx(weighted)
    assert found.macro_f1 == pytest.approx(np.mean(each[2]))


def test_top_labels_and_groups_are_counted() -> None:
    """Of four rows: top labels, the top three, and groups with and without neutral."""
    gold = rows("joy", "anger", "neutral", "sadness+fear")
    scores = np.zeros(gold.shape)
    for place, best in enumerate(("joy", "annoyance", "joy", "fear")):
        scores[place, LABELS.keys.index(best)] = 0.9
    scores[1, LABELS.keys.index("anger")] = 0.05
    scores[2, LABELS.keys.index("love")] = 0.2  # ahead of the labels with a score of 0
    scores[2, LABELS.keys.index("admiration")] = 0.2
    found = report(scores, gold, LABELS, Activation.SIGMOID, NONE)
    assert found.top_label == 0.5
    assert found.top_3 == 0.75
    assert found.seven_groups == 0.75  # annoyance is anger's group; joy is not neutral's
    assert found.six_groups == 1.0  # the neutral row is not asked


def test_calibration_error_is_the_distance_from_the_diagonal() -> None:
    """Ten rows at 0.8 of which six are right are 0.2 off."""
    top = np.full(10, 0.8)
    right = np.arange(10) < 6
    assert calibration_error(top, right) == pytest.approx(0.2)
    score, share, count = calibration_bins(top, right)
    assert (score.tolist(), count.tolist()) == ([pytest.approx(0.8)], [10])
    assert share == pytest.approx([0.6])


def test_confusion_shares_are_of_the_rows_that_have_the_label() -> None:
    """Three of four angry rows called annoyance stand at 0.75."""
    gold = rows(*["anger"] * 4)
    scores = rows("annoyance", "annoyance", "annoyance", "anger").astype(float)
    shares = confusion(scores, gold)
    anger, annoyance = map(LABELS.keys.index, ("anger", "annoyance"))
    assert shares[anger, annoyance] == 0.75
    assert shares[anger, anger] == 0.25
    assert shares.sum() == 1


def test_coverage_counts_only_what_serving_would_show() -> None:
    """Neutral rows are never shown; precision rises as the threshold leaves the wrong one out."""
    gold = rows("joy", "joy", "neutral", "neutral")
    scores = np.zeros(gold.shape)
    for place, (best, score) in enumerate(
        (("joy", 0.9), ("joy", 0.8), ("joy", 0.6), ("neutral", 0.95))
    ):
        scores[place, LABELS.keys.index(best)] = score
    threshold, precision, shown = coverage(scores, gold, LABELS)
    low, high = (int(np.searchsorted(threshold, each)) for each in (0.5, 0.7))
    assert (precision[low], shown[low]) == (pytest.approx(2 / 3), pytest.approx(3 / 4))
    assert (precision[high], shown[high]) == (1, pytest.approx(2 / 4))
    assert LABELS["neutral"].group is Group.NEUTRAL
