"""A progress bar for a training run, with its rate and the time left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:  # trainer.py needs TensorFlow
    from training import trainer


@contextmanager
def shown() -> "Iterator[Callable[[trainer.Progress], None]]":
    """What `train` tells its steps to while the bar is on the screen."""
    columns = (
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("loss {task.fields[loss]:.4f}, {task.fields[rate]:.0f} texts a second,"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Progress(*columns) as bar:
        task = bar.add_task("training", total=None, loss=0.0, rate=0.0)
        rows = 0

        def told(step: "trainer.Progress") -> None:
            nonlocal rows
            rows += step.rows
            elapsed = bar.tasks[0].elapsed or 1.0
            bar.update(
                task,
                total=step.steps,
                completed=step.step,
                loss=step.loss,
                rate=rows / max(elapsed, 1e-9),
            )

        yield told
