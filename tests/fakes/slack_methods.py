"""What the loopback Slack answers to each Web API method, and the scope each needs."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.slack import FakeSlack

Params = dict[str, Any]
Handler = Callable[["FakeSlack", Params, str], dict[str, Any]]

# docs.slack.dev/reference/methods
SCOPES_OF = {
    "auth.test": "",
    "apps.connections.open": "",
    "oauth.v2.access": "",
    "reactions.add": "reactions:write",
    "reactions.remove": "reactions:write",
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "views.publish": "",
    "conversations.info": "channels:read",
    "conversations.members": "channels:read",
    "conversations.open": "im:write",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "users.conversations": "channels:read",
    "users.info": "users:read",
    "emoji.list": "emoji:read",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
}


class Refused(Exception):
    """An error of the Web API, by its name."""


def _auth_test(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    user, bot = slack.bots[team]
    return {"team_id": team, "user_id": user, "bot_id": bot, "url": "https://example.slack.com/"}


def _add(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    there = slack.reactions[params["channel"], params["timestamp"]]
    if params["name"] in there:
        raise Refused("already_reacted")
    there.append(params["name"])
    return {}


def _remove(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    there = slack.reactions[params["channel"], params["timestamp"]]
    if params["name"] not in there:
        raise Refused("no_reaction")
    there.remove(params["name"])
    return {}


def _post(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    slack.posts.append(params)
    return {"ts": "1700000000.000001", "channel": params["channel"]}


def _ephemeral(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    slack.ephemerals.append(params)
    return {"message_ts": "1700000000.000001"}


def _publish(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    slack.views[params["user_id"]] = params["view"]
    return {"view": params["view"]}


def _info(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    if params["channel"] not in slack.channels:
        raise Refused("channel_not_found")
    return {"channel": slack.channels[params["channel"]]}


def _members(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    members = sorted(slack.members[params["channel"]])
    return {"members": members, "response_metadata": {"next_cursor": ""}}


def _open(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    return {"channel": {"id": f"D{params['users'][1:]}"}}


def _joined(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    start = int(params.get("cursor") or 0)
    rows = list(slack.channels.values())
    page = rows[start : start + 2]  # small pages, so that every reader must turn them
    following = str(start + 2) if start + 2 < len(rows) else ""
    return {"channels": page, "response_metadata": {"next_cursor": following}}


def _user(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    if params["user"] not in slack.users:
        raise Refused("user_not_found")
    return {"user": slack.users[params["user"]]}


def _history(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    oldest, latest = params.get("oldest") or "0", params.get("latest") or "9"
    channel = params["channel"]
    rows = slack.sockets.standing[channel] | {row["ts"]: row for row in slack.history[channel]}
    wanted = [rows[ts] for ts in sorted(rows, reverse=True) if oldest < ts < latest]
    limit = int(params["limit"])
    return {"messages": wanted[:limit], "has_more": len(wanted) > limit}


def _replies(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    return {"messages": slack.threads[params["channel"], params["ts"]]}


def _emoji(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    return {"emoji": slack.custom_emoji}


def _upload_url(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    file = f"F{len(slack.uploads) + 1}"
    slack.uploads[file] = dict(params)
    return {"upload_url": f"{slack.url}/upload/{file}", "file_id": file}


def _complete(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    for file in params["files"]:
        slack.uploads[file["id"]] |= {"channel": params["channel_id"], "title": file["title"]}
    return {"files": params["files"]}


def _access(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    if params["code"] not in slack.codes:
        raise Refused("invalid_code")
    return slack.codes.pop(params["code"])


def _nothing(slack: "FakeSlack", params: Params, team: str) -> dict[str, Any]:
    return {}


METHODS: dict[str, Handler] = {
    "auth.test": _auth_test,
    "apps.connections.open": _nothing,
    "oauth.v2.access": _access,
    "reactions.add": _add,
    "reactions.remove": _remove,
    "chat.postMessage": _post,
    "chat.postEphemeral": _ephemeral,
    "views.publish": _publish,
    "conversations.info": _info,
    "conversations.members": _members,
    "conversations.open": _open,
    "conversations.history": _history,
    "conversations.replies": _replies,
    "users.conversations": _joined,
    "users.info": _user,
    "emoji.list": _emoji,
    "files.getUploadURLExternal": _upload_url,
    "files.completeUploadExternal": _complete,
}
