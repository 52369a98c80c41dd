"""Answers commands and menus: an interaction becomes a request, a reply becomes a message."""

import logging
from collections.abc import Awaitable, Callable

import discord

from adapters.base import findings_reply
from adapters.discord.corrections import answer, components, press_of
from adapters.discord.doctor import examine_guild
from adapters.discord.face import face
from adapters.discord.notices import Notices
from adapters.discord.terms import Interaction, language_of
from adapters.discord.translate import Place, channel_ref, message_event, place_of, role_words
from bot.commands.dispatch import Commands
from bot.events import ChannelRef, CommandRequest, Reply, Tone
from bot.locale import text

logger = logging.getLogger(__name__)


class FrontDesk:
    """Defers at once (Discord waits three seconds), then answers within the token's 15 minutes."""

    def __init__(self, commands: Commands, notices: Notices) -> None:
        self._commands = commands
        self._notices = notices

    async def answer(
        self,
        interaction: Interaction,
        words: str,
        *,
        target: discord.Message | None = None,
        shared: bool = False,
    ) -> None:
        """Answer the words a person would have typed after `/emotion`; seen by them alone."""
        if await self._deferred(interaction, shared=shared):
            reply = await self._commands.answer(_request(interaction, words, target))
            await self._send(interaction, reply)

    async def pressed(self, interaction: Interaction) -> None:
        """Answer a button or a menu of an earlier answer, in that answer's place."""
        press = press_of(interaction.data)
        if press is None:
            return
        try:
            if await self._deferred(interaction, thinking=False):
                reply = await answer(press, _request(interaction, "", None), self._commands)
                await self._send(interaction, reply)
        except Exception as error:
            await self.apologise(interaction, error)

    async def examine(self, interaction: Interaction) -> None:
        """Answer `/emotion doctor`. Managers only: it names channels others may not see."""
        if not await self._deferred(interaction):
            return
        language = language_of(interaction)
        guild = interaction.client.get_guild(interaction.guild_id or 0)
        if guild is None or not interaction.permissions.manage_guild:
            key = "doctor.managers" if guild else "discord.doctor_guilds"
            reply = Reply(title=text(key, language), tone=Tone.WARNING)
        else:
            client: discord.Client = interaction.client
            reply = findings_reply(examine_guild(client, guild, language), language)
        await self._send(interaction, reply)

    async def apologise(self, interaction: Interaction, error: Exception) -> None:
        """Tell the asker that it went wrong, and the operator what."""
        cause = error.__cause__ or error
        if isinstance(cause, discord.NotFound):  # the interaction is over: nobody waits
            self._notices.fault("late", "an answer came too late for Discord (%s)", cause.code)
            return
        logger.error("a command was not answered", exc_info=cause)
        language = language_of(interaction)
        reply = Reply(
            title=text("commands.busy", language),
            text=text("commands.try_again", language),
            tone=Tone.WARNING,
        )
        if await self._deferred(interaction):
            await self._send(interaction, reply)

    async def _deferred(
        self, interaction: Interaction, *, shared: bool = False, thinking: bool = True
    ) -> bool:
        if interaction.response.is_done():
            return True
        try:
            await interaction.response.defer(ephemeral=not shared, thinking=thinking)
        except discord.HTTPException as error:
            # 10062: the three seconds were over before we heard of it, after an outage.
            self._notices.fault("defer", "Discord did not wait for an answer (%s)", error.code)
            return False
        return True

    async def _send(self, interaction: Interaction, reply: Reply) -> None:
        language = language_of(interaction)
        shown = face(reply, language)
        view = components(reply.offer, language) if reply.offer else None
        await interaction.edit_original_response(
            embed=shown["embed"], attachments=shown["files"], view=view
        )


def _request(
    interaction: Interaction, words: str, target: discord.Message | None
) -> CommandRequest:
    place = _place(interaction)
    own = interaction.application_id
    return CommandRequest(
        channel=place.ref,
        author=str(interaction.user.id),
        text=words,
        locale=interaction.locale.value,
        is_manager=interaction.guild_id is not None and interaction.permissions.manage_guild,
        category=place.category,
        roles=role_words(interaction.user),
        target=message_event(target, place, own=own) if target else None,
        channel_name=place.name,
        can_read=_reading(interaction),
    )


def _place(interaction: Interaction) -> Place:
    found = place_of(interaction.channel)
    # Where the bot is no member, Discord may tell no more of a channel than its id.
    return found or Place(ref=channel_ref(interaction.guild_id, interaction.channel_id or 0))


def _reading(interaction: Interaction) -> Callable[[ChannelRef], Awaitable[bool]]:
    """Whether the asker may read a channel of the same guild."""

    async def can_read(ref: ChannelRef) -> bool:
        guild = interaction.guild
        channel = guild and guild.get_channel(int(ref.channel))
        if not channel or not isinstance(interaction.user, discord.Member):
            return False
        may = channel.permissions_for(interaction.user)
        return may.view_channel and may.read_message_history

    return can_read
