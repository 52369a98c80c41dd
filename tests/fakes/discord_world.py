"""What the fake Discord knows: guilds, channels, messages, in the payloads of the real one."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Payload = dict[str, Any]

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
APPLICATION, OWN = 100, 100
TOKEN = "the.bot.token"
ALL_INVITED = 274878024768
CONTENT_FLAG = 1 << 19  # GATEWAY_MESSAGE_CONTENT_LIMITED

_count = itertools.count(1)


def snowflake(at: datetime | None = None) -> int:
    """A new id that tells its time, as Discord's do."""
    milliseconds = ((at or datetime.now(UTC)) - EPOCH) // timedelta(milliseconds=1)
    return milliseconds << 22 | next(_count) % (1 << 22)


def user(number: int, name: str, *, bot: bool = False) -> Payload:
    """A user."""
    return {
        "id": str(number), "username": name, "global_name": None, "discriminator": "0",
        "avatar": None, "bot": bot, "public_flags": 0,
    }  # fmt: skip


def member(roles: tuple[int, ...] = (), joined_at: datetime | None = None) -> Payload:
    """What a message says of its author as a member."""
    return {
        "roles": [str(role) for role in roles], "deaf": False, "mute": False, "flags": 0,
        "joined_at": (joined_at or datetime(2024, 1, 1, tzinfo=UTC)).isoformat(),
    }  # fmt: skip


@dataclass
class World:
    """All that is there, and what the bot did to it."""

    flags: int = CONTENT_FLAG
    token: str = TOKEN
    guilds: dict[int, Payload] = field(default_factory=dict)
    channels: dict[int, Payload] = field(default_factory=dict)
    messages: dict[int, dict[int, Payload]] = field(default_factory=dict)  # by channel
    reactions: dict[int, list[str]] = field(default_factory=dict)  # by message: the bot's own
    members: dict[tuple[int, int], Payload] = field(default_factory=dict)
    commands: dict[int | None, list[Payload]] = field(default_factory=dict)  # None: everywhere
    sent: list[Payload] = field(default_factory=list)  # messages of the bot
    answers: list[Payload] = field(default_factory=list)  # to interactions

    def add_guild(
        self,
        number: int,
        *,
        permissions: int = ALL_INVITED,
        joined_at: datetime | None = None,
        locale: str = "en-US",
        features: tuple[str, ...] = (),
    ) -> Payload:
        """A guild with the bot as a member and one text channel, `number + 1`."""
        own_role = number + 9
        guild: Payload = {
            "id": str(number), "name": f"guild {number}", "icon": None, "splash": None,
            "owner_id": "1", "region": None, "afk_channel_id": None, "afk_timeout": 300,
            "verification_level": 0, "default_message_notifications": 0, "roles": [],
            "explicit_content_filter": 0, "emojis": [], "stickers": [], "features": list(features),
            "mfa_level": 0, "system_channel_id": None, "system_channel_flags": 0, "nsfw_level": 0,
            "rules_channel_id": None, "premium_tier": 0, "preferred_locale": locale,
            "public_updates_channel_id": None, "premium_progress_bar_enabled": False,
            "member_count": 3, "large": False, "unavailable": False, "voice_states": [],
            "channels": [], "threads": [], "presences": [], "stage_instances": [],
            "guild_scheduled_events": [], "soundboard_sounds": [], "vanity_url_code": None,
            "description": None, "banner": None, "discovery_splash": None,
            "application_id": None, "max_members": 1000, "max_presences": None,
        }  # fmt: skip
        guild["roles"] = [
            _role(number, "@everyone", 0),
            _role(own_role, "maeum", permissions),
            _role(number + 8, "quiet", 0),
        ]
        own = {**member((own_role,), joined_at), "user": user(OWN, "maeum", bot=True)}
        guild["members"] = [own]
        self.members[number, OWN] = own
        self.guilds[number] = guild
        self.add_channel(number, number + 1, "general")
        return guild

    def add_channel(self, guild: int, number: int, name: str, **more: Any) -> Payload:
        """A text channel, or with `type` another; a thread with `parent_id` and type 11."""
        channel: Payload = {
            "id": str(number), "guild_id": str(guild), "name": name, "type": 0, "position": 0,
            "permission_overwrites": [], "parent_id": None, "topic": None, "nsfw": False,
            "last_message_id": None, "rate_limit_per_user": 0, **more,
        }  # fmt: skip
        if channel["type"] in (10, 11, 12):
            channel |= {
                "owner_id": "1", "message_count": 0, "member_count": 1,
                "thread_metadata": {
                    "archived": False, "auto_archive_duration": 1440, "locked": False,
                    "archive_timestamp": datetime.now(UTC).isoformat(),
                },
                **more,
            }  # fmt: skip
        kind = "threads" if "thread_metadata" in channel else "channels"
        self.guilds[guild][kind].append(channel)
        self.channels[number] = channel
        self.messages.setdefault(number, {})
        return channel

    def write(
        self, channel: int, text: str, *, author: int = 1, at: datetime | None = None, **more: Any
    ) -> Payload:
        """A message as MESSAGE_CREATE tells it; it lies in the channel's history too."""
        at = at or datetime.now(UTC)
        number = snowflake(at)
        place = self.channels[channel]
        message: Payload = {
            "id": str(number), "channel_id": str(channel), "guild_id": place["guild_id"],
            "author": user(author, f"user{author}"), "member": member(), "content": text,
            "timestamp": at.isoformat(), "edited_timestamp": None, "tts": False,
            "mention_everyone": False, "mentions": [], "mention_roles": [], "attachments": [],
            "embeds": [], "pinned": False, "type": 0, "flags": 0, "components": [], **more,
        }  # fmt: skip
        self.messages[channel][number] = message
        place["last_message_id"] = str(number)
        return message

    def edit(self, message: Payload, text: str, at: datetime | None = None) -> Payload:
        """The message with another text, as MESSAGE_UPDATE tells it."""
        edited = {
            **message, "content": text, "edited_timestamp": (at or datetime.now(UTC)).isoformat(),
        }  # fmt: skip
        self.messages[int(message["channel_id"])][int(message["id"])] = edited
        return edited

    def delete(self, message: Payload) -> Payload:
        """Take the message away; what MESSAGE_DELETE tells."""
        self.messages[int(message["channel_id"])].pop(int(message["id"]), None)
        return {key: message[key] for key in ("id", "channel_id", "guild_id")}


def _role(number: int, name: str, permissions: int) -> Payload:
    return {
        "id": str(number), "name": name, "color": 0, "hoist": False, "position": number % 10,
        "permissions": str(permissions), "managed": False, "mentionable": False, "flags": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
    }  # fmt: skip
