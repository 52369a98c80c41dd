"""Reads the elements of a long JSON array one by one, in memory that does not grow with it.

The standard decoder does the decoding; this only decides how much text it needs to see. That is
less than a dependency would cost: an export is one array of small objects.
"""

import codecs
from collections.abc import Callable, Iterator
from json import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import Any

from adapters.replay.log import Tally

CHUNK = 32 * 1024  # bytes; a folder of exports holds one for every file at once
ELEMENT_LIMIT = 4 << 20  # characters; a message with all its embeds and reactions is a few thousand
_BLANK = " \t\r\n"


class BadStream(Exception):
    """A JSON file that cannot be read on; says what is wrong and what would be right."""


def file_chunks(path: Path, tally: Tally) -> Iterator[bytes]:
    """The bytes of a file, which is closed in between.

    A server has more channels than a process may have open files, and all are read side by side.
    """
    offset = 0
    while True:
        with path.open("rb") as file:
            file.seek(offset)
            chunk = file.read(CHUNK)
        if not chunk:
            return
        offset += len(chunk)
        tally.read += len(chunk)
        yield chunk


class JsonStream:
    """A JSON document read forwards from chunks of UTF-8."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._decode_bytes = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._decode = JSONDecoder().raw_decode
        self._text = ""
        self._at = 0
        self._ended = False

    def members(self) -> Iterator[str]:
        """The keys of an object; take or enter each key's value before asking for the next."""
        yield from self._separated("{", "}", self._key)

    def elements(self) -> Iterator[Any]:
        """The elements of an array."""
        yield from self._separated("[", "]", self.value)

    def value(self) -> Any:
        """The next whole value."""
        self._peek()
        while True:
            try:
                value, end = self._decode(self._text, self._at)
            except RecursionError:
                raise BadStream("is nested too deeply to be an export") from None
            except JSONDecodeError:
                if len(self._text) - self._at > ELEMENT_LIMIT:
                    raise BadStream(
                        f"is damaged, or holds more than {ELEMENT_LIMIT >> 20} MB in one message"
                    ) from None
                if not self._fill():
                    raise BadStream("is cut short or damaged; export it again") from None
                continue
            except ValueError:  # an integer of more digits than Python converts
                raise BadStream("holds a number no exporter writes; export it again") from None
            # A number may go on in the next chunk: 1 is only sure to end before 1e+5 could.
            if self._ended or len(self._text) - end > len("e+"):
                self._at = end
                return value
            self._fill()

    def _key(self) -> str:
        key = self.value()
        if not isinstance(key, str):
            raise BadStream("is damaged; export it again")
        self._take(":")
        return key

    def _separated(self, first: str, last: str, item: Callable[[], Any]) -> Iterator[Any]:
        self._take(first)
        if self._peek() == last:
            self._at += 1
            return
        while True:
            yield item()
            if self._peek() == last:
                self._at += 1
                return
            self._take(",")

    def _take(self, mark: str) -> None:
        if self._peek() != mark:
            raise BadStream("is cut short or damaged; export it again")
        self._at += 1

    def _peek(self) -> str:
        """The next character that is not blank, "" at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _BLANK:
                    return self._text[self._at]
                self._at += 1
            if not self._fill():
                return ""

    def _fill(self) -> bool:
        """Drop what has been taken and read as much again as is held, at least one chunk.

        Doubling keeps the work on a long value linear, as the decoder starts each time anew.
        """
        held = self._text[self._at :]
        parts = [held]
        wanted = max(len(held), 1)
        while wanted > 0 and not self._ended:
            chunk = next(self._chunks, b"")
            self._ended = not chunk
            try:
                part = self._decode_bytes(chunk, final=self._ended)
            except UnicodeDecodeError:
                fault = "is cut short" if self._ended else "is not UTF-8"
                raise BadStream(f"{fault}; export it again") from None
            parts.append(part)
            wanted -= len(part)
        self._text, self._at = "".join(parts), 0
        return len(self._text) > len(held)
