"""Labelled texts from a csv, tsv or jsonl file, for `maeum model calibrate`."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bot.errors import BadInput
from classifier.base import LabelSet
from classifier.calibrate import Flags

SEPARATOR = "|"  # between the labels of a text that has several


def read_labelled(
    path: Path, label_set: LabelSet, *, text: str, label: str
) -> tuple[list[str], Flags]:
    """The texts in column `text`, and their labels in column `label` as (rows, labels).

    A label may be written as its key or its Korean or English name. BadInput names the first row
    that does not fit; an empty text is passed over.
    """
    places = {
        spelling.casefold(): place
        for place, each in enumerate(label_set.labels)
        for spelling in (each.en, each.ko, each.key)
    }
    texts: list[str] = []
    gold: list[list[int]] = []
    for line, row in _rows(path):
        where = f"{path}, line {line}"
        message, names = (_cell(row, column, where) for column in (text, label))
        if message.strip():
            texts.append(message)
            gold.append([_place(name, places, label_set, where) for name in _split(names, places)])
    flags = np.zeros((len(texts), len(label_set)), np.bool_)
    for place, labels in enumerate(gold):
        flags[place, labels] = True
    return texts, flags


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            match path.suffix.lower():
                case ".csv" | ".tsv" as suffix:
                    reader = csv.DictReader(file, delimiter="\t" if suffix == ".tsv" else ",")
                    yield from ((reader.line_num, row) for row in reader)
                case ".jsonl" | ".ndjson":
                    for number, line in enumerate(file, 1):
                        if line.strip():
                            yield number, _object(line, f"{path}, line {number}")
                case other:
                    raise BadInput(f"{path} ends in {other!r}; give a .csv, .tsv or .jsonl")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} cannot be read: {error}; make it a UTF-8 table") from None


def _object(line: str, where: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where}: not JSON ({error})") from None
    if not isinstance(row, dict):
        raise BadInput(f"{where}: a JSON object is needed, found {type(row).__name__}")
    return row


def _cell(row: Mapping[str, Any], column: str, where: str) -> str:
    value = row.get(column)
    if not isinstance(value, str):
        known = ", ".join(str(name) for name in row if name)
        raise BadInput(
            f"{where}: no text in column {column!r}, there is {known}; say which with"
            " --text and --label"
        )
    return value


def _split(names: str, places: Mapping[str, int]) -> list[str]:
    whole = names.strip()
    return [whole] if whole.casefold() in places else [it.strip() for it in whole.split(SEPARATOR)]


def _place(name: str, places: Mapping[str, int], label_set: LabelSet, where: str) -> int:
    if name.casefold() not in places:
        raise BadInput(
            f"{where}: {name!r} is no label of {label_set.name}; its labels are"
            f" {', '.join(label_set.keys[:4])} … (maeum model info shows which set a model has)"
        )
    return places[name.casefold()]
