"""The TensorFlow backend: the reference that converted bundles are compared with, live."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="the training extra is not installed")

from classifier.base import Abstention, BundleError, Language
from classifier.bundle import ModelBundle, Origin
from classifier.convert import convert
from classifier.graph import Precision
from classifier.labels import load_label_set
from classifier.models import Models
from classifier.onnx import OnnxModel
from classifier.probe import TEXTS
from classifier.weights import BertConfig
from tests.classifier.published_repository import FOLDER, recorded
from tests.classifier.tiny_bert import random_weights, write_config, write_pytorch, write_vocabulary
from training.backend import TensorFlowModel

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),  # TensorFlow's own deprecations are not ours to mend
]

START = Path(__file__).parents[3] / "shared" / "base" / "start"


def bundle_of(folder: Path, out: Path, label_set: str, max_length: int = 16) -> ModelBundle:
    """The float32 bundle of `folder`."""
    return convert(
        folder,
        out,
        label_set=load_label_set(label_set),
        languages=tuple(Language),
        origin=Origin(licence="MIT", parents=()),
        max_length=max_length,
        precision=Precision.FP32,
    )


def test_the_published_layout_is_served_alike(tmp_path: Path) -> None:
    """tf_model.h5 through TensorFlow and through the bundle: logits within 1e-3, one label."""
    bundle = bundle_of(FOLDER, tmp_path / "bundle", "aihub58", 64)
    served, reference = OnnxModel.open(bundle), TensorFlowModel.open(bundle, FOLDER)
    for text in TEXTS:
        np.testing.assert_allclose(served.logits(text), reference.logits(text), atol=1e-3)
        ours, theirs = served.predict(text), reference.predict(text)
        assert (ours.label, ours.abstention) == (theirs.label, theirs.abstention)
        np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-3)


def test_the_recording_is_what_it_answers(tmp_path: Path) -> None:
    """What tests without TensorFlow compare with is what TensorFlow says now."""
    texts, logits = recorded("published")
    bundle = bundle_of(FOLDER, tmp_path / "bundle", "aihub58", 64)
    model = TensorFlowModel.open(bundle, FOLDER)
    np.testing.assert_allclose([model.logits(text) for text in texts], logits, atol=1e-4)


def test_weights_of_pytorch_are_served_alike(tmp_path: Path) -> None:
    """A PyTorch model.safetensors, which transformers 4.57 cannot load by itself, is exact too."""
    folder = tmp_path / "pytorch"
    folder.mkdir()
    write_pytorch(folder, random_weights(write_config(folder)))
    write_vocabulary(folder)
    bundle = bundle_of(folder, tmp_path / "bundle", "goemotions28")
    served, reference = OnnxModel.open(bundle), TensorFlowModel.open(bundle, folder)
    for text in ("good", "bad bad goodly", "기쁘다 슬프다 bad " * 9):
        np.testing.assert_allclose(served.logits(text), reference.logits(text), atol=1e-3)


@pytest.mark.timeout(600)  # loading TensorFlow and a real model takes its time
def test_real_weights_keep_their_label_in_int8(tmp_path: Path) -> None:
    """On the embedded checkpoint int8 gives TensorFlow's label for at least 97 % of chat."""
    if not START.is_dir():
        pytest.skip(f"{START} lies beside the project only where it is developed")
    bundle = Models(tmp_path / "cache").convert(START)
    served, reference = OnnxModel.open(bundle), TensorFlowModel.open(bundle, START)
    texts = recorded("start")[0][:100]
    same = [served.logits(it).argmax() == reference.logits(it).argmax() for it in texts]
    assert np.mean(same) >= 0.97


def test_it_abstains_as_the_bundle_does(tmp_path: Path) -> None:
    """No words, too short, another language: decided before the model, and told by its name."""
    bundle = bundle_of(FOLDER, tmp_path / "bundle", "aihub58", 64)
    served, reference = OnnxModel.open(bundle), TensorFlowModel.open(bundle, FOLDER)
    for text in ("!!!", "a", "これは日本語です", ""):
        assert reference.predict(text).abstention is served.predict(text).abstention
    assert reference.predict("!!!").abstention is Abstention.NO_WORDS
    assert reference.predict("!!!").revision == f"{bundle.revision}+tensorflow"


def test_another_number_of_outputs_is_refused(tmp_path: Path) -> None:
    """A bundle of another model is not read into this one's outputs."""
    bundle = bundle_of(FOLDER, tmp_path / "bundle", "aihub58", 64)
    folder = Path(shutil.copytree(FOLDER, tmp_path / "other"))
    raw = json.loads((folder / "config.json").read_text())
    names = {str(place): f"LABEL_{place}" for place in range(28)}
    raw |= {"id2label": names, "label2id": {name: int(place) for place, name in names.items()}}
    (folder / "config.json").write_text(json.dumps(raw))
    (folder / "tf_model.h5").unlink()
    write_pytorch(folder, random_weights(BertConfig.read(folder)))
    with pytest.raises(BundleError, match=r"28 outputs, label set aihub58 has 58"):
        TensorFlowModel.open(bundle, folder)
