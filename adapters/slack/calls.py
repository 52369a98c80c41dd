"""Calls to the Web API on behalf of a workspace; a failure is named once and is never raised."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.faults import Faults
from adapters.slack.pace import LOOK_UP, Limit, Pace
from adapters.slack.web import (
    API,
    FAILURES,
    REMOVED,
    Meaning,
    error_of,
    make_client,
    meaning_of,
    needed_scope,
)
from adapters.slack.workspaces import Workspaces

logger = logging.getLogger(__name__)

Call = Callable[[AsyncWebClient], Awaitable[AsyncSlackResponse]]

_MENDS = {
    "missing_scope": "add the scope {scope} to the app (manifest.json has them all) and install it "
    "again",
    "not_in_channel": "invite the app there: /invite @maeum",
    "channel_not_found": "invite the app there: /invite @maeum",
    "invalid_name": "an emoji that the workspace chose does not exist there: "
    "/emotion settings emoji",
}


class Calls:
    """The Web API as the adapter uses it: in turn, with the workspace's token, told once."""

    def __init__(
        self,
        workspaces: Workspaces,
        session: aiohttp.ClientSession,
        faults: Faults,
        *,
        base_url: str = API,
    ) -> None:
        self.workspaces = workspaces
        self._session = session
        self._faults = faults
        self._base_url = base_url
        self._pace = Pace()
        self._clients: dict[str, AsyncWebClient] = {}

    async def __call__(
        self,
        method: str,
        limit: Limit,
        team: str,
        call: Call,
        *,
        key: str = "",
        patience: float = 3600.0,
    ) -> AsyncSlackResponse | None:
        """What Slack answered, or None when the call could not be made or was refused.

        `key` narrows the limit to a part of the workspace, such as a channel. An error that means
        "it is so already" is an answer.
        """
        client = await self._client(team)
        if client is None:
            return None
        if not await self._pace.turn(method, limit, f"{team}/{key}", patience=patience):
            logger.info("slack: %s was left out: the limit of the method is spent", method)
            return None
        try:
            answer = await call(client)
        except SlackApiError as error:
            return self._refused(method, team, error)
        except FAILURES as error:
            self._trouble(method, error_of(error))
            return None
        self._faults.clear(f"trouble:{method}", f"{method} works again")
        self._faults.clear(f"{team}:token", "Slack takes the token again")
        return answer

    async def is_removed(self, team: str) -> bool:
        """Whether Slack says that the app is gone from a workspace; any other failure is no proof.

        Not `invalid_auth`: an address that the workspace does not allow gets that answer too.
        """
        client = await self._client(team)
        if client is None:
            return False
        await self._pace.turn("auth.test", LOOK_UP, team)
        try:
            await client.auth_test()
        except FAILURES as error:
            # Whoever installed it anew meanwhile has a new token.
            return error_of(error) in REMOVED and await self._client(team) is client
        return False

    async def _client(self, team: str) -> AsyncWebClient | None:
        workspace = await self.workspaces.get(team)
        if workspace is None:
            self._clients.pop(team, None)
            return None
        known = self._clients.get(team)
        if known is None or known.token != workspace.token:
            known = make_client(workspace.token, self._session, self._base_url)
            self._clients[team] = known
        return known

    def _refused(self, method: str, team: str, error: SlackApiError) -> AsyncSlackResponse | None:
        name = error_of(error)
        match meaning_of(error):
            case Meaning.DONE:
                answer: Any = error.response
                return answer  # type: ignore[no-any-return]
            case Meaning.PASSED:
                logger.debug("slack: %s came too late: %s", method, name)
            case Meaning.CONFIGURATION:
                mend = _MENDS.get(name, "check the app's settings").format(
                    scope=needed_scope(error)
                )
                self._faults.name(
                    f"{team}:{method}:{name}", "%s is refused (%s); %s", method, name, mend
                )
            case Meaning.TOKEN:
                self._faults.name(
                    f"{team}:token",
                    "the token of workspace %s is not taken (%s); install the app again",
                    team,
                    name,
                )
            case Meaning.TROUBLE:
                self._trouble(method, name)
        return None

    def _trouble(self, method: str, name: str) -> None:
        self._faults.name(f"trouble:{method}", "%s fails (%s)", method, name)
