"""The loss of a batch: each head's rows, labels that are unknown left out, candidates shared."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.config import Fit, Objective, Recipe
from training.legacy import tf
from training.samples import CANDIDATE, UNKNOWN, YES, Head, Samples

_TINY = 1e-6


class Loss:
    """The mean loss of the main head and the weighted means of the auxiliary ones."""

    def __init__(self, recipe: Recipe, heads: Sequence[Head], samples: Samples) -> None:
        self._fit = recipe.fit
        self._single = recipe.objective is Objective.SINGLE
        self._heads = tuple(heads)
        self._balance = tf.constant(class_weights(samples, heads[0], recipe.fit), tf.float32)

    def __call__(self, logits: Any, targets: Any, weights: Any) -> Any:
        """The loss of each row, from logits (rows, outputs), targets and weights (rows,)."""
        total = tf.zeros_like(weights)
        for head in self._heads:
            columns = slice(head.start, head.stop)
            main = head is self._heads[0]
            measure = self._softmax if main and self._single else self._sigmoid
            balance = self._balance if main else tf.ones(len(head.label_set))
            each = measure(logits[:, columns], targets[:, columns], balance)
            total += each if main else self._fit.auxiliary * each
        return total * weights

    def _sigmoid(self, logits: Any, targets: Any, balance: Any) -> Any:
        known = tf.cast((targets != UNKNOWN) & (targets != CANDIDATE), tf.float32)
        truth = tf.cast(targets == YES, tf.float32)
        smoothing = self._fit.label_smoothing
        softened = truth * (1 - smoothing) + smoothing / 2
        errors = tf.nn.sigmoid_cross_entropy_with_logits(softened, logits)
        errors *= 1 + truth * (balance - 1)
        candidates = tf.cast(targets == CANDIDATE, tf.float32)
        return tf.reduce_mean(errors * known, axis=1) + _any_of(logits, candidates)

    def _softmax(self, logits: Any, targets: Any, balance: Any) -> Any:
        truth = tf.cast(targets == YES, tf.float32)
        count = tf.maximum(tf.reduce_sum(truth, axis=1, keepdims=True), 1)
        told = tf.cast(tf.reduce_any(targets == YES, axis=1), tf.float32)
        smoothing = self._fit.label_smoothing
        softened = truth / count * (1 - smoothing) + smoothing / logits.shape[-1]
        errors = tf.nn.softmax_cross_entropy_with_logits(softened, logits)
        return errors * told * tf.reduce_sum(truth / count * balance, axis=1)


def _any_of(logits: Any, candidates: Any) -> Any:
    """-log of the probability that at least one candidate is right, over the number of labels."""
    none_right = tf.reduce_sum(tf.nn.softplus(logits) * candidates, axis=1)  # -log of it
    some = tf.cast(tf.reduce_any(candidates > 0, axis=1), tf.float32)
    error = -tf.math.log(-tf.math.expm1(-tf.maximum(none_right, _TINY)))
    return some * error / tf.cast(tf.shape(logits)[1], tf.float32)


def class_weights(samples: Samples, head: Head, fit: Fit) -> NDArray[np.float32]:
    """A weight a label: rarer labels weigh more, by the power `balance`."""
    counts = (samples.targets[:, head.start : head.stop] == YES).sum(axis=0).clip(1)
    return np.asarray((counts.mean() / counts) ** fit.balance, np.float32)
