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
        self._forgotten: dict[str, bytes] = {}

    async def open(self) -> None:
        """Check that the key opens what is there."""
        logger.info("slack: installed in %s workspaces", len(await self.all()))

    async def get(self, team: str) -> Workspace | None:
        """The installation in `team`."""
        found = await self._read(team)
        return found[0] if found else None

    async def all(self) -> list[Workspace]:
        """Every installation."""
        return await self._read()

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
        """Let nothing more in by this installation.

        Its row goes with all others when the workspace is purged: a process killed before that
        finds it at its next start, asks Slack, and purges then. A new installation has a new seal.
        """
        self._forgotten |= await self._store.installations(Platform.SLACK, team)

    async def _read(self, team: str | None = None) -> list[Workspace]:
        found = await self._store.installations(Platform.SLACK, team)
        return [
            self._opened(team, sealed)
            for team, sealed in found.items()
            if self._forgotten.get(team) != sealed
        ]

    def _opened(self, team: str, sealed: bytes) -> Workspace:
        content = _Content(**json.loads(self._seal.open(team, sealed)))
        return Workspace(
            team=team,
            token=content.token,
            bot_user=content.bot_user,
            bot=content.bot,
            scopes=frozenset(content.scopes),
        )
