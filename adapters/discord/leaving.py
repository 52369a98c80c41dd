"""What is kept of a guild or channel goes when that is gone, also while the bot was away."""

import logging
from collections.abc import Callable

import aiohttp
import discord

from bot.events import ChannelRef, Platform
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


async def purge_deleted_channels(
    client: discord.Client, store: MoodStore, guild: discord.Guild
) -> None:
    """Purge the channels known to the store that Discord knows no more."""
    here = {str(channel.id) for channel in guild.channels}
    for activity in await store.channels(Platform.DISCORD, str(guild.id)):
        if activity.channel.channel not in here and await _is_deleted(client, activity.channel):
            removed = await store.purge_channel(activity.channel)
            logger.info(
                "channel %s was deleted: %s observations purged", activity.channel.channel, removed
            )


async def _is_deleted(client: discord.Client, ref: ChannelRef) -> bool:
    """Whether Discord says that there is no such channel, and not merely that it is closed."""
    try:
        await client.fetch_channel(int(ref.channel))
    except discord.NotFound:
        return True
    except (discord.DiscordException, OSError, aiohttp.ClientError):
        return False
    return False
