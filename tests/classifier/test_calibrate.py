"""Calibration: what is fitted is right on the rows it was fitted on, in every language."""

from dataclasses import replace

import numpy as np
import pytest

from classifier.base import BundleError
from classifier.bundle import Activation, Calibration
from classifier.calibrate import (
    GRID,
    Given,
    HeldOut,
    calibrate,
    fit_abstention,
    fit_temperature,
    fit_threshold,
    fit_thresholds,
    macro_f1,
    measure,
    precision_curve,
    threshold_for,
)
from classifier.card import MEASURES
from classifier.decide import probabilities
from classifier.labels import load_label_set

LABELS = load_label_set("goemotions28")
SIGMOID, SOFTMAX = Activation.SIGMOID, Activation.SOFTMAX


def rows(seed: int, count: int = 1500, noise: float = 1.0) -> HeldOut:
    """Logits that tell the truth about random gold labels, blurred by `noise`."""
    random = np.random.default_rng(seed)
    logits = random.normal(-4, 2, (count, len(LABELS)))
    gold = random.random(logits.shape) < 1 / (1 + np.exp(-logits))
    return HeldOut(logits=logits + random.normal(0, noise, logits.shape), gold=gold)


@pytest.mark.parametrize("truth", [0.5, 1.0, 2.5])
def test_the_temperature_is_found(truth: float) -> None:
    """Logits stretched by a factor are brought back by that temperature."""
    held_out = rows(1, noise=0)
    found = fit_temperature(held_out.logits * truth, held_out.gold, SIGMOID)
    assert found == pytest.approx(truth, rel=0.05)


def test_the_temperature_of_a_softmax_is_found() -> None:
    """One label a row, drawn from a softmax: its temperature is recovered."""
    random = np.random.default_rng(2)
    logits = random.normal(0, 2, (10_000, 5))
    label = (logits + random.gumbel(size=logits.shape)).argmax(axis=1)  # the Gumbel-max trick
    gold = np.eye(5, dtype=bool)[label]
    assert fit_temperature(logits * 1.7, gold, SOFTMAX) == pytest.approx(1.7, rel=0.05)


def test_thresholds_have_the_best_f1() -> None:
    """No threshold of the grid does better than the fitted one, label by label."""
    held_out = rows(3, count=400)
    scores = probabilities(held_out.logits, SIGMOID, 1.0)
    for label, fitted in enumerate(fit_thresholds(scores, held_out.gold)):
        one = np.s_[:, label : label + 1]
        best = max(macro_f1(scores[one] >= each, held_out.gold[one]) for each in GRID)
        assert macro_f1(scores[one] >= fitted, held_out.gold[one]) == pytest.approx(best)


def test_a_label_no_row_has_keeps_the_middle() -> None:
    """Nothing can be fitted to a label that never occurs."""
    scores = np.array([[0.2, 0.9], [0.1, 0.3]])
    gold = np.array([[False, True], [False, False]])
    assert fit_thresholds(scores, gold)[0] == 0.5


def test_one_threshold_for_all_labels() -> None:
    """The single threshold is the grid's best by macro-F1."""
    held_out = rows(4, count=400)
    scores = probabilities(held_out.logits, SIGMOID, 1.0)
    found = macro_f1(scores >= fit_threshold(scores, held_out.gold), held_out.gold)
    assert found == max(macro_f1(scores >= each, held_out.gold) for each in GRID[9::10])


def test_macro_f1_by_hand() -> None:
    """Two labels: one right, one missed and one too many, make (1 + 0.5) / 2."""
    gold = np.array([[True, True], [False, True], [False, False], [True, False]])
    given = np.array([[True, True], [False, False], [False, True], [True, False]])
    assert macro_f1(given, gold) == pytest.approx(0.75)


def test_the_curve_counts_from_a_threshold_on() -> None:
    """Precision and coverage at a threshold are those of the rows at or above it."""
    score, right = np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False])
    precision, coverage = precision_curve(score, right)
    at = [int(np.flatnonzero(np.isclose(GRID, each))[0]) for each in (0.05, 0.5, 0.501, 0.95)]
    assert precision[at] == pytest.approx([0.5, 2 / 3, 1, 0])
    assert coverage[at] == pytest.approx([1, 0.75, 0.25, 0])


def test_rows_from_the_threshold_on_are_right_often_enough() -> None:
    """Scores that are honest probabilities need a threshold whose own rows are worse than 70 %."""
    random = np.random.default_rng(5)
    score = random.random(20_000)
    right = random.random(len(score)) < score
    least = threshold_for(score, right)
    assert right[score >= least].mean() >= 0.7
    assert least == pytest.approx(0.4, abs=0.03)  # the mean of 0.4..1 is 0.7


def test_few_rows_ask_for_more() -> None:
    """Seven of ten may be luck, seven hundred of a thousand less so."""
    right = np.array([True] * 8 + [False] * 2)
    assert threshold_for(np.full(10, 0.6), right) == 1.0
    assert threshold_for(np.full(1000, 0.6), np.tile(right, 100)) <= 0.6


def test_nothing_is_shown_when_nothing_is_right() -> None:
    """A model that is never right reacts to nothing; so does one without rows."""
    assert threshold_for(np.array([0.9, 0.99]), np.array([False, False])) == 1.0
    assert threshold_for(np.array([]), np.array([], bool)) == 1.0


def test_abstention_lies_where_a_group_is_right_half_the_time() -> None:
    """With honest group scores the threshold is one half."""
    random = np.random.default_rng(6)
    score = random.random(50_000)
    assert fit_abstention(score, random.random(len(score)) < score) == pytest.approx(0.5, abs=0.03)


def test_each_language_reaches_the_precision() -> None:
    """The stricter language sets the bars, and both are right at least 70 % of what they show."""
    held_out = {"easy": rows(7, noise=0.3), "hard": rows(8, noise=1.2)}
    found = calibrate(held_out, LABELS, SIGMOID)
    easy, hard = (calibrate({name: each}, LABELS, SIGMOID) for name, each in held_out.items())
    assert found.abstain_below >= max(easy.abstain_below, hard.abstain_below) - 0.1
    assert found.react_above > easy.react_above
    for each in held_out.values():
        figures = measure(each, each, found, LABELS, SIGMOID)
        assert figures["shown"] > 0
        assert figures["shown_right"] >= 0.7


def test_a_sister_label_is_the_right_group_and_the_wrong_label() -> None:
    """Joy for love counts as right group, wrong label; curiosity is of the neutral group."""
    keys = LABELS.keys
    scores, gold = np.full((2, 28), 0.001), np.zeros((2, 28), bool)
    scores[0, keys.index("joy")] = gold[0, keys.index("love")] = True
    scores[1, keys.index("curiosity")] = gold[1, keys.index("curiosity")] = True
    found = Given.of(scores, gold, LABELS)
    assert found.label_right.tolist() == [False, True]
    assert found.group_right.tolist() == [True, True]
    assert found.emotional.tolist() == [True, False]


def test_every_measure_is_explained() -> None:
    """Whatever is measured has its sentence in the model card."""
    held_out = rows(9, count=200)
    figures = measure(held_out, held_out, Calibration.none(28), LABELS, SIGMOID)
    assert set(figures) <= set(MEASURES)
    assert all(0 <= value <= 1 for name, value in figures.items() if name != "rows")
    assert figures["rows"] == 200
    assert figures["abstained"] == 0
    assert figures["shown"] == 0


def test_odd_and_even_rows_share_nothing() -> None:
    """Rows to choose on and rows to score on are all the rows, each once."""
    held_out = rows(10, count=11)
    odd, even = held_out.odd(), held_out.even()
    assert (len(odd.gold), len(even.gold)) == (5, 6)
    assert np.array_equal(np.concatenate([odd.logits, even.logits])[[5, 0, 6]], held_out.logits[:3])


def test_rows_that_do_not_match_are_refused() -> None:
    """Logits and gold of different shapes, or none at all, are named with both."""
    good = rows(11, count=4)
    with pytest.raises(BundleError, match=r"\(4, 27\) and \(4, 28\)"):
        replace(good, gold=good.gold[:, 1:])
    with pytest.raises(BundleError, match="at least one"):
        HeldOut(logits=good.logits[:0], gold=good.gold[:0])
