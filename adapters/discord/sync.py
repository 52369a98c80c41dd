"""Registers the commands with Discord: when asked to, or when their definition changed."""

import logging
from typing import Any

import discord
from discord import app_commands

logger = logging.getLogger(__name__)

Tree = app_commands.CommandTree[Any]


async def sync(tree: Tree, guild: int | None) -> int:
    """Register all commands, for everywhere or for one guild; how many. Idempotent.

    Those of one guild show at once and are for trying things out.
    """
    where = None if guild is None else discord.Object(guild)
    if where:
        tree.copy_global_to(guild=where)
    return len(await tree.sync(guild=where))


async def sync_if_changed(tree: Tree) -> bool:
    """Register the commands unless Discord has them as they are; whether it was needed."""
    if await is_current(tree):
        return False
    logger.info("%s commands registered with Discord", await sync(tree, None))
    return True


async def is_current(tree: Tree) -> bool:
    """Whether the commands registered everywhere are those of this program."""
    client = tree.client
    if client.application_id is None or tree.translator is None:
        raise RuntimeError("log in and set the translator first")
    ours = [
        await command.get_translated_payload(tree, tree.translator)
        for command in tree.get_commands()
    ] + [
        await menu.get_translated_payload(tree, tree.translator)
        for kind in (discord.AppCommandType.message, discord.AppCommandType.user)
        for menu in tree.get_commands(type=kind)
    ]
    theirs = await client.http.get_global_commands(client.application_id)
    return {_key(it) for it in ours} == {_key(it) for it in theirs} and all(
        any(_key(mine) == _key(other) and _agrees(mine, other) for other in theirs) for mine in ours
    )


def _key(command: Any) -> tuple[int, str]:
    return command.get("type", 1), command["name"]


def _agrees(ours: Any, theirs: Any) -> bool:
    """Whether Discord holds all we would send; it adds ids, versions and empty defaults."""
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and all(
            _agrees(value, theirs.get(name)) for name, value in ours.items()
        )
    if isinstance(ours, list):
        return len(ours) == len(theirs or []) and all(map(_agrees, ours, theirs or []))
    return bool(ours == theirs or str(ours) == str(theirs) or (not ours and not theirs))
