"""The converter: its graph computes what the paper says; a wrong model becomes no bundle."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

from classifier.base import BundleError, Language
from classifier.bundle import Activation, ModelBundle, Origin, default_bundle
from classifier.convert import convert, read_tokenizer
from classifier.graph import Precision, _Graph, bert_graph, quantise
from classifier.onnx import OnnxModel
from classifier.weights import Array, BertConfig
from tests.classifier.tiny_bert import (
    LABELS,
    WORDS,
    forward,
    random_weights,
    write_config,
    write_keras,
    write_pytorch,
    write_vocabulary,
)

TEXTS = ("good", "bad bad goodly", "기쁘다", "슬프다 bad 기쁘다 good goodly good 슬프다 기쁘다 bad")


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A tiny checkpoint as a fine-tuned Hub model looks: h5 weights and a vocabulary."""
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    write_keras(folder, random_weights(write_config(folder)))
    write_vocabulary(folder)
    return folder


def converted(checkpoint: Path, **options: Any) -> ModelBundle:
    """The bundle of `checkpoint`, written beside it."""
    options = {"max_length": 16, **options}
    return convert(
        checkpoint,
        checkpoint.parent / f"bundle-{options.get('precision', 'int8')}",
        label_set=LABELS,
        languages=(Language.KO, Language.EN),
        origin=Origin(licence="MIT", parents=()),
        **options,
    )


def expected(checkpoint: Path, text: str) -> Array:
    """The logits of the reference forward pass."""
    config = BertConfig.read(checkpoint)
    tokens = Tokenizer.from_str(read_tokenizer(checkpoint)).encode(text).ids
    return forward(random_weights(config), config, tokens)


@pytest.mark.parametrize("text", TEXTS)
def test_fp32_is_exact(text: str, checkpoint: Path) -> None:
    """The float32 graph gives the reference's logits."""
    model = OnnxModel.open(converted(checkpoint, precision=Precision.FP32))
    np.testing.assert_allclose(model.logits(text), expected(checkpoint, text), atol=1e-4)


@pytest.mark.parametrize("text", TEXTS)
def test_int8_stays_close(text: str, checkpoint: Path) -> None:
    """The int8 graph is within a few hundredths of the logits' own spread."""
    model = OnnxModel.open(converted(checkpoint))
    logits = expected(checkpoint, text)
    assert np.abs(model.logits(text) - logits).max() < 0.1 * logits.std()


def test_one_odd_column_does_not_spoil_the_others() -> None:
    """Each column has its own scale: a huge one leaves the precision of a small one alone."""
    matrix = np.array([[1000.0, 0.01, 0.0], [500.0, -0.004, 0.0]], np.float32)
    values, scales = quantise(matrix, axis=0)
    np.testing.assert_allclose(values * scales, matrix, rtol=0.01)


def test_pooler_and_head_lose_nothing_in_int8(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stored in sixteen bits, they give the logits of the same graph with both in float32."""
    served = OnnxModel.open(converted(checkpoint)).logits(TEXTS[-1])
    monkeypatch.setattr("classifier.graph._Int8Graph.fine", _Graph.constant)
    exact = OnnxModel.open(converted(checkpoint)).logits(TEXTS[-1])
    assert 0 < np.abs(served - exact).max() < 1e-4 * exact.std()


def test_twelve_layers_fit_the_embedded_bundle() -> None:
    """The longest encoder that is to be embedded takes at most 36 MB beside its tokenizer."""
    config = BertConfig(
        vocabulary=32_000,
        hidden=384,
        layers=12,
        heads=12,
        intermediate=1536,
        positions=512,
        token_types=2,
        outputs=28,
        layer_norm_eps=1e-12,
        multi_label=True,
    )
    graph = bert_graph(random_weights(config), config, max_length=128, precision=Precision.INT8)
    tokenizer = read_tokenizer(default_bundle()).encode()
    assert graph.size + len(tokenizer) < 36_000_000 - 20_000  # manifest and card


def test_a_softmax_model_says_so(checkpoint: Path) -> None:
    """Without multi-label in its configuration a model has one label a text."""
    assert converted(checkpoint).activation is Activation.SIGMOID
    write_config(checkpoint, problem_type=None)
    assert converted(checkpoint).activation is Activation.SOFTMAX


def test_converting_twice_gives_one_revision(checkpoint: Path) -> None:
    """Nothing of the day or machine gets into a bundle; the precision does."""
    first = converted(checkpoint)
    files = [path.read_bytes() for path in sorted(first.folder.iterdir())]
    again = converted(checkpoint)
    assert again.revision == first.revision
    assert [path.read_bytes() for path in sorted(again.folder.iterdir())] == files
    assert converted(checkpoint, precision=Precision.FP32).revision != first.revision


def test_the_layout_of_the_weights_does_not_matter(checkpoint: Path) -> None:
    """The same weights from another framework's file give the same revision."""
    from_keras = converted(checkpoint).revision
    (checkpoint / "tf_model.h5").unlink()
    write_pytorch(checkpoint, random_weights(BertConfig.read(checkpoint)))
    assert converted(checkpoint).revision == from_keras


def test_positions_end_at_the_longest_input(checkpoint: Path) -> None:
    """A text longer than the bundle's maximum is cut, and the longest one still fits."""
    model = OnnxModel.open(converted(checkpoint, precision=Precision.FP32))
    cut = expected(checkpoint, " ".join(["good"] * 14))  # and two special tokens
    np.testing.assert_allclose(model.logits(" ".join(["good"] * 500)), cut, atol=1e-4)


def test_a_saved_tokenizer_goes_before_a_vocabulary(checkpoint: Path) -> None:
    """tokenizer.json is passed on value for value, without blanks between them."""
    text = read_tokenizer(checkpoint)
    spread = json.dumps(json.loads(text), indent=2)
    (checkpoint / "tokenizer.json").write_text(spread, encoding="utf-8")
    write_vocabulary(checkpoint, ("unused",))
    bundle = converted(checkpoint)
    assert (bundle.folder / "tokenizer.json").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(("lower", "token"), [(True, "good"), (False, "[UNK]"), (None, "good")])
def test_a_vocabulary_follows_its_configuration(
    lower: bool | None, token: str, checkpoint: Path
) -> None:
    """Lower-casing is as tokenizer_config.json says, and on where there is none."""
    if lower is not None:
        (checkpoint / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": lower}))
    tokens = Tokenizer.from_str(read_tokenizer(checkpoint)).encode("GOOD").tokens
    assert tokens == ["[CLS]", token, "[SEP]"]


def test_another_number_of_outputs_is_refused(checkpoint: Path) -> None:
    """A model of two outputs is not served as 28 emotions: both numbers are named."""
    write_config(checkpoint, id2label={"0": "LABEL_0", "1": "LABEL_1"})
    with pytest.raises(BundleError, match=r"2 outputs, label set goemotions28 has 28 labels"):
        converted(checkpoint)
    assert not list(checkpoint.parent.glob("bundle*"))


def test_a_tokenizer_of_another_model_is_refused(checkpoint: Path) -> None:
    """More tokens than embeddings would read past the table: both numbers are named."""
    write_vocabulary(checkpoint, (*WORDS, *(f"word{index}" for index in range(40))))
    with pytest.raises(BundleError, match=r"tokenizer has 51 tokens, the model embeds 40"):
        converted(checkpoint)


def test_more_tokens_than_positions_are_refused(checkpoint: Path) -> None:
    """A maximum beyond the trained positions is named with both numbers."""
    with pytest.raises(BundleError, match=r"24 positions, too few for a max_length of 64"):
        converted(checkpoint, max_length=64)


@pytest.mark.parametrize("vocabulary", [None, "good\nbad\n"])
def test_an_unusable_tokenizer_is_refused(vocabulary: str | None, checkpoint: Path) -> None:
    """No tokenizer, or a vocabulary without BERT's special tokens, is named."""
    (checkpoint / "vocab.txt").unlink()
    if vocabulary:
        (checkpoint / "vocab.txt").write_text(vocabulary)
    with pytest.raises(BundleError, match=r"vocab\.txt"):
        converted(checkpoint)
