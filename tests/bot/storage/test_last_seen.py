"""When each workspace was last heard of."""

from datetime import timedelta

from bot.events import ChannelRef, Platform
from bot.service import Bot
from tests.core import CHANNEL, JOYFUL, NOW, message


async def test_the_latest_message_of_each_workspace(bot: Bot) -> None:
    """Whatever the channel and the order of arrival; other platforms are not asked for."""
    elsewhere = ChannelRef(platform=Platform.DISCORD, workspace="guild-2", channel="a")
    second = ChannelRef(platform=Platform.DISCORD, workspace=CHANNEL.workspace, channel="b")
    slack = ChannelRef(platform=Platform.SLACK, workspace="T1", channel="C1")
    assert await bot.store.last_seen(Platform.DISCORD) == {}
    for number, (channel, hours) in enumerate(
        [(CHANNEL, 2), (second, 1), (CHANNEL, 3), (elsewhere, 5), (slack, 0)]
    ):
        sent_at = NOW - timedelta(hours=hours)
        await bot.on_message(message(JOYFUL, number=number, channel=channel, sent_at=sent_at))
    assert await bot.store.last_seen(Platform.DISCORD) == {
        CHANNEL.workspace: NOW - timedelta(hours=1),
        "guild-2": NOW - timedelta(hours=5),
    }
