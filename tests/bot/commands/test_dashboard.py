"""`/emotion dashboard`: a link for managers, in both languages, or the mend."""

from contextlib import closing

import pytest

from bot.clock import ManualClock
from bot.commands.dispatch import Commands
from bot.dashboard.door import Door
from bot.events import CommandRequest, Reply, Tone
from bot.service import Bot
from tests.core import CHANNEL, NOW
from tests.dashboard_stage import KEY


async def ask(
    bot: Bot, door: Door | None, words: str, locale: str, *, is_manager: bool = True
) -> Reply:
    """The answer to a person in the tests' channel."""
    request = CommandRequest(
        channel=CHANNEL, author="boss", text=words, locale=locale, is_manager=is_manager
    )
    return await Commands(bot, door).answer(request)


@pytest.mark.parametrize(
    ("words", "locale", "told"),
    [("dashboard", "en", ("10 minutes", "60")), ("대시보드", "ko", ("10분", "60분"))],
)
async def test_a_manager_gets_a_link(
    bot: Bot, words: str, locale: str, told: tuple[str, ...]
) -> None:
    """It opens the page in the asker's language, and the answer is theirs alone."""
    with closing(Door(KEY, "https://maeum.example.org", ManualClock(NOW))) as door:
        reply = await ask(bot, door, words, locale)
        assert reply.ephemeral
        assert all(word in reply.text for word in told)
        assert reply.link
        assert reply.link.address.startswith(f"https://maeum.example.org/dashboard?lang={locale}#")
        assert reply.link.address not in repr(reply)
        assert not reply.footer
        door.enter(reply.link.address.partition("#")[2])


async def test_a_link_of_one_machine_says_so(bot: Bot) -> None:
    """With the setting that lets others in."""
    with closing(Door(KEY, "http://127.0.0.1:8080", ManualClock(NOW))) as door:
        for locale in ("en", "ko"):
            assert "MAEUM_PUBLIC_URL" in (await ask(bot, door, "dashboard", locale)).footer


async def test_it_is_for_managers(bot: Bot) -> None:
    """Anybody else gets words and no link, whether there is a dashboard or not."""
    with closing(Door(KEY, "http://127.0.0.1:8080", ManualClock(NOW))) as door:
        for there in (door, None):
            reply = await ask(bot, there, "dashboard", "en", is_manager=False)
            assert "managers only" in reply.text
            assert reply.link is None


async def test_where_it_is_off_the_mend_is_told(bot: Bot) -> None:
    """The setting to set, in both languages."""
    for locale in ("en", "ko"):
        reply = await ask(bot, None, "dashboard", locale)
        assert (reply.tone, reply.link) == (Tone.WARNING, None)
        assert "MAEUM_HTTP" in reply.text
