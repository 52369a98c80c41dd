"""A bundle: the folder a model is served from, read with every check and written all at once.

`model.onnx` (`input_ids` (1, tokens) -> `logits`), `tokenizer.json`, `bundle.json` (everything
else that decides a prediction, and where the model comes from) and `README.md`, the model card.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from classifier.base import BundleError, LabelSet, Language
from classifier.card import card
from classifier.files import read_json, replaced, sha256
from classifier.labels import load_label_set
from classifier.manifest import Manifest

FORMAT = 1
MANIFEST, CARD, MODEL, TOKENIZER = "bundle.json", "README.md", "model.onnx", "tokenizer.json"
_TEMPERATURE = (0.05, 20.0)
_MAX_LENGTH = (8, 4096)


class Activation(StrEnum):
    """How logits become probabilities."""

    SIGMOID = "sigmoid"  # each label for itself: a text may have several
    SOFTMAX = "softmax"  # one label a text


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What was fitted on held-out rows, so that a score is a probability and a label is earned."""

    temperature: float  # logits are divided by it
    thresholds: tuple[float, ...]  # per label, the score from which a text counts as having it
    abstain_below: float  # the least score of a group for a label to be given
    react_above: float  # the least score of a label to be shown to people

    @classmethod
    def none(cls, labels: int) -> "Calibration":
        """Scores as they come, before anything is fitted; no label is sure enough to be shown."""
        return cls(temperature=1.0, thresholds=(0.5,) * labels, abstain_below=0.0, react_above=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A model or corpus that a bundle is made from."""

    name: str
    licence: str
    credit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a bundle comes from, and on what terms it may be passed on."""

    licence: str
    parents: tuple[Source, ...]
    corpora: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file of a bundle as it was written."""

    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class ModelBundle:
    """A checked bundle. `replace` a field and `write` it to make another."""

    folder: Path
    label_set: LabelSet
    activation: Activation
    languages: tuple[Language, ...]
    max_length: int  # tokens, the two special ones included
    calibration: Calibration
    origin: Origin
    metrics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # by held-out set
    files: Mapping[str, StoredFile] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> "ModelBundle":
        """The bundle in `folder`; BundleError naming the file, what was found and is needed.

        Every byte of the files is hashed (about 20 ms for 25 MB): a half-copied or changed model
        would otherwise serve quietly wrong scores.
        """
        path = folder / MANIFEST
        manifest = Manifest(path, read_json(path))
        found = manifest.count("format", 1, 2**31)
        if found > FORMAT:
            manifest.refuse(f"format {found} is newer than {FORMAT}, the one known; update maeum")
        label_set = _label_set(manifest)
        bundle = cls(
            folder=folder,
            label_set=label_set,
            activation=manifest.choice("activation", Activation),
            languages=manifest.choices("languages", Language),
            max_length=manifest.count("max_length", *_MAX_LENGTH),
            calibration=_calibration(manifest, len(label_set)),
            origin=_origin(manifest),
            metrics=_metrics(manifest.table("metrics")),
            files=_files(manifest.table("files"), folder),
        )
        if manifest.text("revision") != bundle.revision:
            manifest.refuse(
                f"revision is {manifest.text('revision')}, its content gives {bundle.revision};"
                " use `maeum model calibrate` rather than editing a bundle by hand"
            )
        return bundle

    @cached_property
    def revision(self) -> str:
        """A hash of all that decides a prediction: equal revisions give equal scores."""
        content = json.dumps(self._deciding(), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def write(self, folder: Path) -> "ModelBundle":
        """Write this bundle to `folder`, replacing what is there whole or not at all."""
        with replaced(folder) as draft:
            for name in (MODEL, TOKENIZER):
                shutil.copyfile(self.folder / name, draft / name)
            stored = {name: stored_file(draft / name) for name in (MODEL, TOKENIZER)}
            written = replace(self, folder=folder, files=stored)
            text = json.dumps(written._manifest(), ensure_ascii=False, indent=1)
            (draft / MANIFEST).write_text(text + "\n", encoding="utf-8")
            (draft / CARD).write_text(card(written), encoding="utf-8")
        return written

    def _deciding(self) -> dict[str, Any]:
        return {
            "label_set": self.label_set.name,
            "labels": self.label_set.keys,
            "activation": self.activation,
            "languages": self.languages,
            "max_length": self.max_length,
            **asdict(self.calibration),
            "files": {name: asdict(file) for name, file in self.files.items()},
        }

    def _manifest(self) -> dict[str, Any]:
        about = {**asdict(self.origin), "metrics": self.metrics}
        return {"format": FORMAT, "revision": self.revision, **self._deciding(), **about}


def default_bundle() -> Path:
    """The folder of the bundle that comes with the package."""
    return Path(str(files("classifier") / "default"))


def stored_file(path: Path) -> StoredFile:
    """The record of the file at `path`."""
    return StoredFile(size=path.stat().st_size, sha256=sha256(path))


def _label_set(manifest: Manifest) -> LabelSet:
    label_set = load_label_set(manifest.text("label_set"))
    labels = manifest.texts("labels")
    if len(labels) != len(label_set):
        manifest.refuse(f"{len(labels)} labels, label set {label_set.name} has {len(label_set)}")
    for place, (found, needed) in enumerate(zip(labels, label_set.keys, strict=True)):
        if found != needed:
            manifest.refuse(
                f"label {place} is {found!r}, in label set {label_set.name} it is {needed!r};"
                " the orders must be the same"
            )
    return label_set


def _calibration(manifest: Manifest, labels: int) -> Calibration:
    thresholds = manifest.numbers("thresholds", 0, 1)
    if len(thresholds) != labels:
        manifest.refuse(f"{len(thresholds)} thresholds for {labels} labels")
    return Calibration(
        temperature=manifest.number("temperature", *_TEMPERATURE),
        thresholds=thresholds,
        abstain_below=manifest.number("abstain_below", 0, 1),
        react_above=manifest.number("react_above", 0, 1),
    )


def _origin(manifest: Manifest) -> Origin:
    return Origin(
        licence=manifest.text("licence"),
        parents=_sources(manifest, "parents"),
        corpora=_sources(manifest, "corpora"),
    )


def _sources(manifest: Manifest, key: str) -> tuple[Source, ...]:
    return tuple(
        Source(name=raw.text("name"), licence=raw.text("licence"), credit=raw.text("credit"))
        for raw in manifest.tables(key)
    )


def _metrics(manifest: Manifest) -> dict[str, dict[str, float]]:
    return {
        name: {key: table.number(key, float("-inf"), float("inf")) for key in table.keys()}  # noqa: SIM118
        for name in manifest.keys()  # noqa: SIM118
        for table in [manifest.table(name)]
    }


def _files(manifest: Manifest, folder: Path) -> dict[str, StoredFile]:
    found: dict[str, StoredFile] = {}
    for name in (MODEL, TOKENIZER):
        path, needed = folder / name, manifest.table(name)
        try:
            found[name] = stored_file(path)
        except FileNotFoundError:
            raise BundleError(f"{path}: the file is missing.") from None
        except OSError as error:
            raise BundleError(f"{path}: cannot be read ({error.strerror}).") from error
        for key, value in asdict(found[name]).items():
            written = needed.count(key, 0, 2**60) if key == "size" else needed.text(key)
            if value != written:
                raise BundleError(
                    f"{path}: {key} is {value}, {MANIFEST} says {written};"
                    " the file is damaged or was changed, get the bundle again."
                )
    return found
