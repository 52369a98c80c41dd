"""Compare two bundles on the same rows, and keep a worse one from taking a better one's place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from classifier.base import MaeumError
from classifier.bundle import MANIFEST, ModelBundle
from classifier.decide import probabilities
from training.report import Report, report
from training.samples import Samples, heads_of
from training.scoring import bundle_logits

_SHOWN = ("top_label", "top_3", "macro_f1", "weighted_f1", "seven_groups", "calibration_error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two reports a set of rows, by the set's name."""

    old: Mapping[str, Report]
    new: Mapping[str, Report]

    @property
    def gain(self) -> float:
        """What the new bundle adds to macro-F1, the mean over the sets."""
        gains = [self.new[name].macro_f1 - self.old[name].macro_f1 for name in self.old]
        return sum(gains) / len(gains)

    def lines(self) -> Iterator[str]:
        """The comparison as a table for people."""
        yield f"{'':40}{'old':>8}{'new':>8}{'gain':>8}"
        for name, old in self.old.items():
            for key in _SHOWN:
                before, after = getattr(old, key), getattr(self.new[name], key)
                title = f"{name}: {key.replace('_', ' ')}"
                yield f"{title:40}{before:8.3f}{after:8.3f}{after - before:+8.3f}"


def compare(old: ModelBundle, new: ModelBundle, sets: Mapping[str, Samples]) -> Comparison:
    """Score both bundles, each as calibrated, on every set of `sets`."""
    if old.label_set.name != new.label_set.name:
        raise MaeumError(
            f"{old.folder} has the labels {old.label_set.name}, {new.folder} has"
            f" {new.label_set.name}; only bundles of one label set can be compared."
        )
    if not sets:
        raise MaeumError("There are no rows to compare on; give the recipe a dev or test corpus.")
    before, after = (
        {name: _report(bundle, samples) for name, samples in sets.items()} for bundle in (old, new)
    )
    return Comparison(old=before, new=after)


def put_in_place(
    new: ModelBundle, out: Path, sets: Mapping[str, Samples], *, force: bool = False
) -> Comparison | None:
    """Write `new` to `out` unless the bundle there is better; None when there was none.

    Raises MaeumError with both figures, leaving `out` as it was, unless `force`.
    """
    comparison = None
    if (out / MANIFEST).is_file() and not force:
        comparison = compare(ModelBundle.read(out), new, sets)
        if comparison.gain < 0:
            raise MaeumError(
                f"{out} holds a better bundle: the new one loses {-comparison.gain:.3f} of"
                " macro-F1 on the same rows; use --force to replace it all the same."
            )
    new.write(out)
    return comparison


def _report(bundle: ModelBundle, samples: Samples) -> Report:
    logits = bundle_logits(bundle, samples.texts)
    scores = probabilities(logits, bundle.activation, bundle.calibration.temperature)
    gold = samples.gold(heads_of(bundle.label_set, ())[0])
    return report(scores, gold, bundle.label_set, bundle.activation, bundle.calibration)
