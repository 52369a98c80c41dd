"""Reads, on a connection of their own: they see the last commit and never wait for the writer."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from bot.events import ChannelRef, MessageRef, Platform
from bot.observations import Bucket, ChannelActivity, Observation
from bot.storage.choices import Choice, Level, Preference
from bot.storage.connection import Connection
from bot.storage.failures import told
from bot.storage.removal import PEOPLE
from bot.storage.rows import (
    HOUR_MICROS,
    SELECT_OBSERVATION,
    from_hours,
    from_micros,
    hours_up,
    micros,
    observation,
)

T = TypeVar("T")
_PAGE = 500
_SELECT = SELECT_OBSERVATION.format(source="observations AS o")
_WORKSPACE = "c.platform = ? AND c.workspace = ?"
_CHANNEL = f"{_WORKSPACE} AND c.channel = ?"

# Hours that lost observations to retention keep their buckets, so only later ones compare.
_AUDIT = f"""
SELECT c.platform, c.workspace, c.channel, b.hour, b.label_set, b.label,
       sum(b.counted), sum(b.found)
FROM (
    SELECT channel_id, hour, label_set, label, count AS counted, 0 AS found FROM buckets
    UNION ALL
    SELECT o.channel_id, o.sent_at / {HOUR_MICROS}, r.label_set, coalesce(o.label, ''),
           0, count(*)
    FROM observations AS o JOIN revisions AS r ON r.id = o.revision_id
    GROUP BY 1, 2, 3, 4
) AS b JOIN channels AS c ON c.id = b.channel_id
WHERE b.hour >= coalesce(c.settled_before, 0)
GROUP BY 1, 2, 3, 4, 5, 6
HAVING sum(b.counted) <> sum(b.found)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A bucket that does not agree with the observations it should count."""

    channel: ChannelRef
    hour: datetime
    label_set: str
    label: str | None
    counted: int  # in the bucket
    found: int  # among the observations


class Reads:
    """Every question the store answers; each sees all writes that have returned."""

    def __init__(self, db: Connection, path: Path) -> None:
        self._db = db
        self._path = path

    async def find(self, ref: MessageRef) -> Observation | None:
        """The observation of a message."""
        found = await self._rows(
            f"{_SELECT} WHERE {_CHANNEL} AND o.message = ?",
            (*columns(ref.channel), ref.message),
            observation,
        )
        return found[0] if found else None

    async def channels(
        self, platform: Platform | None = None, workspace: str | None = None
    ) -> list[ChannelActivity]:
        """The channels known, with all that was counted there."""
        return await self._rows(
            "SELECT c.platform, c.workspace, c.channel, c.name, "
            "coalesce(sum(b.count), 0), max(b.hour) "
            "FROM channels AS c LEFT JOIN buckets AS b ON b.channel_id = c.id "
            "WHERE (? IS NULL OR c.platform = ?) AND (? IS NULL OR c.workspace = ?) "
            "GROUP BY c.id, c.platform, c.workspace, c.channel, c.name "
            "ORDER BY c.platform, c.workspace, c.name, c.channel",
            (platform, platform, workspace, workspace),
            _activity,
        )

    async def workspaces(self, platform: Platform) -> set[str]:
        """The workspaces of which anything is kept that goes when the bot leaves."""
        rows = await self._rows(
            "SELECT workspace FROM channels WHERE platform = ? "
            "UNION SELECT workspace FROM preferences WHERE platform = ? "
            "UNION SELECT workspace FROM consent WHERE platform = ? AND choice = 'in'",
            (platform,) * 3,
            _value,
        )
        return set(rows)

    async def heard_until(self, platform: Platform) -> dict[str, datetime]:
        """Until when each workspace was heard: its latest message, or where a gap begins."""
        rows = await self._rows(
            "SELECT workspace, min(at) FROM ("
            "SELECT c.workspace, max(o.sent_at) AS at "
            "FROM channels AS c JOIN observations AS o ON o.channel_id = c.id "
            "WHERE c.platform = ? GROUP BY c.workspace "
            "UNION ALL SELECT workspace, since FROM gaps WHERE platform = ?"
            ") AS heard GROUP BY workspace",
            (platform,) * 2,
            lambda row: (str(row[0]), from_micros(row[1])),
        )
        return dict(rows)

    async def buckets(self, channel: ChannelRef, start: datetime, end: datetime) -> list[Bucket]:
        """The counts of the hours that begin in [start, end), oldest first."""
        return await self._rows(
            "SELECT b.hour, b.label_set, b.label, b.count "
            "FROM channels AS c JOIN buckets AS b ON b.channel_id = c.id "
            f"WHERE {_CHANNEL} AND b.hour >= ? AND b.hour < ? "
            "ORDER BY b.hour, b.label_set, b.label",
            (*columns(channel), hours_up(start), hours_up(end)),
            bucket,
        )

    async def people(self, channel: ChannelRef, start: datetime, end: datetime) -> int:
        """How many authors were observed in [start, end)."""
        ids = await self._rows(
            f"SELECT c.id FROM channels AS c WHERE {_CHANNEL}", columns(channel), _value
        )
        if not ids:
            return 0
        [count] = await self._rows(
            f"{PEOPLE} SELECT count(*) FROM person WHERE EXISTS (SELECT 1 FROM observations AS o "
            "WHERE o.channel_id = :channel AND o.author = person.author "
            "AND o.sent_at >= :start AND o.sent_at < :end)",
            {
                "channel": ids[0],
                "start": micros(start),
                "end": micros(end),
            },
            _value,
        )
        return int(count)

    async def observations_of(
        self, platform: Platform, workspace: str, author: bytes, *, channel: str | None = None
    ) -> AsyncIterator[Observation]:
        """One person's observations in a workspace or one of its channels, newest first."""
        where = f"{_WORKSPACE} AND (? IS NULL OR c.channel = ?) AND o.author = ?"
        here = (platform, workspace, channel, channel, author)
        after: tuple[Any, ...] = ()
        while True:
            beyond = "AND (o.sent_at, c.channel, o.message) < (?, ?, ?)" if after else ""
            rows = await self._rows(
                f"{_SELECT} WHERE {where} {beyond} "
                f"ORDER BY o.sent_at DESC, c.channel DESC, o.message DESC LIMIT {_PAGE}",
                (*here, *after),
                observation,
            )
            for row in rows:
                yield row
                after = (micros(row.sent_at), row.ref.channel.channel, row.ref.message)
            if len(rows) < _PAGE:
                return

    async def preferences(
        self, channel: ChannelRef, category: str | None = None
    ) -> list[Preference]:
        """All that was decided for a channel: at its own level, its category's, its workspace's."""
        return await self._rows(
            "SELECT level, key, value FROM preferences WHERE platform = ? AND workspace = ? "
            "AND ((level = 'workspace') OR (level = 'channel' AND target = ?) "
            "OR (level = 'category' AND target = ?))",
            (*columns(channel), category),
            _preference,
        )

    async def where_set(self, key: str) -> list[tuple[Platform, str, str]]:
        """Where `key` was decided: platform, workspace, and the channel's or category's id."""
        return await self._rows(
            "SELECT platform, workspace, target FROM preferences WHERE key = ?",
            (key,),
            lambda row: (Platform(row[0]), str(row[1]), str(row[2])),
        )

    async def channel_name(self, channel: ChannelRef) -> str | None:
        """What a channel was last called."""
        found = await self._rows(
            f"SELECT c.name FROM channels AS c WHERE {_CHANNEL}", columns(channel), _value
        )
        return found[0] if found else None

    async def consent(self, platform: Platform, workspace: str, author: bytes) -> Choice | None:
        """What a person chose, if anything."""
        chosen = await self._rows(
            "SELECT choice FROM consent WHERE platform = ? AND workspace = ? AND author = ?",
            (platform, workspace, author),
            _value,
        )
        return Choice(chosen[0]) if chosen else None

    async def installations(
        self, platform: Platform, workspace: str | None = None
    ) -> dict[str, bytes]:
        """The sealed tokens of a platform's workspaces, or of one of them."""
        rows = await self._rows(
            "SELECT workspace, sealed FROM installations "
            "WHERE platform = ? AND (? IS NULL OR workspace = ?)",
            (platform, workspace, workspace),
            lambda row: (str(row[0]), bytes(row[1])),
        )
        return dict(rows)

    async def history(self, channel: ChannelRef) -> tuple[datetime, str] | None:
        """Back to when a channel's history is being read, and how far that has come."""
        found = await self._rows(
            "SELECT since, place FROM history WHERE platform = ? AND workspace = ? AND channel = ?",
            columns(channel),
            lambda row: (from_micros(row[0]), str(row[1])),
        )
        return found[0] if found else None

    async def ping(self) -> None:
        """Ask the database for next to nothing; StorageError where it does not answer."""
        await self._rows("SELECT count(*) FROM meta", (), _value)

    async def audit(self) -> list[Difference]:
        """Recount the observations; the buckets that disagree."""
        return await self._rows(_AUDIT, (), _difference)

    async def _rows(
        self,
        sql: str,
        values: Sequence[object] | dict[str, object],
        make: Callable[[tuple[Any, ...]], T],
    ) -> list[T]:
        """All rows as values, made in the connection's thread: the event loop does no work.

        All in one go, since a cursor left half read would hold every later read of this
        connection at its own, older moment.
        """
        with told(self._path):
            return await self._db.run(lambda db: [make(row) for row in db.execute(sql, values)])


def columns(channel: ChannelRef) -> tuple[str, str, str]:
    """What `_CHANNEL` compares."""
    return (channel.platform, channel.workspace, channel.channel)


def _value(row: tuple[Any, ...]) -> Any:
    [value] = row
    return value


def _channel(platform: str, workspace: str, channel: str) -> ChannelRef:
    return ChannelRef(platform=Platform(platform), workspace=workspace, channel=channel)


def _activity(row: tuple[Any, ...]) -> ChannelActivity:
    *where, name, messages, hour = row
    return ChannelActivity(
        channel=_channel(*where),
        name=name,
        messages=messages,
        last_at=None if hour is None else from_hours(hour),
    )


def bucket(row: tuple[Any, ...]) -> Bucket:
    """The bucket in a row of hour, label set, label and count."""
    hour, label_set, label, count = row
    return Bucket(hour=from_hours(hour), label_set=label_set, label=label or None, count=count)


def _preference(row: tuple[Any, ...]) -> Preference:
    level, key, value = row
    return Preference(level=Level(level), key=key, value=value)


def _difference(row: tuple[Any, ...]) -> Difference:
    *where, hour, label_set, label, counted, found = row
    return Difference(
        channel=_channel(*where),
        hour=from_hours(hour),
        label_set=label_set,
        label=label or None,
        counted=counted,
        found=found,
    )
