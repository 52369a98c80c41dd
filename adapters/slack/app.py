"""The bolt app: who may call it, and which of its many defaults are ours to decide."""

import logging
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.web import QUIET
from adapters.slack.workspaces import Workspaces

logger = logging.getLogger(__name__)


def build_app(
    workspaces: Workspaces,
    client: AsyncWebClient,
    *,
    signing_secret: str | None,
    oauth: AsyncOAuthSettings | None,
) -> AsyncApp:
    """An app that serves the installed workspaces.

    bolt reads SLACK_CLIENT_ID from the environment and would then keep installations in files of
    its own, so `oauth` must be given where that is set.
    """
    return AsyncApp(
        name="maeum",
        logger=QUIET,
        client=client,
        signing_secret=signing_secret or "",
        authorize=_Installed(workspaces),  # type: ignore[arg-type]  # bolt takes these as well
        oauth_settings=oauth,
    )


class _Installed(AsyncAuthorize):
    """Lets in requests of installed workspaces only.

    Asks no one: bolt's own would call auth.test for the first event, and acknowledge the event
    as well as lose it when that fails. A StorageError from here leaves it unacknowledged instead.
    """

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    async def __call__(
        self, *, team_id: str | None, user_id: str | None, **_: Any
    ) -> AuthorizeResult | None:
        workspace = await self._workspaces.get(team_id) if team_id else None
        if workspace is None:
            return None
        return AuthorizeResult(
            enterprise_id=None,
            team_id=workspace.team,
            bot_user_id=workspace.bot_user,
            bot_id=workspace.bot,
            bot_token=workspace.token,
            user_id=user_id,
        )
