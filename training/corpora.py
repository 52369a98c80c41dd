"""Read a corpus of a recipe into samples, counting every row that is left out and why."""

import logging
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from classifier.base import LabelSet
from classifier.labels import load_label_set
from classifier.text import normalise
from training.aihub import emotion_places, read_dialogues, squeezed
from training.config import Corpus, Layout, Part, Recipe, Turns
from training.samples import CANDIDATE, NO, UNKNOWN, YES, Head, Samples, Targets
from training.tables import CorpusError, Row, Wrong, read_table

_log = logging.getLogger(__name__)
_MAPS = files(__package__) / "maps"
_HANGUL = re.compile("[가-힣]")
_LEARNT = (Part.TRAIN, Part.POOL)  # what is scored keeps its rows, to compare with others
_NAMED = 20  # wrong lines said in full


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of the rows of a corpus."""

    name: str
    read: int = 0
    kept: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    wrong: list[Wrong] = field(default_factory=list)  # the first ones

    def leave_out(self, line: int, reason: str, *, named: bool = True) -> None:
        """Count a row that is not used."""
        self.left_out[reason] += 1
        if named and len(self.wrong) < _NAMED:
            self.wrong.append(Wrong(line=line, reason=reason))

    def lines(self) -> Iterator[str]:
        """The tally in words, wrong rows by line."""
        yield f"{self.name}: {self.kept:,} of {self.read:,} rows kept"
        for reason, count in self.left_out.most_common():
            yield f"  {count:,} left out: {reason}"
        for wrong in self.wrong:
            yield f"  line {wrong.line}: {wrong.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A text and the labels written beside it."""

    line: int
    text: str
    labels: tuple[int, ...]
    dialogue: int


def auxiliary_sets(recipe: Recipe) -> tuple[LabelSet, ...]:
    """The label sets of corpora that are not the recipe's own: each gets a head of its own."""
    names = [corpus.label_set for corpus in recipe.corpora]
    others = dict.fromkeys(name for name in names if name not in (None, recipe.label_set))
    return tuple(load_label_set(name) for name in others if name is not None)


def read_corpus(corpus: Corpus, heads: Sequence[Head], root: Path) -> tuple[Samples, Tally]:
    """The samples of `corpus`, whose path is read from `root`, and what was left out."""
    path = root / corpus.path
    label_set = load_label_set(corpus.label_set) if corpus.label_set else heads[0].label_set
    tally = Tally(name=corpus.name)
    rows = list(_usable(_labelled(corpus, path, label_set, tally), corpus, tally))
    if not rows:
        raise CorpusError(f"{path}: no usable row; {'; '.join(islice(tally.lines(), 4))}")
    tally.kept = len(rows)
    samples = Samples(
        texts=[row.text for row in rows],
        targets=_targets(rows, label_set, heads, _candidates(corpus, label_set, heads[0])),
        weights=np.full(len(rows), corpus.weight, np.float32),
        dialogues=np.array([row.dialogue for row in rows], np.int64),
    )
    for line in tally.lines():
        _log.info("%s", line)
    return samples, tally


def _labelled(corpus: Corpus, path: Path, label_set: LabelSet, tally: Tally) -> Iterator[Labelled]:
    """The rows whose labels can be read."""
    if corpus.layout is Layout.AIHUB:
        return _from_dialogues(corpus, path, label_set, tally)
    return _from_table(corpus, path, label_set, tally)


def _from_table(
    corpus: Corpus, path: Path, label_set: LabelSet, tally: Tally
) -> Iterator[Labelled]:
    places = _places(label_set)
    for number, row in enumerate(read_table(path, header=corpus.header)):
        tally.read += 1
        if isinstance(row, Wrong):
            tally.leave_out(row.line, row.reason)
            continue
        try:
            text, cell = _cell(row, corpus.text, path), _cell(row, corpus.label, path)
            labels = _label_cell(cell, corpus.separator, places)
        except ValueError as error:
            tally.leave_out(row.line, str(error))
            continue
        yield Labelled(
            line=row.line, text="" if text is None else str(text), labels=labels, dialogue=number
        )


def _from_dialogues(
    corpus: Corpus, path: Path, label_set: LabelSet, tally: Tally
) -> Iterator[Labelled]:
    places = emotion_places(label_set)
    for number, found in enumerate(read_dialogues(path)):
        if isinstance(found, Wrong):
            tally.read += 1
            tally.leave_out(found.line, found.reason)
            continue
        joined = (" ".join(filter(None, found.sentences)),)
        texts = joined if corpus.turns is Turns.JOINED else found.sentences
        tally.read += len(texts)
        place = places.get(squeezed(found.emotion))
        for text in texts:
            if place is None:
                tally.leave_out(found.line, f"there is no emotion {found.emotion!r}")
                continue
            yield Labelled(line=found.line, text=text, labels=(place,), dialogue=number)


def _usable(rows: Iterable[Labelled], corpus: Corpus, tally: Tally) -> Iterator[Labelled]:
    """Rows with a text that is new, cleaned as serving cleans it."""
    seen: set[tuple[str, tuple[int, ...]]] = set()
    for row in rows:
        text = normalise(row.text) if corpus.normalise else row.text.strip()
        if not text:
            tally.leave_out(row.line, "no text", named=corpus.layout is Layout.TABLE)
        elif not row.labels:
            tally.leave_out(row.line, "no label")
        elif corpus.hangul and not _HANGUL.search(text):
            tally.leave_out(row.line, "no Hangul", named=False)
        elif corpus.part in _LEARNT and (text, row.labels) in seen:
            tally.leave_out(row.line, "the same text and labels again", named=False)
        else:
            seen.add((text, row.labels))
            yield Labelled(line=row.line, text=text, labels=row.labels, dialogue=row.dialogue)


def _cell(row: Row, column: str, path: Path) -> Any:
    """The cell in `column`; ValueError for a row, CorpusError for a table that has none."""
    if column in row.cells:
        return row.cells[column]
    reason = f"no column {column!r}; the columns are {', '.join(row.cells)}"
    if path.suffix.lower() == ".jsonl":  # every line names its own
        raise ValueError(reason)
    raise CorpusError(f"{path}: {reason}.")


def _places(label_set: LabelSet) -> dict[str, int]:
    """Output by whatever a corpus may call a label: its number, its key, its names."""
    places: dict[str, int] = {}
    for place, label in enumerate(label_set.labels):
        for name in (str(place), label.key, label.ko, label.en):
            places.setdefault(name, place)
    return places


def _label_cell(cell: Any, separator: str, places: Mapping[str, int]) -> tuple[int, ...]:
    """The labels in a cell, which may be a list; ValueError names one that is not in the set."""
    if cell is None:
        return ()
    if isinstance(cell, list):
        items = cell
    else:  # a label may hold the separator itself: 가난한, 불우한
        whole = str(cell).strip()
        items = [whole] if whole in places else whole.split(separator)
    names = [str(item).strip() for item in items]
    for name in names:
        if name and name not in places:
            raise ValueError(f"there is no label {name!r}")
    return tuple(sorted({places[name] for name in names if name}))


def _candidates(corpus: Corpus, label_set: LabelSet, main: Head) -> list[list[int]] | None:
    """For each label of the corpus the outputs of the main head it may mean."""
    if corpus.map is None:
        return None
    path = _MAPS / f"{corpus.map}.toml"
    if not path.is_file():
        raise CorpusError(f"corpus {corpus.name}: there is no map {corpus.map!r}.")
    mapping = tomllib.loads(path.read_text(encoding="utf-8"))
    places = {key: place for place, key in enumerate(main.label_set.keys)}
    if missing := [key for key in label_set.keys if key not in mapping]:
        raise CorpusError(f"The map {corpus.map} says nothing of {', '.join(missing)}.")
    return [[places[key] for key in mapping[label]] for label in label_set.keys]


def _targets(
    rows: Sequence[Labelled],
    label_set: LabelSet,
    heads: Sequence[Head],
    candidates: list[list[int]] | None,
) -> Targets:
    targets = np.full((len(rows), heads[-1].stop), UNKNOWN, np.int8)
    own = next(head for head in heads if head.name == label_set.name)
    targets[:, own.start : own.stop] = NO
    main = targets[:, : heads[0].stop]
    if candidates is not None:
        # A label that nothing of this corpus can mean stays unknown.
        main[:, sorted({place for places in candidates for place in places})] = NO
    for place, row in enumerate(rows):
        targets[place, own.start + np.array(row.labels)] = YES
        if candidates is not None:
            main[place, [each for label in row.labels for each in candidates[label]]] = CANDIDATE
    return targets
