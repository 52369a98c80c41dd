"""Training end to end on a tiny BERT: learning, saving, resuming, determinism."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="the training extra is not installed")

from classifier.bundle import ModelBundle
from classifier.labels import load_label_set
from tests.training.tiny import tiny_recipe, tiny_root, write_table
from training.config import Corpus, Fit, Measure, Stopping
from training.export import export
from training.run import Trained, train
from training.saved import save_model
from training.tokens import tokenise
from training.typed import RecipeError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),  # TensorFlow takes its time to start
    pytest.mark.filterwarnings("default"),  # TensorFlow's own deprecations are not ours to mend
]


LEARNING = Fit(
    epochs=10, batch=8, rate=1e-2, head_rate=3, warm_up=0.1, decay=True, clip=1.0,
    prior_bias=True, dropout=0.0,
)  # fmt: skip


def weights_of(trained: Trained) -> list[np.ndarray]:
    """The trained variables of the model."""
    return [variable.numpy() for variable in trained.network.model.variables]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Corpora and base of the tiny recipe."""
    return tiny_root(tmp_path / "root")


def test_a_run_learns_and_exports(root: Path, tmp_path: Path) -> None:
    """Loss falls, the published layout is saved, and its bundle serves and knows its corpora."""
    recipe = tiny_recipe(LEARNING, stopping=Stopping(measure=Measure.LOSS))
    trained = train(recipe, root, tmp_path / "run")
    losses = [epoch.loss for epoch in trained.notes.epochs]
    assert losses[-1] < 0.6 * losses[0]
    assert trained.notes.epochs[-1].validation["accuracy"] > 0.9
    model = save_model(trained.network.model, trained.base, 32, tmp_path / "model")
    bundle, comparison = export(recipe, trained.prepared, model, tmp_path / "bundle")
    assert comparison is None
    assert bundle.metrics["dev (ko)"]["top_label"] > 0.9
    assert bundle.metrics["dev (ko)"]["same_as_fp32"] > 0.9
    assert [source.name for source in bundle.origin.corpora] == ["train", "dev"]
    assert ModelBundle.read(tmp_path / "bundle").revision == bundle.revision


def test_the_same_seed_gives_the_same_weights(root: Path, tmp_path: Path) -> None:
    """Two runs of one recipe end with equal weights; another seed does not."""
    recipe = tiny_recipe(Fit(epochs=0.5, batch=8, rate=3e-3))
    first, second = (weights_of(train(recipe, root, tmp_path / name)) for name in ("a", "b"))
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
    other_fit = replace(recipe.fit, seed=1)
    third = weights_of(train(replace(recipe, fit=other_fit), root, tmp_path / "c"))
    assert not all(np.array_equal(one, other) for one, other in zip(first, third, strict=True))


def test_a_killed_run_resumes_to_the_same_weights(root: Path, tmp_path: Path) -> None:
    """Kill -9 in the middle of an epoch: the run goes on and ends where it would have ended."""
    whole = weights_of(train(tiny_recipe(), root, tmp_path / "whole"))
    broken = tmp_path / "broken"
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from tests.training.tiny import tiny_recipe\n"
        "from training.run import train\n"
        "def told(progress):\n"
        "    if progress.step == 27: os.kill(os.getpid(), signal.SIGKILL)\n"
        "train(tiny_recipe(), Path(sys.argv[1]), Path(sys.argv[2]), told)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(root), str(broken)], check=False)
    assert killed.returncode == -signal.SIGKILL
    steps: list[int] = []
    resumed = train(tiny_recipe(), root, broken, lambda progress: steps.append(progress.step))
    assert steps[0] == 25  # the checkpoint of step 24 is the last before the kill
    for one, other in zip(whole, weights_of(resumed), strict=True):
        assert np.array_equal(one, other)


def test_a_folder_of_another_recipe_is_refused(root: Path, tmp_path: Path) -> None:
    """Checkpoints of one recipe are never continued with another."""
    train(tiny_recipe(Fit(epochs=0.1, batch=8)), root, tmp_path / "run")
    with pytest.raises(RecipeError, match="another recipe"):
        train(tiny_recipe(), root, tmp_path / "run")


def test_stopping_restores_the_best_epoch(root: Path, tmp_path: Path) -> None:
    """Without growth for `patience` epochs the run stops, and the best weights come back."""
    fit = Fit(epochs=8, batch=8, rate=1e-9)  # nothing can grow
    recipe = tiny_recipe(fit, stopping=Stopping(measure=Measure.ACCURACY, patience=1))
    trained = train(recipe, root, tmp_path / "run")
    assert len(trained.notes.epochs) == 3
    assert trained.notes.best == 0


def test_another_label_order_is_refused(root: Path, tmp_path: Path) -> None:
    """A checkpoint with a head of other labels, or another order, cannot be gone on with."""
    names = list(load_label_set("goemotions28").keys)
    config = json.loads((root / "base" / "config.json").read_text())
    config["id2label"] = dict(enumerate(reversed(names)))
    (root / "base" / "config.json").write_text(json.dumps(config))
    base = replace(tiny_recipe().base, keep_head=True)
    with pytest.raises(RecipeError, match="in their order"):
        train(tiny_recipe(base=base), root, tmp_path / "run")


def test_auxiliary_head_learns_beside_the_main_one(tmp_path: Path) -> None:
    """A corpus of other labels gets a head of its own, and candidates reach the main head."""
    root = tiny_root(tmp_path / "root", layers=2)
    rows = [(f"정말 슬퍼 {number}", "슬픔") for number in range(120)]
    write_table(
        root / "kote.tsv", rows + [(f"오늘 기뻐 {number}", "기쁨") for number in range(120)]
    )
    kote = Corpus(name="kote", path="kote.tsv", label_set="kote44", map="kote44-goemotions28",
                  hold_out=40)  # fmt: skip
    recipe = tiny_recipe(replace(LEARNING, auxiliary=1.0))
    recipe = replace(recipe, corpora=(kote, *recipe.corpora[1:]))  # no other rows to learn from
    trained = train(recipe, root, tmp_path / "run")
    held_out = trained.prepared.dev["kote"]
    tokens = tokenise(held_out.texts, trained.tokenizer, 32)
    logits = trained.trainer.logits(tokens)
    for head in trained.prepared.heads:
        top = logits[:, head.start : head.stop].argmax(axis=1)
        assert held_out.gold(head)[np.arange(len(top)), top].mean() > 0.9
