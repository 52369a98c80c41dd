"""Observations to write, and the independent recount every total is held against."""

from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.clock import ManualClock
from bot.events import ChannelRef, MessageRef, Platform
from bot.identity import Pseudonyms
from bot.observations import Observation
from bot.storage import MoodStore
from bot.storage.fold import Operation, Put, Remove

START = datetime(2026, 3, 1, 9, 40, tzinfo=UTC)
KEY = b"a key of thirty-two bytes, yes! "
PSEUDONYMS = Pseudonyms(KEY)
LABELS = ("joy", "anger", "sadness", None)
WORKSPACE = "81384788765712384"


def channel(name: str = "general", workspace: str = WORKSPACE) -> ChannelRef:
    """A Discord channel."""
    return ChannelRef(platform=Platform.DISCORD, workspace=workspace, channel=name)


def ref(message: int, where: ChannelRef | None = None) -> MessageRef:
    """The address of message number `message`."""
    return MessageRef(channel=where or channel(), message=str(1_300_000_000_000 + message))


def author(name: str, where: ChannelRef | None = None) -> bytes:
    """The pseudonym of `name`."""
    return PSEUDONYMS.author(where or channel(), name)


def observation(
    message: int,
    revision: int = 0,
    *,
    where: ChannelRef | None = None,
    who: str = "minji",
    sent_at: datetime | None = None,
    label: str | None = "joy",
) -> Observation:
    """Message `message` as its delivery number `revision` says it."""
    at = sent_at or START + timedelta(minutes=7 * message)
    return Observation(
        ref=ref(message, where),
        author=author(who, where),
        sent_at=at,
        revised_at=at + timedelta(seconds=revision),
        label_set="goemotions28",
        label=label,
        score=0.8,
        revision="bundle-1",
    )


def recount(operations: Iterable[Operation]) -> Counter[tuple[ChannelRef, datetime, str | None]]:
    """What the buckets must say, from the deliveries alone, whatever their order."""
    latest: dict[MessageRef, Observation] = {}
    removed = set()
    for operation in operations:
        if isinstance(operation, Remove):
            removed.add(operation.ref)
        elif isinstance(operation, Put):
            new = operation.observation
            if new.ref not in latest or new.revised_at > latest[new.ref].revised_at:
                latest[new.ref] = new
    return Counter(
        (row.ref.channel, row.sent_at.replace(minute=0, second=0, microsecond=0), row.label)
        for row in latest.values()
        if row.ref not in removed
    )


async def counted(store: MoodStore) -> Counter[tuple[ChannelRef, datetime, str | None]]:
    """What the buckets of every channel say."""
    totals: Counter[tuple[ChannelRef, datetime, str | None]] = Counter()
    for known in await store.channels():
        for bucket in await store.buckets(
            known.channel, START - timedelta(days=900), START + timedelta(days=900)
        ):
            totals[known.channel, bucket.hour, bucket.label] += bucket.count
    return totals


def opened(
    path: Path, *, at: datetime = START, patience: float = 5.0
) -> AbstractAsyncContextManager[MoodStore]:
    """A store at `path` whose clock stands at `at`."""
    return MoodStore.open(path, PSEUDONYMS, clock=ManualClock(at), patience=patience)
