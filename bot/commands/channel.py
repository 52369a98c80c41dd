"""`/emotion channel`: a channel's mood in words, and as a chart when asked for."""

import asyncio
from dataclasses import replace

from bot.charts import draw, draw_week
from bot.commands.asked import Asked
from bot.commands.grammar import ChannelMood
from bot.errors import BadCommand
from bot.events import ChannelRef, Reply
from bot.mood import read_mood
from bot.service import Bot
from bot.summary import summarise
from bot.week import week_of
from bot.window import Window

_DEFAULT_WINDOW = "24h"
_DEFAULT_HEATMAP = "30d"  # a few of each weekday


async def mood(bot: Bot, asked: Asked, command: ChannelMood) -> Reply:
    """The mood of the channel meant, over the window meant."""
    channel, name = await channel_meant(bot, asked, command.channel)
    default = _DEFAULT_HEATMAP if command.heatmap else _DEFAULT_WINDOW
    window = Window.last(command.window or default, bot.clock.now(), language=asked.language)
    found = await read_mood(
        bot.store,
        channel,
        window,
        timezone=asked.timezone,
        min_people=asked.preferences.min_people,
    )
    reply = summarise(found, asked.language, channel_name=name)
    if command.heatmap and found.steps:
        buckets = await bot.store.buckets(channel, window.start, window.end)
        picture = await asyncio.to_thread(
            lambda: draw_week(
                found,
                week_of(buckets, asked.timezone),
                asked.language,
                theme=asked.preferences.theme,
                channel_name=name,
            )
        )
        reply = replace(reply, picture=picture)
    elif command.chart and found.steps:
        picture = await asyncio.to_thread(
            draw, found, asked.language, theme=asked.preferences.theme, channel_name=name
        )
        reply = replace(reply, picture=picture)
    return reply


async def channel_meant(
    bot: Bot, asked: Asked, wanted: str | None
) -> tuple[ChannelRef, str | None]:
    """The channel meant, by id or `#name`, if the asker may read it."""
    here = asked.request.channel
    if wanted is None or wanted == here.channel:
        return here, asked.request.channel_name
    known = await bot.store.channels(here.platform, here.workspace)
    for activity in known:
        if wanted in (activity.channel.channel, f"#{activity.name}"):
            if await may_read(asked, activity.channel):
                return activity.channel, activity.name
            break
    # The same words for a channel that is unknown and one that is private: neither is told apart.
    raise BadCommand(asked.say("no_channel", channel=wanted))


async def may_read(asked: Asked, channel: ChannelRef) -> bool:
    """Whether the asker may read `channel`; where nobody can tell, only the one they are in."""
    can_read = asked.request.can_read
    return channel == asked.request.channel or (can_read is not None and await can_read(channel))
