"""What the bot needs in a channel to do what it does, and what it was granted there."""

import discord

TAKE = discord.Permissions(view_channel=True, read_message_history=True)
PUT = TAKE | discord.Permissions(add_reactions=True)
# A reply shows what it answers, so Discord asks for the history too.
SAY = TAKE | discord.Permissions(send_messages=True)
SAY_IN_THREAD = TAKE | discord.Permissions(send_messages_in_threads=True)

Voice = discord.VoiceChannel | discord.StageChannel


def granted(channel: discord.abc.GuildChannel | discord.Thread) -> discord.Permissions:
    """What the bot may do in `channel` now.

    The chat of a voice channel is closed to whoever may not connect
    (github.com/discord/discord-api-docs/pull/5111).
    """
    can = channel.permissions_for(channel.guild.me)
    closed = isinstance(channel, Voice) and not can.connect
    return discord.Permissions.none() if closed else can
