"""From a trained model to a bundle: converted, calibrated on dev rows, measured on others."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from classifier.bundle import ModelBundle, Origin, Source
from classifier.calibrate import HeldOut, calibrate, measure
from classifier.card import NEEDS_EXACT_LABELS
from classifier.convert import convert
from classifier.graph import Precision
from training.compare import Comparison, put_in_place
from training.config import Recipe
from training.prepare import Prepared
from training.samples import Samples
from training.scoring import bundle_logits
from training.typed import RecipeError


def export(
    recipe: Recipe, prepared: Prepared, model: Path, out: Path, *, force: bool = False
) -> tuple[ModelBundle, Comparison | None]:
    """Write the int8 bundle of the Hugging Face folder `model` to `out`.

    A better bundle at `out` stays, with a MaeumError, unless `force`. Corpora whose labels are
    mapped only tell what a label may be: they are measured, but nothing is fitted to them.
    """
    chosen, scored = prepared.chosen(), prepared.scored()
    exact = {corpus.name for corpus in recipe.corpora if corpus.map is None}
    if not exact & set(chosen):
        raise RecipeError("A bundle is calibrated on dev rows; the recipe names none.")
    with tempfile.TemporaryDirectory() as draft:
        served, full = (
            convert(
                model,
                Path(draft) / precision,
                label_set=recipe.labels,
                languages=recipe.languages,
                origin=origin(recipe),
                max_length=recipe.max_length,
                precision=precision,
            )
            for precision in (Precision.INT8, Precision.FP32)
        )
        rows = {name: _held_out(served, samples, prepared) for name, samples in chosen.items()}
        kind = (served.label_set, served.activation)
        fitted = {name: rows[name] for name in rows if name in exact}
        calibration = calibrate(fitted, *kind)
        metrics = {}
        for corpus in (each for each in recipe.corpora if each.name in scored):
            name = corpus.name
            here = _held_out(served, scored[name], prepared)
            there = _held_out(full, scored[name], prepared)
            same = (here.logits.argmax(axis=1) == there.logits.argmax(axis=1)).mean()
            reached = measure(here, rows.get(name) or _joined(fitted), calibration, *kind)
            untold = () if corpus.map is None else NEEDS_EXACT_LABELS
            metrics[f"{name} ({corpus.language})"] = {
                **{key: value for key, value in reached.items() if key not in untold},
                "top_label_fp32": round(float(_top_right(there)), 3),
                "same_as_fp32": round(float(same), 3),
            }
        finished = replace(served, calibration=calibration, metrics=metrics)
        comparison = put_in_place(finished, out, _only(scored, exact), force=force)
    return ModelBundle.read(out), comparison


def origin(recipe: Recipe) -> Origin:
    """Where the recipe's model comes from: its base and the corpora it learns from."""
    base = recipe.base
    return Origin(
        licence=recipe.licence,
        parents=(Source(name=base.name or base.path, licence=base.licence, credit=base.credit),),
        corpora=tuple(
            Source(name=corpus.name, licence=corpus.licence, credit=corpus.credit)
            for corpus in recipe.corpora
        ),
    )


def _held_out(bundle: ModelBundle, samples: Samples, prepared: Prepared) -> HeldOut:
    return HeldOut(
        logits=bundle_logits(bundle, samples.texts), gold=samples.gold(prepared.heads[0])
    )


def _joined(sets: dict[str, HeldOut]) -> HeldOut:
    return HeldOut(
        logits=np.concatenate([rows.logits for rows in sets.values()]),
        gold=np.concatenate([rows.gold for rows in sets.values()]),
    )


def _top_right(rows: HeldOut) -> float:
    top = rows.logits.argmax(axis=1)
    return float(rows.gold[range(len(top)), top].mean())


def _only(sets: dict[str, Samples], names: set[str]) -> dict[str, Samples]:
    return {name: samples for name, samples in sets.items() if name in names}
