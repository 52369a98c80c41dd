"""Reading weights: three layouts give one model, and anything else is refused in a sentence."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from classifier.base import BundleError
from classifier.weights import Array, BertConfig, canonical_name, read_weights
from tests.classifier.tiny_bert import (
    random_weights,
    write_config,
    write_keras,
    write_pytorch,
    write_tensorflow,
)


@pytest.fixture
def config(tmp_path: Path) -> BertConfig:
    """The tiny model's configuration, written to tmp_path."""
    return write_config(tmp_path)


@pytest.mark.parametrize("write", [write_pytorch, write_tensorflow, write_keras])
def test_every_layout_reads_the_same(
    write: Callable[[Path, Mapping[str, Array]], None], tmp_path: Path, config: BertConfig
) -> None:
    """A model saved in any layout comes back tensor for tensor."""
    weights = random_weights(config)
    write(tmp_path, weights)
    found = read_weights(tmp_path, config)
    assert found.keys() == weights.keys()
    for name, value in weights.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def test_half_precision_is_widened(tmp_path: Path, config: BertConfig) -> None:
    """float16 weights are read as the float32 of the same value."""
    weights = random_weights(config)
    write_pytorch(tmp_path, weights, np.float16)
    for name, value in read_weights(tmp_path, config).items():
        assert value.dtype == np.float32
        np.testing.assert_array_equal(value, weights[name].astype(np.float16), err_msg=name)


def test_tensors_outside_the_model_are_ignored(tmp_path: Path, config: BertConfig) -> None:
    """Position ids, a language-model head and optimiser slots do not disturb."""
    weights = random_weights(config)
    write_pytorch(tmp_path, weights)
    path = tmp_path / "model.safetensors"
    extra = {
        "bert.embeddings.position_ids": np.arange(24),
        "cls.predictions.bias": np.zeros(40, np.float32),
        "optimizer.bert.pooler.dense.weight.m": np.zeros((32, 32), np.float32),
    }
    save_file(load_file(path) | extra, path)
    assert read_weights(tmp_path, config).keys() == weights.keys()


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (
            "bert/tf_bert_for_sequence_classification/bert/encoder/layer_._0"
            "/attention/self/query/kernel:0",
            "encoder.layer.0.attention.self.query.weight",
        ),
        ("classifier/tf_bert_for_sequence_classification/classifier/bias:0", "classifier.bias"),
        ("bert/embeddings/LayerNorm/beta:0", "embeddings.LayerNorm.bias"),
        (
            "bert/embeddings/token_type_embeddings/embeddings:0",
            "embeddings.token_type_embeddings.weight",
        ),
        (
            "bert.encoder.layer.11.output.LayerNorm.gamma",
            "encoder.layer.11.output.LayerNorm.weight",
        ),
        ("embeddings.word_embeddings.weight", "embeddings.word_embeddings.weight"),
        ("cls.predictions.transform.dense.weight", None),
        ("dropout/seed:0", None),
    ],
)
def test_names_are_matched_on_their_tail(raw: str, name: str | None) -> None:
    """Names of every framework and age lead to one."""
    assert canonical_name(raw) == name


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("model_type", "roberta", "model_type is 'roberta', only 'bert'"),
        ("hidden_act", "gelu_new", "hidden_act is 'gelu_new', only 'gelu'"),
        ("position_embedding_type", "relative_key", "only 'absolute'"),
        ("is_decoder", True, "is_decoder is True"),
        ("num_hidden_layers", 0, "num_hidden_layers is 0"),
        ("hidden_size", "wide", "hidden_size is 'wide'"),
        ("num_attention_heads", 5, "hidden_size 32 does not divide by num_attention_heads 5"),
        ("vocab_size", None, "vocab_size is None"),
        ("layer_norm_eps", "tiny", "layer_norm_eps is 'tiny'"),
    ],
)
def test_another_architecture_is_refused(
    key: str, value: object, said: str, tmp_path: Path
) -> None:
    """A configuration the graph cannot express is named with what it may be."""
    with pytest.raises(BundleError, match=said) as caught:
        write_config(tmp_path, **{key: value})
    assert "config.json" in str(caught.value)


def test_defaults_of_old_configurations(tmp_path: Path) -> None:
    """Old files leave out the position type, the labels and the problem type."""
    old = {"position_embedding_type": None, "id2label": None, "problem_type": None}
    config = write_config(tmp_path, **old)
    assert (config.outputs, config.multi_label) == (2, False)


@pytest.mark.parametrize("content", ["{", "[]", "[" * 100_000, None])
def test_a_broken_configuration_is_refused(content: str | None, tmp_path: Path) -> None:
    """A config.json that is missing, cut off, no object or bottomless is named."""
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(BundleError, match=r"config\.json"):
        BertConfig.read(tmp_path)


def test_a_pickle_is_never_opened(tmp_path: Path, config: BertConfig) -> None:
    """pytorch_model.bin alone is refused with the way to rewrite it, its content untouched."""
    trap = tmp_path / "sprung"
    code = f"cbuiltins\nopen\n(V{trap}\nVw\ntR."  # unpickling this would create the file
    (tmp_path / "pytorch_model.bin").write_text(code)
    with pytest.raises(BundleError, match=r"pytorch_model\.bin.*safe_serialization=True"):
        read_weights(tmp_path, config)
    assert not trap.exists()


def test_no_weights_at_all(tmp_path: Path, config: BertConfig) -> None:
    """A folder without weights is refused naming the files that would do."""
    with pytest.raises(BundleError, match=r"model.safetensors or tf_model.h5 is needed"):
        read_weights(tmp_path, config)


@pytest.mark.parametrize("name", ["model.safetensors", "tf_model.h5"])
def test_a_damaged_file_is_refused(name: str, tmp_path: Path, config: BertConfig) -> None:
    """A file that is not what its name says is named."""
    (tmp_path / name).write_bytes(b"\x00" * 4096)
    with pytest.raises(BundleError, match=f"{name}: cannot be read as weights"):
        read_weights(tmp_path, config)


def test_a_file_cut_short_is_refused(tmp_path: Path, config: BertConfig) -> None:
    """A download that broke off is found out."""
    write_keras(tmp_path, random_weights(config))
    path = tmp_path / "tf_model.h5"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BundleError, match=r"tf_model\.h5"):
        read_weights(tmp_path, config)


def test_an_encoder_without_a_head_is_refused(tmp_path: Path, config: BertConfig) -> None:
    """A pretrained checkpoint that was never fine-tuned says which tensor is missing."""
    weights = random_weights(config)
    headless = {key: value for key, value in weights.items() if not key.startswith("classifier")}
    write_pytorch(tmp_path, headless)
    with pytest.raises(BundleError, match=r"no tensor classifier.weight"):
        read_weights(tmp_path, config)


def _change(folder: Path, name: str, value: Any) -> None:
    path = folder / "model.safetensors"
    save_file(load_file(path) | {name: value}, path)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.zeros((27, 32), np.float32), r"classifier.weight has shape \(32, 27\).*\(32, 28\)"),
        (np.zeros((28, 32), np.int64), "classifier.weight holds int64"),
        (np.full((28, 32), np.nan, np.float32), "classifier.weight .*not finite"),
    ],
)
def test_a_wrong_tensor_is_refused(
    value: Any, said: str, tmp_path: Path, config: BertConfig
) -> None:
    """A tensor of another shape, of whole numbers or with NaN is named."""
    write_pytorch(tmp_path, random_weights(config))
    _change(tmp_path, "classifier.weight", value)
    with pytest.raises(BundleError, match=said):
        read_weights(tmp_path, config)


def test_bfloat16_is_refused(tmp_path: Path, config: BertConfig) -> None:
    """Numpy has no bfloat16: the message says what would do."""
    write_pytorch(tmp_path, random_weights(config), np.float16)
    path = tmp_path / "model.safetensors"
    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + size])
    header["classifier.bias"]["dtype"] = "BF16"
    patched = json.dumps(header).encode()
    path.write_bytes(len(patched).to_bytes(8, "little") + patched + raw[8 + size :])
    with pytest.raises(BundleError, match="float16 or float32 is needed"):
        read_weights(tmp_path, config)


def test_optimiser_slots_in_keras_files_are_ignored(tmp_path: Path, config: BertConfig) -> None:
    """Training state stored beside the weights does not take their place."""
    weights = random_weights(config)
    write_keras(tmp_path, weights)
    with h5py.File(tmp_path / "tf_model.h5", "a") as file:
        file["optimizer_weights/Adam/bert/pooler/dense/kernel/m:0"] = np.zeros((32, 32))
    found = read_weights(tmp_path, config)
    np.testing.assert_array_equal(found["pooler.dense.weight"], weights["pooler.dense.weight"])
