"""The commands as they are registered."""

from typing import Any

import discord
import pytest
from discord import app_commands

from adapters.discord.commands import add_commands
from adapters.discord.face import _WORDS
from adapters.discord.sync import _agrees
from adapters.discord.terms import KoreanNames
from classifier.base import Language

CHAT, MESSAGE = 1, 3


@pytest.fixture
async def registered() -> dict[tuple[int, str], dict[str, Any]]:
    """Every command's payload by type and name."""
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    await tree.set_translator(KoreanNames())
    add_commands(tree, None)  # type: ignore[arg-type]
    commands = [
        *tree.get_commands(type=discord.AppCommandType.chat_input),
        *tree.get_commands(type=discord.AppCommandType.message),
    ]
    payloads: list[Any] = [
        await command.get_translated_payload(tree, KoreanNames()) for command in commands
    ]
    return {(it.get("type", CHAT), it["name"]): it for it in payloads}


Registered = dict[tuple[int, str], dict[str, Any]]


def parts(command: dict[str, Any]) -> list[dict[str, Any]]:
    """A command with everything nested in it."""
    return [command, *(part for option in command.get("options", []) for part in parts(option))]


def test_what_there_is(registered: Registered) -> None:
    """Two commands and two menus."""
    assert set(registered) == {
        (CHAT, "emotion"),
        (CHAT, "emotion-settings"),
        (MESSAGE, "Analyze emotion"),
        (MESSAGE, "Why this emotion?"),
    }


def test_contexts_and_installs_are_explicit(registered: Registered) -> None:
    """Asking works everywhere and in user installs; deciding only in guilds."""
    everywhere = ([0, 1, 2], [0, 1])
    guilds = ([0], [0])
    for key, expected in {
        (CHAT, "emotion"): everywhere,
        (MESSAGE, "Analyze emotion"): everywhere,
        (CHAT, "emotion-settings"): guilds,
        (MESSAGE, "Why this emotion?"): guilds,
    }.items():
        command = registered[key]
        assert (sorted(command["contexts"]), sorted(command["integration_types"])) == expected


def test_only_managers_are_shown_the_settings(registered: Registered) -> None:
    """Manage Server is 32; the rest is for everybody."""
    assert registered[CHAT, "emotion-settings"]["default_member_permissions"] == 32
    assert registered[CHAT, "emotion"]["default_member_permissions"] is None


def test_every_name_and_description_is_korean_too(registered: Registered) -> None:
    """Commands, parts, options and choices."""
    for command in registered.values():
        for part in parts(command):
            assert part["name_localizations"]["ko"]
            if part.get("type", CHAT) != MESSAGE or "options" in part:
                assert part["description_localizations"]["ko"]
            for choice in part.get("choices", []):
                assert choice["name_localizations"]["ko"]
    assert registered[MESSAGE, "Analyze emotion"]["name_localizations"]["ko"] == "감정 분석"


def test_discord_takes_the_lengths(registered: Registered) -> None:
    """32 characters a name, 100 a description, in both languages."""
    for command in registered.values():
        for part in parts(command):
            assert 1 <= len(part["name"]) <= 32
            assert len(part["name_localizations"]["ko"]) <= 32
            assert len(part.get("description", "")) <= 100
            assert len((part.get("description_localizations") or {}).get("ko", "")) <= 100


def test_the_face_knows_every_part_of_the_command(registered: Registered) -> None:
    """Answers can spell each part in both languages."""
    emotion = registered[CHAT, "emotion"]
    named = {
        (part["name"], part["name_localizations"]["ko"])
        for part in parts(emotion)
        if part.get("type") in (1, 2)
    }
    assert {pair for pair in _WORDS.values() if pair[0] != "show"} <= named
    assert Language.KO == "ko"


def test_discords_additions_are_no_difference() -> None:
    """Ids, versions and empty defaults come back; a changed word is a change."""
    ours = {"name": "a", "options": [{"name": "b", "required": False}], "nsfw": False}
    theirs = {"id": "1", "version": "2", "name": "a", "options": [{"name": "b"}]}
    assert _agrees(ours, theirs)
    assert not _agrees({**ours, "name": "c"}, theirs)
    assert not _agrees({**ours, "options": []}, {**theirs, "options": [{"name": "b"}]})
    assert not _agrees({"default_member_permissions": 32}, {"default_member_permissions": None})
    assert _agrees({"default_member_permissions": 32}, {"default_member_permissions": "32"})
