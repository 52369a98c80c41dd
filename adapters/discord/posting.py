"""Where the bot may post unasked."""

import discord

from bot.events import ChannelRef

TO_POST = discord.Permissions(view_channel=True, send_messages=True, embed_links=True)


def speaking_place(client: discord.Client, ref: ChannelRef) -> discord.TextChannel | None:
    """The channel at `ref`, where `client` serves it and may post in it now."""
    guild = client.get_guild(int(ref.workspace)) if ref.workspace.isdecimal() else None
    channel = guild.get_channel(int(ref.channel)) if guild else None
    if not isinstance(channel, discord.TextChannel) or not client.is_ready():
        return None
    return channel if may_post(channel) else None


def may_post(channel: discord.TextChannel) -> bool:
    """Whether the bot may post an embed in `channel`."""
    return channel.permissions_for(channel.guild.me) >= TO_POST
