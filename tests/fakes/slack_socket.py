"""Socket Mode's other end: websockets that deliver envelopes and note their acknowledgement."""

import asyncio
import itertools
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web


@dataclass(slots=True, eq=False)
class Delivery:
    """An envelope on its way; `ack` is what came back for it."""

    envelope: dict[str, Any]
    sent_at: float
    ack: asyncio.Future[dict[str, Any]]
    acked_at: float = 0.0
    attempts: list[int] = field(default_factory=list)  # the connections it was sent on

    async def acknowledged(self, within: float = 5.0) -> dict[str, Any]:
        """What the app answered."""
        return await asyncio.wait_for(asyncio.shield(self.ack), within)


class FakeSockets:
    """The app's connections. An envelope goes to any one of them."""

    def __init__(self) -> None:
        self.open: list[web.WebSocketResponse] = []
        self.opened = 0  # ever
        self.deliveries: dict[str, Delivery] = {}  # not acknowledged yet
        self.is_mute = False  # takes pings without answering, as a half-dead peer does
        self.refusing = 0  # so many connections to come, as with an address that is used up
        self.standing: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self._numbers = itertools.count(1)
        self._turn = itertools.count()
        self._changed = asyncio.Event()

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, until it ends."""
        if self.refusing:
            self.refusing -= 1
            raise web.HTTPRequestTimeout
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.opened += 1
        self.open.append(socket)
        self._changed.set()
        await socket.send_json({"type": "hello", "num_connections": len(self.open)})
        try:
            async for frame in socket:
                if frame.type is WSMsgType.PING and not self.is_mute:
                    await socket.pong(frame.data)
                elif frame.type is WSMsgType.TEXT:
                    self._acknowledge(json.loads(frame.data))
        finally:
            if socket in self.open:
                self.open.remove(socket)
        return socket

    async def connected(self, count: int = 1, *, within: float = 10.0) -> None:
        """Wait for this many open connections."""
        async with asyncio.timeout(within):
            while len(self.open) < count:
                self._changed.clear()
                await self._changed.wait()

    async def deliver(self, payload: dict[str, Any], kind: str = "events_api") -> Delivery:
        """Send a payload in a new envelope."""
        self.stand(payload)
        number = next(self._numbers)
        envelope = {
            "type": kind,
            "envelope_id": f"envelope-{number}",
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        loop = asyncio.get_running_loop()
        delivery = Delivery(envelope, loop.time(), loop.create_future())
        await self.send(delivery)
        return delivery

    def stand(self, payload: dict[str, Any]) -> None:
        """What a payload tells of stands in its channel's history, by `ts`; with or without it."""
        event = payload.get("event") or {}
        if event.get("type") != "message" or "channel" not in event:
            return
        rows = self.standing[event["channel"]]
        if event.get("subtype") == "message_deleted":
            rows.pop(event["deleted_ts"], None)
            return
        row = event.get("message", event)
        in_a_thread = row.get("thread_ts", row["ts"]) != row["ts"]
        if not in_a_thread or row.get("subtype") == "thread_broadcast":
            rows[row["ts"]] = row

    async def send(self, delivery: Delivery) -> None:
        """Send an envelope, again if it was sent before."""
        self.deliveries[delivery.envelope["envelope_id"]] = delivery
        place = next(self._turn) % len(self.open)
        delivery.attempts.append(place)
        delivery.envelope["retry_attempt"] = len(delivery.attempts) - 1
        await self.open[place].send_json(delivery.envelope)

    async def drop(self) -> None:
        """Cut every connection off without a word."""
        for socket in list(self.open):
            self.open.remove(socket)
            transport = socket._req.transport if socket._req else None
            if transport is not None:
                transport.abort()

    async def ask_to_renew(self) -> None:
        """Tell every connection that it is to be renewed, as Slack does each hour or so."""
        for socket in list(self.open):
            await socket.send_json({"type": "disconnect", "reason": "warning"})

    async def close(self) -> None:
        """End every connection."""
        for socket in list(self.open):
            await socket.close()

    def _acknowledge(self, answer: dict[str, Any]) -> None:
        delivery = self.deliveries.pop(answer["envelope_id"], None)
        if delivery is not None and not delivery.ack.done():
            delivery.acked_at = asyncio.get_running_loop().time()
            delivery.ack.set_result(answer)
