"""What validation looks at after each epoch."""

import numpy as np
from numpy.typing import NDArray

from classifier.bundle import Activation
from classifier.calibrate import Flags, HeldOut, fit_thresholds, macro_f1
from classifier.decide import probabilities
from training.config import Objective, Recipe


def measure_logits(logits: NDArray[np.float32], gold: Flags, recipe: Recipe) -> dict[str, float]:
    """Accuracy of the top label, and macro-F1.

    Several labels: thresholds are fitted on the odd rows and scored on the even ones.
    """
    rows = np.arange(len(logits))
    top = logits.argmax(axis=1)
    accuracy = float(gold[rows, top].mean())
    if recipe.objective is Objective.SINGLE:
        given = np.eye(logits.shape[1], dtype=np.bool_)[top]
        return {"accuracy": accuracy, "macro_f1": macro_f1(given, gold)}
    held_out = HeldOut(logits=logits, gold=gold)
    odd, even = held_out.odd(), held_out.even()
    thresholds = fit_thresholds(probabilities(odd.logits, Activation.SIGMOID, 1), odd.gold)
    given = probabilities(even.logits, Activation.SIGMOID, 1) >= np.array(thresholds)
    return {"accuracy": accuracy, "macro_f1": macro_f1(given, even.gold)}
