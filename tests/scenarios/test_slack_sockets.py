"""Socket Mode that breaks: cut, silent, renewed or dead connections come back by themselves."""

import asyncio
import logging
from pathlib import Path

import pytest

from adapters.slack.socket import SocketMode
from tests.core import JOYFUL, PLAIN
from tests.fakes.slack_socket import Delivery
from tests.scenarios.slack_world import SOCKET, World, named, ref, ts_of, world


async def test_dropped_sockets_come_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Connections cut without a word are made anew, and what was not acknowledged counts once."""
    async with world(tmp_path, ping_every=0.2) as here:
        first = await here.say(JOYFUL)
        await here.kept(ts_of(first))
        await here.slack.sockets.drop()
        await here.slack.sockets.connected()
        await here.slack.sockets.send(first)
        await here.kept(ts_of(await here.say(PLAIN)))
        assert await here.counted() == 2


async def test_a_connection_is_renewed_when_slack_asks(tmp_path: Path) -> None:
    """Slack's hourly renewal loses no event."""
    async with world(tmp_path, ping_every=0.2) as here:
        await here.slack.sockets.ask_to_renew()
        async with asyncio.timeout(5):
            while here.slack.sockets.opened < 2:
                await asyncio.sleep(0.01)
        await here.slack.sockets.connected()
        await here.kept(ts_of(await here.say(JOYFUL)))


async def test_a_mute_connection_is_replaced(tmp_path: Path) -> None:
    """A peer that answers no ping is given up, though its socket stays open."""
    async with world(tmp_path, ping_every=0.2) as here:
        here.slack.sockets.is_mute = True
        async with asyncio.timeout(10):
            while here.slack.sockets.opened < 2:
                await asyncio.sleep(0.05)
        here.slack.sockets.is_mute = False
        async with asyncio.timeout(10):
            while True:
                await here.slack.sockets.connected()
                delivery = await here.say(JOYFUL)
                if await _soon(here, delivery):
                    break


async def test_a_dead_connection_is_noticed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """When the library's own tasks have ended, the watch replaces the connection and says so."""
    caplog.set_level(logging.INFO)
    watched: list[SocketMode] = []
    original = SocketMode.run

    async def run(self: SocketMode) -> None:
        watched.append(self)
        await original(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SocketMode, "run", run)
        async with world(tmp_path, ping_every=0.2) as here:
            await asyncio.sleep(0.1)
            client = watched[0].clients[0]
            assert client.message_receiver is not None
            client.message_receiver.cancel()
            async with asyncio.timeout(10):
                while here.slack.sockets.opened < 2:
                    await asyncio.sleep(0.02)
            async with asyncio.timeout(10):
                while watched[0].clients.get(0) in (None, client):
                    await asyncio.sleep(0.02)
            await here.kept(ts_of(await here.say(JOYFUL)))
    assert named(caplog, "died and is replaced") == 1


async def test_several_connections(tmp_path: Path) -> None:
    """Three connections share the events; while two are gone the third goes on."""
    async with world(tmp_path, ping_every=0.2, **SOCKET | {"SLACK_CONNECTIONS": 3}) as here:
        assert len(here.slack.sockets.open) == 3
        for number in range(6):
            await here.kept(ts_of(await here.say(f"{JOYFUL} {number}")))
        one, *others = here.slack.sockets.open
        here.slack.sockets.open[:] = others
        await here.slack.sockets.drop()
        here.slack.sockets.open.insert(0, one)
        await here.kept(ts_of(await here.say(PLAIN)))
        await here.slack.sockets.connected(3)


async def test_an_address_that_leads_nowhere_is_asked_for_anew(tmp_path: Path) -> None:
    """A socket's address is good for moments; trying the old one for ever would be silence."""
    async with world(tmp_path, ping_every=0.05) as here:
        here.slack.sockets.refusing = 20
        asked = len(here.slack.made("apps.connections.open"))
        await here.slack.sockets.drop()
        await here.slack.until(
            lambda: len(here.slack.made("apps.connections.open")) > asked + 2, within=20
        )
        here.slack.sockets.refusing = 0
        await here.slack.sockets.connected(within=20)
        await here.kept(ts_of(await here.say(JOYFUL)))


async def test_an_app_token_revoked_meanwhile(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Named once while it lasts; service comes back by itself when the token is good again."""
    caplog.set_level(logging.INFO)
    async with world(tmp_path, ping_every=0.1) as here:
        here.slack.app_tokens.clear()
        await here.slack.sockets.drop()
        tries = len(here.slack.made("apps.connections.open"))
        await here.slack.until(
            lambda: len(here.slack.made("apps.connections.open")) > tries + 8, within=20
        )
        here.slack.app_tokens.add("xapp-1")
        await here.slack.sockets.connected(within=20)
        await here.kept(ts_of(await here.say(JOYFUL)))
    assert named(caplog, "connection 1 cannot be made (invalid_auth)") <= 1
    assert named(caplog, "invalid_auth") + named(caplog, "died") >= 1


async def _soon(here: World, delivery: Delivery) -> bool:
    await asyncio.sleep(0.2)
    return await here.bot.store.find(ref(ts_of(delivery))) is not None
