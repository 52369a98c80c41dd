"""What the dashboard asks of the core: the workspace's channels as they are now, and one of them.

The same computation as the summaries', so that what they keep to themselves is kept here too.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.dashboard.session import Session
from bot.dashboard.view import ChannelLine, MoodView, channel_line, mood_view
from bot.errors import BadCommand
from bot.events import ChannelRef
from bot.locale import text
from bot.mood import read_mood
from bot.observations import ChannelTotals
from bot.preferences import Preferences
from bot.service import Bot
from bot.week import week_of
from bot.window import Window, name_length
from classifier.base import Language

NOW = "24h"  # the mood of a channel in the list
LEAST_WEEK = "7d"  # of a shorter window, the hours of the week would tell nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The channels of a workspace that a manager may read."""

    version: str  # the same while there is nothing new to show
    window: str
    zone: str
    channels: tuple[ChannelLine, ...]


async def overview(
    bot: Bot, session: Session, language: Language, *, since: str | None = None
) -> Overview | None:
    """Every channel's mood of the last day, by name; None if it is the same as at `since`."""
    window = Window.last(NOW, bot.clock.now())
    version = f"{await bot.store.changes()}-{window.end:%d%H}"
    if version == since:
        return None
    here = (session.platform, session.workspace)
    totals = await bot.store.channel_totals(*here, window.start, window.end)
    readable = await session.readable([it.channel for it in totals])
    preferences = await _preferences(bot, session)
    lines = await asyncio.to_thread(
        _lines, [it for it in totals if it.channel in readable], preferences, language
    )
    return Overview(
        version="" if session.is_asking else version,
        window=text("chart.last", language, length=name_length(window, language)),
        zone=preferences.timezone,
        channels=tuple(lines),
    )


async def channel_view(
    bot: Bot, session: Session, channel_id: str, window_word: str, language: Language
) -> MoodView:
    """One channel's mood with all its charts; BadCommand for one that is not the manager's."""
    channel = ChannelRef(platform=session.platform, workspace=session.workspace, channel=channel_id)
    names = await bot.store.channel_names(session.platform, session.workspace)
    if channel_id not in names or channel not in await session.readable([channel]):
        raise BadCommand(text("dashboard.no_channel", language))
    preferences = await _preferences(bot, session)
    window = Window.last(window_word, bot.clock.now(), language=language)
    timezone = ZoneInfo(preferences.timezone)
    mood = await read_mood(
        bot.store, channel, window, timezone=timezone, min_people=preferences.min_people
    )
    # The week is never shorter than the mood, so whoever may see the one may see the other: its
    # people are at least as many.
    least = Window.last(LEAST_WEEK, bot.clock.now())
    longer = window if window.hours >= least.hours else least
    buckets = await bot.store.buckets(channel, longer.start, longer.end) if mood.steps else []
    return await asyncio.to_thread(
        lambda: mood_view(mood, week_of(buckets, timezone), longer, language, names[channel_id])
    )


async def _preferences(bot: Bot, session: Session) -> Preferences:
    """What the whole workspace decided: its time zone, and how many people a mood needs."""
    nowhere = ChannelRef(platform=session.platform, workspace=session.workspace, channel="")
    return await bot.preferences(nowhere)


def _lines(
    totals: Sequence[ChannelTotals], preferences: Preferences, language: Language
) -> list[ChannelLine]:
    lines = [channel_line(it, preferences.min_people, language) for it in totals]
    return sorted(lines, key=lambda line: (line.name.casefold(), line.id))
