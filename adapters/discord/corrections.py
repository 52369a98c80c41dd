"""“Wrong label?” on Discord: a button, then a menu of groups, then one of that group's labels.

A menu holds 25 options at most, fewer than any label set has
(discord.com/developers/docs/components/reference#string-select). What is pressed carries its
ticket in its custom id, so nothing is remembered here.
"""

from dataclasses import dataclass, replace
from typing import Any

import discord

from bot.commands.dispatch import Commands
from bot.events import CommandRequest, Offer, Reply
from bot.locale import text
from classifier.base import Language

_WRONG, _GROUP, _LABEL = "wrong", "group", "label"
_MOST = 25
_NAME, _PLACEHOLDER = 100, 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What somebody pressed or chose."""

    step: str
    ticket: str
    chosen: str


def press_of(data: Any) -> Press | None:
    """The press in a component's data, if it is one of ours."""
    step, _, ticket = str(data.get("custom_id")).partition(":")
    if step not in (_WRONG, _GROUP, _LABEL):
        return None
    return Press(step=step, ticket=ticket, chosen=str((data.get("values") or [""])[0]))


async def answer(press: Press, request: CommandRequest, commands: Commands) -> Reply:
    """The core's reply to a press: the labels of a group once one is chosen."""
    if press.step == _LABEL:
        return await commands.correct(request, press.ticket, press.chosen)
    reply = await commands.choices(request, press.ticket)
    if press.step == _WRONG or reply.offer is None:
        return reply
    options = [option for option in reply.offer.options if option.group == press.chosen]
    return replace(reply, offer=replace(reply.offer, options=tuple(options[:_MOST])))


def components(offer: Offer, language: Language) -> discord.ui.View:
    """The button of an offer, or its menu."""
    view = discord.ui.View(timeout=None)
    view.add_item(_item(offer, language))
    # Over before it is sent: discord.py would keep a view without a timeout for ever.
    view.stop()
    return view


def _item(offer: Offer, language: Language) -> discord.ui.Item[Any]:
    if not offer.options:
        return discord.ui.Button(label=offer.words, custom_id=f"{_WRONG}:{offer.ticket}")
    if len(offer.options) > _MOST:
        groups = dict.fromkeys(option.group for option in offer.options)
        return discord.ui.Select(
            custom_id=f"{_GROUP}:{offer.ticket}",
            placeholder=text("commands.correct_group", language)[:_PLACEHOLDER],
            options=[
                discord.SelectOption(label=group.capitalize()[:_NAME], value=group)
                for group in groups
            ],
        )
    return discord.ui.Select(
        custom_id=f"{_LABEL}:{offer.ticket}",
        placeholder=offer.words[:_PLACEHOLDER],
        options=[
            discord.SelectOption(label=option.name[:_NAME], value=option.value)
            for option in offer.options
        ],
    )
