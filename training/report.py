"""What a model's scores are worth on labelled rows: per label, by group, and over coverage."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.base import Group, LabelSet
from classifier.bundle import Activation, Calibration
from classifier.calibrate import GRID, Flags, Given, precision_curve
from classifier.decide import Array, Chooser

_TOP = 3
_BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelScore:
    """How often a label is given rightly, and found."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int  # rows that have it


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The figures of one model on one table; shares are from 0 to 1."""

    rows: int
    top_label: float  # the label with the highest score is among the gold ones
    top_3: float  # one of the three highest is
    macro_f1: float
    macro_precision: float
    macro_recall: float
    weighted_f1: float
    six_groups: float  # rows with an emotion: its group is the best of the six
    seven_groups: float
    six_groups_f1: float  # macro, over the groups that occur
    seven_groups_f1: float
    calibration_error: float  # mean distance of the top label's score from how often it is right
    labels: tuple[LabelScore, ...]

    def figures(self) -> dict[str, Any]:
        """The report as JSON."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """The report as a table for people."""
        width = max(len(each.label) for each in self.labels) + 2
        yield f"{'':{width}}precision    recall        f1   support"
        for each in self.labels:
            yield (
                f"{each.label:{width}}{each.precision:9.3f} {each.recall:9.3f} {each.f1:9.3f}"
                f" {each.support:9,}"
            )
        for name, value in self.figures().items():
            if isinstance(value, float):
                yield f"{name.replace('_', ' '):{width + 20}}{value:.3f}"
        yield f"{'rows':{width + 20}}{self.rows:,}"


def report(
    scores: Array,
    gold: Flags,
    label_set: LabelSet,
    activation: Activation,
    calibration: Calibration,
) -> Report:
    """The report on calibrated `scores` (rows, labels) against `gold`."""
    given = given_labels(scores, activation, calibration)
    labels = tuple(_label_scores(given, gold, label_set.keys))
    support = np.array([each.support for each in labels])
    order = np.argsort(-scores, axis=1, kind="stable")
    right = np.take_along_axis(gold, order, axis=1)
    six, six_f1 = _groups(scores, gold, label_set, neutral=False)
    seven, seven_f1 = _groups(scores, gold, label_set, neutral=True)
    return Report(
        rows=len(scores),
        top_label=float(right[:, 0].mean()),
        top_3=float(right[:, :_TOP].any(axis=1).mean()),
        macro_f1=float(np.mean([each.f1 for each in labels])),
        macro_precision=float(np.mean([each.precision for each in labels])),
        macro_recall=float(np.mean([each.recall for each in labels])),
        weighted_f1=float(np.average([each.f1 for each in labels], weights=np.maximum(support, 0))),
        six_groups=six,
        seven_groups=seven,
        six_groups_f1=six_f1,
        seven_groups_f1=seven_f1,
        calibration_error=calibration_error(scores.max(axis=1), right[:, 0]),
        labels=labels,
    )


def given_labels(scores: Array, activation: Activation, calibration: Calibration) -> Flags:
    """The labels a model gives each row: the best one, or each that reaches its threshold."""
    if activation is Activation.SOFTMAX:
        return np.asarray(np.eye(scores.shape[1], dtype=np.bool_)[scores.argmax(axis=1)])
    return np.asarray(scores >= np.array(calibration.thresholds))


def coverage(scores: Array, gold: Flags, label_set: LabelSet) -> tuple[Array, Array, Array]:
    """Precision and share shown over the thresholds of GRID, of the emotion serving would show."""
    given = Given.of(scores, gold, label_set)
    shown = given.emotional
    precision, covered = precision_curve(given.score[shown], given.label_right[shown])
    return GRID, precision, covered * shown.mean()


def calibration_bins(top: Array, right: Flags) -> tuple[Array, Array, NDArray[np.intp]]:
    """Mean score, share right and rows of each tenth of the scores that has any."""
    place = np.minimum((top * _BINS).astype(np.intp), _BINS - 1)
    rows = np.bincount(place, minlength=_BINS)
    some = rows > 0
    score = np.bincount(place, weights=top, minlength=_BINS)[some] / rows[some]
    share = np.bincount(place, weights=right, minlength=_BINS)[some] / rows[some]
    return score, share, rows[some]


def calibration_error(top: Array, right: Flags) -> float:
    """The expected calibration error of the top scores."""
    score, share, rows = calibration_bins(top, right)
    return float(np.average(np.abs(score - share), weights=rows))


def confusion(scores: Array, gold: Flags) -> NDArray[np.float64]:
    """Of the rows that have a label (row), the share whose top label is another (column)."""
    top = np.eye(scores.shape[1])[scores.argmax(axis=1)]
    return np.asarray(gold.T @ top / np.maximum(gold.sum(axis=0), 1)[:, None])


def _label_scores(given: Flags, gold: Flags, keys: tuple[str, ...]) -> Iterator[LabelScore]:
    for key, column, truth in zip(keys, given.T, gold.T, strict=True):
        right = int((column & truth).sum())
        yield LabelScore(
            label=key,
            precision=right / max(int(column.sum()), 1),
            recall=right / max(int(truth.sum()), 1),
            f1=2 * right / max(int(column.sum() + truth.sum()), 1),
            support=int(truth.sum()),
        )


def _groups(
    scores: Array, gold: Flags, label_set: LabelSet, *, neutral: bool
) -> tuple[float, float]:
    """How often the best group is a gold one, and the macro-F1 of the groups that occur."""
    chooser = Chooser(label_set)
    kept = [place for place, group in enumerate(chooser.groups)
            if neutral or group is not Group.NEUTRAL]  # fmt: skip
    truth = (gold @ chooser.members)[:, kept]
    rows = truth.any(axis=1)
    if not rows.any():
        return 0.0, 0.0
    truth, best = truth[rows], chooser.group_scores(scores[rows])[:, kept].argmax(axis=1)
    given = np.eye(len(kept), dtype=np.bool_)[best]
    right = (given & truth).sum(axis=0)
    f1 = 2 * right / np.maximum(given.sum(axis=0) + truth.sum(axis=0), 1)
    return float(truth[np.arange(len(best)), best].mean()), float(f1[truth.any(axis=0)].mean())
