"""Slack's latencies over the loopback: `python -m tests.benchmarks.bench_slack`.

Event in to reactions.add out, one at a time, beside the bare inference of the same texts; then how
long acknowledgements take while 500 events arrive at once, over each transport.
"""

import asyncio
import gc
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from adapters.http import HttpServer
from tests.core import DEFAULTS, JOYFUL, NOW, embedded_model
from tests.fakes.slack_http import SignedSender, signed
from tests.fakes.slack_payloads import message
from tests.scenarios.slack_world import SOCKET, World, world
from tests.scenarios.test_slack_http import HTTP

SECRET = HTTP["SLACK_SIGNING_SECRET"]
Writer = asyncio.StreamWriter

REACTIONS, BURST, ROUNDS = 200, 500, 3
A_MINUTE = 40  # reactions to one workspace; Slack allows fifty, and each part is a new one


def main() -> None:
    """Print both figures with their references."""
    asyncio.run(measure())


async def measure() -> None:
    """Run each part over a database of its own."""
    texts = [f"{JOYFUL} {number}" for number in range(REACTIONS)]
    bare = _bare(texts)
    _print("bare inference", bare)
    whole = await _reactions(texts)
    _print("event in to reactions.add out", whole)
    print(f"  the way there and back adds {_ms(whole, 50) - _ms(bare, 50):.1f} ms to the median")
    for name, values, burst in (
        ("Socket Mode", SOCKET, _socket_burst),
        ("HTTP", HTTP, _http_burst),
    ):
        took = []
        for _ in range(ROUNDS):
            took += await _fresh(values, burst)
        _print(f"acknowledgement while {BURST} events arrive at once, {name}", took)
        if burst is _http_burst:
            _print("  a bare aiohttp route, asked the same", await _bare_http())
        print(f"  within 100 ms: {'yes' if _ms(took, 99) < 100 else 'NO'}")


def _bare(texts: Sequence[str]) -> list[float]:
    model = embedded_model()
    took = []
    for text in texts:
        began = time.perf_counter()
        model.predict(text)
        took.append(time.perf_counter() - began)
    return took


async def _reactions(texts: Sequence[str]) -> list[float]:
    """Each text alone, so that nothing waits for another."""
    took: list[float] = []
    for start in range(0, len(texts), A_MINUTE):
        few = texts[start : start + A_MINUTE]
        took += await _fresh(SOCKET, lambda here, few=few: _one_by_one(here, few))
    return took


async def _one_by_one(here: World, texts: Sequence[str]) -> list[float]:
    took = []
    for number, text in enumerate(texts):
        delivery = await here.say(text)
        await here.slack.until(lambda count=number: len(here.slack.made("reactions.add")) > count)
        took.append(here.slack.made("reactions.add")[-1].at - delivery.sent_at)
    return took


async def _fresh(
    values: dict[str, object], burst: Callable[[World], Awaitable[list[float]]]
) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        # A budget that never binds: what is measured is the way, not the choice.
        defaults = replace(DEFAULTS, budget=600)
        async with world(Path(folder), defaults=defaults, **values) as here:
            gc.collect()
            gc.freeze()  # as `maeum run` does
            return await burst(here)


async def _socket_burst(here: World) -> list[float]:
    payloads = [here.message(f"{JOYFUL} {number}") for number in range(BURST)]
    deliveries = [await here.slack.sockets.deliver(payload) for payload in payloads]
    for delivery in deliveries:
        await delivery.acknowledged(within=30)
    return [delivery.acked_at - delivery.sent_at for delivery in deliveries]


async def _bare_http() -> list[float]:
    """The same requests to a route that does nothing: what the server library takes of it."""

    async def nothing(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=200)

    server = HttpServer("127.0.0.1:0")
    server.app.router.add_post("/slack/events", nothing)
    took = []
    async with server.running():
        for _ in range(ROUNDS):
            events = [message(f"{JOYFUL} {number}", NOW) for number in range(BURST)]
            took += await _sent_at_once(server.port, events)
    return took


async def _http_burst(here: World) -> list[float]:
    assert here.http is not None
    async with aiohttp.ClientSession() as session:
        sender = SignedSender(f"http://127.0.0.1:{here.http.port}", SECRET, session)
        while (await sender.send("{}", {"Content-Type": "application/json"}))[0] == 503:
            await asyncio.sleep(0.01)
    events = [here.message(f"{JOYFUL} {number}") for number in range(BURST)]
    return await _sent_at_once(here.http.port, events)


async def _sent_at_once(port: int, events: Sequence[dict[str, Any]]) -> list[float]:
    """Requests written beforehand to open connections: a client library would be what we time."""
    requests = []
    for event in events:
        body = json.dumps(event).encode()
        head = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        head |= signed(body.decode(), SECRET)
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        start = f"POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        requests.append(f"{start}{lines}\r\n".encode() + body)
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in requests]

    async def send(request: bytes, reader: asyncio.StreamReader, writer: Writer) -> float:
        began = time.perf_counter()
        writer.write(request)
        status = await reader.readline()
        took = time.perf_counter() - began
        assert b" 200 " in status
        writer.close()
        return took

    pairs = zip(requests, connections, strict=True)
    return await asyncio.gather(*(send(request, *connection) for request, connection in pairs))


def _ms(took: Sequence[float], percentile: int) -> float:
    return statistics.quantiles(took, n=100)[percentile - 1] * 1000


def _print(name: str, took: Sequence[float]) -> None:
    print(f"{name}: p50 {_ms(took, 50):.1f} ms, p99 {_ms(took, 99):.1f} ms ({len(took)} times)")


if __name__ == "__main__":
    main()
