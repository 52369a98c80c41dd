"""`/emotion` and the message menus, as Discord registers them.

Discord gives contexts, installs and default permissions to whole commands only, never to a part
of one. So what managers decide is a command of its own (`manage.py`).
"""

from typing import Any

import discord
from discord import app_commands

from adapters.discord.manage import settings_group
from adapters.discord.terms import (
    EVERYWHERE,
    GUILDS,
    AnyChannel,
    Desk,
    Interaction,
    counted,
    named,
    say,
    saying,
    windows,
)


def add_commands(tree: app_commands.CommandTree[Any], desk: Desk) -> None:
    """Put every command and menu into `tree`."""
    emotion = app_commands.Group(**named("emotion"), **EVERYWHERE)
    _add_questions(emotion, desk)
    emotion.add_command(_privacy(desk))
    tree.add_command(emotion)
    tree.add_command(settings_group(desk))
    for menu in _menus(desk):
        tree.add_command(menu)


def _add_questions(emotion: app_commands.Group, desk: Desk) -> None:
    @emotion.command(**named("analyze"))
    @app_commands.rename(words=say("discord.text"))
    @app_commands.describe(words=say("discord.text_about"))
    async def analyze(interaction: Interaction, words: app_commands.Range[str, 1, 2000]) -> None:
        await desk.answer(interaction, f"analyze {words}")

    @emotion.command(**named("channel"))
    @app_commands.rename(
        channel=say("discord.which"),
        window=say("discord.window"),
        chart=say("discord.chart"),
        heatmap=say("discord.heatmap"),
        shared=say("discord.shared"),
    )
    @app_commands.describe(
        channel=say("discord.which_about"),
        window=say("discord.window_about"),
        chart=say("discord.chart_about"),
        heatmap=say("discord.heatmap_about"),
        shared=say("discord.shared_about"),
    )
    @app_commands.autocomplete(window=windows)
    async def channel(
        interaction: Interaction,
        channel: AnyChannel | None = None,
        window: app_commands.Range[str, 1, 8] | None = None,
        chart: bool = False,
        heatmap: bool = False,
        shared: bool = False,
    ) -> None:
        words = ["channel", f"<#{counted(channel)}>" if channel else "", window or ""]
        words += ["chart"] if chart else []
        words += ["heatmap"] if heatmap else []
        await desk.answer(interaction, " ".join(filter(None, words)), shared=shared)

    @emotion.command(**named("me"))
    async def me(interaction: Interaction) -> None:
        await desk.answer(interaction, "me")

    emotion.command(**named("dashboard"))(saying(desk, "dashboard"))

    @emotion.command(**named("doctor"))
    async def doctor(interaction: Interaction) -> None:
        await desk.examine(interaction)

    @emotion.command(**named("help"))
    async def help(interaction: Interaction) -> None:
        await desk.answer(interaction, "help")


def _privacy(desk: Desk) -> app_commands.Group:
    group = app_commands.Group(**named("privacy"))
    for key, words in (
        ("show", "privacy"),
        ("opt_out", "privacy opt-out"),
        ("opt_in", "privacy opt-in"),
        ("delete", "privacy delete"),
        ("export", "privacy export"),
    ):
        group.command(**named(key))(saying(desk, words))
    return group


def _menus(desk: Desk) -> list[app_commands.ContextMenu]:
    async def analyze(interaction: Interaction, message: discord.Message) -> None:
        await desk.answer(interaction, "analyze", target=message)

    async def why(interaction: Interaction, message: discord.Message) -> None:
        await desk.answer(interaction, "why", target=message)

    return [
        app_commands.ContextMenu(name=say("discord.menu_analyze"), callback=analyze, **EVERYWHERE),
        app_commands.ContextMenu(name=say("discord.menu_why"), callback=why, **GUILDS),
    ]
