"""`maeum privacy`: what a person may ask of whoever runs the bot, done for them by their id.

What a command needs is imported when it runs, so that `maeum --help` answers at once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.options import Database, Locale
from bot.errors import BadInput

if TYPE_CHECKING:
    from bot.consent import Consent
    from bot.events import ChannelRef
    from bot.settings import Settings
    from bot.storage import MoodStore

app = typer.Typer(
    help="A person's data, for those who cannot ask /emotion themselves any more.",
    no_args_is_help=True,
)

Person = Annotated[str, typer.Argument(help="Their id on the platform.")]
Workspace = Annotated[
    str | None, typer.Option("--workspace", help="Its id, where the bot knows several.")
]


@app.command()
def show(person: Person, workspace: Workspace = None, database: Database = None) -> None:
    """Print all that is kept of a person, as JSON."""
    typer.echo(asyncio.run(_exported(_settings(database), person, workspace)))


@app.command()
def export(
    person: Person,
    out: Annotated[Path, typer.Option("--out", help="The JSON file to write.")],
    workspace: Workspace = None,
    database: Database = None,
    locale: Locale = None,
) -> None:
    """Write all that is kept of a person to a file, to be handed to them."""
    from bot.cli.output import check_place, write_file
    from bot.locale import text

    settings = _settings(database, locale)
    check_place(out, settings)
    write_file(out, asyncio.run(_exported(settings, person, workspace)))
    typer.echo(text("console.person_exported", settings.locale, path=out))


@app.command()
def delete(
    person: Person, workspace: Workspace = None, database: Database = None, locale: Locale = None
) -> None:
    """Delete what is kept of a person; what they chose about being read still holds."""
    from bot.locale import text
    from bot.window import counted

    settings = _settings(database, locale)
    gone = counted("message", asyncio.run(_deleted(settings, person, workspace)), settings.locale)
    typer.echo(text("console.person_deleted", settings.locale, count=gone))


async def _exported(settings: "Settings", person: str, workspace: str | None) -> bytes:
    async with _opened(settings, workspace) as (consent, place):
        return await consent.export(place, person)


async def _deleted(settings: "Settings", person: str, workspace: str | None) -> int:
    async with _opened(settings, workspace) as (consent, place):
        return await consent.delete(place, person)


def _settings(database: Path | None, locale: str | None = None) -> "Settings":
    from bot.settings import load_settings

    return load_settings(MAEUM_DATABASE=database, MAEUM_LOCALE=locale)


@asynccontextmanager
async def _opened(
    settings: "Settings", workspace: str | None
) -> "AsyncIterator[tuple[Consent, ChannelRef]]":
    """People's choices, and where in the store `workspace` is."""
    from bot.cli.compose import pseudonyms
    from bot.cli.known import existing_store
    from bot.consent import Consent

    async with existing_store(settings) as store:
        yield Consent(store, pseudonyms(settings)), await _place(store, workspace)


async def _place(store: "MoodStore", workspace: str | None) -> "ChannelRef":
    """Any channel of the workspace: a person is known by their workspace alone."""
    from bot.cli.known import channels_in

    known = {it.channel.workspace: it.channel for it in await channels_in(store, workspace)}
    if len(known) == 1:
        return next(iter(known.values()))
    names = ", ".join(known) or "none"
    raise BadInput(f"say which workspace with --workspace; there are: {names}")
