"""Slack on the loopback interface: its Web API and its Socket Mode, for the real libraries."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.fakes.slack_methods import METHODS, SCOPES_OF, Refused
from tests.fakes.slack_socket import FakeSockets

Params = dict[str, Any]

MANIFEST = Path(__file__).parents[2] / "manifest.json"


@dataclass(frozen=True, slots=True)
class Call:
    """A Web API call as it arrived."""

    method: str
    params: Params
    token: str
    at: float


@dataclass(slots=True)
class Fault:
    """What a method answers instead, this many times."""

    status: int = 200
    error: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


class FakeSlack:
    """One Slack with its workspaces. Everything a test looks at is a plain attribute."""

    def __init__(self) -> None:
        self.tokens = {"xoxb-1": "T1"}
        self.app_tokens = {"xapp-1"}
        self.bots = {"T1": ("UBOT", "BBOT")}
        # What an app made from our manifest is granted, and nothing else.
        self.scopes = set(json.loads(MANIFEST.read_text("utf-8"))["oauth_config"]["scopes"]["bot"])
        self.channels: dict[str, dict[str, Any]] = {}
        self.members: dict[str, set[str]] = defaultdict(set)
        self.users: dict[str, dict[str, Any]] = {}
        self.custom_emoji: dict[str, str] = {}
        self.reactions: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.history: dict[str, list[dict[str, Any]]] = defaultdict(list)  # newest first
        self.threads: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.posts: list[Params] = []
        self.ephemerals: list[Params] = []
        self.answers: list[Params] = []  # to response_urls
        self.views: dict[str, dict[str, Any]] = {}
        self.uploads: dict[str, dict[str, Any]] = {}
        self.codes: dict[str, dict[str, Any]] = {}  # of OAuth
        self.calls: list[Call] = []
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.sockets = FakeSockets()
        self._changed = asyncio.Condition()
        self.url = ""

    @property
    def base_url(self) -> str:
        """Where the Web API is."""
        return f"{self.url}/api/"

    @property
    def response_url(self) -> str:
        """Where commands are answered."""
        return f"{self.url}/respond"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["FakeSlack"]:
        """Listen on a port of its own."""
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/respond", self._respond)
        app.router.add_post("/upload/{file}", self._upload)
        app.router.add_get("/link", self.sockets.handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await self.sockets.close()
            await runner.cleanup()

    def fail(self, method: str, times: int = 1, **fault: Any) -> None:
        """Let the next `times` calls of a method fail; a fault without fields is an error 500."""
        self.faults[method].extend(Fault(**(fault or {"status": 500})) for _ in range(times))

    def made(self, method: str) -> list[Call]:
        """The calls of one method so far."""
        return [call for call in self.calls if call.method == method]

    async def until(self, holds: Any, *, within: float = 10.0) -> None:
        """Wait until `holds()`; it is asked after each call that arrives."""
        async with self._changed, asyncio.timeout(within):
            await self._changed.wait_for(holds)

    async def _api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        params = await _params(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = str(params.pop("token", "") or token)
        self.calls.append(Call(method, params, token, asyncio.get_running_loop().time()))
        fault = self.faults[method].popleft() if self.faults[method] else None
        if fault is not None:
            await asyncio.sleep(fault.delay)
        if fault is None or (fault.status == 200 and fault.error is None):
            answer = self._answer(method, params, token)
            status, headers = 200, {"x-oauth-scopes": ",".join(sorted(self.scopes))}
        else:
            answer = {"ok": False, "error": fault.error} if fault.error else None
            status, headers = fault.status, fault.headers
        await self._notify()
        if answer is None:
            return web.Response(status=status, text="<html>", content_type="text/html")
        return web.json_response(answer, status=status, headers=headers)

    def _answer(self, method: str, params: Params, token: str) -> dict[str, Any]:
        handler, needed = METHODS[method], SCOPES_OF[method]
        if method == "apps.connections.open":
            if token not in self.app_tokens:
                return {"ok": False, "error": "invalid_auth"}
            return {"ok": True, "url": f"{self.url.replace('http', 'ws')}/link"}
        if method != "oauth.v2.access" and token not in self.tokens:
            return {"ok": False, "error": "invalid_auth"}
        if needed and needed not in self.scopes:
            provided = ",".join(sorted(self.scopes))
            error = {"ok": False, "error": "missing_scope"}
            return {**error, "needed": needed, "provided": provided}
        try:
            return {"ok": True, **handler(self, params, self.tokens.get(token, ""))}
        except Refused as refusal:
            return {"ok": False, "error": str(refusal)}

    async def _respond(self, request: web.Request) -> web.Response:
        if self.faults["response_url"]:
            fault = self.faults["response_url"].popleft()
            return web.Response(status=fault.status, headers=fault.headers)
        self.answers.append(await request.json())
        await self._notify()
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.Response:
        self.uploads[request.match_info["file"]]["content"] = await request.read()
        return web.Response(text="OK", content_type="text/plain")

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()


async def _params(request: web.Request) -> Params:
    params: Params = dict(request.query)
    if request.content_type == "application/json":
        params |= await request.json()
    else:
        params |= dict(await request.post())
    for key in ("blocks", "view", "files"):
        if isinstance(params.get(key), str):
            params[key] = json.loads(params[key])
    return params
