"""What is kept of a guild goes when the bot has left it, also while it was away."""

import logging
from collections.abc import Callable

from bot.events import Platform
from bot.storage import MoodStore

logger = logging.getLogger(__name__)


async def purge_guild(store: MoodStore, guild: str) -> None:
    """Forget all that is known of a guild."""
    removed = await store.purge_workspace(Platform.DISCORD, guild)
    logger.info("guild %s was left: %s observations purged", guild, removed)


async def purge_left(store: MoodStore, here: set[str], serves: Callable[[str], bool]) -> None:
    """Purge the guilds known to the store that are not `here`, among those this process serves."""
    known = {guild for guild in await store.workspaces(Platform.DISCORD) if serves(guild)}
    if known and known.isdisjoint(here):
        logger.warning(
            "none of the %s guilds in the database is served: another bot's token? Nothing is "
            "purged",
            len(known),
        )
        return
    for guild in known - here:
        await purge_guild(store, guild)
