"""Requests on their way to a worker thread: the interactive ones first, then by arrival."""

import asyncio
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

from classifier.base import Model, Prediction

Key: TypeAlias = tuple[str, bytes]  # a model's revision and the digest of a text
Outcome: TypeAlias = Prediction | BaseException


class Priority(IntEnum):
    """Who waits for an answer, the first served first."""

    INTERACTIVE = 0  # a person, for the answer to a command
    BACKGROUND = 1  # the stream of messages


@dataclass(slots=True, eq=False, kw_only=True)
class Request:
    """One inference and everybody who waits for it. Only the event loop changes it.

    `ended` holds what came of it, a failure too: as a plain result it can be read by many
    callers, each of which raises an error of its own, or by none.
    """

    model: Model
    key: Key
    text: str = field(repr=False)  # repr would let it slip into a log
    priority: Priority
    ended: asyncio.Future[Outcome]
    callers: int = 0


class RequestQueue:
    """Waiting requests, shared by the event loop and the workers.

    The lock is held for a few dictionary steps only, so the event loop may take it.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        # Ordered dictionaries as queues: a request leaves from the middle as fast as in front.
        self._lines = {priority: OrderedDict[Request, None]() for priority in Priority}
        self._closed = False

    def __len__(self) -> int:
        return sum(map(len, self._lines.values()))

    def put(self, request: Request) -> None:
        """Add `request` at the end of its priority's line."""
        with self._changed:
            self._lines[request.priority][request] = None
            self._changed.notify()

    def take(self) -> Request | None:
        """The next request, waiting for one; None once the queue is closed and empty."""
        with self._changed:
            while True:
                for line in self._lines.values():
                    if line:
                        return line.popitem(last=False)[0]
                if self._closed:
                    return None
                self._changed.wait()

    def remove(self, request: Request) -> bool:
        """Take `request` out; False when a worker has it already."""
        with self._changed:
            line = self._lines[request.priority]
            return request in line and line.pop(request) is None

    def close(self) -> None:
        """Let the workers end when nothing is left."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
