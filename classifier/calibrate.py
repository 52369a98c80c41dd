"""Fit what turns logits into earned labels, on held-out rows; and measure it on others.

A row is a text's logits and the set of its gold labels, as matrices (rows, labels). Thresholds
are chosen among round numbers, so that what was measured is what bundle.json says.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.base import BundleError, Group, LabelSet
from classifier.bundle import Activation, Calibration
from classifier.decide import Array, Chooser, probabilities

Flags = NDArray[np.bool_]

PRECISION = 0.70  # what is shown to people is right at least this often
GRID: Array = np.arange(1, 1000) / 1000

_SURELY = 1.645  # the normal quantile of 95 %, one-sided
_TEMPERATURES = (0.1, 10.0)
_DIGITS = 3
_NEUTRAL = "neutral"  # the label that says no emotion, in the sets that have one


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Rows of one language that the model was not trained on."""

    logits: NDArray[np.floating]  # (rows, labels)
    gold: Flags  # (rows, labels)

    def __post_init__(self) -> None:
        if self.logits.shape != self.gold.shape or self.gold.ndim != 2 or not len(self.gold):
            raise BundleError(
                "Held-out rows need a gold row for each row of logits, and at least one;"
                f" found {self.gold.shape} and {self.logits.shape}."
            )

    def odd(self) -> "HeldOut":
        """Every second row, to choose on."""
        return HeldOut(logits=self.logits[1::2], gold=self.gold[1::2])

    def even(self) -> "HeldOut":
        """The other rows, to score on."""
        return HeldOut(logits=self.logits[::2], gold=self.gold[::2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The label given to each row, and whether it is right; all arrays are (rows,)."""

    score: Array
    group_score: Array
    label_right: Flags
    group_right: Flags
    emotional: Flags  # not of the neutral group

    @classmethod
    def of(cls, scores: Array, gold: Flags, label_set: LabelSet) -> "Given":
        """What serving would give for `scores` (rows, labels)."""
        chooser = Chooser(label_set)
        rows = np.arange(len(scores))
        labels, group_score = chooser.choose(scores)
        groups = chooser.members[labels]  # (rows, groups), one true a row
        neutral = chooser.groups.index(Group.NEUTRAL)
        return cls(
            score=scores[rows, labels],
            group_score=group_score,
            label_right=gold[rows, labels],
            group_right=((gold @ chooser.members) & groups).any(axis=1),
            emotional=~groups[:, neutral],
        )


def calibrate(
    held_out: Mapping[str, HeldOut], label_set: LabelSet, activation: Activation
) -> Calibration:
    """The calibration fitted on all of `held_out`, which is by language.

    Temperature and thresholds come from all rows together; `abstain_below` and `react_above` are
    the strictest that any language asks for, so that neither is shown more errors.
    """
    logits = np.concatenate([rows.logits for rows in held_out.values()])
    gold = np.concatenate([rows.gold for rows in held_out.values()])
    temperature = fit_temperature(logits, gold, activation)
    thresholds = fit_thresholds(probabilities(logits, activation, temperature), gold)
    given = [
        Given.of(probabilities(rows.logits, activation, temperature), rows.gold, label_set)
        for rows in held_out.values()
    ]
    abstain_below = max(fit_abstention(each.group_score, each.group_right) for each in given)
    shown = [each.emotional & (each.group_score >= abstain_below) for each in given]
    return Calibration(
        temperature=temperature,
        thresholds=thresholds,
        abstain_below=abstain_below,
        react_above=max(
            threshold_for(each.score[kept], each.label_right[kept])
            for each, kept in zip(given, shown, strict=True)
        ),
    )


def measure(
    scored: HeldOut,
    chosen: HeldOut,
    calibration: Calibration,
    label_set: LabelSet,
    activation: Activation,
) -> dict[str, float]:
    """What a calibration reaches on `scored`; `card.MEASURES` explains each figure.

    `chosen` are other rows of the same language, for the thresholds a bundle does not have.
    """
    scores, earlier = (
        probabilities(rows.logits, activation, calibration.temperature) for rows in (scored, chosen)
    )
    given = Given.of(scores, scored.gold, label_set)
    named = given.group_score >= calibration.abstain_below
    shown = given.emotional & named & (given.score >= calibration.react_above)
    one = fit_threshold(earlier, chosen.gold)
    figures = {
        "top_label": scored.gold[np.arange(len(scores)), scores.argmax(axis=1)].mean(),
        "given_label": given.label_right.mean(),
        "given_group": given.group_right.mean(),
        "macro_f1_one": macro_f1(scores >= one, scored.gold),
        "macro_f1_each": macro_f1(scores >= np.array(calibration.thresholds), scored.gold),
        "abstained": 1 - named.mean(),
        "named_right": given.group_right[named].mean() if named.any() else 0.0,
        "shown": shown.mean(),
        "shown_right": given.label_right[shown].mean() if shown.any() else 0.0,
        "surest_at_70": _surest_share(scores, earlier, chosen.gold, label_set),
    }
    rounded = {name: round(float(value), _DIGITS) for name, value in figures.items()}
    return {"rows": float(len(scores)), **rounded}


def _surest_share(scores: Array, earlier: Array, gold: Flags, label_set: LabelSet) -> float:
    """The share of rows whose surest emotion reaches the threshold that was right 70 % earlier."""
    emotions = [label.key != _NEUTRAL for label in label_set.labels]
    right = gold[:, emotions][np.arange(len(gold)), earlier[:, emotions].argmax(axis=1)]
    reached, covered = precision_curve(earlier[:, emotions].max(axis=1), right)
    least = GRID[(reached >= PRECISION) & (covered > 0)].min(initial=1.0)
    return float((scores[:, emotions].max(axis=1) >= least).mean())


def fit_temperature(logits: NDArray[np.floating], gold: Flags, activation: Activation) -> float:
    """The temperature with the least negative log-likelihood of `gold`."""

    def loss(inverse: float) -> float:
        scores = probabilities(logits, activation, 1 / inverse).clip(1e-12, 1 - 1e-12)
        wrong = np.log1p(-scores)[~gold].sum() if activation is Activation.SIGMOID else 0.0
        return -float(np.log(scores)[gold].sum() + wrong)

    # The loss is convex in the inverse temperature: keep the third that holds the least.
    low, high = 1 / _TEMPERATURES[1], 1 / _TEMPERATURES[0]
    while high - low > 1e-4:
        step = (high - low) / 3
        if loss(low + step) < loss(high - step):
            high -= step
        else:
            low += step
    return round(2 / (low + high), _DIGITS)


def fit_thresholds(scores: Array, gold: Flags) -> tuple[float, ...]:
    """Per label the threshold with the best F1; 0.5 for a label that no row has."""
    fitted = []
    for column, truth in zip(scores.T, gold.T, strict=True):
        given, right = _at_least(column), _at_least(column[truth])
        f1 = 2 * right / np.maximum(given + truth.sum(), 1)
        best = np.flatnonzero(f1 == f1.max())  # a plateau where scores are sparse: its middle
        fitted.append(float(GRID[best[len(best) // 2]]) if truth.any() else 0.5)
    return tuple(fitted)


def fit_threshold(scores: Array, gold: Flags) -> float:
    """The one threshold for all labels with the best macro-F1."""
    grid = GRID[9::10]
    return float(grid[np.argmax([macro_f1(scores >= each, gold) for each in grid])])


def fit_abstention(group_score: Array, right: Flags) -> float:
    """The threshold that names the most groups rightly, each wrong one taking a right one away.

    It lies where a group of that score is right half the time.
    """
    gain = 2 * _at_least(group_score[right]) - _at_least(group_score)
    return float(GRID[gain.argmax()])


def threshold_for(score: Array, right: Flags, precision: float = PRECISION) -> float:
    """The least threshold at which rows are surely right often enough; 1 when none is.

    Surely: even at the low end of what so few rows can tell (95 %, one-sided). The least threshold
    is where luck helped most, and without this margin other rows fall short by two points.
    """
    reached, covered = precision_curve(score, right)
    rows = np.maximum(covered * len(score), 1)
    low = reached - _SURELY * np.sqrt(reached * (1 - reached) / rows)
    enough = GRID[(low >= precision) & (covered > 0)]
    return float(enough.min(initial=1.0))


def precision_curve(score: Array, right: Flags) -> tuple[Array, Array]:
    """For each threshold of GRID: how often rows from it on are right, and the share they are."""
    given = _at_least(score)
    reached = _at_least(score[right]) / np.maximum(given, 1)
    return reached, given / max(len(score), 1)


def macro_f1(given: Flags, gold: Flags) -> float:
    """The mean F1 of the labels; one that is neither given nor gold counts as 0."""
    right = (given & gold).sum(axis=0)
    return float((2 * right / np.maximum(given.sum(axis=0) + gold.sum(axis=0), 1)).mean())


def _at_least(scores: Array) -> NDArray[np.intp]:
    """How many scores reach each threshold of GRID."""
    return len(scores) - np.searchsorted(np.sort(scores), GRID)
