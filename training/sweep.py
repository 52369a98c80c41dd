"""Train a recipe at every learning rate and batch size of a list, and name the best run."""

import gc
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from training.config import Recipe
from training.pictures import draw_curves
from training.progress import shown
from training.run import train
from training.trainer import Epoch
from training.typed import RecipeError

_log = logging.getLogger(__name__)

RATES = (5e-3, 1e-3, 1e-4, 5e-5, 2e-5, 1e-5, 5e-6, 1e-6)  # as published
BATCHES = (16, 32, 64, 128)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One point of a sweep."""

    rate: float
    batch: int
    epochs: tuple[Epoch, ...]

    @property
    def name(self) -> str:
        """Rate and batch size in words."""
        return f"rate {self.rate:g}, batch {self.batch}"

    @property
    def turn(self) -> int:
        """The epoch, from 0, after which validation loss first grows: later ones overfit."""
        losses = [epoch.validation["loss"] for epoch in self.epochs]
        for place in range(1, len(losses)):
            if losses[place] > losses[place - 1]:
                return place - 1
        return len(losses) - 1


def sweep(
    recipe: Recipe,
    root: Path,
    folder: Path,
    rates: Sequence[float] = RATES,
    batches: Sequence[int] = BATCHES,
) -> Run:
    """Train all runs, draw their curves to `folder`, write sweep.json, return the best run."""
    runs = []
    for rate in rates:
        for batch in batches:
            fit = replace(recipe.fit, rate=rate, batch=batch)
            # Each run goes its whole way, or the curve would end where it starts to tell.
            stopping = replace(recipe.stopping, patience=None)
            point = replace(recipe, fit=fit, stopping=stopping)
            runs.append(Run(rate=rate, batch=batch, epochs=_epochs(point, root, folder)))
            _log.info("%s: %s", runs[-1].name, runs[-1].epochs[runs[-1].turn].validation)
    best = best_run(runs)
    _draw(runs, best, folder)
    _write(runs, best, folder)
    return best


def _epochs(recipe: Recipe, root: Path, folder: Path) -> tuple[Epoch, ...]:
    """What one run measured; the run itself ends here, since the next needs its memory."""
    gc.collect()  # a network is in cycles, and its variables are nothing the collector counts
    with shown() as told:
        trained = train(recipe, root, folder / f"{recipe.fit.rate:g}-{recipe.fit.batch}", told)
    if not trained.prepared.dev:
        raise RecipeError("A sweep chooses by validation rows; the recipe has none.")
    return tuple(trained.notes.epochs)


def best_run(runs: Sequence[Run]) -> Run:
    """The run with the highest validation accuracy at its turn; the lower loss decides a tie."""

    def worth(run: Run) -> tuple[float, float]:
        measured = run.epochs[run.turn].validation
        return measured["accuracy"], -measured["loss"]

    return max(runs, key=worth)


def _draw(runs: Sequence[Run], best: Run, folder: Path) -> None:
    """A panel a batch size, a line a rate."""
    for measure in ("accuracy", "loss"):
        panels: dict[str, dict[str, list[float]]] = {}
        for run in runs:
            values = [epoch.validation[measure] for epoch in run.epochs]
            panels.setdefault(f"batch {run.batch}", {})[f"rate {run.rate:g}"] = values
        star = f"batch {best.batch}", f"rate {best.rate:g}", best.turn
        draw_curves(folder / f"{measure}.png", panels, f"validation {measure}", star)


def _write(runs: Sequence[Run], best: Run, folder: Path) -> None:
    found = {
        "best": {"rate": best.rate, "batch": best.batch, "epoch": best.turn + 1},
        "runs": [{**asdict(run), "turn": run.turn + 1} for run in runs],
    }
    text = json.dumps(found, indent=1)
    (folder / "sweep.json").write_text(text + "\n", encoding="utf-8")
