"""Bundles: what is written is read back, and whatever is wrong is refused with both numbers."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from classifier.base import BundleError, Language
from classifier.bundle import (
    CARD,
    MANIFEST,
    MODEL,
    TOKENIZER,
    Activation,
    Calibration,
    ModelBundle,
    Origin,
    Source,
)
from classifier.labels import load_label_set

LABELS = load_label_set("goemotions28")
CALIBRATION = Calibration(
    temperature=0.97, thresholds=(0.25,) * 28, abstain_below=0.4, react_above=0.5
)


@pytest.fixture
def bundle(tmp_path: Path) -> ModelBundle:
    """A written bundle; nothing here runs its model, so its files may hold anything."""
    source = tmp_path / "source"
    source.mkdir()
    (source / MODEL).write_bytes(b"a model" * 1000)
    (source / TOKENIZER).write_text("{}")
    draft = ModelBundle(
        folder=source,
        label_set=LABELS,
        activation=Activation.SIGMOID,
        languages=(Language.KO, Language.EN),
        max_length=128,
        calibration=CALIBRATION,
        origin=Origin(
            licence="MIT",
            parents=(Source(name="tiny", licence="MIT", credit="Somebody, 2024."),),
            corpora=(Source(name="마음", licence="Apache-2.0", credit="Somebody else, 2022."),),
        ),
        metrics={"ko": {"rows": 2713.0, "top_label": 0.561}},
    )
    return draft.write(tmp_path / "bundle")


def edit(bundle: ModelBundle, change: Callable[[dict[str, Any]], object]) -> None:
    """Change bundle.json behind the bundle's back."""
    path = bundle.folder / MANIFEST
    raw = json.loads(path.read_text(encoding="utf-8"))
    change(raw)
    path.write_text(json.dumps(raw), encoding="utf-8")


def test_what_is_written_is_read_back(bundle: ModelBundle) -> None:
    """Every field survives the folder, the revision too."""
    found = ModelBundle.read(bundle.folder)
    assert found == bundle
    assert found.revision == bundle.revision
    assert found.files[MODEL].size == 7000


def test_an_uncalibrated_bundle_is_read_back(bundle: ModelBundle, tmp_path: Path) -> None:
    """Whole numbers in a calibration do not change the revision on the way."""
    plain = replace(bundle, calibration=Calibration.none(28)).write(tmp_path / "plain")
    assert ModelBundle.read(plain.folder) == plain


def test_the_revision_follows_what_decides(bundle: ModelBundle, tmp_path: Path) -> None:
    """Another threshold or model is another revision; other metrics or another folder are not."""
    stricter = replace(bundle, calibration=replace(CALIBRATION, react_above=0.6))
    assert stricter.write(tmp_path / "stricter").revision != bundle.revision
    told = replace(bundle, metrics={}).write(tmp_path / "told")
    assert told.revision == bundle.revision
    (told.folder / MODEL).write_bytes(b"another model")
    assert told.write(tmp_path / "other").revision != bundle.revision


def test_a_bundle_may_be_written_over_itself(bundle: ModelBundle) -> None:
    """Recalibrating in place keeps the model and leaves nothing else behind."""
    again = replace(bundle, calibration=replace(CALIBRATION, react_above=0.6))
    written = again.write(bundle.folder)
    assert ModelBundle.read(bundle.folder) == written
    assert {path.name for path in bundle.folder.iterdir()} == {MODEL, TOKENIZER, MANIFEST, CARD}
    assert {path.name for path in bundle.folder.parent.iterdir()} == {"bundle", "source"}


def test_a_full_disk_leaves_the_old_bundle(
    bundle: ModelBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that fails half-way says so and changes nothing."""
    before = {path.name: path.read_bytes() for path in bundle.folder.iterdir()}
    copy = shutil.copyfile

    def fill(source: Path, target: Path) -> None:
        copy(source, target)
        if target.name == TOKENIZER:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", fill)
    with pytest.raises(BundleError, match=r"cannot be written .No space left on device"):
        replace(bundle, metrics={}).write(bundle.folder)
    assert {path.name: path.read_bytes() for path in bundle.folder.iterdir()} == before
    assert {path.name for path in bundle.folder.parent.iterdir()} == {"bundle", "source"}


def test_the_card_says_what_the_bundle_is(bundle: ModelBundle) -> None:
    """Sources with licences, figures with their meaning, the revision and the limits."""
    card = (bundle.folder / CARD).read_text(encoding="utf-8")
    for said in (
        bundle.revision,
        "corpus: 마음 (Apache-2.0). Somebody else, 2022.",
        "parent: tiny (MIT)",
        "| the label with the highest score is among the gold ones | 0.561 |",
        "| rows scored | 2,713 |",
        "no sarcasm",
    ):
        assert said in card


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 2}, "format 2 is newer than 1"),
        ({"format": "one"}, "format is 'one'"),
        ({"label_set": "goemotions29"}, "no label set 'goemotions29'"),
        ({"labels": list(LABELS.keys)[:27]}, "27 labels, label set goemotions28 has 28"),
        ({"labels": "joy"}, "labels is 'joy', a list is needed"),
        ({"labels": [1] * 28}, "a list of texts is needed"),
        ({"thresholds": [0.5] * 27}, "27 thresholds for 28 labels"),
        ({"thresholds": [2.0] * 28}, "thresholds is 2.0, a number from 0 to 1 is needed"),
        ({"temperature": 0}, "temperature is 0, a number from 0.05 to 20 is needed"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"temperature": True}, "temperature is True"),
        ({"abstain_below": 1.5}, "abstain_below is 1.5"),
        ({"react_above": "high"}, "react_above is 'high'"),
        ({"activation": "relu"}, "activation is 'relu', one of sigmoid, softmax is needed"),
        ({"max_length": 4}, "max_length is 4, a whole number from 8 to 4096"),
        ({"languages": []}, "at least one of ko, en is needed"),
        ({"languages": ["fr"]}, "languages is 'fr', one of ko, en is needed"),
        ({"parents": [3]}, "parents is 3, an object is needed"),
        ({"files": {}}, r"model\.onnx is missing"),
        ({"react_above": 0.1}, "revision is .*, its content gives"),
    ],
)
def test_a_wrong_value_is_refused(change: dict[str, Any], said: str, bundle: ModelBundle) -> None:
    """Each wrong value is named with what is needed, and the file it is in."""
    edit(bundle, lambda raw: raw.update(change))
    with pytest.raises(BundleError, match=said):
        ModelBundle.read(bundle.folder)


@pytest.mark.parametrize(
    "key", ["format", "labels", "temperature", "files", "metrics", "parents", "revision", "licence"]
)
def test_a_missing_key_is_refused(key: str, bundle: ModelBundle) -> None:
    """A key that is not there is named."""
    edit(bundle, lambda raw: raw.pop(key))
    with pytest.raises(BundleError, match=rf"bundle\.json: {key} is missing"):
        ModelBundle.read(bundle.folder)


def test_another_label_order_is_refused(bundle: ModelBundle) -> None:
    """Two swapped labels would be served under each other's name."""

    def swap(raw: dict[str, Any]) -> None:
        raw["labels"][2], raw["labels"][3] = raw["labels"][3], raw["labels"][2]

    edit(bundle, swap)
    with pytest.raises(BundleError, match=r"label 2 is 'annoyance', .* it is 'anger'"):
        ModelBundle.read(bundle.folder)


@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
def test_a_changed_file_is_refused(name: str, bundle: ModelBundle) -> None:
    """One flipped bit is noticed by the hash, a cut file by its size: both are named."""
    path = bundle.folder / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match=rf"{name}: sha256 is .*, bundle\.json says"):
        ModelBundle.read(bundle.folder)
    path.write_bytes(content[:-1])
    size = len(content)
    with pytest.raises(BundleError, match=rf"{name}: size is {size - 1}, .* says {size}"):
        ModelBundle.read(bundle.folder)


@pytest.mark.parametrize("name", [MODEL, TOKENIZER, MANIFEST])
def test_a_missing_file_is_refused(name: str, bundle: ModelBundle) -> None:
    """The file that is missing is named."""
    (bundle.folder / name).unlink()
    with pytest.raises(BundleError, match=f"{name}: the file is missing"):
        ModelBundle.read(bundle.folder)


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff\xfe{}"])
def test_a_manifest_that_is_no_json_object_is_refused(content: bytes, bundle: ModelBundle) -> None:
    """A cut-off, foreign or wrongly encoded bundle.json is named."""
    (bundle.folder / MANIFEST).write_bytes(content)
    with pytest.raises(BundleError, match=r"bundle\.json"):
        ModelBundle.read(bundle.folder)
