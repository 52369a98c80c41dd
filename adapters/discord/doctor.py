"""What is well and what is missing on Discord: intent, invite, permissions, channels, commands."""

import discord

from adapters.base import Finding
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
_TO_REACT = ("view_channel", "read_message_history", "add_reactions")
_TO_SPEAK = (
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "embed_links",
    "attach_files",
)
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
    findings = examine_channels(guild.name, list(guild.text_channels), guild.me, language)
    if client.application is not None:
        findings.insert(0, examine_intent(client.application.flags, language))
        findings.append(examine_invite(client.application.id, language))
    return findings


def examine_invite(application: int, language: Language) -> Finding:
    """The invite link, which always helps."""
    link = invite_link(application)
    return Finding(ok=True, what=text("discord.invite", language, link=link))


def examine_channels(
    guild: str, channels: list[discord.TextChannel], me: discord.Member, language: Language
) -> list[Finding]:
    """What the bot may not do in a guild's channels, by permission."""
    findings = []
    for purpose, names in (("react", _TO_REACT), ("speak", _TO_SPEAK)):
        lacking: dict[str, list[str]] = {}
        for channel in channels:
            can = channel.permissions_for(me)
            if missing := [name for name in names if not getattr(can, name)]:
                # A channel that is out of sight says all there is to say.
                missing = missing[:1] if missing[0] == "view_channel" else missing
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


def _few(names: list[str], language: Language) -> str:
    shown = ", ".join(names[:_NAMED])
    more = len(names) - _NAMED
    return text("discord.and_more", language, channels=shown, count=more) if more > 0 else shown
