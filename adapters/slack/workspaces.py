"""The workspaces the app is installed in: one by its token, or many by their installations."""

import logging
from dataclasses import dataclass, field
from typing import Protocol

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.web import Meaning, error_of, meaning_of
from bot.errors import BadSetting

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One installation: who we are there, and the token that proves it."""

    team: str
    token: str = field(repr=False)
    bot_user: str
    bot: str = ""
    scopes: frozenset[str] = frozenset()


class Workspaces(Protocol):
    """Finds an installation by its workspace."""

    async def open(self) -> None:
        """Make ready; BadSetting for what only the operator can mend."""
        ...

    async def get(self, team: str) -> Workspace | None:
        """The installation in `team`; None where the app is not installed (any more)."""
        ...

    async def all(self) -> list[Workspace]:
        """Every installation."""
        ...

    async def forget(self, team: str) -> None:
        """The app was removed from `team`: let nothing more of it in."""
        ...


class OneWorkspace:
    """The workspace of SLACK_BOT_TOKEN."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._workspace: Workspace | None = None
        self._is_removed = False

    async def open(self) -> None:
        """Ask Slack whose token it is."""
        if self._workspace or self._is_removed:
            return
        try:
            self._workspace = await identify(self._client)
        except SlackApiError as error:
            if meaning_of(error) is Meaning.TOKEN:
                raise BadSetting(
                    f"Slack does not take SLACK_BOT_TOKEN ({error_of(error)}); copy the Bot User "
                    "OAuth Token, which begins with xoxb-, from your app's page OAuth & Permissions"
                ) from None
            raise

    async def get(self, team: str) -> Workspace | None:
        """The workspace, if it is the one meant."""
        return self._workspace if self._workspace and self._workspace.team == team else None

    async def all(self) -> list[Workspace]:
        """The one workspace."""
        return [self._workspace] if self._workspace else []

    async def forget(self, team: str) -> None:
        """Serve it no more; a new installation has a new token, so only a restart brings it."""
        if self._workspace and self._workspace.team == team:
            self._workspace = None
            self._is_removed = True
            logger.error(
                "slack: the app was removed from its workspace; install it again, "
                "set the new SLACK_BOT_TOKEN and start maeum again"
            )


async def identify(client: AsyncWebClient) -> Workspace:
    """Whom `client`'s token stands for, and what it may do."""
    answer = await client.auth_test()
    return Workspace(
        team=str(answer["team_id"]),
        token=client.token or "",
        bot_user=str(answer["user_id"]),
        bot=str(answer.get("bot_id") or ""),
        scopes=scopes_of(answer),
    )


def scopes_of(answer: AsyncSlackResponse) -> frozenset[str]:
    """What the token of a call may do, as every answer tells in a header."""
    granted = answer.headers.get("x-oauth-scopes") or ""
    return frozenset(scope.strip() for scope in granted.split(",") if scope.strip())
