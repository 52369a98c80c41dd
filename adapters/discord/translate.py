"""Discord's messages in our words: pure functions of discord.py's objects."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import discord
from discord.utils import snowflake_time

from bot.events import ChannelRef, Kind, MessageEvent, MessageRef, Platform, Source

DIRECT = "@me"  # the workspace of what belongs to no guild, as in Discord's own addresses
# An edit is told within seconds, or within minutes by a RESUME. An update that carries an older
# edit time tells of something else: a pin, an embed, a thread begun on the message.
EDIT_IS_TOLD_WITHIN = timedelta(minutes=15)

_WRITTEN = (discord.MessageType.default, discord.MessageType.reply)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a message counts: its channel, or the parent of its thread or forum post."""

    ref: ChannelRef
    name: str | None = None
    category: str | None = None
    thread: str | None = None


def channel_ref(guild: int | None, channel: int) -> ChannelRef:
    """The address of a channel."""
    workspace = DIRECT if guild is None else str(guild)
    return ChannelRef(platform=Platform.DISCORD, workspace=workspace, channel=str(channel))


def place_of(channel: object) -> Place | None:
    """Where messages of `channel` count; None when discord.py knows no more than its id."""
    if isinstance(channel, discord.Thread):
        parent = channel.parent
        return Place(
            ref=channel_ref(channel.guild.id, channel.parent_id),
            name=parent.name if parent else None,
            category=_category(parent),
            thread=str(channel.id),
        )
    if isinstance(channel, discord.abc.GuildChannel):
        return Place(
            ref=channel_ref(channel.guild.id, channel.id),
            name=channel.name,
            category=_category(channel),
        )
    if isinstance(channel, discord.abc.PrivateChannel):
        return Place(ref=channel_ref(None, channel.id))
    return None


def message_event(
    message: discord.Message,
    place: Place,
    *,
    own: int,
    kind: Kind = Kind.NEW,
    roles: frozenset[str] | None = None,
    live: bool = True,
) -> MessageEvent:
    """A message as it is now. `roles` are for history, which comes without its authors' roles."""
    return MessageEvent(
        kind=kind,
        ref=MessageRef(channel=place.ref, message=str(message.id)),
        sent_at=message.created_at,
        revised_at=revision(message),
        author=str(message.author.id),
        text=message.content,
        source=_source(message, own),
        thread=place.thread,
        category=place.category,
        roles=role_words(message.author) if roles is None else roles,
        channel_name=place.name,
        live=live,
    )


def revision(message: discord.Message) -> datetime:
    """When a message got the text it has."""
    return message.edited_at or message.created_at


def edit_event(
    message: discord.Message, place: Place, *, own: int, now: datetime
) -> MessageEvent | None:
    """An edited message; None when the update was no edit of its text.

    Link previews have no edit time at all.
    """
    if message.edited_at is None or now - message.edited_at > EDIT_IS_TOLD_WITHIN:
        return None
    return message_event(message, place, own=own, kind=Kind.EDITED)


def deletion_event(message: int, place: Place) -> MessageEvent:
    """A message that is gone. Its id tells when it was sent."""
    sent_at = snowflake_time(message)
    return MessageEvent(
        kind=Kind.DELETED,
        ref=MessageRef(channel=place.ref, message=str(message)),
        sent_at=sent_at,
        revised_at=sent_at,
        thread=place.thread,
        category=place.category,
        channel_name=place.name,
    )


def role_words(author: discord.abc.User) -> frozenset[str]:
    """A member's roles by id and by name: preferences may use either. A mere user has none."""
    # Where the bot is no member, discord.py makes members without a guild.
    if not isinstance(author, discord.Member) or author.guild is None:
        return frozenset()
    roles = [role for role in author.roles if not role.is_default()]
    return frozenset(word for role in roles for word in (str(role.id), role.name))


def _source(message: discord.Message, own: int) -> Source:
    if message.author.id == own:
        return Source.SELF
    if message.webhook_id is not None:
        return Source.WEBHOOK
    if message.author.bot:
        return Source.BOT
    # Joins, pins, boosts, AutoMod's notices: a person's name, but not a person's words.
    if message.type not in _WRITTEN or message.author.system:
        return Source.SYSTEM
    return Source.PERSON


def _category(channel: object) -> str | None:
    category = getattr(channel, "category_id", None)
    return None if category is None else str(category)
