"""Reads over a whole workspace: one question for all of its channels, not one for each."""

from datetime import datetime
from itertools import groupby

from bot.events import ChannelRef, Platform
from bot.observations import ChannelTotals
from bot.storage.pages import Pages
from bot.storage.reads import bucket
from bot.storage.rows import hours_up, micros

_TOTALS = """
SELECT c.channel, c.name, min(b.hour), b.label_set, b.label, sum(b.count)
FROM channels AS c
LEFT JOIN buckets AS b ON b.channel_id = c.id AND b.hour >= ? AND b.hour < ?
WHERE c.platform = ? AND c.workspace = ?
GROUP BY c.channel, c.name, b.label_set, b.label
ORDER BY c.channel, b.label_set, b.label
"""
# By leaps from each author to the next, in every channel: its cost is in people, not in messages.
_PEOPLE = """
WITH RECURSIVE person (id, channel, author) AS (
    SELECT c.id, c.channel, (SELECT min(author) FROM observations WHERE channel_id = c.id)
    FROM channels AS c WHERE c.platform = ? AND c.workspace = ?
    UNION ALL
    SELECT person.id, person.channel, (SELECT min(o.author) FROM observations AS o
            WHERE o.channel_id = person.id AND o.author > person.author)
    FROM person WHERE person.author IS NOT NULL
)
SELECT channel, count(*) FROM person WHERE EXISTS (
    SELECT 1 FROM observations AS o WHERE o.channel_id = person.id AND o.author = person.author
    AND o.sent_at >= ? AND o.sent_at < ?)
GROUP BY channel
"""


class Overviews(Pages):
    """What a page about all channels needs."""

    async def channel_totals(
        self, platform: Platform, workspace: str, start: datetime, end: datetime
    ) -> list[ChannelTotals]:
        """What was counted in [start, end) in every known channel, by channel id."""
        people = dict(
            await self._rows(
                _PEOPLE,
                (platform, workspace, micros(start), micros(end)),
                lambda row: (str(row[0]), int(row[1])),
            )
        )
        rows = await self._rows(
            _TOTALS, (hours_up(start), hours_up(end), platform, workspace), tuple
        )
        return [
            ChannelTotals(
                channel=ChannelRef(platform=platform, workspace=workspace, channel=channel),
                name=name,
                people=people.get(channel, 0),
                counts=tuple(bucket(row[2:]) for row in counts if row[2] is not None),
            )
            for (channel, name), counts in groupby(rows, key=lambda row: (row[0], row[1]))
        ]

    async def channel_names(self, platform: Platform, workspace: str) -> dict[str, str | None]:
        """What every known channel was last called, by id."""
        rows = await self._rows(
            "SELECT channel, name FROM channels WHERE platform = ? AND workspace = ?",
            (platform, workspace),
            tuple,
        )
        return dict(rows)

    async def changes(self) -> int:
        """A number that differs after every commit of this process or another.

        sqlite.org/pragma.html#pragma_data_version: for this connection, which writes nothing.
        """
        [number] = await self._rows("PRAGMA data_version", (), lambda row: int(row[0]))
        return number
