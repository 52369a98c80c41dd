"""Write an ONNX model: the few messages of onnx.proto that our graphs are made of.

The `onnx` package would do it too, but takes 28 MB that a serving machine has no other use for.
Numbers of fields and types: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; how they are
written: https://protobuf.dev/programming-guides/encoding.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

FLOAT, INT64 = 1, 7  # TensorProto.DataType
_DATA_TYPES = {"float32": FLOAT, "uint8": 2, "int8": 3, "int16": 5, "int64": INT64}
_ATTRIBUTE = {float: (2, 1), int: (3, 2)}  # the field of a value, and its AttributeProto type
_TENSOR, _INTS = (5, 4), (8, 7)

Attribute: TypeAlias = "float | int | Sequence[int] | NDArray[Any]"


class Message:
    """A protobuf message. It holds what is added to it without copying: weights are large."""

    def __init__(self) -> None:
        self._parts: list[bytes | memoryview] = []
        self.size = 0  # bytes

    def add(self, field: int, value: "float | int | str | memoryview | Message") -> Self:
        """Add a field; of a repeated one, its next value."""
        match value:
            case int():
                self._put(_varint(field << 3), _varint(value))
            case float():
                self._put(_varint(field << 3 | 5), struct.pack("<f", value))
            case Message():
                self._put(_varint(field << 3 | 2), _varint(value.size), *value._parts)
            case _:
                data = value.encode() if isinstance(value, str) else value
                self._put(_varint(field << 3 | 2), _varint(len(data)), data)
        return self

    def write(self, path: Path) -> None:
        """Write the message to the file `path`."""
        with path.open("wb") as file:
            file.writelines(self._parts)

    def _put(self, *parts: bytes | memoryview) -> None:
        self._parts += parts
        self.size += sum(map(len, parts))


def tensor(value: NDArray[Any], name: str = "") -> Message:
    """A TensorProto."""
    made = Message()
    for length in value.shape:
        made.add(1, length)
    made.add(2, _DATA_TYPES[value.dtype.name]).add(8, name)
    data = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
    return made.add(9, data.reshape(-1).view(np.uint8).data)


def node(
    kind: str,
    inputs: Iterable[str],
    outputs: Iterable[str],
    *,
    domain: str,
    attributes: Mapping[str, Attribute],
) -> Message:
    """A NodeProto."""
    made = Message()
    for name in inputs:
        made.add(1, name)
    for name in outputs:
        made.add(2, name)
    made.add(4, kind)
    for name, value in attributes.items():
        made.add(5, _attribute(name, value))
    return made.add(7, domain)


def model(
    nodes: Iterable[Message],
    initialisers: Iterable[Message],
    *,
    inputs: Iterable[Message],
    outputs: Iterable[Message],
    opsets: Mapping[str, int],
    ir_version: int,
) -> Message:
    """A ModelProto of one graph."""
    graph = Message()
    for each in nodes:
        graph.add(1, each)
    graph.add(2, "bert")
    for field, messages in ((5, initialisers), (11, inputs), (12, outputs)):
        for each in messages:
            graph.add(field, each)
    made = Message().add(1, ir_version).add(2, "maeum").add(7, graph)
    for domain, version in opsets.items():
        made.add(8, Message().add(1, domain).add(2, version))
    return made


def value_info(name: str, data_type: int, shape: Iterable[int | str]) -> Message:
    """A ValueInfoProto: an input or output and its shape; a word stands for any length."""
    dimensions = Message()
    for length in shape:
        dimensions.add(1, Message().add(2 if isinstance(length, str) else 1, length))
    kind = Message().add(1, Message().add(1, data_type).add(2, dimensions))
    return Message().add(1, name).add(2, kind)


def _attribute(name: str, value: Attribute) -> Message:
    made = Message().add(1, name)
    if isinstance(value, np.ndarray):
        field, kind = _TENSOR
        made.add(field, tensor(value))
    elif isinstance(value, int | float):
        field, kind = _ATTRIBUTE[type(value)]
        made.add(field, value)
    else:
        field, kind = _INTS
        for number in value:
            made.add(field, number)
    return made.add(20, kind)


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; a negative number as its 64-bit complement."""
    number &= (1 << 64) - 1
    made = bytearray()
    while number > 0x7F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    made.append(number)
    return bytes(made)
