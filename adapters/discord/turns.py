"""Lets others have a turn between two frames of the gateway."""

import asyncio
from typing import Any

import aiohttp
import discord


def take_turns(client: discord.Client) -> None:
    """Make `client` pause for an instant before each frame it reads.

    discord.py reads frames as long as some have arrived (`Shard.worker`), and reading one that has
    does not wait: the burst of a RESUME would hold the event loop until all of it is parsed.
    """
    connect = client.http.ws_connect

    async def connect_politely(*args: Any, **options: Any) -> Any:
        socket = await connect(*args, **options)
        receive = socket.receive

        async def receive_in_turn(*args: Any, **options: Any) -> aiohttp.WSMessage:
            await asyncio.sleep(0)
            return await receive(*args, **options)

        socket.receive = receive_in_turn  # type: ignore[method-assign]
        return socket

    client.http.ws_connect = connect_politely  # type: ignore[method-assign]
