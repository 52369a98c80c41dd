"""The one message a guild gets when the bot joins it."""

from datetime import datetime, timedelta

import discord

from adapters.discord.face import embed_of
from adapters.discord.posting import may_post
from bot.events import Field, Reply
from bot.locale import text
from classifier.base import Language

# Discord tells of every guild again after an outage; only a fresh membership is a joining.
_FRESH = timedelta(minutes=10)
_LINES = ("does", "stores", "opt_out", "switch_off")


def is_joining(guild: discord.Guild, now: datetime) -> bool:
    """Whether the bot has only just become a member."""
    me: discord.Member | None = guild.me
    return me is not None and me.joined_at is not None and now - me.joined_at < _FRESH


def hall(guild: discord.Guild) -> discord.TextChannel | None:
    """Where a newcomer may speak: the system channel, else the first channel that lets it."""
    channels = sorted(guild.text_channels, key=lambda channel: channel.position)
    if guild.system_channel:
        channels.insert(0, guild.system_channel)
    return next((it for it in channels if may_post(it)), None)


def language_of(guild: discord.Guild, default: Language) -> Language:
    """What a community guild says it speaks; others always say English, which means nothing."""
    if guild.preferred_locale is discord.Locale.korean:
        return Language.KO
    return Language.EN if "COMMUNITY" in guild.features else default


def welcome(language: Language) -> discord.Embed:
    """What the bot does, what it stores, how to opt out, how to switch it off."""
    return embed_of(
        Reply(
            title=text("discord.welcome", language),
            text=text("discord.welcome_text", language),
            fields=tuple(
                Field(
                    name=text(f"discord.welcome_{line}", language),
                    value=text(f"discord.welcome_{line}_text", language),
                )
                for line in _LINES
            ),
        ),
        language,
    )
