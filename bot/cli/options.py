"""The options that several commands of `maeum` share, and the words of their formats."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.errors import BadInput

Database = Annotated[
    Path | None,
    typer.Option("--database", help="The database; else MAEUM_DATABASE, else maeum.db."),
]
Locale = Annotated[
    str | None, typer.Option("--locale", help="ko or en; else MAEUM_LOCALE, else ko.")
]
Model = Annotated[
    str | None,
    typer.Option("--model", help="default, a folder, or owner/name of the Hub; else MAEUM_MODEL."),
]
Backend = Annotated[
    str | None,
    typer.Option("--backend", help="onnx, or tensorflow for the checkpoint itself."),
]


def in_reach(moment: datetime | None) -> datetime | None:
    """A moment typed as an option, unless no chat can be from then: reckoning would overflow."""
    if moment and not 1970 < moment.year < 9999:
        raise BadInput(f"{moment:%Y-%m-%d} is no time of a chat; give a date from 1971 on")
    return moment


class RowFormat(StrEnum):
    """How `classify` writes its rows."""

    TABLE = "table"
    JSONL = "jsonl"


class MoodFormat(StrEnum):
    """How `mood` writes its answer."""

    TEXT = "text"
    JSON = "json"
