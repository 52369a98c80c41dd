"""`maeum export`: counts, anonymous observations or corrections of the store, into a file."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from bot.cli.known import channels_in, existing_store, find_channel
from bot.cli.output import check_place, make_folder
from bot.errors import BadInput
from bot.export import Form, Page, Table, bucket_rows, correction_rows, export, observation_rows
from bot.locale import text
from bot.observations import ChannelActivity
from bot.settings import Settings
from bot.storage import MoodStore

_EVER = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


async def export_table(
    settings: Settings,
    table: Table,
    form: Form,
    out: Path,
    *,
    channel: str | None,
    workspace: str | None,
    since: datetime | None,
    until: datetime | None,
) -> None:
    """Write one channel's rows, or all, to `out` and tell how many there were."""
    start, end = (
        moment.replace(tzinfo=ZoneInfo(settings.timezone)).astimezone(UTC) if moment else ever
        for moment, ever in zip((since, until), _EVER, strict=True)
    )
    if start >= end:
        raise BadInput("--until is not after --from; give a later moment")
    check_place(out, settings)
    async with existing_store(settings) as store:
        channels = (
            [await find_channel(store, channel, workspace)]
            if channel
            else await channels_in(store, workspace)
        )
        make_folder(out.parent)
        pages = _Pages(store, channels, start, end)
        count = await export(pages.of(table), table, form, out)
    typer.echo(text("console.exported", settings.locale, count=f"{count:,}", path=out))
    if pages.left_out:
        typer.echo(text("console.left_out", settings.locale, count=f"{pages.left_out:,}"))


class _Pages:
    """The rows of some channels between two moments, page by page."""

    def __init__(
        self, store: MoodStore, channels: list[ChannelActivity], start: datetime, end: datetime
    ) -> None:
        self._store = store
        self._channels = channels
        self._span = (start, end)
        self.left_out = 0  # corrections without a text, so far

    async def of(self, table: Table) -> AsyncIterator[Page]:
        """The pages of `table`."""
        for activity in self._channels:
            where = (activity.channel, *self._span)
            match table:
                case Table.BUCKETS:
                    async for buckets in self._store.bucket_pages(*where):
                        yield bucket_rows(activity, buckets)
                case Table.OBSERVATIONS:
                    async for observations in self._store.observation_pages(*where):
                        yield observation_rows(activity, observations)
                case Table.CORRECTIONS:
                    async for corrections in self._store.correction_pages(*where):
                        rows = correction_rows(corrections)
                        self.left_out += len(corrections) - len(rows)
                        if rows:
                            yield rows
