"""Blocking input read ahead."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from bot.cli.feed import read_ahead
from bot.errors import BadInput


async def test_items_come_in_order() -> None:
    """Everything arrives, in order, and the end is noticed."""
    assert [item async for item in read_ahead(range(1000), limit=8)] == list(range(1000))


async def test_none_and_empty_are_items_too() -> None:
    """A falsy item is not mistaken for the end."""
    assert [item async for item in read_ahead([None, "", 0])] == [None, "", 0]


async def test_no_more_than_the_limit_is_read_ahead() -> None:
    """A huge file is not read into memory while the first rows are worked on."""
    read = 0

    def rows() -> Iterator[int]:
        nonlocal read
        for row in range(10_000):
            read = row
            yield row

    async for row in read_ahead(rows(), limit=4):
        assert read <= row + 5
        if row == 50:
            break


async def test_an_error_arrives_after_what_was_read_before_it() -> None:
    """The rows before a bad one are not lost with it."""

    def rows() -> Iterator[int]:
        yield 1
        yield 2
        raise BadInput("row 3 is bad")

    got = []
    with pytest.raises(BadInput, match="row 3"):
        async for row in read_ahead(rows()):
            got.append(row)
    assert got == [1, 2]


async def test_the_loop_runs_while_input_blocks() -> None:
    """A person who does not type keeps nobody waiting."""
    typed = threading.Event()

    def lines() -> Iterator[str]:
        typed.wait(timeout=10)
        yield "hello"

    reading = asyncio.ensure_future(anext(read_ahead(lines())))
    await asyncio.sleep(0.01)
    assert not reading.done()
    typed.set()
    assert await reading == "hello"
