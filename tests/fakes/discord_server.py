"""A loopback Discord: REST and gateway, which the real discord.py talks to."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import discord
import pytest
import yarl
from aiohttp import web
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.fakes.discord_gateway import Gateway
from tests.fakes.discord_rest import ROUTES
from tests.fakes.discord_world import World


@dataclass
class Fault:
    """An answer that comes instead of the right one, some times over."""

    method: str
    path: str
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1


class FakeDiscord:
    """The server, its world, and every request it got."""

    def __init__(self) -> None:
        self.world = World()
        self.gateway = Gateway(self.world)
        self.requests: list[tuple[str, str]] = []
        self.faults: list[Fault] = []

    def fail(self, method: str, path: str, status: int, **more: Any) -> None:
        """Answer requests whose path matches `path` with `status` (times=1)."""
        self.faults.append(Fault(method, path, status, **more))

    def count(self, method: str, path: str) -> int:
        """How many requests there were."""
        return sum(
            made == method and re.search(path, where) is not None for made, where in self.requests
        )

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/api")
        if path == "/gateway":
            return await self.gateway.serve(request)
        self.requests.append((request.method, path))
        if request.headers.get("Authorization") not in (None, f"Bot {self.world.token}"):
            return as_json({"message": "401: Unauthorized", "code": 0}, 401)
        for fault in self.faults:
            if fault.method == request.method and re.search(fault.path, path) and fault.times:
                fault.times -= 1
                body = {"message": "no", "code": 0} if fault.body is None else fault.body
                return as_json(body, fault.status, fault.headers)
        for method, pattern, handle in ROUTES:
            if method == request.method and (match := re.fullmatch(pattern, path)):
                data = await handle(self.world, self.gateway, request, *match.groups())
                return web.Response(status=204) if data is None else as_json(data)
        raise AssertionError(f"the fake has no {request.method} {path}")


def as_json(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An answer; discord.py reads only what is exactly application/json."""
    response = web.Response(
        body=json.dumps(data).encode(),
        status=status,
        headers={"Via": "1.1 fake", **(headers or {})},
    )
    if headers and headers.get("Via") == "":
        del response.headers["Via"]
    response.headers["Content-Type"] = "application/json"
    return response


@asynccontextmanager
async def fake_discord(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDiscord]:
    """A Discord on a port of its own, with discord.py pointed at it."""
    fake = FakeDiscord()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", fake._answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    fake.gateway.url = f"ws://127.0.0.1:{port}/gateway"
    monkeypatch.setattr(Route, "BASE", f"http://127.0.0.1:{port}/api")
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(fake.gateway.url))
    assert discord.version_info >= (2, 7)
    try:
        yield fake
    finally:
        await fake.gateway.drop(1000)
        await runner.cleanup()
