"""What all commands share: names in two languages, where they may be used, and who answers."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import discord
from discord import app_commands

from bot.locale import text
from classifier.base import Language

EVERYWHERE: dict[str, Any] = {
    "allowed_contexts": app_commands.AppCommandContext(
        guild=True, dm_channel=True, private_channel=True
    ),
    "allowed_installs": app_commands.AppInstallationType(guild=True, user=True),
}
GUILDS: dict[str, Any] = {
    "allowed_contexts": app_commands.AppCommandContext(
        guild=True, dm_channel=False, private_channel=False
    ),
    "allowed_installs": app_commands.AppInstallationType(guild=True, user=False),
}

AnyChannel = app_commands.AppCommandChannel | app_commands.AppCommandThread
Interaction = discord.Interaction[Any]

_WINDOWS = ("24h", "7d", "30d")


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


def named(key: str) -> dict[str, Any]:
    """Name and description of a command, as its arguments."""
    return {"name": say(f"discord.{key}"), "description": say(f"discord.{key}_about")}


def saying(desk: Desk, words: str) -> Callable[[Interaction], Coroutine[Any, Any, None]]:
    """A command without options."""

    async def answer(interaction: Interaction) -> None:
        await desk.answer(interaction, words)

    return answer


def counted(channel: AnyChannel) -> int:
    """The channel whose mood a thread's messages are part of."""
    return channel.parent_id if isinstance(channel, app_commands.AppCommandThread) else channel.id


async def windows(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """The windows people mean most; any other may be typed."""
    found = [window for window in _WINDOWS if window.startswith(typed.strip().lower())]
    return [
        app_commands.Choice(
            name=text(f"discord.last_{window}", language_of(interaction)), value=window
        )
        for window in found
    ]


def language_of(interaction: Interaction) -> Language:
    """What the person reads, as far as we speak it."""
    return Language.KO if interaction.locale is discord.Locale.korean else Language.EN
