"""Installing in many workspaces: bolt's OAuth pages, over our store and a signed state."""

import hashlib
import hmac
import logging
import secrets
import time
from logging import Logger

from slack_bolt.error import BoltError
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from adapters.slack.installations import InstalledWorkspaces
from adapters.slack.surface import SCOPES
from adapters.slack.web import QUIET
from adapters.slack.workspaces import Workspace
from bot.errors import StorageError

logger = logging.getLogger(__name__)

_STATE_LIFE = 600  # seconds to come back from Slack's page


def oauth_settings(
    workspaces: InstalledWorkspaces, *, client_id: str, client_secret: str
) -> AsyncOAuthSettings:
    """The settings of bolt for the pages /slack/install and /slack/oauth_redirect."""
    return AsyncOAuthSettings(
        client_id=client_id,
        client_secret=client_secret,
        scopes=list(SCOPES),
        installation_store=Installations(workspaces),
        state_store=SignedStates(client_secret),
        state_expiration_seconds=_STATE_LIFE,
        logger=QUIET,
    )


class Installations(AsyncInstallationStore):
    """What bolt's pages call when Slack confirms an installation."""

    def __init__(self, workspaces: InstalledWorkspaces) -> None:
        self._workspaces = workspaces

    @property
    def logger(self) -> Logger:
        """The libraries' logger."""
        return QUIET

    async def async_save(self, installation: Installation) -> None:
        """Keep the installation; BoltError, which bolt's page tells, when that fails."""
        if installation.is_enterprise_install or not installation.team_id:
            raise BoltError("Maeum is installed in single workspaces, not in a whole organisation.")
        try:
            await self._workspaces.keep(
                Workspace(
                    team=installation.team_id,
                    token=installation.bot_token or "",
                    bot_user=installation.bot_user_id or "",
                    bot=installation.bot_id or "",
                    scopes=frozenset(installation.bot_scopes or ()),
                )
            )
        except StorageError as error:
            logger.error("slack: an installation could not be kept: %s", error)
            raise BoltError("The installation could not be kept. Please try again.") from error
        logger.info("slack: installed in one more workspace")

    async def async_save_bot(self, bot: Bot) -> None:
        """Nothing: bolt calls it when tokens rotate, which the manifest leaves off."""


class SignedStates(AsyncOAuthStateStore):
    """States that prove themselves, so that any process may receive the answer to another's.

    One comes back within ten minutes, to the browser it was given to (bolt compares a cookie),
    and once to each process.
    """

    def __init__(self, secret: str) -> None:
        self._key = hashlib.blake2b(
            secret.encode(), digest_size=32, person=b"maeum states"
        ).digest()
        self._used: dict[str, float] = {}

    @property
    def logger(self) -> Logger:
        """The libraries' logger."""
        return QUIET

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        """A new state."""
        content = f"{secrets.token_urlsafe(16)}.{int(time.time()) + _STATE_LIFE}"
        return f"{content}.{self._sign(content)}"

    async def async_consume(self, state: str) -> bool:
        """Whether the state is ours, in time, and not used yet."""
        content, _, signature = state.rpartition(".")
        expires = content.rpartition(".")[2]
        now = time.time()
        self._used = {used: end for used, end in self._used.items() if end > now}
        if not hmac.compare_digest(self._sign(content).encode(), signature.encode()):
            return False
        if state in self._used or int(expires) < now:
            return False
        self._used[state] = float(expires)
        return True

    def _sign(self, content: str) -> str:
        return hmac.new(self._key, content.encode(), hashlib.sha256).hexdigest()
