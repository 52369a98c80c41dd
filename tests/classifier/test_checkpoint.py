"""A checkpoint's folder becomes a checked bundle, as near to its framework as promised."""

import shutil
from pathlib import Path

import h5py  # type: ignore[import-untyped]
import numpy as np
import pytest

from classifier.base import BundleError, Language
from classifier.bundle import ModelBundle, Origin
from classifier.checkpoint import exact_logits
from classifier.convert import convert
from classifier.graph import Precision
from classifier.labels import load_label_set
from classifier.models import Models
from classifier.onnx import OnnxModel
from classifier.probe import TEXTS
from tests.classifier.published_repository import FOLDER, config, recorded
from tests.classifier.tiny_bert import random_weights, write_config, write_keras, write_vocabulary

START = Path(__file__).parents[3] / "shared" / "base" / "start"


def converted(folder: Path, out: Path, label_set: str, precision: Precision) -> ModelBundle:
    """The bundle of `folder` in `precision`."""
    return convert(
        folder,
        out / precision,
        label_set=load_label_set(label_set),
        languages=tuple(Language),
        origin=Origin(licence="MIT", parents=()),
        max_length=64,
        precision=precision,
    )


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """The published layout in a folder of its own."""
    return Path(shutil.copytree(FOLDER, tmp_path / "fine-tuned"))


@pytest.fixture
def models(tmp_path: Path) -> Models:
    """Models with an empty cache."""
    return Models(tmp_path / "cache")


@pytest.mark.parametrize(
    ("name", "folder", "label_set"),
    [("published", FOLDER, "aihub58"), ("start", START, "goemotions28")],
)
def test_a_bundle_answers_as_tensorflow_does(
    name: str, folder: Path, label_set: str, tmp_path: Path
) -> None:
    """In fp32 every logit is within 1e-3 of transformers' TF pipeline; in int8 the label stays."""
    if not folder.is_dir():
        pytest.skip(f"{folder} lies beside the project only where it is developed")
    texts, logits = recorded(name)
    exact = OnnxModel.open(converted(folder, tmp_path, label_set, Precision.FP32))
    served = OnnxModel.open(converted(folder, tmp_path, label_set, Precision.INT8))
    np.testing.assert_allclose([exact.logits(text) for text in texts], logits, atol=1e-3)
    top = np.argmax(logits, axis=1)
    same = np.argmax([served.logits(text) for text in texts], axis=1) == top
    if name == "start":  # on random weights the best labels are as good as tied
        assert len(texts) > 150
        assert same.mean() >= 0.97


def test_the_numpy_reference_agrees_with_tensorflow() -> None:
    """What every conversion is checked against is itself within 1e-4 of the TF pipeline."""
    texts, logits = recorded("published")
    assert texts == list(TEXTS)
    np.testing.assert_allclose(exact_logits(FOLDER, 64), logits, atol=1e-4)


def test_a_folder_is_converted_once(checkpoint: Path, models: Models) -> None:
    """It asks what its outputs are; from then on the folder is enough, and stays untouched."""
    with pytest.raises(BundleError, match=r"58 outputs are only numbered .*--label-set aihub58"):
        models.bundle(str(checkpoint))
    made = models.convert(checkpoint, label_set="aihub58")
    written = (made.folder / "model.onnx").stat().st_mtime_ns
    again = models.bundle(str(checkpoint))
    assert again.revision == made.revision
    assert (again.folder / "model.onnx").stat().st_mtime_ns == written
    assert sorted(it.name for it in checkpoint.iterdir()) == sorted(
        it.name for it in FOLDER.iterdir()
    )


def test_a_kept_folder_is_served_from_a_read_only_cache(checkpoint: Path, models: Models) -> None:
    """Serving what is kept takes no lock and writes nothing."""
    models.convert(checkpoint, label_set="aihub58")
    before = {it: it.stat().st_mtime_ns for it in models.cache.root.rglob("*")}
    models.bundle(str(checkpoint))
    assert {it: it.stat().st_mtime_ns for it in models.cache.root.rglob("*")} == before


def test_new_weights_in_the_folder_are_a_new_model(checkpoint: Path, models: Models) -> None:
    """The cache knows a folder by its content, not by its path."""
    first = models.convert(checkpoint, label_set="aihub58")
    with h5py.File(checkpoint / "tf_model.h5", "r+") as file:
        names: list[str] = []
        file.visit(names.append)
        bias = next(name for name in names if name.endswith("classifier/bias:0"))
        file[bias][0] += 5
    with pytest.raises(BundleError, match=r"only numbered"):
        models.bundle(str(checkpoint))
    assert models.convert(checkpoint, label_set="aihub58").revision != first.revision


def test_an_unfitted_model_is_cautious(checkpoint: Path, models: Models) -> None:
    """Uncalibrated scores are taken at their word: unsure below a half, shown from 70 %."""
    bundle = models.convert(checkpoint, label_set="aihub58")
    assert (bundle.calibration.abstain_below, bundle.calibration.react_above) == (0.5, 0.7)
    assert bundle.metrics == {}


def test_a_bundle_folder_is_served_as_it_is(
    checkpoint: Path, models: Models, tmp_path: Path
) -> None:
    """A folder with bundle.json is not copied into the cache."""
    made = converted(checkpoint, tmp_path, "aihub58", Precision.INT8)
    assert models.bundle(str(made.folder)).folder == made.folder
    assert not models.cache.root.exists()


def test_names_in_the_configuration_choose_the_label_set(checkpoint: Path, models: Models) -> None:
    """id2label with a label set's names needs no question, in Korean too."""
    labels = load_label_set("aihub58").labels
    names = {str(place): label.key for place, label in enumerate(labels)}
    (checkpoint / "config.json").write_bytes(config(id2label=names))
    assert models.bundle(str(checkpoint)).label_set.name == "aihub58"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"id2label": {"0": "cat", "1": "dog"}}, r"2 labels \(cat, dog …\) are those of no label"),
        ({"id2label": {"0": "LABEL_0", "2": "LABEL_2"}}, r"id2label must name the outputs 0, 1, 2"),
        ({"id2label": ["joy"]}, r"id2label must name the outputs"),
        ({"hidden_act": "relu"}, r"hidden_act is 'relu'"),
    ],
)
def test_an_odd_configuration_is_named(
    changes: dict[str, object], sentence: str, checkpoint: Path, models: Models
) -> None:
    """Each refusal says what was found in config.json and what is needed."""
    (checkpoint / "config.json").write_bytes(config(**changes))
    with pytest.raises(BundleError, match=sentence):
        models.convert(checkpoint, label_set="aihub58" if "hidden_act" in changes else None)


def test_labels_in_another_order_are_refused(checkpoint: Path, models: Models) -> None:
    """The same 58 names in another order would be served under wrong labels."""
    keys = load_label_set("aihub58").keys
    names = {str(place): key for place, key in enumerate(reversed(keys))}
    (checkpoint / "config.json").write_bytes(config(id2label=names))
    with pytest.raises(BundleError, match=r"labels of aihub58 in another order"):
        models.bundle(str(checkpoint))


def test_an_empty_folder_and_a_wrong_name_are_told(models: Models, tmp_path: Path) -> None:
    """A folder without a model, and a name that is neither folder nor repository."""
    with pytest.raises(BundleError, match=r"neither bundle\.json .* nor config\.json"):
        models.bundle(str(tmp_path))
    with pytest.raises(BundleError, match=r"\./nowhere is no folder, and no repository"):
        models.bundle("./nowhere")


def test_a_model_that_answers_all_alike_is_refused(tmp_path: Path, models: Models) -> None:
    """A head of zeros is no classifier, and nothing of it is kept."""
    folder = tmp_path / "blank"
    folder.mkdir()
    weights = random_weights(write_config(folder))
    weights["classifier.weight"] *= 0
    write_keras(folder, weights)
    write_vocabulary(folder)
    with pytest.raises(BundleError, match=r"answers every text alike"):
        models.convert(folder, label_set="goemotions28")
    assert not (models.cache.root / "bundles").exists()


def test_weights_that_point_outside_their_file_are_refused(
    checkpoint: Path, models: Models
) -> None:
    """HDF5 can take a tensor from any file of the machine; such a one is not opened."""
    outside = checkpoint.parent / "outside.raw"
    outside.write_bytes(np.ones(58, np.float32).tobytes())
    with h5py.File(checkpoint / "tf_model.h5", "r+") as file:
        names: list[str] = []
        file.visit(names.append)
        bias = next(name for name in names if name.endswith("classifier/bias:0"))
        del file[bias]
        file.create_dataset(
            bias, shape=(58,), dtype="f4", external=[(str(outside), 0, outside.stat().st_size)]
        )
    with pytest.raises(BundleError, match=r"keeps its values in another file"):
        models.convert(checkpoint, label_set="aihub58")
