"""Rebuild the embedded bundle: `python -m classifier.embed SHARED`, some minutes on two cores.

SHARED holds `base/start`, the checkpoint, and `data/goemotions-{en,ko}/dev.tsv`, rows it was not
trained on. Thresholds are chosen on their odd rows and scored on the even ones.
"""

import argparse
import csv
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.base import Language, MaeumError
from classifier.bundle import ModelBundle, Origin, Source, default_bundle
from classifier.calibrate import Flags, HeldOut, calibrate, measure
from classifier.convert import convert
from classifier.graph import Precision
from classifier.labels import load_label_set
from classifier.onnx import OnnxModel
from classifier.workers import available_cpus

LABEL_SET = "goemotions28"
LANGUAGES = (Language.KO, Language.EN)
ORIGIN = Origin(
    licence="MIT",
    parents=(
        Source(
            name="base/start, 6 of the 12 layers of intfloat/multilingual-e5-small, fine-tuned",
            licence="MIT",
            credit="Wang et al., Multilingual E5 Text Embeddings: A Technical Report, 2024.",
        ),
    ),
    corpora=(
        Source(
            name="GoEmotions",
            licence="Apache-2.0",
            credit="Demszky et al., GoEmotions: A Dataset of Fine-Grained Emotions, 2020.",
        ),
        Source(
            name="GoEmotions-Korean",
            licence="Apache-2.0",
            credit="The same comments, machine-translated, by monologg.",
        ),
        Source(
            name="KOTE",
            licence="MIT",
            credit="Jeon et al., User Guide for KOTE: Korean Online Comments Emotions, 2022.",
        ),
    ),
)


def build(shared: Path, out: Path) -> ModelBundle:
    """Write the embedded bundle to `out`."""
    with tempfile.TemporaryDirectory() as folder:
        int8, fp32 = (
            convert(
                shared / "base" / "start",
                Path(folder) / precision,
                label_set=load_label_set(LABEL_SET),
                languages=LANGUAGES,
                origin=ORIGIN,
                precision=precision,
            )
            for precision in (Precision.INT8, Precision.FP32)
        )
        rows = {
            language: read_rows(shared / "data" / f"goemotions-{language}" / "dev.tsv")
            for language in LANGUAGES
        }
        held_out: dict[str, HeldOut] = {
            language: HeldOut(logits=_logits(int8, texts), gold=gold)
            for language, (texts, gold) in rows.items()
        }
        chosen = {name: each.odd() for name, each in held_out.items()}
        kind = (int8.label_set, int8.activation)
        calibration = calibrate(chosen, *kind)
        metrics: dict[str, dict[str, float]] = {
            language: {
                **measure(held_out[language].even(), chosen[language], calibration, *kind),
                **_beside(_logits(fp32, texts), held_out[language]),
            }
            for language, (texts, _) in rows.items()
        }
        return replace(int8, calibration=calibration, metrics=metrics).write(out)


def read_rows(path: Path) -> tuple[list[str], Flags]:
    """The texts of a GoEmotions file and their gold labels (rows, labels).

    Its rows have lost their line ends: after a leading `> ` comes a quote and the answer to it,
    and the mark would make all of it somebody else's words.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    gold = np.zeros((len(rows), len(load_label_set(LABEL_SET))), np.bool_)
    for place, row in enumerate(rows):
        gold[place, [int(label) for label in row[1].split(",")]] = True
    return [row[0].removeprefix("> ") for row in rows], gold


def _logits(bundle: ModelBundle, texts: Sequence[str]) -> NDArray[np.float32]:
    model = OnnxModel.open(bundle)
    with ThreadPoolExecutor(available_cpus()) as threads:
        return np.stack(list(threads.map(model.logits, texts)))


def _beside(exact: NDArray[np.float32], served: HeldOut) -> dict[str, float]:
    """How often the highest score is right, served and in float32, and the two agree."""
    places = np.arange(len(exact))
    top, top_exact = served.logits.argmax(axis=1), exact.argmax(axis=1)
    figures = {
        "top_label_all": served.gold[places, top].mean(),
        "top_label_fp32": served.gold[places, top_exact].mean(),
        "same_as_fp32": (top == top_exact).mean(),
    }
    return {name: round(float(value), 3) for name, value in figures.items()}


def main() -> None:
    """Read the command line, build, and say what was built."""
    parser = argparse.ArgumentParser(prog="python -m classifier.embed", description=__doc__)
    parser.add_argument("shared", type=Path, help="the folder with base/ and data/")
    parser.add_argument("--out", type=Path, default=default_bundle(), help="where to write")
    given = parser.parse_args()
    try:
        bundle = build(given.shared, given.out)
    except (MaeumError, OSError) as error:
        sys.exit(str(error))
    sys.stdout.write(f"{bundle.folder}: revision {bundle.revision}\n")


if __name__ == "__main__":
    main()
