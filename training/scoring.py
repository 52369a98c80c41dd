"""The scores of any served model, a bundle or a Hugging Face folder, on texts; no TensorFlow."""

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.base import LabelSet, Language, MaeumError
from classifier.bundle import MANIFEST, ModelBundle, Origin
from classifier.convert import convert
from classifier.files import read_json
from classifier.graph import Precision
from classifier.labels import label_set_names, load_label_set
from classifier.onnx import OnnxModel
from classifier.weights import BertConfig
from classifier.workers import available_cpus

_MAX_LENGTH = 128
_UNKNOWN_ORIGIN = Origin(licence="unknown", parents=())


@contextmanager
def opened(folder: Path, label_set: str | None = None) -> Iterator[ModelBundle]:
    """The bundle in `folder`, or one made for the time being of a Hugging Face model, in float32.

    `label_set` names the labels of a model that only numbers its own (LABEL_0 ...).
    """
    if (folder / MANIFEST).is_file():
        yield ModelBundle.read(folder)
        return
    if not (folder / "config.json").is_file():
        raise MaeumError(
            f"{folder}: neither a bundle ({MANIFEST}) nor a Hugging Face model (config.json)."
        )
    with tempfile.TemporaryDirectory() as draft:
        yield convert(
            folder,
            Path(draft) / "bundle",
            label_set=load_label_set(label_set) if label_set else named_label_set(folder),
            languages=tuple(Language),
            origin=_UNKNOWN_ORIGIN,
            max_length=min(_MAX_LENGTH, BertConfig.read(folder).positions),
            precision=Precision.FP32,
        )


def named_label_set(folder: Path) -> LabelSet:
    """The label set whose names a Hugging Face model gives its outputs, in order."""
    names = read_json(folder / "config.json").get("id2label") or {}
    found = tuple(names[key] for key in sorted(names, key=int))
    for name in label_set_names():
        if load_label_set(name).keys == found:
            return load_label_set(name)
    raise MaeumError(
        f"{folder / 'config.json'}: its {len(found)} labels are no known label set;"
        f" name one with --label-set: {', '.join(label_set_names())}."
    )


def bundle_logits(bundle: ModelBundle, texts: Sequence[str]) -> NDArray[np.float32]:
    """The logits (texts, labels) as serving computes them: one text a run, one thread a text."""
    model = OnnxModel.open(bundle)
    with ThreadPoolExecutor(available_cpus()) as threads:
        return np.stack(list(threads.map(model.logits, texts)))
