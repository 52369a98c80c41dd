"""Build a BERT classifier as an ONNX graph of fused nodes, in float32 or in int8.

The graph takes one message a run: `input_ids` (1, tokens), no padding and so no attention mask.
In int8 the matrices have a scale per output column, the embeddings one per word and the
activations, while running, one per token. The usual single scale for all activations costs three
times the error in the logits, for a few tokens are far larger than the others.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier import onnx_file
from classifier.onnx_file import FLOAT, INT64, Message
from classifier.weights import Array, BertConfig

# The oldest versions that have every node used here, so that older runtimes open the file too.
_OPSET, _MICROSOFT_OPSET, _IR_VERSION = 17, 1, 8
_MICROSOFT = "com.microsoft"
_ZERO = 128  # the unsigned byte that stands for 0.0
_SMALLEST = 1e-12


class Precision(StrEnum):
    """The number format of a graph's weights."""

    FP32 = "fp32"
    INT8 = "int8"


def bert_graph(
    weights: Mapping[str, Array], config: BertConfig, *, max_length: int, precision: Precision
) -> Message:
    """The graph `input_ids` -> `logits` of the tensors that `read_weights` gives."""
    graph = _Int8Graph(config) if precision is Precision.INT8 else _Graph(config)
    state = graph.embeddings(weights, max_length)
    for index in range(config.layers):
        layer = _under(weights, f"encoder.layer.{index}.")
        state = graph.layer(layer, state, last=index == config.layers - 1)
    # Pooler and head are never in int8: they are small, and every error there reaches the scores.
    pooler, head = _under(weights, "pooler.dense."), _under(weights, "classifier.")
    first = graph.node("Squeeze", [state, graph.constant(np.ones(1, np.int64))])
    pooled = graph.node("Tanh", [graph.affine(pooler, first)])
    graph.affine(head, pooled, output="logits")
    return graph.model()


class _Graph:
    """Nodes and initialisers in the order they are needed; names count up."""

    def __init__(self, config: BertConfig) -> None:
        self._config = config
        self._nodes: list[Message] = []
        self._initialisers: list[Message] = []

    def node(
        self,
        kind: str,
        inputs: list[str],
        *,
        domain: str = "",
        outputs: int = 1,
        output: str | None = None,
        **attributes: Any,
    ) -> str:
        """Add a node; return its (first) output. Further outputs are named `<first>:1` on."""
        first = output or f"{kind}_{len(self._nodes)}"
        names = [first, *(f"{first}:{index}" for index in range(1, outputs))]
        made = onnx_file.node(kind, inputs, names, domain=domain, attributes=attributes)
        self._nodes.append(made)
        return first

    def constant(self, value: NDArray[Any]) -> str:
        """Add an initialiser."""
        name = f"constant_{len(self._initialisers)}"
        self._initialisers.append(onnx_file.tensor(value, name))
        return name

    def embeddings(self, weights: Mapping[str, Array], max_length: int) -> str:
        """Words, positions and the one token type a single sentence has, normalised."""
        part = _under(weights, "embeddings.")
        # Rows beyond the longest input and the second token type can never be asked for.
        positions = (
            part["position_embeddings.weight"][:max_length]
            + part["token_type_embeddings.weight"][0]
        )
        length = self.node("Shape", ["input_ids"], start=1, end=2)
        zero = self.constant(np.zeros(1, np.int64))
        rows = self.node("Slice", [self.constant(positions), zero, length, zero])
        words = self.words(part["word_embeddings.weight"])
        added = self.node("Add", [words, rows])
        return self.node(
            "LayerNormalization",
            [added, *map(self.constant, _norm(part, "LayerNorm"))],
            epsilon=self._config.layer_norm_eps,
        )

    def layer(self, layer: Mapping[str, Array], state: str, *, last: bool) -> str:
        """One encoder layer; the last one goes on with the first token, all the pooler reads."""
        context = self.attention(layer, state)
        if last:
            first = self.constant(np.zeros(1, np.int64))
            context = self.node("Gather", [context, first], axis=1)
            state = self.node("Gather", [state, first], axis=1)
        attended = self.dense(layer["attention.output.dense.weight"], context)
        state = self._add_norm(layer, "attention.output", attended, state)
        inner = self.dense(layer["intermediate.dense.weight"], state)
        bias = self.constant(layer["intermediate.dense.bias"])
        inner = self.node("BiasGelu", [inner, bias], domain=_MICROSOFT)
        inner = self.dense(layer["output.dense.weight"], inner)
        return self._add_norm(layer, "output", inner, state)

    def words(self, table: Array) -> str:
        """The word embeddings of `input_ids`."""
        return self.node("Gather", [self.constant(table), "input_ids"])

    def attention(self, layer: Mapping[str, Array], state: str) -> str:
        """Multi-head self-attention before its output matrix."""
        names = [f"attention.self.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([layer[f"{name}.weight"] for name in names], axis=1)
        bias = np.concatenate([layer[f"{name}.bias"] for name in names])
        parts = self.node("Split", [self.dense(matrix, state)], axis=-1, outputs=3)
        return self.node(
            "MultiHeadAttention",
            [parts, f"{parts}:1", f"{parts}:2", self.constant(bias)],
            domain=_MICROSOFT,
            num_heads=self._config.heads,
        )

    def dense(self, matrix: Array, state: str) -> str:
        """`state` times `matrix`, without a bias: the node that follows adds it."""
        return self.node("MatMul", [state, self.constant(matrix)])

    def affine(self, part: Mapping[str, Array], state: str, output: str | None = None) -> str:
        """`state` times a matrix plus its bias, computed in float32."""
        product = self.node("MatMul", [state, self.fine(part["weight"])])
        return self.node("Add", [product, self.constant(part["bias"])], output=output)

    def fine(self, matrix: Array) -> str:
        """A matrix whose every error would reach the scores."""
        return self.constant(matrix)

    def _add_norm(self, layer: Mapping[str, Array], name: str, new: str, skip: str) -> str:
        bias = self.constant(layer[f"{name}.dense.bias"])
        scale, shift = map(self.constant, _norm(layer, f"{name}.LayerNorm"))
        return self.node(
            "SkipLayerNormalization",
            [new, skip, scale, shift, bias],
            domain=_MICROSOFT,
            epsilon=self._config.layer_norm_eps,
        )

    def model(self) -> Message:
        """The finished model, with nothing in it that differs between two builds."""
        return onnx_file.model(
            self._nodes,
            self._initialisers,
            inputs=[onnx_file.value_info("input_ids", INT64, (1, "tokens"))],
            outputs=[onnx_file.value_info("logits", FLOAT, (1, self._config.outputs))],
            opsets={"": _OPSET, _MICROSOFT: _MICROSOFT_OPSET},
            ir_version=_IR_VERSION,
        )


class _Int8Graph(_Graph):
    """The same graph with the big matrices in int8."""

    def words(self, table: Array) -> str:
        rows, scales = quantise(table, axis=1)
        row = self.node("Gather", [self.constant(rows), "input_ids"])
        scale = self.node("Gather", [self.constant(scales), "input_ids"])
        return self.node("Mul", [self.node("Cast", [row], to=FLOAT), scale])

    def dense(self, matrix: Array, state: str) -> str:
        columns, scales = quantise(matrix, axis=0)
        largest = self.node("ReduceMax", [self.node("Abs", [state])], axes=[0, 2], keepdims=0)
        floor = self.constant(np.array(_SMALLEST, np.float32))  # no division by a row of zeros
        steps = self.constant(np.array(127, np.float32))
        tokens = self.node("Div", [self.node("Max", [largest, floor]), steps])
        zero = np.array([_ZERO], np.uint8)
        zeros = self.node("ConstantOfShape", [self.node("Shape", [tokens])], value=zero)
        product = self.node(
            "MatMulIntegerToFloat",
            [
                self.node("QuantizeLinear", [state, tokens, zeros], axis=1),
                # Unsigned like the activations: products of the two kinds overflow on processors
                # without VNNI, and the runtime's fix for it (see onnx.py) would copy every matrix
                # while it opens the file, a third more memory at that moment.
                self.constant((columns.astype(np.int16) + _ZERO).astype(np.uint8)),
                self.constant(np.array(1, np.float32)),
                self.constant(scales.ravel()),
                self.constant(np.array(_ZERO, np.uint8)),
                self.constant(np.array(_ZERO, np.uint8)),
            ],
            domain=_MICROSOFT,
        )
        last = self.constant(np.array([1], np.int64))
        return self.node("Mul", [product, self.node("Unsqueeze", [tokens, last])])

    def fine(self, matrix: Array) -> str:
        # Half the size of float32 for an error a thousand times below that of the layers; the
        # runtime computes the product once, when it opens the file.
        columns, scales = quantise(matrix, axis=0, to=np.int16)
        whole = self.node("Cast", [self.constant(columns)], to=FLOAT)
        return self.node("Mul", [whole, self.constant(scales)])


def quantise(
    matrix: Array, *, axis: int, to: type[np.signedinteger[Any]] = np.int8
) -> tuple[NDArray[np.signedinteger[Any]], Array]:
    """`matrix` in whole numbers, one scale for all along `axis`, symmetric round zero."""
    largest, steps = np.abs(matrix).max(axis=axis, keepdims=True), np.iinfo(to).max
    scales = np.where(largest > 0, largest / steps, 1).astype(np.float32)
    return np.rint(matrix / scales).astype(to), scales


def _under(weights: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    return {
        name.removeprefix(prefix): value
        for name, value in weights.items()
        if name.startswith(prefix)
    }


def _norm(part: Mapping[str, Array], name: str) -> tuple[Array, Array]:
    return part[f"{name}.weight"], part[f"{name}.bias"]
