"""Long reads in pages, for exports: memory holds a page, however much there is to read."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from bot.events import ChannelRef, Platform
from bot.observations import Bucket, Correction, CorrectionCount, Observation
from bot.storage.corrections import SELECT_CORRECTION, correction
from bot.storage.reads import Reads, bucket, columns
from bot.storage.rows import (
    HOUR_MICROS,
    SELECT_OBSERVATION,
    from_hours,
    hours,
    hours_up,
    micros,
    observation,
)

PAGE = 5_000  # rows: a few megabytes as values

_CHANNEL = "c.platform = ? AND c.workspace = ? AND c.channel = ?"
_BUCKETS = (
    "SELECT b.hour, b.label_set, b.label, b.count "
    "FROM channels AS c JOIN buckets AS b ON b.channel_id = c.id "
    f"WHERE {_CHANNEL} AND b.hour >= ? AND b.hour < ? "
    "AND (b.hour, b.label_set, b.label) > (?, ?, ?) "
    f"ORDER BY b.hour, b.label_set, b.label LIMIT {PAGE}"
)
_OBSERVATIONS = SELECT_OBSERVATION.format(source="observations AS o") + (
    f"WHERE {_CHANNEL} AND o.sent_at >= ? AND o.sent_at < ? AND o.message > ? "
    f"ORDER BY o.message LIMIT {PAGE}"
)
_CORRECTIONS = SELECT_CORRECTION + (
    f"WHERE {_CHANNEL} AND k.at >= ? AND k.at < ? AND (k.message, k.corrector) > (?, ?) "
    f"ORDER BY k.message, k.corrector LIMIT {PAGE}"
)
_PEOPLE_BY_HOUR = (
    f"SELECT o.sent_at / {HOUR_MICROS} AS hour, count(DISTINCT o.author) "
    "FROM channels AS c JOIN observations AS o ON o.channel_id = c.id "
    f"WHERE {_CHANNEL} AND o.sent_at >= ? AND o.sent_at < ? GROUP BY hour"
)


class Pages(Reads):
    """What is read page by page; a write between two pages may show in the later ones."""

    async def bucket_pages(
        self, channel: ChannelRef, start: datetime, end: datetime
    ) -> AsyncIterator[list[Bucket]]:
        """The counts of the hours that begin in [start, end), oldest first."""
        first, beyond = hours_up(start), hours_up(end)
        after: tuple[Any, ...] = (first - 1, "", "")
        while True:
            page = await self._rows(_BUCKETS, (*columns(channel), first, beyond, *after), bucket)
            if page:
                yield page
                last = page[-1]
                after = (hours(last.hour), last.label_set, last.label or "")
            if len(page) < PAGE:
                return

    async def observation_pages(
        self, channel: ChannelRef, start: datetime, end: datetime
    ) -> AsyncIterator[list[Observation]]:
        """The observations sent in [start, end), in the order of their messages' ids."""
        after = ""
        while True:
            values = (*columns(channel), micros(start), micros(end), after)
            page = await self._rows(_OBSERVATIONS, values, observation)
            if page:
                yield page
                after = page[-1].ref.message
            if len(page) < PAGE:
                return

    async def correction_pages(
        self, channel: ChannelRef, start: datetime, end: datetime
    ) -> AsyncIterator[list[Correction]]:
        """The corrections made in [start, end), in the order of their messages' hashes."""
        after = (b"", b"")
        while True:
            values = (*columns(channel), micros(start), micros(end), *after)
            page = await self._rows(_CORRECTIONS, values, correction)
            if page:
                yield page
                after = (page[-1].message, page[-1].corrector)
            if len(page) < PAGE:
                return

    async def corrections_of(
        self, platform: Platform, workspace: str, person: bytes
    ) -> list[Correction]:
        """What a person corrected in a workspace, and what was corrected of theirs."""
        return await self._rows(
            f"{SELECT_CORRECTION} WHERE c.platform = ? AND c.workspace = ? "
            "AND (k.corrector = ? OR k.author = ?) ORDER BY k.at",
            (platform, workspace, person, person),
            correction,
        )

    async def count_corrections(self, platform: Platform, workspace: str) -> CorrectionCount:
        """How many corrections a workspace has."""
        [count] = await self._rows(
            "SELECT count(*), count(k.text) FROM corrections AS k "
            "JOIN channels AS c ON c.id = k.channel_id WHERE c.platform = ? AND c.workspace = ?",
            (platform, workspace),
            lambda row: CorrectionCount(kept=row[0], with_text=row[1]),
        )
        return count

    async def people_by_hour(
        self, channel: ChannelRef, start: datetime, end: datetime
    ) -> dict[datetime, int]:
        """How many authors were observed in each hour of [start, end) that has any."""
        rows = await self._rows(
            _PEOPLE_BY_HOUR,
            (*columns(channel), micros(start), micros(end)),
            lambda row: (from_hours(row[0]), int(row[1])),
        )
        return dict(rows)
