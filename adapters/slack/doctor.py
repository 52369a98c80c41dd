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
from bot.events import Platform
from bot.locale import text
from bot.schedule import Every
from bot.service import Bot
from classifier.base import Language
from classifier.labels import label_set_names, load_label_set


def unreachable(error: str, language: Language) -> Finding:
    """Slack does not answer at all."""
    return _gap("unreachable", language, error=error)


async def app_token(client: AsyncWebClient, token: str, language: Language) -> Finding:
    """Whether Socket Mode can be opened."""
    try:
        await client.apps_connections_open(app_token=token)
    except FAILURES as error:
        return _gap("app_token_refused", language, error=error_of(error))
    return _well("app_token", language)


async def examine(
    workspace: Workspace, bot: Bot, calls: Calls, directory: Directory, language: Language
) -> AsyncIterator[Finding]:
    """One installation: its scopes, its channels, the emoji it chose."""
    team = workspace.team
    answer = await calls("auth.test", LOOK_UP, team, lambda client: client.auth_test())
    if answer is None:
        yield _gap("token_refused", language, team=team)
        return
    yield _well("token", language, team=team)
    granted = scopes_of(answer)
    missing = [scope for scope in SCOPES if scope not in granted]
    for scope in missing:
        loss = text(f"slack.without_{scope.replace(':', '_')}", language)
        yield _gap("scope_missing", language, team=team, scope=scope, loss=loss)
    if not missing:
        yield _well("scopes", language, team=team, count=len(SCOPES))
    # What a missing scope explains already is not named a second time.
    if not {"channels:read", "groups:read", "mpim:read", "im:read"} & set(missing):
        async for finding in _channels(team, bot, directory, language):
            yield finding
    if "emoji:read" not in missing:
        async for finding in _emoji(team, bot, calls, language):
            yield finding


async def _channels(
    team: str, bot: Bot, directory: Directory, language: Language
) -> AsyncIterator[Finding]:
    joined = await directory.joined(team)
    if joined is None:
        yield _gap("channels_unknown", language, team=team)
        return
    rooms = {ref.channel for ref, channel in joined if channel.name}
    if not rooms:
        yield _gap("no_channel", language, team=team)
        return
    yield _well("channels", language, team=team, count=len(rooms))
    for channel in sorted(await _spoken_in(team, bot) - rooms):
        name = await bot.store.channel_name(channel_ref(team, channel)) or channel
        yield _gap("not_in_channel", language, team=team, channel=f"#{name.removeprefix('#')}")


async def _spoken_in(team: str, bot: Bot) -> set[str]:
    """The channels in which digests and notes are to be posted."""
    places = set()
    for platform, workspace, about in await bot.store.where_set("digest"):
        if (platform, workspace) == (Platform.SLACK, team):
            digest = (await bot.preferences(channel_ref(team, about))).digest
            if digest.every is not Every.NEVER:
                places.add(digest.channel or about)
    notes = (await bot.preferences(channel_ref(team, ""))).shift_channel
    return places | {notes} if notes else places


async def _emoji(team: str, bot: Bot, calls: Calls, language: Language) -> AsyncIterator[Finding]:
    chosen = (await bot.preferences(channel_ref(team, ""))).emoji
    ours = {label.slack for known in label_set_names() for label in load_label_set(known).labels}
    custom = {emoji.strip(":") for _, emoji in chosen} - ours
    if not custom:
        return
    answer = await calls("emoji.list", LIST, team, lambda client: client.emoji_list())
    # Standard names are not in the list; Slack itself refuses a wrong one when it is used.
    known = set(answer["emoji"]) if answer else custom
    for emoji in sorted(custom - known):
        yield _gap("no_emoji", language, team=team, emoji=emoji)


def _well(key: str, language: Language, **values: object) -> Finding:
    return Finding(ok=True, what=text(f"slack.{key}", language, **values))


def _gap(key: str, language: Language, **values: object) -> Finding:
    return Finding(
        ok=False,
        what=text(f"slack.{key}", language, **values),
        mend=text(f"slack.{key}_mend", language),
    )
