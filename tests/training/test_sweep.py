"""A sweep trains every point and names the best at the turn of its validation loss."""

import json
from pathlib import Path

import pytest

pytest.importorskip("tensorflow", reason="the training extra is not installed")

from tests.training.tiny import tiny_recipe, tiny_root
from training.config import Fit
from training.sweep import BATCHES, RATES, Run, best_run, sweep
from training.trainer import Epoch


def run(rate: float, *epochs: tuple[float, float]) -> Run:
    """A run from the loss and accuracy of each epoch."""
    return Run(
        rate=rate,
        batch=16,
        epochs=tuple(
            Epoch(step=step, loss=0.0, validation={"loss": loss, "accuracy": accuracy})
            for step, (loss, accuracy) in enumerate(epochs)
        ),
    )


def test_the_lists_are_the_published_ones() -> None:
    """Eight rates and four batch sizes."""
    assert RATES == (5e-3, 1e-3, 1e-4, 5e-5, 2e-5, 1e-5, 5e-6, 1e-6)
    assert BATCHES == (16, 32, 64, 128)


def test_the_best_run_is_judged_where_its_loss_turns() -> None:
    """Accuracy that still grows while loss grows is memory; the steadier run wins."""
    overfits = run(1e-3, (0.9, 0.50), (1.2, 0.52), (1.5, 0.70))
    steady = run(1e-5, (1.0, 0.40), (0.8, 0.55), (0.85, 0.56))
    falling = run(1e-6, (1.3, 0.2), (1.2, 0.3))
    assert [each.turn for each in (overfits, steady, falling)] == [0, 1, 1]
    assert best_run([overfits, steady, falling]) is steady


@pytest.mark.slow
@pytest.mark.timeout(600)  # four runs
@pytest.mark.filterwarnings("default")  # TensorFlow's own deprecations are not ours to mend
def test_a_sweep_draws_its_curves(tmp_path: Path) -> None:
    """Every rate and batch size is trained, drawn and written, the best one named."""
    root = tiny_root(tmp_path / "root")
    best = sweep(tiny_recipe(Fit(epochs=2)), root, tmp_path / "out", (1e-2, 1e-8), (16, 80))
    assert best.rate == 1e-2
    found = json.loads((tmp_path / "out" / "sweep.json").read_text())
    assert [(each["rate"], each["batch"]) for each in found["runs"]] == [
        (1e-2, 16), (1e-2, 80), (1e-8, 16), (1e-8, 80)
    ]  # fmt: skip
    assert all(len(each["epochs"]) == 2 for each in found["runs"])
    assert found["best"]["rate"] == 1e-2
    for name in ("accuracy", "loss"):
        assert (tmp_path / "out" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
