"""The fake gateway: sessions that identify, are told events in order, drop and resume."""

import asyncio
import contextlib
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.discord_world import OWN, Payload, World, user

_MESSAGE_CONTENT = 1 << 15


@dataclass
class Session:
    """One shard's session: all it was told, so that a resume can tell it again."""

    number: str
    shard: tuple[int, int]
    intents: int
    told: list[Payload] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None


class Gateway:
    """Serves `/gateway`. A test tells events, and breaks connections."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.identified: list[Payload] = []  # every IDENTIFY
        self.resumed: list[Payload] = []  # every RESUME
        self.may_resume = True
        self.refuse_with: int | None = None  # close every IDENTIFY with this code
        self.heartbeats = 0
        self._numbers = itertools.count(1)
        self._changed = asyncio.Condition()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, to its end."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 200}, "s": None, "t": None})
        session: Session | None = None
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                break
            message = json.loads(frame.data)
            match message["op"]:
                case 1:
                    self.heartbeats += 1
                    with contextlib.suppress(ConnectionError):  # dropped in between
                        await socket.send_json({"op": 11, "d": None, "s": None, "t": None})
                case 2:
                    session = await self._identify(socket, message["d"])
                case 6:
                    session = await self._resume(socket, message["d"])
        if session and session.socket is socket:
            session.socket = None
        return socket

    async def tell(self, event: str, data: Payload, *, times: int = 1) -> None:
        """An event to the session of its guild; kept for a resume where nobody listens."""
        guild = int(data.get("guild_id") or data["id"])
        for session in list(self.sessions.values()):
            if (guild >> 22) % session.shard[1] != session.shard[0]:
                continue
            for _ in range(times):
                await self._send(session, event, data)

    async def drop(self, code: int = 4000) -> None:
        """Close every connection."""
        for session in list(self.sessions.values()):
            if session.socket:
                await session.socket.close(code=code)
                session.socket = None

    async def invalidate(self) -> None:
        """Tell every session that it cannot be resumed."""
        for session in list(self.sessions.values()):
            if session.socket:
                await session.socket.send_json({"op": 9, "d": False, "s": None, "t": None})
        self.sessions.clear()

    async def connected(self, count: int = 1) -> None:
        """Wait until `count` sessions are listened to."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: sum(it.socket is not None for it in self.sessions.values()) >= count
            )

    async def _identify(self, socket: web.WebSocketResponse, data: Payload) -> Session | None:
        self.identified.append(data)
        code = self.refuse_with
        if data["token"] != self.world.token:
            code = 4004
        elif data["intents"] & _MESSAGE_CONTENT and not self.world.flags:
            code = 4014
        if code:
            await socket.close(code=code)
            return None
        number = f"session-{next(self._numbers)}"
        shard = tuple(data.get("shard") or (0, 1))
        session = Session(number, shard, data["intents"], socket=socket)  # type: ignore[arg-type]
        for old in [it for it in self.sessions.values() if it.shard == shard]:
            del self.sessions[old.number]
        self.sessions[number] = session
        mine = [
            guild
            for number, guild in self.world.guilds.items()
            if (number >> 22) % shard[1] == shard[0]
        ]
        ready = {
            "v": 10, "user": user(OWN, "maeum", bot=True), "session_id": number, "shard": shard,
            "guilds": [{"id": guild["id"], "unavailable": True} for guild in mine],
            "resume_gateway_url": self.url, "application": {"id": str(OWN), "flags": 0},
        }  # fmt: skip
        await self._send(session, "READY", ready)
        for guild in mine:
            await self._send(session, "GUILD_CREATE", guild)
        await self._notify()
        return session

    async def _resume(self, socket: web.WebSocketResponse, data: Payload) -> Session | None:
        self.resumed.append(data)
        session = self.sessions.get(data["session_id"])
        if session is None or not self.may_resume:
            await socket.send_json({"op": 9, "d": False, "s": None, "t": None})
            return None
        session.socket = socket
        for frame in session.told[data["seq"] :]:
            await socket.send_json(frame)
        await self._send(session, "RESUMED", {})
        await self._notify()
        return session

    async def _send(self, session: Session, event: str, data: Any) -> None:
        frame = {"op": 0, "t": event, "s": len(session.told) + 1, "d": data}
        session.told.append(frame)
        if session.socket is not None:
            try:
                await session.socket.send_json(frame)
            except ConnectionError:
                session.socket = None

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()
