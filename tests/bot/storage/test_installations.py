"""Installations and how far history was read: kept per workspace, gone with it."""

from pathlib import Path

from bot.clock import ManualClock
from bot.events import ChannelRef, Platform
from bot.storage import MoodStore
from tests.core import NOW, PSEUDONYMS

HERE = ChannelRef(platform=Platform.SLACK, workspace="T1", channel="C1")
THERE = ChannelRef(platform=Platform.SLACK, workspace="T2", channel="C1")


async def test_they_are_kept_and_replaced(tmp_path: Path) -> None:
    """A second installation takes the first one's place; others stay."""
    async with MoodStore.open(tmp_path / "a.db", PSEUDONYMS, clock=ManualClock(NOW)) as store:
        await store.keep_installation(Platform.SLACK, "T1", b"one")
        await store.keep_installation(Platform.SLACK, "T1", b"two")
        await store.keep_installation(Platform.SLACK, "T2", b"other")
        assert await store.installations(Platform.SLACK) == {"T1": b"two", "T2": b"other"}
        assert await store.installations(Platform.DISCORD) == {}
        assert await store.installations(Platform.SLACK, "T1") == {"T1": b"two"}


async def test_they_go_with_their_workspace_and_channel(tmp_path: Path) -> None:
    """A purge leaves neither a token nor a trace of how far anything was read."""
    async with MoodStore.open(tmp_path / "a.db", PSEUDONYMS, clock=ManualClock(NOW)) as store:
        for channel in (HERE, THERE):
            await store.keep_installation(Platform.SLACK, channel.workspace, b"sealed")
            await store.note_history(channel, NOW, "begun")
            await store.note_history(channel, NOW, "further")
        assert await store.history(HERE) == (NOW, "further")
        await store.purge_workspace(Platform.SLACK, "T1")
        assert await store.history(HERE) is None
        assert list(await store.installations(Platform.SLACK)) == ["T2"]
        await store.purge_channel(THERE)
        assert await store.history(THERE) is None
        assert list(await store.installations(Platform.SLACK)) == ["T2"]
