"""Until when each workspace was heard."""

from datetime import timedelta

from bot.events import ChannelRef, Platform
from bot.service import Bot
from tests.core import CHANNEL, JOYFUL, NOW, message


async def test_the_latest_message_of_each_workspace(bot: Bot) -> None:
    """Whatever the channel and the order of arrival; other platforms are not asked for."""
    elsewhere = ChannelRef(platform=Platform.DISCORD, workspace="guild-2", channel="a")
    second = ChannelRef(platform=Platform.DISCORD, workspace=CHANNEL.workspace, channel="b")
    slack = ChannelRef(platform=Platform.SLACK, workspace="T1", channel="C1")
    assert await bot.store.heard_until(Platform.DISCORD) == {}
    for number, (channel, hours) in enumerate(
        [(CHANNEL, 2), (second, 1), (CHANNEL, 3), (elsewhere, 5), (slack, 0)]
    ):
        sent_at = NOW - timedelta(hours=hours)
        await bot.on_message(message(JOYFUL, number=number, channel=channel, sent_at=sent_at))
    assert await bot.store.heard_until(Platform.DISCORD) == {
        CHANNEL.workspace: NOW - timedelta(hours=1),
        "guild-2": NOW - timedelta(hours=5),
    }


async def test_a_gap_stands_until_it_is_closed(bot: Bot) -> None:
    """The earliest moment counts, also where later messages came; a closed gap is no more."""
    store, discord = bot.store, Platform.DISCORD
    here, other = CHANNEL.workspace, "guild-2"
    begun, later = NOW - timedelta(hours=5), NOW - timedelta(hours=1)
    await bot.on_message(message(JOYFUL, sent_at=later))
    await store.note_gaps(discord, {here: begun, other: begun})
    await store.note_gaps(discord, {here: NOW, other: begun - timedelta(hours=1)})
    assert await store.heard_until(discord) == {here: begun, other: begun - timedelta(hours=1)}
    await store.close_gap(discord, here)
    await store.purge_workspace(discord, other)
    assert await store.heard_until(discord) == {here: later}
