"""The settings of a workspace: seen by all, changed by managers."""

import pytest

from bot.events import Rule, Tone
from bot.preferences import KEYS
from bot.service import Bot
from classifier.base import Language
from tests.core import ask, message


async def test_everyone_sees_what_holds(bot: Bot) -> None:
    """The overview has every key with its value."""
    reply = await ask(bot, "settings")
    assert [field.name for field in reply.fields] == [key.named(Language.EN) for key in KEYS]


async def test_only_managers_change_them(bot: Bot) -> None:
    """A person without the permission is told so, and nothing changes."""
    reply = await ask(bot, "settings mode off")
    assert reply.tone is Tone.WARNING
    assert (await bot.on_message(message())).rule is Rule.REACTED


async def test_a_channel_differs_from_its_workspace_and_back(bot: Bot) -> None:
    """The nearest value wins, and a reset gives the wider one back."""
    await ask(bot, "settings mode stats", is_manager=True)
    reply = await ask(bot, "settings channel mode off", is_manager=True)
    assert reply.tone is Tone.GOOD
    assert (await bot.on_message(message())).rule is Rule.OFF
    await ask(bot, "settings channel mode reset", is_manager=True)
    assert (await bot.on_message(message(number=2))).rule is Rule.STATS_ONLY


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("mood 3", "mood"),
        ("mode loud", "loud"),
        ("cooldown -1", "-1"),
        ("cooldown 99999", "99999"),
        ("min_people 1", "1"),
        ("retention forever", "forever"),
        ("timezone Mars/Olympus", "Mars/Olympus"),
        ("channel consent opt-in", "consent"),
        ("category mode off", "category"),
    ],
)
async def test_a_wrong_setting_is_told(bot: Bot, words: str, told: str) -> None:
    """The answer names what was found, and nothing is stored."""
    before = await ask(bot, "settings")
    reply = await ask(bot, f"settings {words}", is_manager=True)
    assert reply.tone is Tone.WARNING
    assert told in reply.text
    assert await ask(bot, "settings") == before


async def test_a_setting_explains_itself(bot: Bot) -> None:
    """A key without a value is described, in the asker's language."""
    assert "실" not in (await ask(bot, "settings cooldown")).text
    assert "쉬는" in (await ask(bot, "설정 간격", locale="ko")).text


async def test_the_doctor_is_answered_where_there_is_no_platform(bot: Bot) -> None:
    """In the terminal it is a command too, and no text to analyze; it says where to look."""
    reply = await ask(bot, "doctor")
    assert "maeum doctor" in reply.text
    assert reply.fields == ()


async def test_help_names_every_form(bot: Bot) -> None:
    """Help lists what exists, in both languages."""
    names = " ".join(field.name for field in (await ask(bot, "help")).fields)
    for form in ("channel", "me", "why", "privacy", "settings", "doctor"):
        assert f"/emotion {form}" in names
    assert "채널" in " ".join(
        field.name for field in (await ask(bot, "도움말", locale="ko")).fields
    )
