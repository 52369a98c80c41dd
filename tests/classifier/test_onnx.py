"""The backend: what it lets through to the model, what it refuses, and that answers never vary."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import onnx
import pytest

from classifier.base import Abstention, BundleError, ClassifierError, Language
from classifier.bundle import MODEL, TOKENIZER, ModelBundle, Origin
from classifier.convert import convert
from classifier.labels import load_label_set
from classifier.onnx import OnnxModel
from tests.classifier.tiny_bert import (
    LABELS,
    WORDS,
    random_weights,
    write_config,
    write_pytorch,
    write_vocabulary,
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> ModelBundle:
    """The bundle of a tiny random model that knows a few words."""
    folder = tmp_path_factory.mktemp("tiny")
    write_pytorch(folder, random_weights(write_config(folder)))
    write_vocabulary(folder)
    return convert(
        folder,
        folder / "bundle",
        label_set=LABELS,
        languages=(Language.KO, Language.EN),
        origin=Origin(licence="MIT", parents=()),
        max_length=16,
    )


@pytest.fixture
def copy(bundle: ModelBundle, tmp_path: Path) -> ModelBundle:
    """A bundle of one's own to damage."""
    return bundle.write(tmp_path / "copy")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Abstention.NO_WORDS),
        ("🎉 123 !!", Abstention.NO_WORDS),
        ("https://example.com/good", Abstention.NO_WORDS),
        ("a", Abstention.TOO_SHORT),
        ("ありがとうございます", Abstention.LANGUAGE),
        ("quixotic zephyr", Abstention.LANGUAGE),  # letters of English, no word of this model's
    ],
)
def test_some_texts_never_reach_the_model(
    text: str, reason: Abstention, bundle: ModelBundle
) -> None:
    """No words, too few letters, a foreign script or unknown tokens: an abstention, no scores."""
    found = OnnxModel.open(bundle).predict(text)
    assert (found.abstention, found.scores) == (reason, ())


def test_the_model_sees_the_normalised_text(bundle: ModelBundle) -> None:
    """Markup and stretched letters are gone before the model and from the prediction's text."""
    model = OnnxModel.open(bundle)
    found = model.predict("**good** https://example.com")
    assert found.text == "good"
    assert found.scores == model.predict("good").scores
    assert not found.abstained


def test_the_model_carries_its_bundle(bundle: ModelBundle) -> None:
    """Revision and label set are the bundle's."""
    model = OnnxModel.open(bundle)
    assert model.revision == bundle.revision
    assert model.label_set is load_label_set("goemotions28")


def test_threads_do_not_change_the_answer(bundle: ModelBundle) -> None:
    """Two threads inside a run give the scores that one gives."""
    text = "good bad 기쁘다 슬프다"
    assert OnnxModel.open(bundle, threads=2).predict(text) == OnnxModel.open(bundle).predict(text)


def test_texts_do_not_touch_each_other(bundle: ModelBundle) -> None:
    """Whatever else is in flight, a text's scores are exactly what they are alone."""
    model = OnnxModel.open(bundle)
    texts = [" ".join(WORDS[5 + index % 3 :] * (1 + index % 4)) for index in range(40)]
    alone = [model.predict(text) for text in texts]
    with ThreadPoolExecutor(4) as threads:
        for _ in range(5):
            assert list(threads.map(model.predict, texts)) == alone


def test_another_number_of_outputs_is_refused(copy: ModelBundle) -> None:
    """A model with outputs for other labels is refused with both numbers."""
    other = replace(copy, label_set=load_label_set("kote44"))
    with pytest.raises(BundleError, match=r"model\.onnx: 28 outputs, label set kote44 has 44"):
        OnnxModel.open(other)


def test_another_input_is_refused(copy: ModelBundle) -> None:
    """A model that wants other inputs is refused with their names."""
    path = copy.folder / MODEL
    model = onnx.load(path)
    model.graph.input[0].name = "tokens"
    for node in model.graph.node:
        node.input[:] = ["tokens" if name == "input_ids" else name for name in node.input]
    onnx.save(model, path)
    with pytest.raises(BundleError, match=r"its inputs are \['tokens'\], one named input_ids"):
        OnnxModel.open(copy)


@pytest.mark.parametrize(
    ("name", "said"), [(MODEL, "not a model ONNX Runtime can open"), (TOKENIZER, "not a tokenizer")]
)
def test_a_file_of_something_else_is_refused(name: str, said: str, copy: ModelBundle) -> None:
    """A model or tokenizer that is neither is named."""
    (copy.folder / name).write_bytes(b"something else")
    with pytest.raises(BundleError, match=f"{name}: {said}"):
        OnnxModel.open(copy)


def test_a_failing_run_is_an_error_of_the_classifier(copy: ModelBundle) -> None:
    """A token beyond the embeddings fails inside the runtime: one sentence, no text in it."""
    path = copy.folder / TOKENIZER
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["model"]["vocab"]["good"] = 4000
    path.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(ClassifierError, match="The model failed on a text of 3 tokens") as caught:
        OnnxModel.open(copy).predict("good")
    assert "good" not in str(caught.value)
