"""The many workspaces: installations kept sealed in the store."""

import json
import logging
from dataclasses import asdict, dataclass

from adapters.slack.seal import Seal
from adapters.slack.workspaces import Workspace
from bot.events import Platform
from bot.storage import MoodStore

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Content:
    """What is sealed of an installation."""

    token: str
    bot_user: str
    bot: str
    scopes: list[str]


class InstalledWorkspaces:
    """Every workspace that installed the app.

    Asked at each event, so the store is read each time: another process may have taken an
    installation away, and a kept token would outlive it.
    """

    def __init__(self, store: MoodStore, seal: Seal) -> None:
        self._store = store
        self._seal = seal

    async def open(self) -> None:
        """Check that the key opens what is there."""
        logger.info("slack: installed in %s workspaces", len(await self.all()))

    async def get(self, team: str) -> Workspace | None:
        """The installation in `team`."""
        found = await self._store.installations(Platform.SLACK, team)
        return self._opened(team, found[team]) if team in found else None

    async def all(self) -> list[Workspace]:
        """Every installation."""
        found = await self._store.installations(Platform.SLACK)
        return [self._opened(team, sealed) for team, sealed in found.items()]

    async def keep(self, workspace: Workspace) -> None:
        """Keep an installation, in the place of an earlier one."""
        content = _Content(
            token=workspace.token,
            bot_user=workspace.bot_user,
            bot=workspace.bot,
            scopes=sorted(workspace.scopes),
        )
        sealed = self._seal.close(workspace.team, json.dumps(asdict(content)).encode())
        await self._store.keep_installation(Platform.SLACK, workspace.team, sealed)

    async def forget(self, team: str) -> None:
        """Forget an installation."""
        await self._store.keep_installation(Platform.SLACK, team, None)

    def _opened(self, team: str, sealed: bytes) -> Workspace:
        content = _Content(**json.loads(self._seal.open(team, sealed)))
        return Workspace(
            team=team,
            token=content.token,
            bot_user=content.bot_user,
            bot=content.bot,
            scopes=frozenset(content.scopes),
        )
