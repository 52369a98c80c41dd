"""Fit a bundle that exists to labelled texts: `maeum model calibrate`."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from classifier.base import BundleError
from classifier.bundle import ModelBundle
from classifier.calibrate import Flags, HeldOut, calibrate, measure
from classifier.onnx import OnnxModel
from classifier.workers import available_cpus

LEAST = 100  # rows; from fewer, thresholds are luck


def refitted(bundle: ModelBundle, texts: Sequence[str], gold: Flags, name: str) -> ModelBundle:
    """`bundle` with temperature and thresholds of these rows, (rows, labels); not yet written.

    It is fitted on the odd rows and measured on the even ones, under `name`.
    """
    if len(texts) < LEAST:
        raise BundleError(
            f"{name}: {len(texts)} labelled texts, at least {LEAST} are needed to fit a model."
        )
    model = OnnxModel.open(bundle)
    with ThreadPoolExecutor(available_cpus()) as threads:
        logits = np.stack(list(threads.map(model.logits, texts)))
    rows = HeldOut(logits=logits, gold=gold)
    kind = (bundle.label_set, bundle.activation)
    calibration = calibrate({name: rows.odd()}, *kind)
    metrics = measure(rows.even(), rows.odd(), calibration, *kind)
    return replace(bundle, calibration=calibration, metrics={name: metrics})
