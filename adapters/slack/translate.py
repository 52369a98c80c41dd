"""Slack's payloads become our types. Pure: nothing is asked, nothing is decided."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.events import ChannelRef, Kind, MessageEvent, MessageRef, Platform, Source

Payload = Mapping[str, Any]

_TIME = re.compile(r"(\d{1,11})\.(\d{6})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A person's words. Every other subtype is a bot's or a notice.
_SAID = (None, "file_share", "me_message", "thread_broadcast")
_SLACKBOT = "USLACKBOT"  # Slack's own bot has no bot_id
# What a slash command calls conversations that have no name of their own.
_NAMELESS = ("directmessage", "privategroup", "")


class Untranslatable(ValueError):
    """A payload that is not what Slack documents; the message names the field, never its value."""


def workspace_of(body: Payload) -> str:
    """The workspace the app was installed in. In a shared channel the author's may differ."""
    for authorization in body.get("authorizations") or ():
        if authorization.get("team_id"):
            return str(authorization["team_id"])
    return _word(body, "team_id")


def channel_ref(workspace: str, channel: str) -> ChannelRef:
    """A conversation's address."""
    return ChannelRef(platform=Platform.SLACK, workspace=workspace, channel=channel)


def moment(stamp: object) -> datetime:
    """The time that a `ts` is, exactly: as a float it would lose its last digit."""
    match = _TIME.fullmatch(stamp) if isinstance(stamp, str) else None
    if match is None:
        raise Untranslatable("`ts` is no Slack time such as 1773097920.000100")
    return _EPOCH + timedelta(seconds=int(match[1]), microseconds=int(match[2]))


def stamp(at: datetime) -> str:
    """The `ts` of a moment."""
    micros = (at - _EPOCH) // timedelta(microseconds=1)
    return f"{micros // 1_000_000}.{micros % 1_000_000:06}"


def message_event(body: Payload) -> MessageEvent | None:
    """The message event in an `event_callback`; None when nothing happened to a text."""
    event = _object(body, "event")
    channel = channel_ref(workspace_of(body), _word(event, "channel"))
    shared = body.get("is_ext_shared_channel") is True
    match event.get("subtype"):
        case "message_changed":
            return _changed(event, channel, shared)
        case "message_deleted":
            return deletion_event(channel, _word(event, "deleted_ts"), _happened(event))
        case _:
            sent_at = moment(event.get("ts"))
            return _said(event, channel, Kind.NEW, revised_at=sent_at, shared=shared)


def history_event(row: Payload, channel: ChannelRef, *, shared: bool) -> MessageEvent:
    """A message of `conversations.history`: counted, never reacted to."""
    edited = row.get("edited")
    revised_at = moment(edited.get("ts") if isinstance(edited, dict) else row.get("ts"))
    return _said(row, channel, Kind.NEW, revised_at=revised_at, shared=shared, live=False)


def deletion_event(channel: ChannelRef, message: str, at: datetime) -> MessageEvent:
    """A message that is there no more."""
    return MessageEvent(
        kind=Kind.DELETED,
        ref=MessageRef(channel=channel, message=message),
        sent_at=moment(message),
        revised_at=at,
    )


def is_tombstone(message: Payload) -> bool:
    """Whether a thread's beginning was deleted: it leaves this behind."""
    return message.get("subtype") == "tombstone"


def shortcut_target(body: Payload, *, shared: bool) -> MessageEvent:
    """The message that a message shortcut was opened on."""
    channel = channel_ref(str(_object(body, "team")["id"]), str(_object(body, "channel")["id"]))
    message = _object(body, "message")
    return _said(message, channel, Kind.NEW, revised_at=moment(message.get("ts")), shared=shared)


def channel_name(name: object) -> str | None:
    """The name a payload gives a conversation, if it is one."""
    return name if isinstance(name, str) and name not in _NAMELESS else None


def _changed(event: Payload, channel: ChannelRef, shared: bool) -> MessageEvent | None:
    message = _object(event, "message")
    if is_tombstone(message):  # no message_deleted comes
        return deletion_event(channel, _word(message, "ts"), _happened(event))
    before = event.get("previous_message")
    # Link previews, pins and new replies are changes too.
    if isinstance(before, dict) and before.get("text") == message.get("text"):
        return None
    if not isinstance(before, dict) and "edited" not in message:
        return None
    # Not edited.ts: it has whole seconds, and of two edits in one the second would be lost.
    return _said(message, channel, Kind.EDITED, revised_at=_happened(event), shared=shared)


def _said(
    message: Payload,
    channel: ChannelRef,
    kind: Kind,
    *,
    revised_at: datetime,
    shared: bool,
    live: bool = True,
) -> MessageEvent:
    source = _source(message)
    text = message.get("text")
    thread = message.get("thread_ts")
    key = _word(message, "ts")
    return MessageEvent(
        kind=kind,
        ref=MessageRef(channel=channel, message=key),
        sent_at=moment(key),
        revised_at=revised_at,
        author=_word(message, "user") if source is Source.PERSON else "",
        text=text if isinstance(text, str) else "",
        source=source,
        thread=thread if isinstance(thread, str) and thread != key else None,
        shared=shared,
        live=live,
    )


def _source(message: Payload) -> Source:
    subtype = message.get("subtype")
    is_bot = subtype == "bot_message" or message.get("bot_id")
    if is_bot or message.get("user") == _SLACKBOT:
        return Source.BOT
    return Source.PERSON if subtype in _SAID and message.get("user") else Source.SYSTEM


def _happened(event: Payload) -> datetime:
    return moment(event.get("event_ts") or event.get("ts"))


def _object(payload: Payload, key: str) -> Payload:
    value = payload.get(key)
    if not isinstance(value, dict):
        raise Untranslatable(f"`{key}` is missing")
    return value


def _word(payload: Payload, key: str) -> str:
    value = payload.get(key)
    if not isinstance(value, str) or not value:
        raise Untranslatable(f"`{key}` is missing")
    return value
