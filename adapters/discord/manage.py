"""`/emotion-settings`: what managers decide, post and take along. In guilds, hidden from others."""

import asyncio

import discord
from discord import app_commands

from adapters.discord.terms import (
    GUILDS,
    AnyChannel,
    Desk,
    Interaction,
    counted,
    language_of,
    named,
    say,
    saying,
    windows,
)
from bot.errors import BadCommand
from bot.export import Form, Table
from bot.forms import suggestions
from bot.preferences import KEYS, key_named
from bot.storage import Level

_MANAGERS = discord.Permissions(manage_guild=True)
_MOST_CHOICES = 25
_EVERY = ("off", "daily", "weekly")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def settings_group(desk: Desk) -> app_commands.Group:
    """Settings, digest and export."""
    group = app_commands.Group(
        **named("settings"),
        **GUILDS,
        default_permissions=_MANAGERS,
    )
    keys = [
        app_commands.Choice(name=say(f"preferences.{key.name}_name"), value=key.name)
        for key in KEYS
    ]
    levels = [
        app_commands.Choice(name=say(f"discord.level_{level}"), value=str(level)) for level in Level
    ]
    group.command(**named("show"))(saying(desk, "settings"))

    @group.command(**named("change"))
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

    @group.command(**named("reset"))
    @app_commands.rename(setting=say("discord.setting"), level=say("discord.level"))
    @app_commands.describe(setting=say("discord.setting_about"), level=say("discord.level_about"))
    @app_commands.choices(setting=keys, level=levels)
    async def reset(interaction: Interaction, setting: str, level: str = Level.WORKSPACE) -> None:
        await desk.answer(interaction, f"settings {level} {setting} reset")

    _add_posts(group, desk)
    _add_export(group, desk)
    return group


def _add_export(group: app_commands.Group, desk: Desk) -> None:
    tables = [
        app_commands.Choice(name=say(f"discord.table_{table}"), value=str(table))
        for table in (Table.BUCKETS, Table.OBSERVATIONS)
    ]
    forms = [
        app_commands.Choice(name=say(f"discord.form_{form}"), value=str(form)) for form in Form
    ]

    @group.command(**named("export_counts"))
    @app_commands.rename(
        table=say("discord.table"),
        channel=say("discord.which"),
        window=say("discord.window"),
        form=say("discord.form"),
    )
    @app_commands.describe(
        table=say("discord.table_about"),
        channel=say("discord.which_about"),
        window=say("discord.window_about"),
        form=say("discord.form_about"),
    )
    @app_commands.choices(table=tables, form=forms)
    @app_commands.autocomplete(window=windows)
    async def export(
        interaction: Interaction,
        table: str = Table.BUCKETS,
        channel: AnyChannel | None = None,
        window: app_commands.Range[str, 1, 8] | None = None,
        form: str = Form.CSV,
    ) -> None:
        words = ["export", table, _mention(channel), window or "", form]
        await desk.answer(interaction, " ".join(filter(None, words)))


def _add_posts(group: app_commands.Group, desk: Desk) -> None:
    every_choices = [
        app_commands.Choice(name=say(f"discord.every_{word}"), value=word) for word in _EVERY
    ]
    days = [app_commands.Choice(name=say(f"discord.day_{word}"), value=word) for word in _WEEKDAYS]

    @group.command(**named("digest"))
    @app_commands.rename(
        every=say("discord.every"),
        time=say("discord.time"),
        day=say("discord.day"),
        channel=say("discord.which"),
    )
    @app_commands.describe(
        every=say("discord.every_about"),
        time=say("discord.time_about"),
        day=say("discord.day_about"),
        channel=say("discord.digest_where_about"),
    )
    @app_commands.choices(every=every_choices, day=days)
    async def digest(
        interaction: Interaction,
        every: str | None = None,
        time: app_commands.Range[str, 1, 10] = "18:00",
        day: str = "mon",
        channel: AnyChannel | None = None,
    ) -> None:
        words = ["digest", every or ""]
        if every in ("daily", "weekly"):
            words += [day if every == "weekly" else "", time, _mention(channel)]
        await desk.answer(interaction, " ".join(filter(None, words)))


def _mention(channel: AnyChannel | None) -> str:
    return f"<#{counted(channel)}>" if channel else ""


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
