"""A bar for the reading of history, where a person watches, and the log above it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from adapters.base import Progress as Told


@contextmanager
def history_bars(console: Console) -> Iterator["Bars"]:
    """Bars under the log's lines; nothing is drawn where the output is no terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield Bars(progress)


class Bars:
    """One bar a platform."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def add(self, platform: str) -> Told:
        """A bar of channels; the answer is to be called as they are read."""
        bar = self._progress.add_task(f"{platform}: history", total=None)
        return lambda done, known: self._progress.update(bar, completed=done, total=known)


class ConsoleLog(logging.Handler):
    """Writes the log through a console, which puts each line above the bars it draws."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record, its lines as long as they are."""
        try:
            self._console.print(Text(self.format(record)), soft_wrap=True)
        except Exception:
            self.handleError(record)
