"""`maeum mood` and `maeum export`: what was counted, for people and for programs.

What a command needs is imported when it runs, so that `maeum --help` answers at once.
"""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.charts.palette import Theme
from bot.cli.options import Database, Locale, MoodFormat, in_reach
from bot.errors import BadInput
from bot.export import Form, Table


def mood(
    channel: Annotated[
        str | None, typer.Argument(help="A channel by name or id; none: list the channels.")
    ] = None,
    window: Annotated[
        str, typer.Option(help="How far back: hours or days such as 24h, 7d.")
    ] = "7d",
    until: Annotated[
        datetime | None,
        typer.Option(
            help="Where the window ends, in local time; now if not given.", callback=in_reach
        ),
    ] = None,
    workspace: Annotated[
        str | None, typer.Option(help="The channel's workspace, where names repeat.")
    ] = None,
    chart: Annotated[Path | None, typer.Option(help="Draw a chart into this PNG file.")] = None,
    heatmap: Annotated[
        Path | None, typer.Option(help="Draw its week by weekday and hour into this PNG file.")
    ] = None,
    theme: Annotated[
        Theme | None, typer.Option(help="What it is drawn on; else as the channel has it.")
    ] = None,
    form: Annotated[
        MoodFormat, typer.Option("--format", help="Words for people, json for programs.")
    ] = MoodFormat.TEXT,
    database: Database = None,
    locale: Locale = None,
) -> None:
    """The channels known, or one channel's mood in words, as JSON and as a chart."""
    from bot.cli.moods import list_channels, show_mood
    from bot.settings import load_settings

    settings = load_settings(MAEUM_DATABASE=database, MAEUM_LOCALE=locale)
    as_json = form is MoodFormat.JSON
    if channel is None:
        if chart or heatmap:
            raise BadInput("--chart and --heatmap draw one channel; name it (see maeum mood)")
        asyncio.run(list_channels(settings, as_json=as_json))
        return
    asyncio.run(
        show_mood(
            settings,
            channel,
            window=window,
            until=until,
            workspace=workspace,
            chart=chart,
            heatmap=heatmap,
            theme=theme,
            as_json=as_json,
        )
    )


def export(
    table: Annotated[
        Table,
        typer.Argument(
            help="buckets (hourly counts), observations (without authors), or corrections "
            "(a table for maeum train, of those that hold a text)."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The file to write.")],
    channel: Annotated[
        str | None, typer.Option(help="One channel by name or id; none: all of them.")
    ] = None,
    workspace: Annotated[str | None, typer.Option(help="One workspace by its id.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--from", help="From this moment on, in local time.", callback=in_reach),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(help="Up to this moment, in local time.", callback=in_reach),
    ] = None,
    form: Annotated[
        Form, typer.Option("--format", help="parquet needs pip install 'maeum\\[parquet]'.")
    ] = Form.CSV,
    database: Database = None,
) -> None:
    """What was counted or corrected, as a table in a file. Memory does not grow with it."""
    from bot.cli.export import export_table
    from bot.settings import load_settings

    settings = load_settings(MAEUM_DATABASE=database)
    asyncio.run(
        export_table(
            settings,
            table,
            form,
            out,
            channel=channel,
            workspace=workspace,
            since=since,
            until=until,
        )
    )
