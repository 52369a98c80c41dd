"""A bar for the reading of history, where a person watches."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

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
