"""`/emotion export`: a channel's hourly counts as a file, for managers."""

import asyncio

from bot.commands.asked import Asked
from bot.commands.channel import channel_meant
from bot.commands.grammar import Export
from bot.errors import BadCommand, BadInput
from bot.events import Reply
from bot.export import Table, bucket_rows, csv
from bot.observations import ChannelActivity
from bot.service import Bot
from bot.window import Window, name_length

EXPORT_NAME = "maeum-buckets.csv"
_DEFAULT_WINDOW = "7d"


async def export(bot: Bot, asked: Asked, command: Export) -> Reply:
    """The counts of the hours in which enough people spoke that none of them stands out."""
    if not asked.request.is_manager:
        raise BadCommand(asked.say("export_managers"))
    channel, name = await channel_meant(bot, asked, command.channel)
    window = Window.last(
        command.window or _DEFAULT_WINDOW, bot.clock.now(), language=asked.language
    )
    span = (channel, window.start, window.end)
    people = await bot.store.people_by_hour(*span)
    enough = asked.preferences.min_people
    shown = [it for it in await bot.store.buckets(*span) if people.get(it.hour, 0) >= enough]
    values = {"length": name_length(window, asked.language), "people": enough}
    if not shown:
        return Reply(title=asked.say("export_title"), text=asked.say("export_nothing", **values))
    activity = ChannelActivity(channel=channel, name=name, messages=0, last_at=None)
    try:
        content = await asyncio.to_thread(csv, bucket_rows(activity, shown), Table.BUCKETS)
    except BadInput:
        raise BadCommand(asked.say("export_unavailable")) from None
    return Reply(
        title=asked.say("export_title"),
        text=asked.say("export_text", **values),
        attachment=(EXPORT_NAME, content),
    )
