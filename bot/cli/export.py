"""`maeum export`: hourly counts or anonymous observations of the store, into a file."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from bot.cli.moods import existing_store, find_channel
from bot.cli.output import make_folder
from bot.errors import BadInput
from bot.export import Form, Page, Table, bucket_rows, export, observation_rows
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
    async with existing_store(settings) as store:
        channels = (
            [await find_channel(store, channel, workspace)]
            if channel
            else [
                it
                for it in await store.channels()
                if workspace is None or it.channel.workspace == workspace
            ]
        )
        make_folder(out.parent)
        count = await export(_pages(store, table, channels, start, end), table, form, out)
    typer.echo(text("console.exported", settings.locale, count=f"{count:,}", path=out))


async def _pages(
    store: MoodStore,
    table: Table,
    channels: list[ChannelActivity],
    start: datetime,
    end: datetime,
) -> AsyncIterator[Page]:
    for activity in channels:
        if table is Table.BUCKETS:
            async for buckets in store.bucket_pages(activity.channel, start, end):
                yield bucket_rows(activity, buckets)
        else:
            async for observations in store.observation_pages(activity.channel, start, end):
                yield observation_rows(activity, observations)
