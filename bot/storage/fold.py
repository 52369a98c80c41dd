"""What a batch of writes does to the stored messages, as a pure function.

The rules commute, so every order of deliveries ends in the same totals: of one message the
highest `revised_at` wins, an equal or lower one changes nothing, and a removal is final. An edit
that arrives before its new message is the row; the new message then comes too late.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, NamedTuple, TypeVar

from bot.events import ChannelRef, MessageRef, Reaction
from bot.observations import Change, Observation
from bot.storage.rows import hours

K = TypeVar("K")
_NO_CHANGE = Change(applied=False)
_FIRST = Change(applied=True)
_NOTHING_SETTLED: Mapping[ChannelRef, int] = {}
_UNKNOWN: Any = object()


class Put(NamedTuple):
    """Keep this observation, unless a newer one or a removal is known."""

    observation: Observation
    channel_name: str | None = None

    @property
    def ref(self) -> MessageRef:
        """The message observed."""
        return self.observation.ref


class Remove(NamedTuple):
    """Never count this message again."""

    ref: MessageRef


class React(NamedTuple):
    """Note what the bot put on this message, or that it took it away."""

    ref: MessageRef
    reaction: Reaction | None


Operation = Put | Remove | React


# The bucket an observation counts in: channel, hours since 1970, label set, label.
Cell = tuple[ChannelRef, int, str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded(Generic[K]):
    """What to write so that the store holds the outcome of every operation."""

    written: list[Observation]
    removed: list[Observation]
    buried: list[K]  # messages that get a tombstone
    reworded: list[K]  # messages whose text is another now
    deltas: dict[Cell, int]  # never zero
    changes: list[Change]  # one an operation, in their order


def cell_of(observation: Observation) -> Cell:
    """The bucket that counts `observation`."""
    hour = hours(observation.sent_at)
    return (observation.ref.channel, hour, observation.label_set, observation.label)


def fold(
    rows: Mapping[K, Observation],
    dead: Collection[K],
    operations: Iterable[tuple[K, Operation]],
    *,
    settled: Mapping[ChannelRef, int] = _NOTHING_SETTLED,
    refused: Collection[bytes] = (),
) -> Folded[K]:
    """Apply `operations`, in order, to the stored `rows` of their messages.

    Every operation comes with its message's key, whatever that is. `dead` are the messages among
    them that have a tombstone, `refused` the authors who are not to be counted, and `settled`
    tells the hour before which a channel's buckets are final.
    """
    # None means: never again. A message nothing is known of is not in here.
    now: dict[K, Observation | None] = {**rows, **dict.fromkeys(dead)}
    buried: list[K] = []
    changes: list[Change] = []
    for key, operation in operations:
        before = now.get(key, _UNKNOWN)
        known = None if before is _UNKNOWN else before
        if isinstance(operation, Remove):
            if before is not None:
                now[key] = None
                buried.append(key)
            changes.append(Change(applied=before is not None, before=known))
            continue
        if before is None or (refused and _is_refused(operation, refused)):
            changes.append(_NO_CHANGE)
            continue
        after = _after(known, operation, settled)
        if after is known:
            changes.append(_NO_CHANGE)
        else:
            now[key] = after
            changes.append(_FIRST if known is None else Change(applied=True, before=known))
    written: list[Observation] = []
    removed: list[Observation] = []
    replaced: list[Observation] = []
    reworded: list[K] = []
    for key, row in now.items():
        stored = rows.get(key)
        if row is stored:
            continue
        if row is not None:
            written.append(row)
            if row.revised_at > (stored.revised_at if stored else row.sent_at):
                reworded.append(key)
        if stored is not None:
            (removed if row is None else replaced).append(stored)
    deltas = Counter(map(cell_of, written))
    deltas.subtract(map(cell_of, removed + replaced))
    return Folded(
        written=written,
        removed=removed,
        buried=buried,
        reworded=reworded,
        deltas={cell: delta for cell, delta in deltas.items() if delta},
        changes=changes,
    )


def _is_refused(operation: Put | React, refused: Collection[bytes]) -> bool:
    return isinstance(operation, Put) and operation.observation.author in refused


def _after(
    before: Observation | None, operation: Put | React, settled: Mapping[ChannelRef, int]
) -> Observation | None:
    """The row after one operation; `before` itself when nothing changed."""
    if isinstance(operation, React):
        if before is None or before.reaction == operation.reaction:
            return before
        return replace(before, reaction=operation.reaction)
    new = operation.observation
    if before is not None and new.revised_at <= before.revised_at:
        return before
    if settled:
        hour = hours(new.sent_at)
        if hour < settled.get(new.ref.channel, hour):
            return before
    if before is not None and before.reaction is not None and new.reaction is None:
        # The emoji is still on the message until the bot says it took it away.
        return replace(new, reaction=before.reaction)
    return new
