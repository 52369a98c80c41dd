"""A channel's mood on request."""

from dataclasses import replace
from io import BytesIO

import pytest
from matplotlib.image import imread

from bot.commands.dispatch import Commands
from bot.events import ChannelRef, CommandRequest, Reply, Tone
from bot.service import Bot
from tests.core import ANGRY, CHANNEL, ask, fill, message

OTHER = replace(CHANNEL, channel="secret")


async def test_the_mood_of_a_lively_channel(bot: Bot) -> None:
    """Bare /emotion tells the mood in words, with a bar for each group seen."""
    await fill(bot)
    reply = await ask(bot, "")
    assert "#general" in reply.title
    assert reply.fields[0].share
    assert reply.fields[0].name == "Joy"
    assert "4 people" in reply.fields[-1].value
    assert reply.picture is None


async def test_too_few_people_hide_the_mood(bot: Bot) -> None:
    """Of two people nothing is told but that they are too few."""
    await fill(bot, people=2)
    reply = await ask(bot, "channel 7d")
    assert reply.fields == ()
    assert "joy" not in reply.text.lower()


async def test_an_empty_channel_says_so(bot: Bot) -> None:
    """No message is told as no message."""
    reply = await ask(bot, "channel")
    assert reply.fields == ()
    assert reply.text


async def test_a_chart_comes_with_words_for_those_who_cannot_see_it(bot: Bot) -> None:
    """`chart` adds a PNG and its alt text."""
    await fill(bot)
    reply = await ask(bot, "channel 24h chart")
    assert reply.picture
    assert reply.picture.png.startswith(b"\x89PNG")
    assert "Joy" in reply.picture.alt


@pytest.mark.parametrize("words", ["channel 24h chart", "channel 24h heatmap"])
async def test_charts_are_drawn_on_what_the_channel_chose(bot: Bot, words: str) -> None:
    """Light if nobody chose; a manager's dark holds for every chart of the channel."""
    await fill(bot)
    papers = []
    for theme in ("light", "dark"):
        await ask(bot, f"settings channel theme {theme}", is_manager=True)
        picture = (await ask(bot, words)).picture
        assert picture
        papers.append([round(255 * it) for it in imread(BytesIO(picture.png))[2, 2, :3]])
    assert papers == [[0xFF, 0xFF, 0xFF], [0x1E, 0x1F, 0x22]]


async def test_the_window_is_the_one_asked_for(bot: Bot) -> None:
    """An impossible window is told with the possible ones."""
    reply = await ask(bot, "channel 999d")
    assert reply.tone is Tone.WARNING
    assert "999d" in reply.text


async def test_the_answer_speaks_the_asker_s_language(bot: Bot) -> None:
    """A Korean reader in an English workspace gets Korean."""
    await fill(bot, text=ANGRY)
    assert "분노" in (await ask(bot, "", locale="ko")).text
    assert "anger" in (await ask(bot, "", locale="en-GB")).text


@pytest.mark.parametrize("allowed", [True, False])
async def test_another_channel_is_shown_to_its_readers_only(bot: Bot, allowed: bool) -> None:
    """A channel the asker may not read is as unknown as one that does not exist."""
    for number in range(12):
        event = message(ANGRY, number=number, author=f"person-{number}", channel=OTHER)
        await bot.on_message(event)

    async def can_read(channel: ChannelRef) -> bool:
        return allowed

    async def ask_about(name: str) -> Reply:
        request = CommandRequest(
            channel=CHANNEL, author="mina", text=f"channel {name}", can_read=can_read
        )
        return await Commands(bot).answer(request)

    reply, unknown = await ask_about("#secret"), await ask_about("#nowhere")
    assert ("anger" in reply.text) is allowed
    if not allowed:
        assert reply.text.replace("#secret", "") == unknown.text.replace("#nowhere", "")
