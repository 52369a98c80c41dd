"""`/emotion digest`: shown to all, set by managers, where they may read."""

import pytest

from bot.commands.dispatch import Commands
from bot.events import ChannelRef, CommandRequest, Platform, Reply, Tone
from bot.schedule import Every
from bot.service import Bot
from tests.core import CHANNEL, ask, message

NEWS = ChannelRef(platform=Platform.DISCORD, workspace=CHANNEL.workspace, channel="news")


async def as_reader(bot: Bot, text: str, *readable: ChannelRef) -> Reply:
    """A manager's command, who may read the channels named."""

    async def can_read(channel: ChannelRef) -> bool:
        return channel in readable

    request = CommandRequest(
        channel=CHANNEL, author="mina", text=text, is_manager=True, can_read=can_read
    )
    return await Commands(bot).answer(request)


async def test_it_is_off_at_first_and_says_how_to_change_it(bot: Bot) -> None:
    """The answer names no time, and how a manager sets one, in both languages."""
    assert "do not post" in (await ask(bot, "digest", locale="en")).text
    reply = await ask(bot, "소식", locale="ko")
    assert "올리지 않아요" in reply.text
    assert "/emotion 소식 매일 18:00" in reply.footer


@pytest.mark.parametrize(
    ("words", "locale", "told"),
    [
        ("digest weekly monday at 9:00", "en", "weekly mon 09:00"),
        ("소식 매주 월 오전 9시", "ko", "매주 월 09:00"),
    ],
)
async def test_a_manager_sets_it_for_this_channel(
    bot: Bot, words: str, locale: str, told: str
) -> None:
    """It holds in this channel and in no other, and everybody can see it."""
    reply = await ask(bot, words, is_manager=True, locale=locale)
    assert reply.tone is Tone.GOOD
    assert told in reply.text
    assert told in (await ask(bot, "digest", locale=locale)).text
    assert (await bot.preferences(NEWS)).digest.every is Every.NEVER


async def test_others_do_not_set_it(bot: Bot) -> None:
    """A person without the permission is told so, and nothing changes."""
    reply = await ask(bot, "digest daily 18:00")
    assert reply.tone is Tone.WARNING
    assert (await bot.preferences(CHANNEL)).digest.every is Every.NEVER


@pytest.mark.parametrize("words", ["digest daily 25:00", "소식 매주 9시", "digest weekly noon"])
async def test_a_wrong_time_is_told(bot: Bot, words: str) -> None:
    """The answer shows how a time is written; nothing is stored."""
    reply = await ask(bot, words, is_manager=True, locale="en")
    assert reply.tone is Tone.WARNING
    assert "daily 18:00" in reply.text
    assert await bot.store.preferences(CHANNEL) == []


async def test_it_goes_only_where_the_manager_may_read(bot: Bot) -> None:
    """A channel by mention or name is taken when the asker reads it, else it is not found."""
    await bot.on_message(message(channel=NEWS))
    for target in ("<#news>", "#news"):
        reply = await as_reader(bot, f"digest daily 18:00 {target}", NEWS)
        assert reply.tone is Tone.GOOD, reply.text
        assert (await bot.preferences(CHANNEL)).digest.channel == "news"
        await as_reader(bot, "digest off")
        assert (await as_reader(bot, f"digest daily 18:00 {target}")).tone is Tone.WARNING
    assert (await as_reader(bot, "digest daily 18:00 #nowhere", NEWS)).tone is Tone.WARNING
    assert (await bot.preferences(CHANNEL)).digest.every is Every.NEVER


async def test_the_settings_know_it_too(bot: Bot) -> None:
    """It needs no level there; a whole workspace cannot have it."""
    assert (await ask(bot, "settings digest daily 18:00", is_manager=True)).tone is Tone.GOOD
    assert (await bot.preferences(CHANNEL)).digest.every is Every.DAY
    reply = await ask(bot, "settings workspace digest daily 18:00", is_manager=True)
    assert reply.tone is Tone.WARNING
    assert "each channel" in reply.text
