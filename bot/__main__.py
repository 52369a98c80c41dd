"""The command line, `maeum`: reads the settings, then runs one part of `bot.cli`.

What a command needs is imported when it runs, so that `maeum --help` answers at once.
"""

import asyncio
import importlib
import sys
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from bot.charts.palette import Theme
from bot.cli.models import app as models
from bot.cli.options import Backend, Database, Locale, Model, MoodFormat, RowFormat, in_reach
from bot.cli.privacy import app as people
from bot.errors import BadInput, MaeumError
from bot.export import Form, Table
from classifier.files import no_room

app = typer.Typer(
    name="maeum",
    help="Maeum (마음) senses the emotion of chat messages, on your own machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(models, name="model")
app.add_typer(people, name="privacy")


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where its charts and its database go.")] = Path(
        "maeum-demo"
    ),
    locale: Locale = None,
) -> None:
    """A sample chat through the whole path, then each channel's mood with a chart."""
    from bot.cli.chat import demo
    from bot.settings import load_settings

    settings = load_settings(
        MAEUM_LOCALE=locale,
        MAEUM_DATABASE=folder / "demo.db",  # it begins afresh: no install's own name
        MAEUM_MODEL="default",
        MAEUM_BACKEND="onnx",
    )
    asyncio.run(demo(settings, folder))


@app.command()
def chat(
    replay: Annotated[
        Path | None,
        typer.Option(
            help="Run a log instead: Maeum's JSONL, a Slack export folder or .zip, "
            "or a DiscordChatExporter JSON file or folder."
        ),
    ] = None,
    database: Database = None,
    locale: Locale = None,
    model: Model = None,
    backend: Backend = None,
) -> None:
    """A chat in the terminal: type a message and see the reaction, or ask /emotion."""
    from bot.cli.chat import chat, replay_log
    from bot.settings import load_settings

    settings = load_settings(
        MAEUM_DATABASE=database, MAEUM_LOCALE=locale, MAEUM_MODEL=model, MAEUM_BACKEND=backend
    )
    asyncio.run(replay_log(settings, replay) if replay else chat(settings))


@app.command()
def classify(
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT", help="Messages; none: standard input.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="A txt, csv, tsv or jsonl file, one message a row."),
    ] = None,
    column: Annotated[
        str | None, typer.Option(help="The csv column or jsonl key that holds the message.")
    ] = None,
    form: Annotated[
        RowFormat, typer.Option("--format", help="A table for people, jsonl for programs.")
    ] = RowFormat.TABLE,
    scores: Annotated[bool, typer.Option("--scores", help="Every label's score too.")] = False,
    locale: Locale = None,
    model: Model = None,
    backend: Backend = None,
) -> None:
    """The emotion of texts, of a file's rows, or of standard input's lines, as they come."""
    from bot.cli.classify import classify_all, json_writer, table_writer
    from bot.cli.rows import read_rows, read_standard_input
    from bot.settings import load_settings

    if texts and file:
        raise BadInput("texts and --file are both given; give one of them")
    settings = load_settings(MAEUM_LOCALE=locale, MAEUM_MODEL=model, MAEUM_BACKEND=backend)
    rows = texts or (read_rows(file, column) if file else read_standard_input())
    write = (
        json_writer(scores) if form is RowFormat.JSONL else table_writer(scores, settings.locale)
    )
    asyncio.run(classify_all(rows, settings, write))


@app.command()
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


@app.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def train(context: typer.Context) -> None:
    """Rebuild the model offline: the training package, which needs its extra."""
    # By name, and only now: a serving machine has no TensorFlow, and the bot never imports it.
    training = importlib.import_module("training.__main__")
    try:
        training.app(context.args, prog_name="maeum train")
    except ModuleNotFoundError as error:
        raise BadInput(
            f"training needs {error.name}; install it with pip install 'maeum[training]'"
        ) from None


Backfill = Annotated[
    str | None, typer.Option("--backfill", help="Also read history, such as 30d; resumable.")
]


@app.command()
def run(
    backfill: Backfill = None,
    database: Database = None,
    model: Model = None,
    backend: Backend = None,
) -> None:
    """Serve the platforms whose tokens are set, until stopped."""
    from bot.cli.run import backfill_days, run
    from bot.settings import load_settings

    settings = load_settings(MAEUM_DATABASE=database, MAEUM_MODEL=model, MAEUM_BACKEND=backend)
    asyncio.run(run(settings, backfill=backfill_days(backfill)))


@app.command()
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


@app.command()
def doctor() -> None:
    """What is missing for the platforms to work, in words; exit code 1 if anything is."""
    from bot.cli.doctor import doctor
    from bot.settings import load_settings

    asyncio.run(doctor(load_settings()))


@app.command()
def sync(
    guild: Annotated[
        int | None,
        typer.Option("--guild", help="Register in this Discord guild alone, at once; for trials."),
    ] = None,
) -> None:
    """Bring the platforms' commands up to date."""
    from bot.cli.doctor import sync
    from bot.settings import load_settings

    asyncio.run(sync(load_settings(), guild))


def main() -> None:
    """Run the command line; a failure told to a person is one line, and exit code 1.

    Typer itself ends quietly on Ctrl-C and when the reader of the output has gone (`| head`).
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # not where it is closed
            stream.reconfigure(errors="replace")  # a message may hold what no byte stands for
    try:
        app()
    except MaeumError as error:
        from adapters.console import printable

        typer.echo(f"maeum: {printable(str(error))}", err=True)
        sys.exit(1)
    except OSError as error:
        if not no_room(error):
            raise
        typer.echo(f"maeum: the output cannot be written: {error.strerror}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
