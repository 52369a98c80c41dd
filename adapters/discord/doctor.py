"""What is well and what is missing on Discord: intent, invite, permissions, channels, commands."""

from collections.abc import Iterable

import discord

from adapters.base import Finding
from adapters.discord.permits import Voice
from bot.locale import text
from classifier.base import Language

INVITED = discord.Permissions(
    view_channel=True,
    send_messages=True,
    add_reactions=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
    send_messages_in_threads=True,
)
Room = discord.TextChannel | discord.ForumChannel | Voice
_TO_REACT = ("read_message_history", "add_reactions")
_TO_SPEAK = ("send_messages", "send_messages_in_threads", "embed_links", "attach_files")
# Digests and notes with their charts come to text channels alone, elsewhere there are replies.
_TO_REPLY_IN_POSTS, _TO_REPLY = ("send_messages_in_threads",), ("send_messages",)
_NAMED = 5  # channels in one finding


def invite_link(application: int) -> str:
    """The address that adds the bot to a guild with all it needs."""
    return discord.utils.oauth_url(
        application, permissions=INVITED, scopes=("bot", "applications.commands")
    )


def examine_intent(flags: discord.ApplicationFlags, language: Language) -> Finding:
    """Whether Discord will send the text of messages."""
    ok = may_read_content(flags)
    mend = "" if ok else text("discord.intent_mend", language)
    return Finding(
        ok=ok, what=text("discord.intent" if ok else "discord.no_intent", language), mend=mend
    )


def may_read_content(flags: discord.ApplicationFlags) -> bool:
    """Whether the message content intent is on in the developer portal."""
    return flags.gateway_message_content or flags.gateway_message_content_limited


def examine_guild(
    client: discord.Client, guild: discord.Guild, language: Language
) -> list[Finding]:
    """Intent, permissions and invite link, for the guild's managers."""
    findings = examine_channels(guild.name, rooms(guild.channels), guild.me, language)
    if client.application is not None:
        findings.insert(0, examine_intent(client.application.flags, language))
        findings.append(examine_invite(client.application.id, language))
    return findings


def examine_invite(application: int, language: Language) -> Finding:
    """The invite link, which always helps."""
    link = invite_link(application)
    return Finding(ok=True, what=text("discord.invite", language, link=link))


def rooms(channels: Iterable[object]) -> list[Room]:
    """Those of a guild's channels in which people write."""
    return [channel for channel in channels if isinstance(channel, Room)]


def examine_channels(
    guild: str, channels: list[Room], me: discord.Member, language: Language
) -> list[Finding]:
    """What the bot may not do in a guild's channels, by permission."""
    findings = []
    for purpose in ("react", "speak"):
        lacking: dict[str, list[str]] = {}
        for channel in channels:
            if missing := _missing(channel, channel.permissions_for(me), purpose):
                words = ", ".join(text(f"discord.may_{name}", language) for name in missing)
                lacking.setdefault(words, []).append(f"#{channel.name}")
        findings += [
            Finding(
                ok=False,
                what=text(
                    f"discord.cannot_{purpose}",
                    language,
                    guild=guild,
                    channels=_few(where, language),
                ),
                mend=text("discord.permission_mend", language, permissions=words),
            )
            for words, where in lacking.items()
        ]
        if not lacking:
            count = len(channels)
            findings.append(
                Finding(
                    ok=True, what=text(f"discord.can_{purpose}", language, guild=guild, count=count)
                )
            )
    return findings


def _missing(channel: Room, can: discord.Permissions, purpose: str) -> list[str]:
    """The permissions that `purpose` lacks; a channel that is closed says all there is to say."""
    doors = ("view_channel", "connect") if isinstance(channel, Voice) else ("view_channel",)
    for door in doors:
        if not getattr(can, door):
            return [door]
    return [name for name in _needs(channel, purpose) if not getattr(can, name)]


def _needs(channel: Room, purpose: str) -> tuple[str, ...]:
    if purpose == "react":
        return _TO_REACT
    if isinstance(channel, discord.TextChannel):
        return _TO_SPEAK
    return _TO_REPLY_IN_POSTS if isinstance(channel, discord.ForumChannel) else _TO_REPLY


def _few(names: list[str], language: Language) -> str:
    shown = ", ".join(names[:_NAMED])
    more = len(names) - _NAMED
    return text("discord.and_more", language, channels=shown, count=more) if more > 0 else shown
