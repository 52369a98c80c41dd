"""What is well and what is missing in an installation: each gap once, with its mend."""

from collections.abc import AsyncIterator

from slack_sdk.web.async_client import AsyncWebClient

from adapters.base import Finding
from adapters.slack.calls import Calls
from adapters.slack.directory import Directory
from adapters.slack.pace import LIST, LOOK_UP
from adapters.slack.surface import SCOPES
from adapters.slack.translate import channel_ref
from adapters.slack.web import FAILURES, error_of
from adapters.slack.workspaces import Workspace, scopes_of
from bot.service import Bot
from classifier.labels import label_set_names, load_label_set


async def app_token(client: AsyncWebClient, token: str) -> Finding:
    """Whether Socket Mode can be opened."""
    try:
        await client.apps_connections_open(app_token=token)
    except FAILURES as error:
        return Finding(
            ok=False,
            what=f"Slack: SLACK_APP_TOKEN is not taken ({error_of(error)})",
            mend="make an app-level token with connections:write and switch Socket Mode on",
        )
    return Finding(ok=True, what="Slack: Socket Mode can be opened")


async def examine(
    workspace: Workspace, bot: Bot, calls: Calls, directory: Directory
) -> AsyncIterator[Finding]:
    """One installation: its scopes, its channels, the emoji it chose."""
    name = f"Slack workspace {workspace.team}"
    answer = await calls("auth.test", LOOK_UP, workspace.team, lambda client: client.auth_test())
    if answer is None:
        yield Finding(
            ok=False,
            what=f"{name}: Slack does not take its token",
            mend="install the app there again",
        )
        return
    yield Finding(ok=True, what=f"{name}: the token is taken")
    granted = scopes_of(answer)
    missing = [scope for scope in SCOPES if scope not in granted]
    for scope in missing:
        yield Finding(
            ok=False,
            what=f"{name}: the scope {scope} is missing: {SCOPES[scope]}",
            mend="add it to the app (manifest.json has them all) and install the app again",
        )
    if not missing:
        yield Finding(ok=True, what=f"{name}: all {len(SCOPES)} scopes are granted")
    # What a missing scope explains already is not named a second time.
    if not {"channels:read", "groups:read", "mpim:read", "im:read"} & set(missing):
        yield await _channels(name, workspace, directory)
    if "emoji:read" not in missing:
        async for finding in _emoji(name, workspace, bot, calls):
            yield finding


async def _channels(name: str, workspace: Workspace, directory: Directory) -> Finding:
    joined = await directory.joined(workspace.team)
    if joined is None:
        return Finding(ok=False, what=f"{name}: Slack did not tell the channels", mend="try again")
    rooms = [channel for _, channel in joined if channel.name]
    if not rooms:
        return Finding(
            ok=False,
            what=f"{name}: the app is in no channel, so it reads nothing",
            mend="in a channel, type /invite @maeum",
        )
    return Finding(ok=True, what=f"{name}: the app is in {len(rooms)} channels")


async def _emoji(name: str, workspace: Workspace, bot: Bot, calls: Calls) -> AsyncIterator[Finding]:
    chosen = (await bot.preferences(channel_ref(workspace.team, ""))).emoji
    ours = {label.slack for known in label_set_names() for label in load_label_set(known).labels}
    custom = {emoji.strip(":") for _, emoji in chosen} - ours
    if not custom:
        return
    answer = await calls("emoji.list", LIST, workspace.team, lambda client: client.emoji_list())
    # Standard names are not in the list; Slack itself refuses a wrong one when it is used.
    known = set(answer["emoji"]) if answer else custom
    for emoji in sorted(custom - known):
        yield Finding(
            ok=False,
            what=f"{name}: the emoji {emoji} that was chosen is no custom emoji there",
            mend="add it to the workspace, or choose another: /emotion settings emoji",
        )
