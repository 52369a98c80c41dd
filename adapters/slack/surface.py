"""What the app asks of Slack and offers in it. `manifest.json` says the same; a test compares."""

from typing import Final

COMMAND: Final = "/emotion"

# Message shortcuts by callback id; what each asks of the core.
ANALYZE: Final = "analyze_message"
WHY: Final = "why_message"

# A message's event has one subscription for each kind of conversation, and one type.
MESSAGE: Final = "message"
MESSAGE_SUBSCRIPTIONS: Final = (
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
)
HOME_OPENED: Final = "app_home_opened"
UNINSTALLED: Final = "app_uninstalled"
TOKENS_REVOKED: Final = "tokens_revoked"
RENAMED: Final = ("channel_rename", "group_rename")
CHANNEL_DELETED: Final = ("channel_deleted", "group_deleted")

SUBSCRIPTIONS: Final = (
    *MESSAGE_SUBSCRIPTIONS,
    HOME_OPENED,
    UNINSTALLED,
    TOKENS_REVOKED,
    *RENAMED,
    *CHANNEL_DELETED,
)

SCOPES: Final = (
    "channels:history",
    "groups:history",
    "im:history",
    "mpim:history",
    "reactions:write",
    "chat:write",
    "commands",
    "files:write",
    "im:write",
    "emoji:read",
    "channels:read",
    "groups:read",
    "im:read",
    "mpim:read",
    "users:read",
)
