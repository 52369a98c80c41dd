"""Label sets: one TOML file each in `labelsets/`, in the order of a model's outputs."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib.resources import files

from classifier.base import BundleError, Group, Label, LabelSet

_FIELDS = tuple(field.name for field in fields(Label))
_FOLDER = files(__package__) / "labelsets"


@cache
def label_set_names() -> tuple[str, ...]:
    """The names of all label sets, in alphabetical order."""
    names = (entry.name for entry in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@cache
def load_label_set(name: str) -> LabelSet:
    """The label set called `name`; an unknown name is a BundleError that lists the known ones."""
    if name not in label_set_names():
        known = ", ".join(label_set_names())
        raise BundleError(f"There is no label set {name!r}; choose one of {known}.")
    return parse_label_set(name, (_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def parse_label_set(name: str, toml: str) -> LabelSet:
    """Read and check a label set; a BundleError names the label that is wrong and the mend."""
    try:
        rows = tomllib.loads(toml).get("labels")
    except tomllib.TOMLDecodeError as error:
        raise BundleError(f"The label set {name} is not valid TOML: {error}.") from error
    if not isinstance(rows, list) or not rows:
        raise BundleError(f"The label set {name} needs a list `labels` with at least one label.")
    labels = tuple(_label(name, place, row) for place, row in enumerate(rows))
    for label, count in Counter(label.key for label in labels).items():
        if count > 1:
            raise BundleError(f"The label set {name} has {count} labels {label!r}; keep one.")
    return LabelSet(name=name, labels=labels)


def _label(name: str, place: int, row: object) -> Label:
    where = f"Label {place} of the label set {name}"
    if not isinstance(row, Mapping) or set(row) != set(_FIELDS):
        raise BundleError(f"{where} needs exactly these fields: {', '.join(_FIELDS)}.")
    where += f" ({row['key']})"
    for field in ("key", "ko", "en", "emoji", "slack"):
        if not isinstance(row[field], str) or not row[field].strip():
            raise BundleError(f"{where}: {field} must be a text that is not empty.")
    if row["group"] not in list(Group):
        raise BundleError(
            f"{where}: there is no group {row['group']!r}; choose one of {', '.join(Group)}."
        )
    return Label(
        key=row["key"],
        ko=row["ko"],
        en=row["en"],
        emoji=row["emoji"],
        slack=row["slack"],
        group=Group(row["group"]),
        valence=_number(where, "valence", row["valence"], lowest=-1),
        arousal=_number(where, "arousal", row["arousal"], lowest=0),
    )


def _number(where: str, field: str, value: object, *, lowest: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= 1:
        raise BundleError(f"{where}: {field} is {value!r}; it must be from {lowest} to 1.")
    return float(value)
