"""The ONNX writer: what it writes is what the `onnx` package reads, to the byte."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper

from classifier import onnx_file
from classifier.graph import Precision, bert_graph
from classifier.onnx_file import FLOAT, INT64, Attribute, Message
from tests.classifier.tiny_bert import random_weights, write_config


def written(message: Message, path: Path) -> bytes:
    """The bytes of `message`, as many as it says."""
    message.write(path)
    assert path.stat().st_size == message.size
    return path.read_bytes()


@pytest.mark.parametrize("precision", Precision)
def test_a_graph_is_a_valid_model(precision: Precision, tmp_path: Path) -> None:
    """The package accepts a converted model, and writes the very same bytes for it."""
    config = write_config(tmp_path)
    graph = bert_graph(random_weights(config), config, max_length=16, precision=precision)
    data = written(graph, tmp_path / "model.onnx")
    read = onnx.load_from_string(data)
    onnx.checker.check_model(read, full_check=precision is Precision.FP32)
    assert read.SerializeToString(deterministic=True) == data
    assert {it.domain: it.version for it in read.opset_import} == {"": 17, "com.microsoft": 1}


@pytest.mark.parametrize(
    "value",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.arange(6, dtype=np.float32).reshape(2, 3).T,  # not contiguous
        np.array([-(2**62), 3], np.int64),
        np.array([-128, 127], np.int8),
        np.array([0, 255], np.uint8),
        np.array([-32768, 32767], ">i2"),  # of another byte order
        np.array(1.5, np.float32),
        np.zeros((0, 4), np.float32),
    ],
    ids=lambda value: f"{value.dtype}{list(value.shape)}",
)
def test_a_tensor_keeps_its_values(value: NDArray[np.generic], tmp_path: Path) -> None:
    """Shape, type and every value, wherever they lay in memory."""
    data = written(onnx_file.tensor(value, "name"), tmp_path / "tensor")
    read = onnx.TensorProto.FromString(data)
    assert read.name == "name"
    np.testing.assert_array_equal(numpy_helper.to_array(read), value, strict=value.dtype.isnative)


@pytest.mark.parametrize("value", [0, 1, 127, 128, -1, 2**62, 0.5, 1e-12, (0, 2, -1), ()])
def test_an_attribute_keeps_its_value(value: Attribute, tmp_path: Path) -> None:
    """Whole numbers of any size, floats and lists."""
    made = onnx_file.node("Kind", ["a"], ["b", "c"], domain="d", attributes={"name": value})
    read = onnx.NodeProto.FromString(written(made, tmp_path / "node"))
    assert (read.op_type, read.domain) == ("Kind", "d")
    assert (list(read.input), list(read.output)) == (["a"], ["b", "c"])
    kept = float(np.float32(value)) if isinstance(value, float) else value
    found = onnx.helper.get_attribute_value(read.attribute[0])
    assert (tuple(found) if isinstance(found, list) else found) == kept


def test_a_word_stands_for_any_length(tmp_path: Path) -> None:
    """A dimension is a number or a name."""
    made = onnx_file.value_info("x", INT64, (1, "tokens"))
    read = onnx.ValueInfoProto.FromString(written(made, tmp_path / "value"))
    kind = read.type.tensor_type
    assert (read.name, kind.elem_type) == ("x", INT64)
    assert [it.dim_value or it.dim_param for it in kind.shape.dim] == [1, "tokens"]
    assert FLOAT == onnx.TensorProto.FLOAT
    assert INT64 == onnx.TensorProto.INT64
