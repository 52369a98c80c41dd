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

# Each scope with what is lost without it, for `maeum doctor`.
SCOPES: Final = {
    "channels:history": "messages of public channels are not read",
    "groups:history": "messages of private channels are not read",
    "im:history": "messages sent to the app itself are not read",
    "mpim:history": "messages of group conversations are not read",
    "reactions:write": "no reaction can be added",
    "chat:write": "no answer can be posted",
    "commands": "/emotion and the message shortcuts do not exist",
    "files:write": "no chart and no export can be sent",
    "im:write": "charts and exports cannot be sent to the person who asked",
    "emoji:read": "custom emoji cannot be checked",
    "channels:read": "channels have no names, and who may read one is not known",
    "groups:read": "private channels have no names, and who may read one is not known",
    "im:read": "conversations with the app cannot be looked up",
    "mpim:read": "group conversations cannot be looked up",
    "users:read": "nobody is recognised as a manager, and languages are not known",
}
