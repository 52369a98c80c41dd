"""Evaluate any bundle or Hugging Face folder on any labelled table."""

import json
from dataclasses import dataclass
from pathlib import Path

from classifier.base import MaeumError
from classifier.bundle import ModelBundle
from classifier.calibrate import Flags
from classifier.decide import Array, probabilities
from classifier.labels import load_label_set
from training.config import Corpus
from training.corpora import Tally, read_corpus
from training.pictures import draw_calibration, draw_confusion, draw_coverage
from training.report import Report, calibration_bins, confusion, coverage, report
from training.samples import Head, Samples, heads_of
from training.scoring import bundle_logits


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """A report and the scores it was made of."""

    report: Report
    scores: Array  # calibrated, (rows, labels)
    gold: Flags
    left_out: tuple[str, ...]  # what was not used of the table, in words


def evaluate(bundle: ModelBundle, table: Corpus, root: Path = Path()) -> Evaluated:
    """Score the rows of `table`, whose labels are the bundle's or are mapped to them."""
    samples, read = read_table_for(bundle, table, root)
    gold = samples.gold(main_head(bundle))
    scores = probabilities(
        bundle_logits(bundle, samples.texts), bundle.activation, bundle.calibration.temperature
    )
    made = report(scores, gold, bundle.label_set, bundle.activation, bundle.calibration)
    return Evaluated(report=made, scores=scores, gold=gold, left_out=tuple(read.lines()))


def read_table_for(
    bundle: ModelBundle, table: Corpus, root: Path = Path()
) -> tuple[Samples, Tally]:
    """The rows of `table` in the labels of `bundle`, and what was left out."""
    foreign = table.label_set is not None and table.label_set != bundle.label_set.name
    if foreign and table.map is None:
        raise MaeumError(
            f"{table.path} has the labels {table.label_set}, the model {bundle.label_set.name};"
            " name a map between them with --map."
        )
    others = [load_label_set(table.label_set)] if foreign and table.label_set else []
    return read_corpus(table, heads_of(bundle.label_set, others), root)


def main_head(bundle: ModelBundle) -> Head:
    """The head of the bundle's own labels."""
    return heads_of(bundle.label_set, ())[0]


def write_evaluation(evaluated: Evaluated, bundle: ModelBundle, folder: Path) -> None:
    """Write report.json, report.txt and the three pictures to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    scores, gold = evaluated.scores, evaluated.gold
    threshold, precision, covered = coverage(scores, gold, bundle.label_set)
    figures = {
        "revision": bundle.revision,
        **evaluated.report.figures(),
        "coverage": [
            {"threshold": round(float(t), 3), "precision": round(float(p), 4),
             "shown": round(float(c), 4)}
            for t, p, c in zip(threshold[9::10], precision[9::10], covered[9::10], strict=True)
        ],
    }  # fmt: skip
    text = json.dumps(figures, ensure_ascii=False, indent=1)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    lines = "\n".join([*evaluated.left_out, "", *evaluated.report.lines()])
    (folder / "report.txt").write_text(lines + "\n", encoding="utf-8")
    top = scores.argmax(axis=1)
    right = gold[range(len(gold)), top]
    draw_confusion(folder / "confusion.png", confusion(scores, gold), bundle.label_set.keys)
    draw_calibration(folder / "calibration.png", *calibration_bins(scores.max(axis=1), right))
    draw_coverage(folder / "coverage.png", threshold, precision, covered)
