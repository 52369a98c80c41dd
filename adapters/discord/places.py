"""Finds where a message counts, also when it is in a thread that discord.py has let go."""

import asyncio
from collections import OrderedDict

import aiohttp
import discord

from adapters.discord.translate import Place, place_of

_REMEMBERED = 10_000  # threads
_PAUSES = (2.0, 15.0, 60.0)  # seconds before Discord is asked again: a deletion would be lost


class Places:
    """The places of channels and threads.

    An archived thread leaves discord.py's cache, but deletions in it still come, with its id
    alone. Its parent is remembered here, or else asked for once.
    """

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._asking = asyncio.Lock()
        self._threads: OrderedDict[int, Place | None] = OrderedDict()  # None: Discord knows none

    async def find(self, guild_id: int, channel_id: int) -> Place | None:
        """The place of a channel or thread; None for what is gone or closed to the bot."""
        guild = self._client.get_guild(guild_id)
        if place := place_of(guild and guild.get_channel_or_thread(channel_id)):
            if place.thread:
                self._remember(channel_id, place)
            return place
        async with self._asking:  # a purge tells many deletions of one thread at once
            if channel_id not in self._threads:
                self._remember(channel_id, await self._ask(guild_id, channel_id))
        return self._threads.get(channel_id)

    async def _ask(self, guild_id: int, channel_id: int) -> Place | None:
        for pause in (*_PAUSES, None):
            try:
                channel = await self._client.fetch_channel(channel_id)
                break
            except (discord.NotFound, discord.Forbidden, discord.InvalidData):
                return None
            except (discord.HTTPException, OSError, aiohttp.ClientError):
                if pause is None:
                    raise
                await asyncio.sleep(pause)
        place = place_of(channel)
        # What came from another guild than the event would count in the wrong one.
        return place if place and place.ref.workspace == str(guild_id) else None

    def _remember(self, channel_id: int, place: Place | None) -> None:
        self._threads[channel_id] = place
        self._threads.move_to_end(channel_id)
        if len(self._threads) > _REMEMBERED:
            self._threads.popitem(last=False)
