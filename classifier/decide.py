"""From a model's logits to a prediction: probabilities, groups, and when to say nothing."""

from collections.abc import Sequence
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from classifier.base import Abstention, Group, LabelSet, Prediction
from classifier.bundle import Activation, ModelBundle

Array = NDArray[np.float64]


def probabilities(
    logits: NDArray[np.floating], activation: Activation, temperature: float
) -> Array:
    """Calibrated probabilities of logits (..., labels)."""
    scaled = logits.astype(np.float64) / temperature
    if activation is Activation.SIGMOID:
        return np.asarray(np.exp(-np.logaddexp(0, -scaled)))  # no overflow at either end
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


class Chooser:
    """Chooses a label of a label set by its group: the group's scores are summed first."""

    def __init__(self, label_set: LabelSet) -> None:
        self.groups = tuple(Group)
        self.members = np.array(
            [[label.group is group for group in self.groups] for label in label_set.labels]
        )
        self._of_group = [np.flatnonzero(column).tolist() for column in self.members.T]

    def group_scores(self, scores: Array) -> Array:
        """Scores (..., groups) that never sum above one.

        Independent labels may: then each is taken as its share, so that three likely labels of
        one group do not count as more than certain.
        """
        total = scores.sum(axis=-1, keepdims=True)
        return np.asarray(scores / np.maximum(total, 1) @ self.members)

    def choose(self, scores: Array) -> tuple[NDArray[np.intp], Array]:
        """The index of the best label in the best group, and that group's score."""
        groups = self.group_scores(scores)
        best = groups.argmax(axis=-1)
        inside = np.where(self.members.T[best], scores, -1)
        return inside.argmax(axis=-1), groups.max(axis=-1)

    def best(self, scores: Sequence[float]) -> tuple[int, float]:
        """What `choose` says of a single row, in a third of the time: numpy's calls are slow."""
        most, inside = max(
            ((sum(scores[place] for place in places), places) for places in self._of_group),
            key=itemgetter(0),
        )
        return max(inside, key=scores.__getitem__), most / max(sum(scores), 1)


def predict(
    logits: NDArray[np.floating], text: str, bundle: ModelBundle, chooser: Chooser
) -> Prediction:
    """The prediction that `logits` (labels,) make of `text`, as the model saw it."""
    calibration = bundle.calibration
    scores = probabilities(logits, bundle.activation, calibration.temperature).tolist()
    index, group_score = chooser.best(scores)
    label = bundle.label_set.labels[index]
    unsure = group_score < calibration.abstain_below
    return Prediction(
        text=text,
        revision=bundle.revision,
        label_set=bundle.label_set.name,
        label=None if unsure else label,
        group=None if unsure else label.group,
        score=scores[index],
        group_score=group_score,
        scores=tuple(scores),
        react_above=calibration.react_above,
        abstention=Abstention.UNSURE if unsure else None,
    )


def abstain(text: str, bundle: ModelBundle, reason: Abstention) -> Prediction:
    """The prediction of a text the model does not look at."""
    return Prediction(
        text=text,
        revision=bundle.revision,
        label_set=bundle.label_set.name,
        label=None,
        group=None,
        score=0.0,
        group_score=0.0,
        react_above=bundle.calibration.react_above,
        abstention=reason,
    )
