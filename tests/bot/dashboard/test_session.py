"""What a manager may see: what they may read themselves, once the platform has said so."""

import asyncio
from contextlib import closing
from datetime import timedelta

import pytest

from bot.dashboard import session as sessions
from bot.dashboard.session import Session
from bot.events import ChannelRef, Platform
from tests.core import NOW
from tests.dashboard_stage import place

ENDS = NOW + timedelta(hours=1)


def visit(may_read: sessions.MayRead) -> Session:
    """A session in the tests' workspace."""
    return Session(Platform.DISCORD, "guild-1", ENDS, may_read)


async def test_each_channel_is_asked_about_once() -> None:
    """The answers hold for the session."""
    asked: list[str] = []

    async def may_read(channel: ChannelRef) -> bool:
        asked.append(channel.channel)
        return channel.channel != "attic"

    with closing(visit(may_read)) as session:
        for _ in range(3):
            assert await session.readable([place("attic"), place("hall")]) == {place("hall")}
    assert sorted(asked) == ["attic", "hall"]


async def test_a_slow_platform_holds_up_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not told in time is left out, and there as soon as it is told."""
    monkeypatch.setattr(sessions, "_PATIENCE", 0.02)
    told = asyncio.Event()

    async def may_read(channel: ChannelRef) -> bool:
        if channel.channel == "slow":
            await told.wait()
        return True

    with closing(visit(may_read)) as session:
        both = [place("slow"), place("quick")]
        assert await session.readable(both) == {place("quick")}
        assert session.is_asking
        told.set()
        assert await session.readable(both) == set(both)
        assert not session.is_asking


async def test_what_failed_is_no_yes_and_asked_again() -> None:
    """A platform's fault shows nothing, and does not last."""
    faults = iter([RuntimeError("down"), None])

    async def may_read(_: ChannelRef) -> bool:
        if fault := next(faults):
            raise fault
        return True

    with closing(visit(may_read)) as session:
        assert await session.readable([place("hall")]) == set()
        assert await session.readable([place("hall")]) == {place("hall")}


async def test_another_workspace_is_never_asked_about() -> None:
    """Whatever the platform would say."""

    async def may_read(_: ChannelRef) -> bool:
        raise AssertionError

    with closing(visit(may_read)) as session:
        elsewhere = [
            place("hall", "guild-2"),
            ChannelRef(platform=Platform.SLACK, workspace="guild-1", channel="hall"),
        ]
        assert await session.readable(elsewhere) == set()
