"""Digests: a channel's mood, posted daily or weekly where its managers wished it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.charts import draw
from bot.events import ChannelRef, Reply
from bot.locale import text
from bot.mood import Evidence, read_mood
from bot.posts import Kind, Post, Speakers, say
from bot.preferences import Preferences
from bot.rounds import repeating
from bot.schedule import Every, Schedule, ScheduleForm
from bot.service import Bot
from bot.summary import summarise

_EVERY = 30.0  # seconds between two looks at the clock
# A schedule first seen within this time of its due moment was set before it.
_JUST_SET = timedelta(minutes=2)


@asynccontextmanager
async def digesting(bot: Bot, speakers: Speakers, *, every: float = _EVERY) -> AsyncIterator[None]:
    """Post the digests that are due while the context lasts."""
    async with repeating("the digests", lambda: post_digests(bot, speakers), every=every):
        yield


async def post_digests(bot: Bot, speakers: Speakers) -> int:
    """Post every digest that is due; how many were posted.

    Of those missed while nothing ran, a channel gets the latest only.
    """
    posted = 0
    for place in await bot.store.where_set("digest"):
        channel = ChannelRef(platform=place[0], workspace=place[1], channel=place[2])
        preferences = await bot.preferences(channel)
        if preferences.digest.every is not Every.NEVER:
            posted += await _post(bot, speakers, channel, preferences)
    return posted


async def _post(
    bot: Bot, speakers: Speakers, channel: ChannelRef, preferences: Preferences
) -> bool:
    schedule = preferences.digest
    due = schedule.last_due(bot.clock.now(), ZoneInfo(preferences.timezone))
    post = Post(
        kind=Kind.DIGEST,
        about=channel,
        where=replace(channel, channel=schedule.channel or channel.channel),
        plan=f"{ScheduleForm().write(schedule)} {preferences.timezone}",
        due=due,
        begin=bot.clock.now() - due <= _JUST_SET,
    )
    return await say(bot, speakers, post, lambda: compose(bot, channel, schedule, due, preferences))


async def compose(
    bot: Bot, channel: ChannelRef, schedule: Schedule, due: datetime, preferences: Preferences
) -> Reply | None:
    """The digest of `channel` at `due`, or None where there is too little to speak of."""
    mood = await read_mood(
        bot.store,
        channel,
        schedule.window(due),
        timezone=ZoneInfo(preferences.timezone),
        min_people=preferences.min_people,
    )
    if mood.evidence is not Evidence.ENOUGH:
        return None
    language = preferences.locale
    name = await bot.store.channel_name(channel) or channel.channel
    picture = await asyncio.to_thread(
        draw, mood, language, theme=preferences.theme, channel_name=name
    )
    title = text(f"digest.{schedule.every}", language, channel=name.removeprefix("#"))
    reply = summarise(mood, language, channel_name=name)
    return replace(reply, title=title, picture=picture, ephemeral=False)
