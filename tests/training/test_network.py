"""The network: weights read exactly, layers cut, wrong checkpoints refused in words."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

pytest.importorskip("tensorflow", reason="the training extra is not installed")

from classifier.base import MaeumError
from tests.training.tiny import SHAPE, tiny_recipe, write_base, write_model
from training.bases import checkpoint_folder
from training.config import Base, Fit, Recipe
from training.legacy import tf
from training.network import Network, build_network, mixed_precision
from training.samples import heads_of
from training.scoring import bundle_logits, opened
from training.typed import RecipeError

pytestmark = pytest.mark.filterwarnings("default")  # TensorFlow's own are not ours to mend


def network_of(folder: Path, **base: Any) -> Network:
    """The network of the tiny recipe on the checkpoint in `folder`."""
    recipe: Recipe = tiny_recipe(base=Base(path="base", **base))
    return build_network(recipe, heads_of(recipe.labels, ()), folder)


def test_logits_are_those_of_the_served_model(tmp_path: Path) -> None:
    """TensorFlow with PyTorch's weights and our graph agree to 1e-4, padding or not."""
    folder = write_model(tmp_path / "model", "goemotions28")
    network = network_of(folder, keep_head=True)
    ids = [2, 14, 5, 3]
    alone = network(tf.constant([ids]), training=False).numpy()[0]
    padded = network(tf.constant([[*ids, 0, 0, 0]]), training=False).numpy()[0]
    with opened(folder) as bundle:
        served = bundle_logits(bundle, ["정말 기뻐"])[0]
    np.testing.assert_allclose(alone, served, atol=1e-4)
    np.testing.assert_allclose(padded, served, atol=1e-4)


def test_layers_are_cut(tmp_path: Path) -> None:
    """Layers 0 and 3 of four become 0 and 1."""
    folder = write_base(tmp_path / "base", layers=4)
    network = network_of(folder, layers=(0, 3))
    assert network.model.config.num_hidden_layers == 2
    source = load_file(folder / "model.safetensors")
    layer = network.model.bert.encoder.layer[1].intermediate.dense
    expected = source["encoder.layer.3.intermediate.dense.weight"].T
    np.testing.assert_array_equal(layer.kernel.numpy(), expected)


@pytest.mark.parametrize(
    ("flags", "asked", "policy"),
    [
        ("fma avx512_bf16", True, "mixed_bfloat16"),
        ("fma amx_bf16", True, "mixed_bfloat16"),
        ("fma avx2", True, "float32"),
        ("fma avx512_bf16", False, "float32"),
    ],
)
def test_bfloat16_is_used_where_asked_for_and_computed_in(
    monkeypatch: pytest.MonkeyPatch, flags: str, asked: bool, policy: str
) -> None:
    """Elsewhere it would be emulated, and slower than float32."""
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: flags)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda *_: [])
    assert mixed_precision(Fit(mixed_precision=asked)) == policy


def test_body_and_head_share_no_variable(tmp_path: Path) -> None:
    """Pooler and classifier are the head; together they are all there is to train."""
    network = network_of(write_base(tmp_path / "base"))
    names = [variable.name for variable in network.head]
    assert len(names) == 4
    assert all("pooler" in name or "classifier" in name for name in names)
    assert len(network.body) + 4 == len(network.model.trainable_variables)


def test_dropout_follows_from_seed_and_step(tmp_path: Path) -> None:
    """The same step draws the same masks again, the next step others."""
    network = network_of(write_base(tmp_path / "base"))
    step = tf.Variable(5, dtype=tf.int64)
    network.seed_dropout(0, step)
    ids = tf.constant([[2, 14, 5, 6, 7, 3]])
    first, again = (network(ids, training=True).numpy() for _ in range(2))
    step.assign_add(1)
    later = network(ids, training=True).numpy()
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, later)


def spoil(folder: Path, how: str) -> None:
    """Make a checkpoint that cannot be trained."""
    weights = folder / "model.safetensors"
    if how == "gpt2":
        (folder / "config.json").write_text(json.dumps({**SHAPE, "model_type": "gpt2"}))
    elif how == "pickle":
        weights.rename(folder / "pytorch_model.bin")
    elif how == "nothing":
        weights.unlink()
    else:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 5}))


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("gpt2", "model_type is 'gpt2'; only BERT"),
        ("pickle", "only PyTorch can read it; save the model again"),
        ("nothing", "no weights; model.safetensors or tf_model.h5"),
        ("shallow", r"no tensor bert.encoder.layer.2.output.dense.weight"),
    ],
)
def test_a_checkpoint_that_cannot_be_trained_is_one_sentence(
    tmp_path: Path, how: str, message: str
) -> None:
    """The file, and what is needed."""
    folder = write_base(tmp_path / "base")
    spoil(folder, how)
    with pytest.raises(RecipeError, match=message):
        network_of(folder)


def test_a_base_that_is_nowhere_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a folder nor a repository that can be reached."""
    # Not HF_HUB_OFFLINE: the library keeps its session, and tests after this one would be offline.
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    base = tiny_recipe().base
    with pytest.raises(RecipeError, match="there is no such folder"):
        checkpoint_folder(base, tmp_path)
    with pytest.raises(MaeumError, match="some/where is no folder under"):
        checkpoint_folder(replace(base, path="some/where"), tmp_path)
