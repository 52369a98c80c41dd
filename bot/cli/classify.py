"""`maeum classify`: texts in, emotions out, as they come; memory does not grow with the file."""

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import TypeAlias

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from adapters.console import printable
from bot.cli.compose import open_classifier
from bot.cli.feed import read_ahead
from bot.locale import text
from bot.settings import Settings
from classifier.base import Label, Language, Prediction
from classifier.labels import load_label_set
from classifier.service import ClassifierService

Writer: TypeAlias = Callable[[str, Prediction], None]
_Started: TypeAlias = asyncio.Queue[tuple[str, asyncio.Task[Prediction]] | Exception | None]

_AHEAD = 16  # texts in flight for each worker: enough to keep it busy, few enough to stay small


async def classify_all(texts: Iterable[str], settings: Settings, write: Writer) -> None:
    """Write each text's prediction as soon as it and those before it are known.

    An unreadable row raises BadInput once all rows before it are written.
    """
    async with open_classifier(settings) as classifier:
        started: _Started = asyncio.Queue(_AHEAD * settings.threads)
        starting = asyncio.create_task(_start(texts, classifier, started))
        try:
            while entry := await started.get():
                if isinstance(entry, Exception):
                    raise entry
                message, prediction = entry
                write(message, await prediction)
        finally:
            starting.cancel()


async def _start(texts: Iterable[str], classifier: ClassifierService, started: _Started) -> None:
    """Start as many classifications as `started` has room for, in order; an error or None ends it.

    Cancelled, because nobody reads the output any more, it takes what it started with it.
    """
    running: set[asyncio.Task[Prediction]] = set()
    end: Exception | None = None
    try:
        async for message in read_ahead(texts, limit=started.maxsize):
            prediction = asyncio.create_task(classifier.classify(message))
            running.add(prediction)
            prediction.add_done_callback(running.discard)
            await started.put((message, prediction))
    except Exception as error:
        end = error
    except asyncio.CancelledError:
        for prediction in running:
            prediction.cancel()
        raise
    await started.put(end)


def json_writer(scores: bool) -> Writer:
    """One JSON object a line, for programs."""

    def write(message: str, prediction: Prediction) -> None:
        row: dict[str, object] = {
            "text": message,
            "label": prediction.label.key if prediction.label else None,
            "group": prediction.group,
            "score": round(prediction.score, 4),
            "abstained": prediction.abstained,
        }
        if scores:
            row["scores"] = {label.key: round(score, 4) for label, score in _scored(prediction)}
        typer.echo(json.dumps(row, ensure_ascii=False))

    return write


def table_writer(scores: bool, language: Language) -> Writer:
    """One aligned row a text, for people."""
    console = Console()

    def write(message: str, prediction: Prediction) -> None:
        # A grid a row, not one table: it appears at once, and a long file needs no memory.
        row = Table.grid(padding=(0, 1), expand=True)
        row.add_column(width=3)
        row.add_column(width=16, no_wrap=True)
        row.add_column(width=8, no_wrap=True, style="dim")
        row.add_column(width=4, justify="right")
        row.add_column(ratio=1)
        row.add_row(*_cells(prediction, language), Text(printable(message)))
        console.print(row)
        if scores:
            ranked = sorted(_scored(prediction), key=lambda entry: entry[1], reverse=True)
            told = "  ".join(f"{label.named(language)} {score:.2f}" for label, score in ranked)
            console.print(Padding(Text(told, style="dim"), (0, 0, 0, 4)))

    return write


def _cells(prediction: Prediction, language: Language) -> tuple[str, str, str, str]:
    """Emoji, label, group and score; why there is none when the model abstained."""
    if prediction.label is None or prediction.group is None:
        return "·", text(f"console.{prediction.abstention}", language), "", ""
    label = prediction.label
    return (
        label.emoji,
        label.named(language),
        prediction.group.named(language),
        f"{prediction.score:.0%}",
    )


def _scored(prediction: Prediction) -> list[tuple[Label, float]]:
    labels = load_label_set(prediction.label_set).labels
    return list(zip(labels, prediction.scores, strict=False))
