"""The bar of a backfill, and the log beside it, as a terminal shows them."""

import io
import logging
import re
from collections.abc import Iterator

import pytest
from rich.console import Console

from bot.cli.progress import ConsoleLog, history_bars

LONG = "a line that is longer than the terminal is wide " * 4


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """A logger of its own."""
    found = logging.getLogger("tests.progress")
    found.propagate = False
    yield found
    found.handlers.clear()


def screen(written: str) -> list[str]:
    """The lines that stand on a wide terminal in the end: erased ones are gone."""
    lines, at = [""], 0
    for part in re.findall(r"\x1b\[[\d;?]*[A-Za-z]|[\r\n]|[^\x1b\r\n]+", written):
        if part == "\n":
            at += 1
            lines += [""] * (at == len(lines))
        elif part == "\x1b[2K":
            lines[at] = ""
        elif part == "\x1b[1A":
            at -= 1
        elif part[0] not in "\r\x1b":
            lines[at] += part
    return [line for line in lines if line]


def test_the_log_stands_above_the_bar(logger: logging.Logger) -> None:
    """Every line is whole and alone, in its order, and the bar is drawn beneath."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=80)
    logger.addHandler(ConsoleLog(console))
    with history_bars(console) as bars:
        told = bars.add("discord")
        for done in range(3):
            told(done, 3)
            logger.warning("channel %s was read [only] in part", done)
        logger.warning(LONG)
        told(3, 3)
    *log, bar = screen(file.getvalue())
    assert log == [f"channel {done} was read [only] in part" for done in range(3)] + [LONG]
    assert bar.startswith("discord: history")
    assert "3/3" in bar


def test_without_a_terminal_there_is_the_log_alone(logger: logging.Logger) -> None:
    """A file or a journal gets plain lines, none broken and no bar."""
    file = io.StringIO()
    console = Console(file=file, width=80)
    logger.addHandler(ConsoleLog(console))
    with history_bars(console) as bars:
        bars.add("discord")(1, 3)
        logger.warning(LONG)
    assert file.getvalue() == f"{LONG}\n"
