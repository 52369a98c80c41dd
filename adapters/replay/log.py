"""A chat log on disk: what every reader is given, and what it hands on.

Replayed messages live on Platform.CONSOLE in a workspace named after the log, wherever they were
first written: a replay must never share a mood, a setting or a pseudonym with the live workspace it
was exported from.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.errors import BadInput
from bot.events import ChannelRef, Kind, MessageEvent, Platform

FAULTS_NAMED = 3


@dataclass(slots=True)
class Tally:
    """How far a log has been read, and what had to be left out."""

    read: int = 0  # bytes
    skipped: int = 0
    faults: list[str] = field(default_factory=list)  # the first few, one sentence each

    def skip(self, fault: str) -> None:
        """Count one unreadable entry; `fault` names its place and the mend, never its text."""
        self.skipped += 1
        if len(self.faults) < FAULTS_NAMED:
            self.faults.append(fault)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message event of a log, and the moment it arrived."""

    event: MessageEvent
    at: datetime  # what the replay's clock shows; never earlier than the delivery before


class Log:
    """A chat log; iterating reads it from the start, a little at a time.

    While it is read, `tally.read` grows to `total` and `tally.skipped` counts what was left out:
    one wrong line must not end a long replay. A log without a single message raises BadInput.
    """

    def __init__(
        self, path: Path, *, total: int, read: Callable[[Tally], Iterator[MessageEvent]]
    ) -> None:
        self.path = path
        self.total = total  # bytes
        self.tally = Tally()
        self._read = read

    def __iter__(self) -> Iterator[Delivery]:
        self.tally = tally = Tally()
        at: datetime | None = None
        try:
            for event in self._read(tally):
                arrived = event.sent_at if event.kind is Kind.NEW else event.revised_at
                at = max(at, arrived) if at else arrived
                yield Delivery(event=event, at=at)
        except OSError as error:
            raise BadInput(f"{self.path} cannot be read: {error.strerror or error}") from None
        tally.read = self.total  # what follows an export's messages is not read
        if at is None:
            found = "; ".join(tally.faults) or "it is empty"
            raise BadInput(f"{self.path} holds no message that can be read: {found}")


def channel_ref(workspace: str, channel: str) -> ChannelRef:
    """The address of a replayed channel."""
    return ChannelRef(platform=Platform.CONSOLE, workspace=workspace, channel=channel)
