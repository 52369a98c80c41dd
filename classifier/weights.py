"""Read the weights of a BERT classifier, from either framework's files, into one layout.

Neither TensorFlow nor PyTorch is needed, and no pickle is ever opened: a `pytorch_model.bin` is
refused with the way to rewrite it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import h5py  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from classifier.base import BundleError
from classifier.files import read_json
from classifier.layout import PICKLE, WEIGHTS

Array: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class BertConfig:
    """The shape of a BertForSequenceClassification, as its `config.json` gives it."""

    vocabulary: int
    hidden: int
    layers: int
    heads: int
    intermediate: int
    positions: int
    token_types: int
    outputs: int
    layer_norm_eps: float
    multi_label: bool  # sigmoid outputs; else softmax

    @classmethod
    def read(cls, folder: Path) -> "BertConfig":
        """The configuration in `folder`; BundleError for one that is no plain BERT classifier."""
        path = folder / "config.json"
        raw = read_json(path)
        _require(path, raw, "model_type", "bert")
        _require(path, raw, "hidden_act", "gelu")
        _require(path, raw, "position_embedding_type", "absolute", absent="absolute")
        _require(path, raw, "is_decoder", False, absent=False)
        config = cls(
            vocabulary=_count(path, raw, "vocab_size"),
            hidden=_count(path, raw, "hidden_size"),
            layers=_count(path, raw, "num_hidden_layers"),
            heads=_count(path, raw, "num_attention_heads"),
            intermediate=_count(path, raw, "intermediate_size"),
            positions=_count(path, raw, "max_position_embeddings"),
            token_types=_count(path, raw, "type_vocab_size"),
            outputs=len(raw.get("id2label") or ("LABEL_0", "LABEL_1")),  # the library's default
            layer_norm_eps=_small(path, raw, "layer_norm_eps", absent=1e-12),
            multi_label=raw.get("problem_type") == "multi_label_classification",
        )
        if config.hidden % config.heads:
            raise BundleError(
                f"{path}: hidden_size {config.hidden} does not divide"
                f" by num_attention_heads {config.heads}."
            )
        return config

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every tensor of the model; a dense matrix is (inputs, outputs)."""
        shapes: dict[str, tuple[int, ...]] = {
            "embeddings.word_embeddings.weight": (self.vocabulary, self.hidden),
            "embeddings.position_embeddings.weight": (self.positions, self.hidden),
            "embeddings.token_type_embeddings.weight": (self.token_types, self.hidden),
            **_norm("embeddings.LayerNorm", self.hidden),
        }
        for index in range(self.layers):
            layer = f"encoder.layer.{index}"
            for part in ("self.query", "self.key", "self.value", "output.dense"):
                shapes |= _dense(f"{layer}.attention.{part}", self.hidden, self.hidden)
            shapes |= _norm(f"{layer}.attention.output.LayerNorm", self.hidden)
            shapes |= _dense(f"{layer}.intermediate.dense", self.hidden, self.intermediate)
            shapes |= _dense(f"{layer}.output.dense", self.intermediate, self.hidden)
            shapes |= _norm(f"{layer}.output.LayerNorm", self.hidden)
        shapes |= _dense("pooler.dense", self.hidden, self.hidden)
        shapes |= _dense("classifier", self.hidden, self.outputs)
        return shapes


def read_weights(folder: Path, config: BertConfig) -> dict[str, Array]:
    """The tensors of `config.shapes()` in float32; BundleError naming what is missing or odd."""
    path = _weight_file(folder)
    weights: dict[str, Array] = {}
    with _opened(path) as tensors:
        found = {name: raw for raw in tensors if (name := canonical_name(raw)) is not None}
        for name, shape in config.shapes().items():
            if name not in found:
                raise BundleError(
                    f"{path}: no tensor {name}, which a BertForSequenceClassification"
                    f" of {config.layers} layers has."
                )
            weights[name] = _tensor(path, name, found[name], tensors[found[name]], shape)
    return weights


def canonical_name(raw: str) -> str | None:
    """`raw`, a tensor's name in either framework's file, as PyTorch spells it without `bert.`.

    Keras nests the model's name before the path, some versions twice, so the path counts from its
    last `bert` or `classifier`. None for a name outside model and head.
    """
    path = raw.removesuffix(":0").replace("layer_._", "layer.").replace("/", ".").split(".")
    for root in ("bert", "classifier"):
        if root in path:
            start = len(path) - path[::-1].index(root)
            path = path[start:] if root == "bert" else path[start - 1 :]
            break
    if path[0] not in ("embeddings", "encoder", "pooler", "classifier"):
        return None
    leaf = {"kernel": "weight", "gamma": "weight", "beta": "bias", "embeddings": "weight"}
    return ".".join([*path[:-1], leaf.get(path[-1], path[-1])])


def _require(path: Path, raw: dict[str, Any], key: str, needed: object, **absent: object) -> None:
    found = raw.get(key, absent.get("absent"))
    if found != needed:
        raise BundleError(f"{path}: {key} is {found!r}, only {needed!r} can be converted.")


def _count(path: Path, raw: dict[str, Any], key: str) -> int:
    value = raw.get(key)
    if not isinstance(value, int) or value < 1:
        raise BundleError(f"{path}: {key} is {value!r}, a whole number above 0 is needed.")
    return value


def _small(path: Path, raw: dict[str, Any], key: str, *, absent: float) -> float:
    value = raw.get(key, absent)
    if not isinstance(value, int | float) or not 0 <= value < 1:
        raise BundleError(f"{path}: {key} is {value!r}, a number from 0 to 1 is needed.")
    return float(value)


def _dense(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (inputs, outputs), f"{name}.bias": (outputs,)}


def _norm(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def _weight_file(folder: Path) -> Path:
    for name in WEIGHTS:
        if (folder / name).is_file():
            return folder / name
    if (folder / PICKLE).is_file():
        raise BundleError(
            f"{folder / PICKLE}: a pickle can run code and is never opened;"
            " save the model with safe_serialization=True to get model.safetensors."
        )
    raise BundleError(f"{folder}: no weights, {' or '.join(WEIGHTS)} is needed.")


@contextmanager
def _opened(path: Path) -> Iterator[Mapping[str, Callable[[], NDArray[Any]]]]:
    """The tensors of `path` by their raw names, each read when called."""
    try:
        if path.suffix == ".h5":
            with h5py.File(path, "r") as file:
                yield _datasets(file)
        else:
            with safe_open(path, framework="numpy") as file:
                yield {name: partial(file.get_tensor, name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise BundleError(f"{path}: cannot be read as weights ({error}).") from error


def _datasets(file: Any) -> dict[str, Callable[[], NDArray[Any]]]:
    found: dict[str, Callable[[], NDArray[Any]]] = {}

    def visit(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            if item.external or item.is_virtual:
                raise BundleError(
                    f"{file.filename}: {name} keeps its values in another file, which is never"
                    " opened; the weights must be in the file itself."
                )
            found[name] = partial(np.asarray, item)

    file.visititems(visit)
    return found


def _tensor(
    path: Path, name: str, raw: str, read: Callable[[], NDArray[Any]], shape: tuple[int, ...]
) -> Array:
    """One tensor in float32, turned to `shape` from PyTorch's (outputs, inputs)."""
    try:
        value = read()
    except (TypeError, KeyError) as error:  # numpy has no bfloat16
        raise BundleError(
            f"{path}: {raw} has a number format that cannot be read ({error});"
            " float16 or float32 is needed."
        ) from error
    if value.dtype.kind != "f":
        raise BundleError(f"{path}: {raw} holds {value.dtype}, float16 or float32 is needed.")
    dense = len(shape) == 2 and "embeddings" not in name
    if dense and not raw.removesuffix(":0").endswith("kernel"):
        value = value.T
    if value.shape != shape:
        raise BundleError(f"{path}: {raw} has shape {value.shape}, config.json asks for {shape}.")
    value = np.ascontiguousarray(value, dtype=np.float32)
    if not np.isfinite(value).all():
        raise BundleError(f"{path}: {raw} holds values that are not finite numbers.")
    return value
