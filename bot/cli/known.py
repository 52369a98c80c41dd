"""What of a store the words of a command line mean: a channel or a workspace, by name or id."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.cli.compose import open_store
from bot.clock import SystemClock
from bot.errors import BadInput
from bot.observations import ChannelActivity
from bot.settings import Settings
from bot.storage import MoodStore


@asynccontextmanager
async def existing_store(settings: Settings) -> AsyncIterator[MoodStore]:
    """The store of the settings, which must be there already."""
    if not settings.database.exists():
        raise BadInput(
            f"{settings.database} does not exist; name a database with --database, "
            "or fill one with maeum chat"
        )
    async with open_store(settings, SystemClock()) as store:
        yield store


async def channels_in(store: MoodStore, workspace: str | None) -> list[ChannelActivity]:
    """The channels of `workspace`, None is all; BadInput lists the workspaces there are."""
    known = await store.channels()
    here = [it for it in known if workspace in (None, it.channel.workspace)]
    if workspace is not None and not here:
        names = ", ".join(dict.fromkeys(it.channel.workspace for it in known)) or "none"
        raise BadInput(f"workspace {workspace} is not known; there are: {names}")
    return here


async def find_channel(store: MoodStore, name: str, workspace: str | None) -> ChannelActivity:
    """The channel called `name`, by name or id; BadInput lists those there are."""
    known = await channels_in(store, workspace)
    wanted = name.removeprefix("#")
    found = [it for it in known if wanted in (it.name, it.channel.channel)]
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(it.channel.workspace for it in found)
        raise BadInput(f"channel {name} is in several workspaces; add --workspace ({places})")
    names = ", ".join(f"#{it.name or it.channel.channel}" for it in known) or "none"
    raise BadInput(f"channel {name} is not known; there are: {names}")
