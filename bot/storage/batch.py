"""Applies operations on messages within one transaction: read the rows, fold, write."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import timedelta

from bot.clock import Clock
from bot.events import ChannelRef
from bot.identity import Pseudonyms
from bot.observations import Change, Observation
from bot.storage.fold import Cell, Folded, Operation, Put, fold
from bot.storage.rows import SELECT_OBSERVATION, marks, micros, observation

# Two placeholders for each stay below the 999 of older SQLite.
PIECE = 400
# Far longer than any platform redelivers; a removed message is not heard of again.
TOMBSTONE_LIFE = timedelta(days=365)

_SELECT_STORED = SELECT_OBSERVATION.format(
    source="(VALUES {keys}) AS k "
    "JOIN observations AS o ON o.channel_id = k.column1 AND o.message = k.column2"
)
_UPSERT_ROW = """
INSERT INTO observations (channel_id, message, author, sent_at, revised_at, revision_id,
                          label, score, reaction_emoji, reaction_slack, thread)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (channel_id, message) DO UPDATE SET
    author = excluded.author, sent_at = excluded.sent_at, revised_at = excluded.revised_at,
    revision_id = excluded.revision_id, label = excluded.label, score = excluded.score,
    reaction_emoji = excluded.reaction_emoji, reaction_slack = excluded.reaction_slack,
    thread = excluded.thread
"""
_ADD_TO_BUCKET = """
INSERT INTO buckets (count, channel_id, hour, label_set, label) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (channel_id, hour, label_set, label)
DO UPDATE SET count = buckets.count + excluded.count
"""
_BUCKET = "channel_id = ? AND hour = ? AND label_set = ? AND label = ?"
# No upsert: a CHECK sees the row to insert, and a negative count is none.
_TAKE_FROM_BUCKET = f"UPDATE buckets SET count = count + ? WHERE {_BUCKET}"
_DROP_EMPTY_BUCKET = f"DELETE FROM buckets WHERE {_BUCKET} AND count = 0"


class Batch:
    """Operations within one transaction: the ids it looks up hold no longer than that."""

    def __init__(self, db: sqlite3.Connection, pseudonyms: Pseudonyms, clock: Clock) -> None:
        self.db = db
        self._key = pseudonyms.message  # of a message: its tombstone's, and here its identity
        self._clock = clock
        self._channels: dict[ChannelRef, int] = {}
        self._names: dict[ChannelRef, str | None] = {}
        self._settled: dict[ChannelRef, int] = {}  # the hour before which nothing counts again
        self._revisions: dict[tuple[str, str], int] = {}
        self._asked: set[bytes] = set()  # authors whose consent was looked up
        self._out: set[bytes] = set()  # those of them who opted out
        self.erased_text = False  # whether a message's text, a correction's, was removed

    def apply(self, operations: Sequence[Operation]) -> list[Change]:
        """Carry out `operations` in order; one Change each."""
        changes: list[Change] = []
        for start in range(0, len(operations), PIECE):
            piece = operations[start : start + PIECE]
            self._know(piece)
            keys = [self._key(op.ref) for op in piece]
            folded = fold(
                self._stored(piece),
                self._buried(keys),
                zip(keys, piece, strict=True),
                settled=self._settled,
                refused=self._opted_out(piece),
            )
            self._write(folded)
            changes += folded.changes
        return changes

    def channel_id(self, channel: ChannelRef, name: str | None) -> int:
        """The id of a channel, made if it is new."""
        self._make_channel(channel, name)
        return self._channels[channel]

    def revision_id(self, revision: str, label_set: str) -> int:
        """The id of what made an observation, made if it is new."""
        made_by = (revision, label_set)
        if made_by not in self._revisions:
            self.db.execute(
                "INSERT INTO revisions (revision, label_set) VALUES (?, ?) "
                "ON CONFLICT (revision, label_set) DO NOTHING",
                made_by,
            )
            [(self._revisions[made_by],)] = self.db.execute(
                "SELECT id FROM revisions WHERE revision = ? AND label_set = ?", made_by
            )
        return self._revisions[made_by]

    def _know(self, piece: Iterable[Operation]) -> None:
        """Look up the channels of `piece`; those of new observations are made, and named."""
        for operation in piece:
            channel = operation.ref.channel
            name = operation.channel_name if isinstance(operation, Put) else None
            if channel in self._channels and (name is None or name == self._names.get(channel)):
                continue
            if isinstance(operation, Put):
                self._make_channel(channel, name)
            else:
                self._find_channel(channel)

    def _make_channel(self, channel: ChannelRef, name: str | None) -> None:
        self.db.execute(
            "INSERT INTO channels (platform, workspace, channel, name) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (platform, workspace, channel) DO UPDATE "
            "SET name = excluded.name WHERE excluded.name IS NOT NULL",
            (channel.platform, channel.workspace, channel.channel, name),
        )
        self._find_channel(channel)

    def _find_channel(self, channel: ChannelRef) -> None:
        rows = self.db.execute(
            "SELECT id, settled_before, name FROM channels "
            "WHERE platform = ? AND workspace = ? AND channel = ?",
            (channel.platform, channel.workspace, channel.channel),
        )
        for channel_id, settled_before, name in rows:
            self._channels[channel] = channel_id
            self._names[channel] = name
            if settled_before is not None:
                self._settled[channel] = settled_before

    def _buried(self, keys: list[bytes]) -> set[bytes]:
        rows = self.db.execute(
            f"SELECT key FROM tombstones WHERE key IN ({marks(len(keys))})", keys
        )
        return {row[0] for row in rows}

    def _opted_out(self, piece: Iterable[Operation]) -> set[bytes]:
        """Authors who opted out, even while their message was on its way here."""
        # A pseudonym belongs to one workspace, so it needs no more than itself to be recognised;
        # the workspaces are named because the primary key begins with them.
        new = {op.observation.author for op in piece if isinstance(op, Put)} - self._asked
        for place in {(channel.platform, channel.workspace) for channel in self._channels}:
            rows = self.db.execute(
                "SELECT author FROM consent WHERE platform = ? AND workspace = ? "
                f"AND author IN ({marks(len(new))}) AND choice = 'out'",
                (*place, *new),
            )
            self._out |= {row[0] for row in rows}
        self._asked |= new
        return self._out

    def _stored(self, piece: Iterable[Operation]) -> dict[bytes, Observation]:
        known = [(self._channels.get(op.ref.channel), op.ref.message) for op in piece]
        places = [part for place in known if place[0] is not None for part in place]
        if not places:
            return {}
        sql = _SELECT_STORED.format(keys=marks(len(places) // 2, "(?,?)"))
        stored = map(observation, self.db.execute(sql, places))
        return {self._key(row.ref): row for row in stored}

    def _write(self, folded: Folded[bytes]) -> None:
        if folded.removed:
            self.db.executemany(
                "DELETE FROM observations WHERE channel_id = ? AND message = ?",
                [(self._channels[row.ref.channel], row.ref.message) for row in folded.removed],
            )
        if folded.written:
            self.db.executemany(_UPSERT_ROW, [self._row(row) for row in folded.written])
        if folded.buried:
            expires_at = micros(self._clock.now() + TOMBSTONE_LIFE)
            self.db.executemany(
                "INSERT INTO tombstones (key, expires_at) VALUES (?, ?) "
                "ON CONFLICT (key) DO NOTHING",
                [(key, expires_at) for key in folded.buried],
            )
        if doubtful := folded.buried + folded.reworded:
            self._forget_corrections(doubtful)
        self._count(folded.deltas)

    def _forget_corrections(self, keys: list[bytes]) -> None:
        """What was said of words that stand there no more is of no use, and may quote them."""
        cursor = self.db.executemany(
            "DELETE FROM corrections WHERE message = ?", [(key,) for key in keys]
        )
        self.erased_text |= cursor.rowcount > 0

    def _count(self, deltas: dict[Cell, int]) -> None:
        cells = [
            (delta, self._channels[channel], hour, label_set, label or "")
            for (channel, hour, label_set, label), delta in deltas.items()
        ]
        if more := [cell for cell in cells if cell[0] > 0]:
            self.db.executemany(_ADD_TO_BUCKET, more)
        if less := [cell for cell in cells if cell[0] < 0]:
            self.db.executemany(_TAKE_FROM_BUCKET, less)
            self.db.executemany(_DROP_EMPTY_BUCKET, [cell[1:] for cell in less])

    def _row(self, row: Observation) -> tuple[object, ...]:
        return (
            self._channels[row.ref.channel],
            row.ref.message,
            row.author,
            micros(row.sent_at),
            micros(row.revised_at),
            self.revision_id(row.revision, row.label_set),
            row.label,
            row.score,
            row.reaction.emoji if row.reaction else None,
            row.reaction.slack if row.reaction else None,
            row.thread,
        )
