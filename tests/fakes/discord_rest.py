"""The REST routes of the fake Discord that the bot uses; an unknown one fails the test."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn
from urllib.parse import unquote

from aiohttp import web

from tests.fakes.discord_gateway import Gateway
from tests.fakes.discord_world import APPLICATION, OWN, World, snowflake, user

Handler = Callable[..., Awaitable[Any]]


async def _own_user(world: World, gateway: Gateway, request: web.Request) -> Any:
    return user(OWN, "maeum", bot=True)


async def _application(world: World, gateway: Gateway, request: web.Request) -> Any:
    return {
        "id": str(APPLICATION), "name": "Maeum", "icon": None, "description": "",
        "flags": world.flags,
        "bot_public": True, "bot_require_code_grant": False, "verify_key": "00", "team": None,
        "owner": user(1, "owner"), "rpc_origins": [], "interactions_endpoint_url": None,
    }  # fmt: skip


async def _gateway_bot(world: World, gateway: Gateway, request: web.Request) -> Any:
    limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
    return {"url": gateway.url, "shards": 1, "session_start_limit": limit}


async def _get_commands(
    world: World, gateway: Gateway, request: web.Request, guild: str | None = None
) -> Any:
    return world.commands.get(int(guild) if guild else None, [])


async def _put_commands(
    world: World, gateway: Gateway, request: web.Request, guild: str | None = None
) -> Any:
    """Registers commands and answers as Discord does: ids, versions and defaults added."""
    registered = [
        {
            "id": str(snowflake()), "application_id": str(APPLICATION), "version": "1",
            "default_member_permissions": None, "nsfw": False, "description": "", **command,
        }
        for command in await request.json()
    ]  # fmt: skip
    world.commands[int(guild) if guild else None] = registered
    return registered


async def _put_reaction(
    world: World, gateway: Gateway, request: web.Request, channel: str, message: str, emoji: str
) -> Any:
    world.reactions.setdefault(int(message), []).append(unquote(emoji))


async def _delete_reaction(
    world: World, gateway: Gateway, request: web.Request, channel: str, message: str, emoji: str
) -> Any:
    world.reactions[int(message)].remove(unquote(emoji))


async def _post_message(world: World, gateway: Gateway, request: web.Request, channel: str) -> Any:
    body = await _body(request)
    nonce = body.get("nonce")
    again = body.get("enforce_nonce") and nonce in [it.get("nonce") for it in world.sent]
    if not again:  # a nonce shows one message; the real answer to the second is the first's
        world.sent.append({"channel_id": channel, **body})
    message = world.write(int(channel), body.get("content") or "", author=OWN)
    told = {key: it for key, it in message.items() if key not in ("guild_id", "member")}
    return {**told, "author": user(OWN, "maeum", bot=True)}


async def _history(world: World, gateway: Gateway, request: web.Request, channel: str) -> Any:
    """A page of messages, newest first, without `guild_id` and `member`, as Discord has it."""
    known = sorted(world.messages[int(channel)].items(), reverse=True)
    limit = int(request.query.get("limit", 50))
    if after := request.query.get("after"):
        found = [it for it in known if it[0] > int(after)][-limit:]
    else:
        before = int(request.query.get("before", 1 << 63))
        found = [it for it in known if it[0] < before][:limit]
    bare = ("guild_id", "member")
    return [{key: it for key, it in message.items() if key not in bare} for _, message in found]


async def _get_channel(world: World, gateway: Gateway, request: web.Request, channel: str) -> Any:
    return world.channels.get(int(channel)) or _unknown(10003, "Unknown Channel")


async def _archived(world: World, gateway: Gateway, request: web.Request, channel: str) -> Any:
    threads = [
        it
        for it in world.channels.values()
        if it["parent_id"] == channel and it.get("thread_metadata", {}).get("archived")
    ]
    return {"threads": threads, "members": [], "has_more": False}


async def _get_guilds(world: World, gateway: Gateway, request: web.Request) -> Any:
    if "after" in request.query or "before" in request.query:
        return []
    return [{**guild, "permissions": "0", "owner": False} for guild in world.guilds.values()]


async def _get_guild(world: World, gateway: Gateway, request: web.Request, guild: str) -> Any:
    return world.guilds[int(guild)]


async def _get_channels(world: World, gateway: Gateway, request: web.Request, guild: str) -> Any:
    return world.guilds[int(guild)]["channels"]


async def _get_member(
    world: World, gateway: Gateway, request: web.Request, guild: str, person: str
) -> Any:
    return world.members.get((int(guild), int(person))) or _unknown(10007, "Unknown Member")


def _unknown(code: int, message: str) -> NoReturn:
    raise web.HTTPNotFound(
        text=json.dumps({"message": message, "code": code}), content_type="application/json"
    )


async def _callback(world: World, gateway: Gateway, request: web.Request, interaction: str) -> Any:
    world.answers.append(await _body(request))
    if request.query.get("with_response") != "1":
        return None
    return {"interaction": {"id": interaction, "type": 2, "response_message_loading": True}}


async def _edit_original(world: World, gateway: Gateway, request: web.Request) -> Any:
    body = await _body(request)
    world.answers.append(body)
    channel = next(iter(world.channels))
    return {**world.write(channel, "", author=OWN), "embeds": body.get("embeds", [])}


async def _body(request: web.Request) -> dict[str, Any]:
    """The JSON body, also where files come with it."""
    if request.content_type == "application/json":
        body: dict[str, Any] = await request.json()
        return body
    body = {"files": []}
    async for part in await request.multipart():
        if part.name == "payload_json":
            body |= json.loads(await part.text())
        else:
            body["files"].append((part.filename, await part.read()))
    return body


_MESSAGE = r"/channels/(\d+)/messages/(\d+)/reactions/([^/]+)/@me"
_COMMANDS = rf"/applications/{APPLICATION}(?:/guilds/(\d+))?/commands"
ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/users/@me", _own_user),
    ("GET", "/users/@me/guilds", _get_guilds),
    ("GET", "/oauth2/applications/@me", _application),
    ("GET", "/applications/@me", _application),
    ("GET", "/gateway/bot", _gateway_bot),
    ("GET", _COMMANDS, _get_commands),
    ("PUT", _COMMANDS, _put_commands),
    ("PUT", _MESSAGE, _put_reaction),
    ("DELETE", _MESSAGE, _delete_reaction),
    ("POST", r"/channels/(\d+)/messages", _post_message),
    ("GET", r"/channels/(\d+)/messages", _history),
    ("GET", r"/channels/(\d+)", _get_channel),
    ("GET", r"/channels/(\d+)/threads/archived/public", _archived),
    ("GET", r"/guilds/(\d+)", _get_guild),
    ("GET", r"/guilds/(\d+)/channels", _get_channels),
    ("GET", r"/guilds/(\d+)/members/(\d+)", _get_member),
    ("POST", r"/interactions/(\d+)/[^/]+/callback", _callback),
    ("PATCH", rf"/webhooks/{APPLICATION}/[^/]+/messages/@original", _edit_original),
]
