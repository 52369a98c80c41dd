"""The words everything else is written in: groups, labels, predictions, errors.

The bottom of the project: imports only the standard library, and is imported by every package.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Protocol


class MaeumError(Exception):
    """A failure told to a person: its message is one sentence naming the thing and the mend."""


class BundleError(MaeumError):
    """A model bundle that cannot be served; names the file and what was found and needed."""


class ClassifierError(MaeumError):
    """The model failed on a text, or the classifier service could not run it."""


class Overloaded(ClassifierError):
    """The queue is full: the request was refused at once, and counted."""


class Timeout(ClassifierError):
    """The request waited longer than the service allows."""


class Closed(ClassifierError):
    """The service has been closed, or was never opened."""


class Language(StrEnum):
    """A language a bundle may speak."""

    KO = "ko"
    EN = "en"


class Group(StrEnum):
    """Seven coarse emotions shared by every label set, so that moods stay comparable."""

    JOY = "joy"
    SADNESS = "sadness"
    ANGER = "anger"
    ANXIETY = "anxiety"
    HURT = "hurt"
    EMBARRASSMENT = "embarrassment"
    NEUTRAL = "neutral"

    @property
    def ko(self) -> str:
        """The group's Korean name."""
        return _GROUP_KO[self]

    @property
    def en(self) -> str:
        """The group's English name."""
        return self.value

    def named(self, language: Language) -> str:
        """The group's name in `language`."""
        return self.ko if language is Language.KO else self.en


_GROUP_KO = {
    Group.JOY: "기쁨",
    Group.SADNESS: "슬픔",
    Group.ANGER: "분노",
    Group.ANXIETY: "불안",
    Group.HURT: "상처",
    Group.EMBARRASSMENT: "당황",
    Group.NEUTRAL: "중립",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One emotion of a label set."""

    key: str
    ko: str
    en: str
    emoji: str
    slack: str  # the emoji's Slack short name, without colons (iamcal/emoji-data)
    group: Group
    valence: float  # -1 unpleasant .. 1 pleasant (Russell, A circumplex model of affect, 1980)
    arousal: float  # 0 calm .. 1 stirred

    def named(self, language: Language) -> str:
        """The label's name in `language`."""
        return self.ko if language is Language.KO else self.en


@dataclass(frozen=True, kw_only=True)
class LabelSet:
    """An ordered list of labels; the order is the order of a model's outputs."""

    name: str
    labels: tuple[Label, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, key: str) -> Label:
        return self._by_key[key]

    def get(self, key: str) -> Label | None:
        """The label named `key`, or None: rows of an older label set stay readable."""
        return self._by_key.get(key)

    @cached_property
    def _by_key(self) -> dict[str, Label]:
        return {label.key: label for label in self.labels}

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The label keys in output order."""
        return tuple(label.key for label in self.labels)


class Abstention(StrEnum):
    """Why no label is given."""

    NO_WORDS = "no_words"
    TOO_SHORT = "too_short"
    LANGUAGE = "language"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The calibrated scores of one text over a label set, and whether the model abstains.

    `label` and `group` are None exactly when `abstention` is not None. An abstention decided
    before the model ran (no words, too short, language) has no scores.
    """

    text: str = field(repr=False)  # as the model saw it; repr would let it slip into a log
    revision: str
    label_set: str
    label: Label | None
    group: Group | None
    score: float  # probability of `label`, or of the best label when unsure; 0 without scores
    group_score: float  # summed probability of the best group; 0 without scores
    scores: Sequence[float] = ()  # one calibrated probability a label, in label set order
    react_above: float = 1.0  # the bundle's own bar for showing `label` to people
    abstention: Abstention | None = None

    @property
    def abstained(self) -> bool:
        """Whether no label is sure enough."""
        return self.abstention is not None


class Model(Protocol):
    """What the classifier service needs of a model."""

    @property
    def revision(self) -> str:
        """The bundle revision every prediction of this model carries."""
        ...

    @property
    def label_set(self) -> LabelSet:
        """The label set of the model's outputs."""
        ...

    def predict(self, text: str) -> Prediction:
        """Classify one raw text. Blocking, deterministic, safe to call from several threads."""
        ...
