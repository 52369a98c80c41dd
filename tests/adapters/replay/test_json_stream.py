import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.replay.json_stream import ELEMENT_LIMIT, BadStream, JsonStream

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def stream(raw: bytes, size: int) -> JsonStream:
    """A stream that gets `raw` in chunks of `size` bytes."""
    return JsonStream(iter([raw[at : at + size] for at in range(0, len(raw), size)]))


@given(st.lists(VALUES), st.integers(1, 40), st.sampled_from([None, 2]), st.booleans())
def test_an_array_reads_as_the_whole_decoder_reads_it(
    values: list[Any], size: int, indent: int | None, ascii_only: bool
) -> None:
    """Wherever the chunks fall, within a number, a letter or a mark, the elements are the same."""
    raw = json.dumps(values, indent=indent, ensure_ascii=ascii_only).encode()
    assert list(stream(raw, size).elements()) == values


@given(st.dictionaries(st.text(), VALUES), st.integers(1, 40))
def test_an_object_reads_as_the_whole_decoder_reads_it(members: dict[str, Any], size: int) -> None:
    """Keys come with their values, in order."""
    document = stream(json.dumps(members).encode(), size)
    assert {key: document.value() for key in document.members()} == members


@given(st.lists(VALUES, min_size=1), st.data())
def test_a_document_cut_short_is_told(values: list[Any], data: st.DataObject) -> None:
    """Every proper beginning of a document ends in BadStream, never in silence."""
    raw = json.dumps(values, ensure_ascii=False).encode()
    cut = data.draw(st.integers(0, len(raw) - 1))
    with pytest.raises(BadStream, match="cut short"):
        list(stream(raw[:cut], 7).elements())


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"[" * 200_000, "nested too deeply"),
        (b"[" + b"9" * 5000 + b"]", "a number no exporter writes"),
        (b'["' + b"x" * (ELEMENT_LIMIT * 3) + b'"]', "more than 4 MB in one message"),
        (b'["\xb0\xa1"]', "not UTF-8"),
        (b"[1 2]", "damaged"),
        (b"{}", "damaged"),
    ],
)
def test_a_hostile_document_is_refused(raw: bytes, fault: str) -> None:
    """Depth, size, digits, encoding and grammar all end in one sentence."""
    with pytest.raises(BadStream, match=fault):
        list(stream(raw, 32_768).elements())
