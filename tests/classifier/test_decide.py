"""Decisions: from logits to a label by its group, or to none."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.base import Abstention, Group, Language
from classifier.bundle import Activation, Calibration, ModelBundle, Origin
from classifier.decide import Chooser, abstain, predict, probabilities
from classifier.labels import load_label_set

LABELS = load_label_set("goemotions28")
BUNDLE = ModelBundle(
    folder=Path("nowhere"),
    label_set=LABELS,
    activation=Activation.SIGMOID,
    languages=(Language.KO, Language.EN),
    max_length=128,
    calibration=Calibration.none(len(LABELS)),
    origin=Origin(licence="MIT", parents=()),
)
CHOOSER = Chooser(LABELS)
LOGITS = st.lists(st.floats(-40, 40), min_size=28, max_size=28)


def logits(**values: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Logits that give the named labels the named probabilities (sigmoid), the others none."""
    scores = np.array([values.get(key, 1e-9) for key in LABELS.keys])
    return np.asarray(np.log(scores / (1 - scores)))


def test_probability_is_summed_by_group_first() -> None:
    """Three milder kinds of anger beat one stronger joy, and the best of the three is given."""
    found = predict(logits(anger=0.2, annoyance=0.25, disgust=0.2, joy=0.3), "", BUNDLE, CHOOSER)
    assert found.group is Group.ANGER
    assert found.label == LABELS["annoyance"]
    assert found.score == pytest.approx(0.25)
    assert found.group_score == pytest.approx(0.65)


def test_likely_labels_of_one_group_stay_a_probability() -> None:
    """Independent labels that sum above one count as shares of one."""
    found = predict(logits(joy=0.9, love=0.9, sadness=0.2), "", BUNDLE, CHOOSER)
    assert found.group_score == pytest.approx(0.9)
    assert found.score == pytest.approx(0.9)


def test_an_unsure_group_gives_no_label() -> None:
    """Below abstain_below there is no label, but the scores stay to be explained."""
    bundle = replace(BUNDLE, calibration=replace(BUNDLE.calibration, abstain_below=0.5))
    found = predict(logits(joy=0.3, sadness=0.1), "text", bundle, CHOOSER)
    assert (found.label, found.group, found.abstention) == (None, None, Abstention.UNSURE)
    assert (found.score, found.group_score) == (pytest.approx(0.3), pytest.approx(0.3))
    assert len(found.scores) == 28
    sure = predict(logits(joy=0.3, love=0.25), "text", bundle, CHOOSER)
    assert sure.label == LABELS["joy"]


def test_the_bundle_is_on_every_prediction() -> None:
    """Revision, label set and the bar for showing come from the bundle."""
    bundle = replace(BUNDLE, calibration=replace(BUNDLE.calibration, react_above=0.4))
    for found in (
        predict(logits(joy=0.9), "seen", bundle, CHOOSER),
        abstain("seen", bundle, Abstention.NO_WORDS),
    ):
        assert found.revision == bundle.revision
        assert (found.label_set, found.react_above, found.text) == ("goemotions28", 0.4, "seen")


def test_an_abstention_before_the_model_has_no_scores() -> None:
    """What the model never saw has no numbers."""
    found = abstain("!!", BUNDLE, Abstention.NO_WORDS)
    assert (found.score, found.group_score, found.scores) == (0, 0, ())
    assert found.abstained


def test_temperature_moves_scores_not_ranks() -> None:
    """A temperature above one makes scores less sure and leaves their order."""
    raw = logits(joy=0.9, love=0.2)
    plain, cool = (probabilities(raw, Activation.SIGMOID, each) for each in (1.0, 2.0))
    assert cool[LABELS.keys.index("joy")] == pytest.approx(0.75)
    assert list(np.argsort(plain)) == list(np.argsort(cool))


@given(LOGITS, st.sampled_from(Activation), st.floats(0.05, 20))
def test_scores_are_probabilities(
    raw: list[float], activation: Activation, temperature: float
) -> None:
    """Every score and every group's is in 0..1, and groups never sum above one."""
    scores = probabilities(np.array(raw), activation, temperature)
    groups = CHOOSER.group_scores(scores)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert groups.sum() <= 1 + 1e-9
    if activation is Activation.SOFTMAX:
        assert scores.sum() == pytest.approx(1)


@given(st.lists(LOGITS, min_size=1, max_size=5))
def test_many_rows_are_decided_as_one_by_one(rows: list[list[float]]) -> None:
    """Calibration decides over matrices what serving decides row by row."""
    scores = probabilities(np.array(rows), Activation.SIGMOID, 1.0)
    labels, group_scores = CHOOSER.choose(scores)
    for row, label, group_score in zip(rows, labels, group_scores, strict=True):
        found = predict(np.array(row), "", BUNDLE, CHOOSER)
        assert found.group_score == pytest.approx(group_score)
        group = CHOOSER.groups.index(LABELS.labels[label].group)  # ties may fall either way
        assert CHOOSER.group_scores(np.array(found.scores))[group] == pytest.approx(group_score)
