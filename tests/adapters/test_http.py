"""The process's HTTP server: on the address it was given, or one clear sentence."""

import socket

import aiohttp
import pytest
from aiohttp import web

from adapters.http import HttpServer
from bot.errors import BadSetting


async def test_routes_are_served_on_the_address_alone() -> None:
    """A route added before the start answers, on the host asked for and no other."""

    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    server = HttpServer("127.0.0.1:0")
    server.app.router.add_get("/hello", hello)
    async with server.running(), aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{server.port}/hello") as answer:
            assert await answer.text() == "hello"
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"http://127.0.0.2:{server.port}/hello")


async def test_an_address_in_use_is_told() -> None:
    """A port that another program has is a setting to change, not a traceback."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadSetting, match=f"MAEUM_HTTP=127.0.0.1:{port}"):
            async with HttpServer(f"127.0.0.1:{port}").running():
                pass
