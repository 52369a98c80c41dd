"""Slack's payloads, as it sends them, with what a test varies."""

import itertools
from datetime import datetime
from typing import Any

from adapters.slack.translate import stamp

Payload = dict[str, Any]

_EVENTS = itertools.count(1)


def callback(event: Payload, *, team: str = "T1", shared: bool = False) -> Payload:
    """An event in the envelope that both transports carry."""
    return {
        "token": "legacy",
        "team_id": team,
        "api_app_id": "A1",
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{next(_EVENTS):08}",
        "event_time": 1773567000,
        "authorizations": [
            {"enterprise_id": None, "team_id": team, "user_id": "UBOT", "is_bot": True}
        ],
        "is_ext_shared_channel": shared,
    }


def said(
    text: str, at: datetime, *, user: str = "U1", channel: str = "C1", thread: str | None = None
) -> Payload:
    """The `message` event of a person's new message."""
    event = {
        "type": "message",
        "channel": channel,
        "channel_type": "channel",
        "user": user,
        "text": text,
        "ts": stamp(at),
        "event_ts": stamp(at),
        "team": "T1",
    }
    return event | ({"thread_ts": thread} if thread else {})


def message(
    text: str,
    at: datetime,
    *,
    team: str = "T1",
    user: str = "U1",
    channel: str = "C1",
    thread: str | None = None,
    shared: bool = False,
) -> Payload:
    """A new message."""
    event = said(text, at, user=user, channel=channel, thread=thread)
    return callback(event, team=team, shared=shared)


def edited(before: Payload, text: str, at: datetime) -> Payload:
    """An edit of the message that `before` delivered."""
    old = {key: before["event"][key] for key in ("type", "user", "text", "ts")}
    return callback(
        {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "channel": before["event"]["channel"],
            "channel_type": "channel",
            "ts": stamp(at),
            "event_ts": stamp(at),
            "previous_message": old,
            "message": old
            | {
                "text": text,
                "edited": {"user": old["user"], "ts": f"{int(at.timestamp())}.000000"},
            },
        },
        team=before["team_id"],
    )


def deleted(before: Payload, at: datetime) -> Payload:
    """The deletion of the message that `before` delivered."""
    old = {key: before["event"][key] for key in ("type", "user", "text", "ts")}
    return callback(
        {
            "type": "message",
            "subtype": "message_deleted",
            "hidden": True,
            "channel": before["event"]["channel"],
            "channel_type": "channel",
            "ts": stamp(at),
            "event_ts": stamp(at),
            "deleted_ts": old["ts"],
            "previous_message": old,
        },
        team=before["team_id"],
    )


def command(
    text: str, response_url: str, *, user: str = "U1", channel: str = "C1", name: str = "general"
) -> Payload:
    """`/emotion TEXT`."""
    return {
        "token": "legacy",
        "team_id": "T1",
        "team_domain": "example",
        "channel_id": channel,
        "channel_name": name,
        "user_id": user,
        "user_name": "mina",
        "command": "/emotion",
        "text": text,
        "api_app_id": "A1",
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": "1.2.3",
    }


def shortcut(
    callback_id: str, message: Payload, response_url: str, *, user: str = "U2", channel: str = "C1"
) -> Payload:
    """A message shortcut on `message`, a message as it stands in its channel."""
    return {
        "type": "message_action",
        "callback_id": callback_id,
        "trigger_id": "1.2.3",
        "message_ts": message["ts"],
        "response_url": response_url,
        "team": {"id": "T1", "domain": "example"},
        "channel": {"id": channel, "name": "general"},
        "user": {"id": user, "name": "june", "team_id": "T1"},
        "message": message,
    }


def pressed(action_id: str, *, user: str = "U1", value: str | None = None) -> Payload:
    """A button pressed, or with a value a menu's choice, in the App Home tab."""
    action: Payload = {"action_id": action_id, "block_id": "b1", "type": "button"}
    if value is not None:
        action |= {"type": "static_select", "selected_option": {"value": value}}
    return {
        "type": "block_actions",
        "team": {"id": "T1", "domain": "example"},
        "user": {"id": user, "name": "mina", "team_id": "T1"},
        "api_app_id": "A1",
        "trigger_id": "1.2.3",
        "container": {"type": "view", "view_id": "V1"},
        "view": {"id": "V1", "type": "home", "app_installed_team_id": "T1"},
        "actions": [action],
    }


def pressed_under(
    answer: Payload, response_url: str, *, chosen: str | None = None, user: str = "U2"
) -> Payload:
    """The button under an ephemeral answer pressed, or with `chosen` its menu used."""
    [block] = [it for it in answer["blocks"] if it["type"] == "actions"]
    [element] = block["elements"]
    action = {key: element[key] for key in ("type", "action_id", "value") if key in element}
    action |= {"block_id": block["block_id"], "action_ts": "1773567000.000100"}
    if chosen is not None:
        options = [it for group in element["option_groups"] for it in group["options"]]
        [action["selected_option"]] = [it for it in options if it["value"] == chosen]
    channel = answer.get("channel", "C1")
    container = {"type": "message", "message_ts": "1773567000.000200", "is_ephemeral": True}
    return {
        "type": "block_actions",
        "team": {"id": "T1", "domain": "example"},
        "user": {"id": user, "name": "june", "team_id": "T1"},
        "api_app_id": "A1",
        "trigger_id": "1.2.3",
        "container": container | {"channel_id": channel},
        "channel": {"id": channel, "name": "general"},
        "response_url": response_url,
        "actions": [action],
    }


def home_opened(*, user: str = "U1", tab: str = "home") -> Payload:
    """Somebody looks at the app."""
    return callback({"type": "app_home_opened", "user": user, "channel": "D1", "tab": tab})


def uninstalled(team: str = "T1") -> Payload:
    """The app was removed from a workspace."""
    return callback({"type": "app_uninstalled"}, team=team)


def tokens_revoked(team: str = "T1", *, bot: bool = True) -> Payload:
    """Tokens were revoked, the bot's or only a person's."""
    tokens = {"oauth": ["U1"], "bot": ["UBOT"] if bot else []}
    return callback({"type": "tokens_revoked", "tokens": tokens}, team=team)
