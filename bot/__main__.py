"""The command line, `maeum`: reads the settings, then runs one part of `bot.cli`.

What a command needs is imported when it runs, so that `maeum --help` answers at once.
"""

import asyncio
import importlib
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.models import app as models
from bot.cli.options import Backend, Database, Locale, Model, RowFormat
from bot.cli.privacy import app as people
from bot.cli.reports import export, mood
from bot.errors import BadInput, MaeumError
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


app.command()(mood)


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


app.command()(export)


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
