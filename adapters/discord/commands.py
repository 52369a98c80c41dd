"""`/emotion`, `/emotion-settings` and the message menus, as Discord registers them.

Discord gives contexts, installs and default permissions to whole commands only, never to a part
of one. So what managers decide is a command of its own: hidden from others, and only in guilds.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import discord
from discord import app_commands

from bot.errors import BadCommand
from bot.forms import suggestions
from bot.locale import text
from bot.preferences import KEYS, key_named
from bot.storage import Level
from classifier.base import Language

_EVERYWHERE: dict[str, Any] = {
    "allowed_contexts": app_commands.AppCommandContext(
        guild=True, dm_channel=True, private_channel=True
    ),
    "allowed_installs": app_commands.AppInstallationType(guild=True, user=True),
}
_GUILDS: dict[str, Any] = {
    "allowed_contexts": app_commands.AppCommandContext(
        guild=True, dm_channel=False, private_channel=False
    ),
    "allowed_installs": app_commands.AppInstallationType(guild=True, user=False),
}
_MANAGERS = discord.Permissions(manage_guild=True)
_WINDOWS = ("24h", "7d", "30d")
_MOST_CHOICES = 25

AnyChannel = app_commands.AppCommandChannel | app_commands.AppCommandThread
Interaction = discord.Interaction[Any]


class Desk(Protocol):
    """Who answers: gets the words a person would have typed after `/emotion`."""

    async def answer(
        self,
        interaction: Interaction,
        words: str,
        *,
        target: discord.Message | None = None,
        shared: bool = False,
    ) -> None:
        """Answer a command."""
        ...

    async def examine(self, interaction: Interaction) -> None:
        """Answer `/emotion doctor`."""
        ...


class KoreanNames(app_commands.Translator):
    """Gives Discord the Korean names; every other language sees the English ones."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """The Korean text of a name or description."""
        if locale is not discord.Locale.korean or "key" not in string.extras:
            return None
        return text(string.extras["key"], Language.KO)


def say(key: str) -> app_commands.locale_str:
    """The text `key` in both languages, for Discord to choose from."""
    return app_commands.locale_str(text(key, Language.EN), key=key)


def _named(key: str) -> dict[str, Any]:
    return {"name": say(f"discord.{key}"), "description": say(f"discord.{key}_about")}


def add_commands(tree: app_commands.CommandTree[Any], desk: Desk) -> None:
    """Put every command and menu into `tree`."""
    emotion = app_commands.Group(**_named("emotion"), **_EVERYWHERE)
    _add_questions(emotion, desk)
    emotion.add_command(_privacy(desk))
    tree.add_command(emotion)
    tree.add_command(_settings(desk))
    for menu in _menus(desk):
        tree.add_command(menu)


def _add_questions(emotion: app_commands.Group, desk: Desk) -> None:
    @emotion.command(**_named("analyze"))
    @app_commands.rename(words=say("discord.text"))
    @app_commands.describe(words=say("discord.text_about"))
    async def analyze(interaction: Interaction, words: app_commands.Range[str, 1, 2000]) -> None:
        await desk.answer(interaction, f"analyze {words}")

    @emotion.command(**_named("channel"))
    @app_commands.rename(
        channel=say("discord.which"),
        window=say("discord.window"),
        chart=say("discord.chart"),
        shared=say("discord.shared"),
    )
    @app_commands.describe(
        channel=say("discord.which_about"),
        window=say("discord.window_about"),
        chart=say("discord.chart_about"),
        shared=say("discord.shared_about"),
    )
    @app_commands.autocomplete(window=_windows)
    async def channel(
        interaction: Interaction,
        channel: AnyChannel | None = None,
        window: app_commands.Range[str, 1, 8] | None = None,
        chart: bool = False,
        shared: bool = False,
    ) -> None:
        words = ["channel", f"<#{_counted(channel)}>" if channel else "", window or ""]
        if chart:
            words.append("chart")
        await desk.answer(interaction, " ".join(filter(None, words)), shared=shared)

    @emotion.command(**_named("me"))
    async def me(interaction: Interaction) -> None:
        await desk.answer(interaction, "me")

    @emotion.command(**_named("doctor"))
    async def doctor(interaction: Interaction) -> None:
        await desk.examine(interaction)

    @emotion.command(**_named("help"))
    async def help(interaction: Interaction) -> None:
        await desk.answer(interaction, "help")


def _privacy(desk: Desk) -> app_commands.Group:
    group = app_commands.Group(**_named("privacy"))
    for key, words in (
        ("show", "privacy"),
        ("opt_out", "privacy opt-out"),
        ("opt_in", "privacy opt-in"),
        ("delete", "privacy delete"),
        ("export", "privacy export"),
    ):
        group.command(**_named(key))(_saying(desk, words))
    return group


def _saying(desk: Desk, words: str) -> Callable[[Interaction], Coroutine[Any, Any, None]]:
    async def answer(interaction: Interaction) -> None:
        await desk.answer(interaction, words)

    return answer


def _settings(desk: Desk) -> app_commands.Group:
    group = app_commands.Group(
        **_named("settings"),
        **_GUILDS,
        default_permissions=_MANAGERS,
    )
    keys = [
        app_commands.Choice(name=say(f"preferences.{key.name}_name"), value=key.name)
        for key in KEYS
    ]
    levels = [
        app_commands.Choice(name=say(f"discord.level_{level}"), value=str(level)) for level in Level
    ]
    group.command(**_named("show"))(_saying(desk, "settings"))

    @group.command(**_named("change"))
    @app_commands.rename(
        setting=say("discord.setting"), value=say("discord.value"), level=say("discord.level")
    )
    @app_commands.describe(
        setting=say("discord.setting_about"),
        value=say("discord.value_about"),
        level=say("discord.level_about"),
    )
    @app_commands.choices(setting=keys, level=levels)
    @app_commands.autocomplete(value=_values)
    async def change(
        interaction: Interaction,
        setting: str,
        value: app_commands.Range[str, 1, 500],
        level: str = Level.WORKSPACE,
    ) -> None:
        await desk.answer(interaction, f"settings {level} {setting} {value}")

    @group.command(**_named("reset"))
    @app_commands.rename(setting=say("discord.setting"), level=say("discord.level"))
    @app_commands.describe(setting=say("discord.setting_about"), level=say("discord.level_about"))
    @app_commands.choices(setting=keys, level=levels)
    async def reset(interaction: Interaction, setting: str, level: str = Level.WORKSPACE) -> None:
        await desk.answer(interaction, f"settings {level} {setting} reset")

    return group


def _menus(desk: Desk) -> list[app_commands.ContextMenu]:
    async def analyze(interaction: Interaction, message: discord.Message) -> None:
        await desk.answer(interaction, "analyze", target=message)

    async def why(interaction: Interaction, message: discord.Message) -> None:
        await desk.answer(interaction, "why", target=message)

    return [
        app_commands.ContextMenu(name=say("discord.menu_analyze"), callback=analyze, **_EVERYWHERE),
        app_commands.ContextMenu(name=say("discord.menu_why"), callback=why, **_GUILDS),
    ]


def _counted(channel: AnyChannel) -> int:
    """The channel whose mood a thread's messages are part of."""
    return channel.parent_id if isinstance(channel, app_commands.AppCommandThread) else channel.id


async def _windows(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    found = [window for window in _WINDOWS if window.startswith(typed.strip().lower())]
    return [
        app_commands.Choice(
            name=text(f"discord.last_{window}", language_of(interaction)), value=window
        )
        for window in found
    ]


async def _values(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """What the chosen setting may be set to, where that is a list."""
    language = language_of(interaction)
    try:
        key = key_named(str(interaction.namespace.setting), language)
    except (BadCommand, AttributeError):
        return []
    # Off the loop: the first list of time zones is read from the disk.
    found = await asyncio.to_thread(suggestions, key.form, typed, language)
    return [app_commands.Choice(name=it, value=it) for it in found[:_MOST_CHOICES]]


def language_of(interaction: Interaction) -> Language:
    """What the person reads, as far as we speak it."""
    return Language.KO if interaction.locale is discord.Locale.korean else Language.EN
