"""From a trained model to a bundle: converted, calibrated on dev rows, measured on others."""

import tempfile
from dataclasses import replace
from pathlib import Path

from classifier.bundle import ModelBundle, Origin, Source
from classifier.calibrate import HeldOut, calibrate, measure
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
        calibration = calibrate({name: rows[name] for name in rows if name in exact}, *kind)
        metrics = {}
        for name, samples in scored.items():
            here = _held_out(served, samples, prepared)
            there = _held_out(full, samples, prepared)
            same = (here.logits.argmax(axis=1) == there.logits.argmax(axis=1)).mean()
            metrics[name] = {
                **measure(here, rows[name], calibration, *kind),
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


def _top_right(rows: HeldOut) -> float:
    top = rows.logits.argmax(axis=1)
    return float(rows.gold[range(len(top)), top].mean())


def _only(sets: dict[str, Samples], names: set[str]) -> dict[str, Samples]:
    return {name: samples for name, samples in sets.items() if name in names}
