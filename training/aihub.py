"""Read the AI-Hub 감성 대화 corpus: its workbooks, old and new, and its JSON files.

A row is a dialogue: the sentences of a person (사람문장1..3, HS01..HS03; the older sheet may have
a fourth), the system's answers between them (시스템문장, in the older sheet 시스템응답), and one
emotion for the whole. Only the person's first three sentences are read, as published.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from classifier.base import LabelSet
from training.tables import CorpusError, Wrong, read_table

TURNS = 3
_EMOTION = "감정_소분류"
_CODES = files(__package__) / "maps" / "aihub-codes.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """One dialogue: its emotion as written, and TURNS sentences, empty where there is none."""

    line: int  # of the sheet; in JSON the number of the dialogue from 1
    emotion: str
    sentences: tuple[str, ...]


def read_dialogues(path: Path) -> Iterator[Dialogue | Wrong]:
    """The dialogues of a workbook, a csv or tsv copy of it, or a JSON file."""
    return _json(path) if path.suffix.lower() == ".json" else _sheet(path)


def emotion_places(label_set: LabelSet) -> dict[str, int]:
    """Outputs by emotion name and by code, both as `squeezed` writes them."""
    places = {squeezed(label.key): place for place, label in enumerate(label_set.labels)}
    codes = tomllib.loads(_CODES.read_text(encoding="utf-8"))
    return places | {
        squeezed(code): places[squeezed(name)]
        for code, name in codes.items()
        if squeezed(name) in places
    }


def squeezed(name: str) -> str:
    """A name without spaces and the group some sheets add: `고립된(당황한)` is 고립된."""
    return "".join(name.split()).partition("(")[0].upper()


def _sheet(path: Path) -> Iterator[Dialogue | Wrong]:
    for row in read_table(path):
        if isinstance(row, Wrong):
            yield row
            continue
        cells = {"".join(str(name).split()): cell for name, cell in row.cells.items()}
        needed = [_EMOTION, *(f"사람문장{turn}" for turn in range(1, TURNS + 1))]
        if missing := [name for name in needed if name not in cells]:
            raise CorpusError(f"{path}: no column {missing[0]!r}; {', '.join(needed)} are needed.")
        emotion, *sentences = (_text(cells[name]) for name in needed)
        yield Dialogue(line=row.line, emotion=emotion, sentences=tuple(sentences))


def _json(path: Path) -> Iterator[Dialogue | Wrong]:
    try:
        dialogues = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise CorpusError(f"{path}: the file is missing.") from None
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path}: cannot be read as JSON ({error}).") from error
    if not isinstance(dialogues, list):
        raise CorpusError(f"{path}: a list of dialogues is needed.")
    for line, dialogue in enumerate(dialogues, start=1):
        try:
            emotion = dialogue["profile"]["emotion"]["type"]
            content: Mapping[str, Any] = dialogue["talk"]["content"]
            sentences = [_text(content.get(f"HS0{turn}")) for turn in range(1, TURNS + 1)]
        except (KeyError, TypeError, AttributeError):
            yield Wrong(line=line, reason="no profile.emotion.type or no talk.content")
            continue
        yield Dialogue(line=line, emotion=_text(emotion), sentences=tuple(sentences))


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()
