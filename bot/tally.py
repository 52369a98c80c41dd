"""Counts of messages by label, group and feeling: what a mood and each of its steps are made of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from bot.observations import Bucket
from classifier.base import Group, Label, LabelSet


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCount:
    """How often a label was observed."""

    label: Label
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Messages counted by label. Sums are exact, so the order of buckets never matters."""

    labels: Mapping[Label, int]
    unscored: int = 0

    @property
    def scored(self) -> int:
        """Messages with a label."""
        return sum(self.labels.values())

    @property
    def messages(self) -> int:
        """All messages, scored or not."""
        return self.scored + self.unscored

    @property
    def groups(self) -> dict[Group, int]:
        """Scored messages by group, all seven groups in their own order."""
        counts = dict.fromkeys(Group, 0)
        for label, count in self.labels.items():
            counts[label.group] += count
        return counts

    @property
    def shares(self) -> dict[Group, float]:
        """Each group's part of the scored messages; all zero when none is scored."""
        scored = self.scored
        return {group: count / scored if scored else 0.0 for group, count in self.groups.items()}

    @property
    def valence(self) -> float | None:
        """Mean valence of the scored messages, -1 unpleasant to 1 pleasant."""
        return self._mean({label: label.valence for label in self.labels})

    @property
    def arousal(self) -> float | None:
        """Mean arousal of the scored messages, 0 calm to 1 stirred."""
        return self._mean({label: label.arousal for label in self.labels})

    def top(self) -> list[LabelCount]:
        """The labels, most frequent first; the same emotion of two label sets is one."""
        merged: dict[tuple[Group, str], LabelCount] = {}
        for label in sorted(self.labels, key=lambda label: (-self.labels[label], label.key)):
            same = merged.get((label.group, label.ko))
            merged[label.group, label.ko] = LabelCount(
                label=same.label if same else label,
                count=self.labels[label] + (same.count if same else 0),
            )
        return sorted(merged.values(), key=lambda entry: -entry.count)

    def _mean(self, values: Mapping[Label, float]) -> float | None:
        if not self.labels:
            return None
        return fsum(values[label] * count for label, count in self.labels.items()) / self.scored


def tally_of(buckets: Sequence[Bucket], label_sets: Sequence[LabelSet]) -> Tally:
    """Count `buckets`; a label that no known set has counts as unscored."""
    counts = Counter[tuple[str, str | None]]()
    for bucket in buckets:
        counts[bucket.label_set, bucket.label] += bucket.count
    labels = Counter[Label]()
    unscored = 0
    for (label_set, key), count in counts.items():
        if label := find_label(label_set, key, label_sets):
            labels[label] += count
        else:
            unscored += count
    return Tally(labels=dict(labels), unscored=unscored)


def total_of(tallies: Sequence[Tally]) -> Tally:
    """The tally of everything counted in `tallies`."""
    labels = Counter[Label]()
    for tally in tallies:
        labels.update(tally.labels)
    return Tally(labels=dict(labels), unscored=sum(tally.unscored for tally in tallies))


def find_label(name: str, key: str | None, label_sets: Sequence[LabelSet]) -> Label | None:
    """The label a bucket counts; one of a set since renamed or dropped is sought in the others."""
    if key is None:
        return None
    own_first = sorted(label_sets, key=lambda label_set: label_set.name != name)
    return next((label for it in own_first if (label := it.get(key))), None)
