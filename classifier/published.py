"""What a checkpoint's outputs mean: the label set of a published model, and its languages."""

import re
from collections.abc import Sequence
from pathlib import Path

from classifier.base import BundleError, LabelSet, Language
from classifier.files import read_json
from classifier.labels import label_set_names, load_label_set

# Models whose config.json only numbers its labels, and whose authors say elsewhere what they are.
KNOWN = {"burningfalls/my-fine-tuned-bert": "aihub58"}

_LANGUAGES = {  # of the corpora that the label sets come from
    "aihub58": (Language.KO,),
    "kote44": (Language.KO,),
    "goemotions28": (Language.EN,),
}
_NUMBERED = re.compile(r"LABEL_\d+")
_HEAD = "ForSequenceClassification"


def output_names(folder: Path) -> tuple[str, ...]:
    """The names that `config.json` gives the outputs, in their order.

    Raises BundleError for a model that is no classifier: its head would be missing.
    """
    path = folder / "config.json"
    raw = read_json(path)
    made_as = raw.get("architectures") or [_HEAD]
    if not any(str(name).endswith(_HEAD) for name in made_as):
        raise BundleError(
            f"{path}: the architecture is {', '.join(map(str, made_as))}, a Bert{_HEAD} is needed;"
            " a model that was not fine-tuned to classify has no labels."
        )
    names = raw.get("id2label") or {"0": "LABEL_0", "1": "LABEL_1"}  # the library's default
    try:
        places = {int(place): str(name) for place, name in names.items()}
    except (AttributeError, ValueError):
        places = {}
    if sorted(places) != list(range(len(places))) or not places:
        raise BundleError(f"{path}: id2label must name the outputs 0, 1, 2 … without a gap.")
    return tuple(places[place] for place in range(len(places)))


def choose_label_set(
    names: Sequence[str], *, model: str, asked: str | None = None, repository: str | None = None
) -> LabelSet:
    """The label set of a model with these output names; `model` is how errors call it.

    What was asked for goes first, then what is known of the repository, then the names. Numbered
    outputs that nobody explained are never guessed: wrong labels would look right.
    """
    known = asked or KNOWN.get(repository or "")
    if known:
        label_set = load_label_set(known)
        if len(names) != len(label_set):
            raise BundleError(
                f"{model}: {len(names)} outputs, label set {known} has {len(label_set)} labels."
            )
        return label_set
    command = f"maeum model {'pull' if repository else 'convert'} {model}"
    if all(_NUMBERED.fullmatch(name) for name in names):
        raise BundleError(
            f"{model}: its {len(names)} outputs are only numbered ({names[0]} …);"
            f" {_choose(len(names), command)}"
        )
    return _by_names(names, model, command)


def languages_of(label_set: LabelSet) -> tuple[Language, ...]:
    """The languages of a model about which nothing is known but its label set."""
    return _LANGUAGES[label_set.name]


def _by_names(names: Sequence[str], model: str, command: str) -> LabelSet:
    for known in map(load_label_set, label_set_names()):
        places = {
            spelling.casefold(): place
            for place, label in enumerate(known.labels)
            for spelling in (label.en, label.ko, label.key)
        }
        found = [places.get(name.casefold()) for name in names]
        if found == list(range(len(known))):
            return known
        if None not in found and len(found) == len(known):
            raise BundleError(
                f"{model}: its outputs are the labels of {known.name} in another order"
                f" (output 0 is {names[0]!r}, there {known.keys[0]!r});"
                " bring the outputs of the classifier layer into that order."
            )
    shown = ", ".join(names[:3])
    raise BundleError(
        f"{model}: its {len(names)} labels ({shown} …) are those of no label set known;"
        f" {_choose(len(names), command)}"
    )


def _choose(outputs: int, command: str) -> str:
    """How to say what the outputs are; the candidates have as many labels."""
    sizes = {name: len(load_label_set(name)) for name in label_set_names()}
    fitting = [name for name, size in sizes.items() if size == outputs]
    if not fitting:
        known = ", ".join(f"{name} has {size}" for name, size in sizes.items())
        return f"no label set has as many ({known})."
    options = " or ".join(f"--label-set {name}" for name in fitting)
    return f"say which they are: {command} {options}."
