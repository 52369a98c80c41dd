"""From a checkpoint's folder to a bundle that has been checked: the way of every foreign model."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from classifier.base import BundleError, LabelSet, Language
from classifier.bundle import Calibration, ModelBundle, Origin
from classifier.calibrate import PRECISION
from classifier.convert import convert, read_tokenizer
from classifier.graph import Precision
from classifier.onnx import OnnxModel
from classifier.probe import TEXTS, Logits, answers, compare, sane
from classifier.reference import forward
from classifier.text import normalise
from classifier.weights import BertConfig, read_weights

log = logging.getLogger(__name__)

_MAX_LENGTH = 128  # tokens; what the published model was trained with
_NAMED = 0.5  # a group is named when it is likelier than all the others together


def make_bundle(
    folder: Path,
    out: Path,
    *,
    model: str,
    label_set: LabelSet,
    languages: tuple[Language, ...],
    origin: Origin,
) -> ModelBundle:
    """Convert the checkpoint in `folder` to a bundle at `out`, in int8 if that is exact enough.

    Errors call it `model`. Every bundle is run beside the same weights in plain numpy; one that
    neither int8 nor float32 brings near them is refused.
    """
    config = BertConfig.read(folder)
    max_length = min(_MAX_LENGTH, config.positions)
    exact: Logits | None = None
    for precision in (Precision.INT8, Precision.FP32):
        made = convert(
            folder,
            out,
            label_set=label_set,
            languages=languages,
            origin=origin,
            max_length=max_length,
            precision=precision,
        )
        if exact is None:
            exact = sane(exact_logits(folder, max_length), model)
        found = compare(answers(OnnxModel.open(made), model), exact)
        log.info("%s in %s: error %.4f, same %.2f", model, precision, found.error, found.same)
        if found.agrees:
            return replace(made, calibration=unfitted(len(label_set))).write(out)
    raise BundleError(
        f"{model}: converted, it answers otherwise than its weights do (error {found.error:.2f} of"
        " the logits' spread); it cannot be served here, please report it."
    )


def exact_logits(folder: Path, max_length: int) -> Logits:
    """The logits (texts, labels) of the probe's texts by the checkpoint's own weights."""
    config = BertConfig.read(folder)
    weights = read_weights(folder, config)
    tokenizer = Tokenizer.from_str(read_tokenizer(folder))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length)
    encoded = (tokenizer.encode(normalise(text)).ids for text in TEXTS)
    return np.stack([forward(weights, config, tokens) for tokens in encoded])


def unfitted(labels: int) -> Calibration:
    """Take the scores at their word until `maeum model calibrate` has fitted them.

    Were they probabilities, a group would be named when that is right more often than wrong, and
    a label shown when it is right as often as a fitted one has to be.
    """
    return Calibration(
        temperature=1.0,
        thresholds=(0.5,) * labels,
        abstain_below=_NAMED,
        react_above=PRECISION,
    )
