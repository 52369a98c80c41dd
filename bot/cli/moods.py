"""`maeum mood`: the channels the store knows, and one channel's mood."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from adapters.console import Terminal, printable
from bot.charts import Theme, draw, draw_week
from bot.cli.known import existing_store, find_channel
from bot.cli.output import check_place, write_file
from bot.clock import SystemClock
from bot.errors import BadInput
from bot.locale import text
from bot.mood import Evidence, Mood, read_mood
from bot.observations import ChannelActivity
from bot.preferences import Preferences, resolve
from bot.settings import Settings
from bot.summary import summarise
from bot.week import week_of
from bot.window import Window


async def list_channels(settings: Settings, *, as_json: bool) -> None:
    """Every channel with what was counted there, the latest first."""
    async with existing_store(settings) as store:
        known = await store.channels()
    known.sort(key=lambda it: it.last_at or datetime.min.replace(tzinfo=UTC), reverse=True)
    if as_json:
        for activity in known:
            typer.echo(json.dumps(_channel_json(activity), ensure_ascii=False))
        return
    if not known:
        typer.echo(text("console.no_channels", settings.locale))
        return
    table = Table(box=None, padding=(0, 2))
    for column in ("channel", "workspace", "platform", "messages", "last_message"):
        table.add_column(text(f"console.{column}", settings.locale))
    for activity in known:
        last = activity.last_at
        table.add_row(
            Text(f"#{printable(activity.name or activity.channel.channel)}"),
            Text(printable(activity.channel.workspace)),
            activity.channel.platform,
            f"{activity.messages:,}",
            f"{last.astimezone(ZoneInfo(settings.timezone)):%Y-%m-%d %H:00}" if last else "",
        )
    Console().print(table)


async def show_mood(
    settings: Settings,
    channel: str,
    *,
    window: str,
    until: datetime | None,
    workspace: str | None,
    chart: Path | None,
    heatmap: Path | None,
    theme: Theme | None,
    as_json: bool,
) -> None:
    """One channel's mood in words or as JSON, and its chart if a file is named for it."""
    for picture_file in filter(None, (chart, heatmap)):
        check_place(picture_file, settings)
    async with existing_store(settings) as store:
        activity = await find_channel(store, channel, workspace)
        rows = await store.preferences(activity.channel)
        defaults = Preferences(locale=settings.locale, timezone=settings.timezone)
        preferences = resolve(rows, defaults)
        end = _local(until, preferences.timezone) if until else SystemClock().now()
        mood = await read_mood(
            store,
            activity.channel,
            Window.last(window, end),
            timezone=ZoneInfo(preferences.timezone),
            min_people=preferences.min_people,
        )
        buckets = await store.buckets(activity.channel, mood.window.start, mood.window.end)
    theme = theme or preferences.theme
    if as_json:
        typer.echo(json.dumps(_mood_json(activity, mood), ensure_ascii=False, indent=1))
    else:
        terminal = Terminal(Console(), settings.locale, preferences.timezone)
        terminal.show_reply(summarise(mood, settings.locale, channel_name=activity.name))
        if mood.evidence is Evidence.NOTHING and activity.last_at:
            last = f"{activity.last_at.astimezone(ZoneInfo(preferences.timezone)):%Y-%m-%d}"
            terminal.say(text("console.try_until", settings.locale, last=last))
    if chart:
        picture = await asyncio.to_thread(
            draw, mood, settings.locale, theme=theme, channel_name=activity.name
        )
        if picture is None:
            raise BadInput(f"{chart} was not drawn: there is nothing to show in this window")
        write_file(chart, picture.png)
    if heatmap:
        week = week_of(buckets, ZoneInfo(preferences.timezone))
        picture = await asyncio.to_thread(
            draw_week, mood, week, settings.locale, theme=theme, channel_name=activity.name
        )
        if picture is None:
            raise BadInput(f"{heatmap} was not drawn: there is nothing to show in this window")
        write_file(heatmap, picture.png)


def _local(moment: datetime, timezone: str) -> datetime:
    """A moment typed without a time zone; on the hour it ends that hour's window, not the next."""
    return moment.replace(tzinfo=ZoneInfo(timezone)) - timedelta.resolution


def _channel_json(activity: ChannelActivity) -> dict[str, object]:
    channel = activity.channel
    return {
        "platform": channel.platform,
        "workspace": channel.workspace,
        "channel": channel.channel,
        "name": activity.name,
        "messages": activity.messages,
        "last_at": activity.last_at.isoformat() if activity.last_at else None,
    }


def _mood_json(activity: ChannelActivity, mood: Mood) -> dict[str, object]:
    """The figures behind a summary; null where too little or too few is there to say."""
    return {
        **_channel_json(activity),
        "from": mood.window.start.isoformat(),
        "until": mood.window.end.isoformat(),
        "evidence": mood.evidence,
        "people": mood.people,
        "scored": mood.tally.scored,
        "unscored": mood.tally.unscored,
        "groups": {group: round(share, 4) for group, share in mood.tally.shares.items()},
        "labels": {entry.label.key: entry.count for entry in mood.tally.top()},
        "valence": mood.tally.valence,
        "trend": mood.trend,
        "series": [
            {
                "from": step.window.start.isoformat(),
                "messages": step.tally.messages,
                "valence": step.valence,
                "groups": {group: count for group, count in step.tally.groups.items() if count},
            }
            for step in mood.steps
        ],
    }
