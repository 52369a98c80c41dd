"""The model card of a bundle: what it is made of, what its numbers are, what it cannot do."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # bundle.py writes the card; at run time the arrow goes one way
    from classifier.bundle import ModelBundle, Source

MEASURES = {
    "rows": "rows scored",
    "top_label": "the label with the highest score is among the gold ones",
    "given_label": "the label given (the best of the best group) is among the gold ones",
    "given_group": "the group given is the group of a gold label",
    "macro_f1_one": "macro-F1, one threshold for all labels",
    "macro_f1_each": "macro-F1, the bundle's threshold for each label",
    "abstained": "share with no group sure enough",
    "named_right": "of the others, the group is right",
    "shown": "share shown an emotion: not neutral, sure enough to react to",
    "shown_right": "of those, the emotion is among the gold ones",
    "surest_at_70": "share whose surest emotion reaches the threshold with 70 % precision",
    "top_label_all": "highest score among the gold ones, on all rows: it needs no threshold",
    "top_label_fp32": "the same in float32",
    "same_as_fp32": "same highest score as in float32, on all rows",
}
# Not measured on a corpus whose own labels only tell which of ours a text may have.
NEEDS_EXACT_LABELS = ("macro_f1_one", "macro_f1_each", "surest_at_70")

_CARD = """\
---
license: {licence}
language: [{languages}]
pipeline_tag: text-classification
tags: [emotion, onnx, bert]
---
# Emotion classifier `{revision}`

A BERT encoder as ONNX for {spoken}: {labels} labels (`{label_set}`), {activation} outputs,
texts up to {max_length} tokens. It is a bundle of Maeum, which reads chat messages with it on the
host itself. Equal revisions give equal scores.

## Made from
{sources}

## Numbers
{metrics}

## Settings fitted on held-out rows
Logits are divided by {temperature:g}. The scores of a group's labels are summed before a label is
chosen; below a group score of {abstain_below:g} no label is given. A label is shown to people from
a score of {react_above:g}. Thresholds per label are in `bundle.json`.

## Limits
- It sees one message and nothing around it: no sarcasm, no inside jokes, no who-said-what.
- Rare labels are learnt from few examples and seldom given; read a group before a label.
- The scores describe words on a screen. They are no diagnosis, and no ground for a decision
  about a person.
- Corpora of comments lean towards the people who wrote and rated them; so does this model.
"""

_CANDIDATES = """\
A set without macro-F1 has labels of another kind: gold is every label that a row's may mean, which
flatters, and rows of it chose neither temperature nor thresholds."""


def card(bundle: "ModelBundle") -> str:
    """The model card of `bundle`, in Markdown."""
    names = {"ko": "Korean", "en": "English"}
    origin, calibration = bundle.origin, bundle.calibration
    return _CARD.format(
        licence=origin.licence.lower(),
        languages=", ".join(bundle.languages),
        revision=bundle.revision,
        spoken=" and ".join(names[language] for language in bundle.languages),
        labels=len(bundle.label_set),
        label_set=bundle.label_set.name,
        activation=bundle.activation,
        max_length=bundle.max_length,
        sources="\n".join(_sources("parent", origin.parents))
        + "\n"
        + "\n".join(_sources("corpus", origin.corpora)),
        metrics=_metrics(bundle),
        temperature=calibration.temperature,
        abstain_below=calibration.abstain_below,
        react_above=calibration.react_above,
    )


def _sources(role: str, sources: "Iterable[Source]") -> Iterable[str]:
    return (f"- {role}: {each.name} ({each.licence}). {each.credit}" for each in sources)


def _metrics(bundle: "ModelBundle") -> str:
    if not bundle.metrics:
        return "None were measured."
    sets = tuple(bundle.metrics)
    found = [key for key in MEASURES if any(key in bundle.metrics[name] for name in sets)]
    lines = [f"| measure | {' | '.join(sets)} |", "|---" * (len(sets) + 1) + "|"]
    for key in found:
        values = (_shown(bundle.metrics[name].get(key)) for name in sets)
        lines.append(f"| {MEASURES[key]} | {' | '.join(values)} |")
    if any("macro_f1_each" not in bundle.metrics[name] for name in sets):
        lines += ["", _CANDIDATES]
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value > 1 else f"{value:.3f}"
