"""Labelled texts as a training run holds them, and what each label of a text is known to be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.base import LabelSet

Targets: TypeAlias = NDArray[np.int8]  # (rows, outputs) of the four below

NO, YES = 0, 1
UNKNOWN = -1  # left out of the loss
CANDIDATE = 2  # at least one candidate of the row is right


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A classifier over a label set: the outputs from `start` to `stop` of a target row."""

    label_set: LabelSet
    start: int

    @property
    def stop(self) -> int:
        """The place after the last output."""
        return self.start + len(self.label_set)

    @property
    def name(self) -> str:
        """The name of the label set."""
        return self.label_set.name


def heads_of(main: LabelSet, auxiliary: Iterable[LabelSet]) -> tuple[Head, ...]:
    """The main head and the auxiliary ones behind it."""
    heads: list[Head] = []
    for label_set in (main, *auxiliary):
        heads.append(Head(label_set=label_set, start=heads[-1].stop if heads else 0))
    return tuple(heads)


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Texts with targets; every field has a row a text."""

    texts: Sequence[str]
    targets: Targets
    weights: NDArray[np.float32]
    dialogues: NDArray[np.int64]  # rows of one number came from one dialogue

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: NDArray[np.intp]) -> "Samples":
        """The samples at `rows`, in that order."""
        return Samples(
            texts=[self.texts[row] for row in rows],
            targets=self.targets[rows],
            weights=self.weights[rows],
            dialogues=self.dialogues[rows],
        )

    def choosing(self) -> "Samples":
        """Every second row of a dev set: epochs and thresholds are chosen on them."""
        return self.take(np.arange(1, len(self), 2))

    def scored(self) -> "Samples":
        """The other rows of a dev set: nothing is chosen on them."""
        return self.take(np.arange(0, len(self), 2))

    def gold(self, head: Head) -> NDArray[np.bool_]:
        """Whether each label of `head` is, or may be, a row's: (rows, labels)."""
        columns = self.targets[:, head.start : head.stop]
        return np.asarray((columns == YES) | (columns == CANDIDATE))


def joined(parts: Sequence[Samples]) -> Samples:
    """All samples of `parts`; the dialogues of different parts stay different."""
    starts = np.cumsum([0, *(part.dialogues.max(initial=-1) + 1 for part in parts)])
    return Samples(
        texts=[text for part in parts for text in part.texts],
        targets=np.concatenate([part.targets for part in parts]),
        weights=np.concatenate([part.weights for part in parts]),
        dialogues=np.concatenate(
            [part.dialogues + start for part, start in zip(parts, starts[:-1], strict=True)]
        ),
    )
