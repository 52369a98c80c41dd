"""A tiny random BERT classifier in every layout a checkpoint comes in, and a plain forward pass.

Written by hand from the published layouts, so that neither TensorFlow nor PyTorch is needed.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
from safetensors.numpy import save_file

from classifier.labels import load_label_set
from classifier.weights import Array, BertConfig

LABELS = load_label_set("goemotions28")
CONFIG: dict[str, Any] = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "position_embedding_type": "absolute",
    "vocab_size": 40,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 24,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
    "problem_type": "multi_label_classification",
    "id2label": {str(index): f"LABEL_{index}" for index in range(len(LABELS))},
}
WORDS = (
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "good",
    "bad",
    "##ly",
    "기쁘",
    "##다",
    "슬프",
)


def write_config(folder: Path, **changes: Any) -> BertConfig:
    """Write `config.json` with `changes` (None removes a key); read it back where it is valid."""
    raw = {key: value for key, value in (CONFIG | changes).items() if value is not None}
    (folder / "config.json").write_text(json.dumps(raw))
    return BertConfig.read(folder)


def write_vocabulary(folder: Path, words: tuple[str, ...] = WORDS) -> None:
    """Write the WordPiece vocabulary that old checkpoints have instead of a tokenizer.json."""
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")


def random_weights(config: BertConfig, seed: int = 7) -> dict[str, Array]:
    """Weights of a size that lets every part of the network change the outputs."""
    random = np.random.default_rng(seed)
    weights = {}
    for name, shape in config.shapes().items():
        value = random.normal(0, 0.3, shape)
        if name.endswith("LayerNorm.weight"):
            value += 1
        weights[name] = value.astype(np.float32)
    return weights


def write_pytorch(
    folder: Path, weights: Mapping[str, Array], kind: type[np.floating[Any]] = np.float32
) -> None:
    """`model.safetensors` as PyTorch writes it: dense matrices are (outputs, inputs)."""
    tensors = {
        _pytorch_name(name): np.ascontiguousarray(_turned(name, value), dtype=kind)
        for name, value in weights.items()
    }
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def write_tensorflow(folder: Path, weights: Mapping[str, Array]) -> None:
    """`model.safetensors` as the TensorFlow classes write it."""
    tensors = {_keras_name(name): value for name, value in weights.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "tf"})


def write_keras(folder: Path, weights: Mapping[str, Array]) -> None:
    """`tf_model.h5` as Keras writes it: each layer's weights under its name, then the model's."""
    with h5py.File(folder / "tf_model.h5", "w") as file:
        for name, value in weights.items():
            path = _keras_name(name)
            layer = path.split("/")[0]
            file[f"{layer}/tf_bert_for_sequence_classification_1/{path}"] = value


def forward(weights: Mapping[str, Array], config: BertConfig, tokens: list[int]) -> Array:
    """The logits of one text, step by step as the BERT paper has it."""
    state = (
        weights["embeddings.word_embeddings.weight"][tokens]
        + weights["embeddings.position_embeddings.weight"][: len(tokens)]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    state = _norm(weights, "embeddings.LayerNorm", state, config)
    for index in range(config.layers):
        layer = f"encoder.layer.{index}"
        query, key, value = (
            _dense(weights, f"{layer}.attention.self.{part}", state)
            .reshape(len(tokens), config.heads, -1)
            .swapaxes(0, 1)
            for part in ("query", "key", "value")
        )
        weight = np.exp(query @ key.swapaxes(1, 2) / math.sqrt(query.shape[-1]))
        weight /= weight.sum(axis=-1, keepdims=True)
        context = (weight @ value).swapaxes(0, 1).reshape(len(tokens), -1)
        attended = _dense(weights, f"{layer}.attention.output.dense", context)
        state = _norm(weights, f"{layer}.attention.output.LayerNorm", attended + state, config)
        inner = _gelu(_dense(weights, f"{layer}.intermediate.dense", state))
        inner = _dense(weights, f"{layer}.output.dense", inner)
        state = _norm(weights, f"{layer}.output.LayerNorm", inner + state, config)
    pooled = np.tanh(_dense(weights, "pooler.dense", state[0]))
    return _dense(weights, "classifier", pooled)


def _dense(weights: Mapping[str, Array], name: str, state: Array) -> Array:
    return np.asarray(state @ weights[f"{name}.weight"] + weights[f"{name}.bias"])


def _norm(weights: Mapping[str, Array], name: str, state: Array, config: BertConfig) -> Array:
    centred = state - state.mean(axis=-1, keepdims=True)
    scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + config.layer_norm_eps)
    return np.asarray(centred / scale * weights[f"{name}.weight"] + weights[f"{name}.bias"])


def _gelu(state: Array) -> Array:
    return np.asarray(state * (1 + np.vectorize(math.erf)(state / math.sqrt(2))) / 2)


def _turned(name: str, value: Array) -> Array:
    return value.T if value.ndim == 2 and "embeddings" not in name else value


def _pytorch_name(name: str) -> str:
    return name if name.startswith("classifier") else f"bert.{name}"


def _keras_name(name: str) -> str:
    *parents, owner, leaf = _pytorch_name(name).split(".")
    if owner == "LayerNorm":
        leaf = {"weight": "gamma", "bias": "beta"}[leaf]
    elif owner in ("position_embeddings", "token_type_embeddings"):
        leaf = "embeddings"
    elif owner != "word_embeddings" and leaf == "weight":
        leaf = "kernel"
    return "/".join([*parents, owner, leaf]).replace("layer/", "layer_._") + ":0"
