"""A BERT classifier's forward pass in plain numpy: what a converted graph is checked against.

It shares nothing with graph.py or the runtime, so an error of either shows. It keeps to the paper
(Devlin et al., BERT, 2018), one text at a time, in float32, and is many times slower.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from classifier.weights import Array, BertConfig


def forward(weights: Mapping[str, Array], config: BertConfig, tokens: Sequence[int]) -> Array:
    """The logits (outputs,) of one text's token ids, as `read_weights` gives the weights."""
    embeddings = (
        weights["embeddings.word_embeddings.weight"][list(tokens)]
        + weights["embeddings.position_embeddings.weight"][: len(tokens)]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    state = _norm(weights, "embeddings.LayerNorm", embeddings, config)
    for index in range(config.layers):
        layer = f"encoder.layer.{index}"
        attended = _dense(
            weights, f"{layer}.attention.output.dense", _attention(weights, layer, state, config)
        )
        state = _norm(weights, f"{layer}.attention.output.LayerNorm", attended + state, config)
        inner = _gelu(_dense(weights, f"{layer}.intermediate.dense", state))
        inner = _dense(weights, f"{layer}.output.dense", inner)
        state = _norm(weights, f"{layer}.output.LayerNorm", inner + state, config)
    pooled = np.tanh(_dense(weights, "pooler.dense", state[:1]))
    return np.asarray(_dense(weights, "classifier", pooled)[0])


def _attention(weights: Mapping[str, Array], layer: str, state: Array, config: BertConfig) -> Array:
    query, key, value = (
        _dense(weights, f"{layer}.attention.self.{part}", state)
        .reshape(len(state), config.heads, -1)
        .swapaxes(0, 1)
        for part in ("query", "key", "value")
    )
    scores = query @ key.swapaxes(1, 2) / math.sqrt(query.shape[-1])
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return np.asarray((shares @ value).swapaxes(0, 1).reshape(len(state), -1))


def _dense(weights: Mapping[str, Array], name: str, state: Array) -> Array:
    return np.asarray(state @ weights[f"{name}.weight"] + weights[f"{name}.bias"])


def _norm(weights: Mapping[str, Array], name: str, state: Array, config: BertConfig) -> Array:
    centred = state - state.mean(axis=-1, keepdims=True)
    scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + config.layer_norm_eps)
    return np.asarray(centred / scale * weights[f"{name}.weight"] + weights[f"{name}.bias"])


def _gelu(state: Array) -> Array:
    """The exact GELU, but for an erf that is off by 1.5e-7 at most.

    The polynomial is 7.1.26 of Abramowitz and Stegun, Handbook of Mathematical Functions.
    """
    size = np.abs(state) / np.float32(math.sqrt(2))
    step = 1 / (1 + np.float32(0.3275911) * size)
    powers = np.full_like(step, 1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        powers = powers * step + np.float32(factor)
    erf = np.sign(state) * (1 - powers * step * np.exp(-size * size))
    return np.asarray(state * (1 + erf) / 2)
