"""`/emotion export`: a channel's counts or anonymous observations as a file, for managers."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.commands.asked import Asked
from bot.commands.channel import channel_meant
from bot.commands.grammar import Export
from bot.errors import BadCommand, BadInput
from bot.events import Reply
from bot.export import Form, Page, Table, bucket_rows, observation_rows
from bot.export import export as write
from bot.observations import ChannelActivity
from bot.service import Bot
from bot.window import Window, name_length

_DEFAULT_WINDOW = "7d"
# Discord takes files of 10 MB where nobody pays for more (support.discord.com, File Attachments).
_MOST_BYTES = 8_000_000
_MOST_ROWS = 100_000


class _TooMuch(Exception):
    """There is more than a platform would take."""


async def export(bot: Bot, asked: Asked, command: Export) -> Reply:
    """The rows of the hours in which enough people spoke that none of them stands out."""
    if not asked.request.is_manager:
        raise BadCommand(asked.say("export_managers"))
    channel, name = await channel_meant(bot, asked, command.channel)
    window = Window.last(
        command.window or _DEFAULT_WINDOW, bot.clock.now(), language=asked.language
    )
    people = await bot.store.people_by_hour(channel, window.start, window.end)
    enough = asked.preferences.min_people
    hours = {hour: count for hour, count in people.items() if count >= enough}
    activity = ChannelActivity(channel=channel, name=name, messages=0, last_at=None)
    values = {"length": name_length(window, asked.language), "people": enough}
    try:
        rows, content = await _written(_pages(bot, activity, window, command.table, hours), command)
    except BadInput:
        extra = "parquet" if command.form is Form.PARQUET else "export"
        raise BadCommand(asked.say("export_unavailable", extra=extra)) from None
    except _TooMuch:
        raise BadCommand(asked.say("export_too_much", length=values["length"])) from None
    if not rows:
        return Reply(title=asked.say("export_title"), text=asked.say("export_nothing", **values))
    return Reply(
        title=asked.say("export_title"),
        text=asked.say(f"export_{command.table}", **values),
        attachment=(f"maeum-{command.table}.{command.form}", content),
    )


async def _pages(
    bot: Bot,
    activity: ChannelActivity,
    window: Window,
    table: Table,
    hours: Mapping[datetime, int],
) -> AsyncIterator[Page]:
    """The rows of `hours`, page by page; _TooMuch once they would not fit a file."""
    span = (activity.channel, window.start, window.end)
    rows = 0
    if table is Table.BUCKETS:
        async for buckets in bot.store.bucket_pages(*span):
            page = bucket_rows(activity, [it for it in buckets if it.hour in hours])
            rows = _counted(rows, page)
            yield page
        return
    async for observations in bot.store.observation_pages(*span):
        kept = [it for it in observations if _hour_of(it.sent_at) in hours]
        page = observation_rows(activity, kept)
        rows = _counted(rows, page)
        yield page


def _counted(rows: int, page: Page) -> int:
    if rows + len(page) > _MOST_ROWS:
        raise _TooMuch
    return rows + len(page)


def _hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


async def _written(pages: AsyncIterator[Page], command: Export) -> tuple[int, bytes]:
    """How many rows there are, and the file they make."""
    folder = await asyncio.to_thread(TemporaryDirectory, prefix="maeum-")
    try:
        out = Path(folder.name) / "out"
        rows = await write(pages, command.table, command.form, out)
        content = await asyncio.to_thread(out.read_bytes)
    finally:
        await asyncio.to_thread(folder.cleanup)
    if len(content) > _MOST_BYTES:
        raise _TooMuch
    return rows, content
