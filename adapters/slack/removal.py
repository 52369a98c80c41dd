"""A workspace that removed the app, or a channel that is gone: what was known of it goes too."""

import logging

from adapters.slack.calls import Calls
from adapters.slack.inbox import Inbox
from adapters.slack.workspaces import Workspaces
from bot.events import ChannelRef, Platform
from bot.service import Bot

logger = logging.getLogger(__name__)


class Removal:
    """Purges. `app_uninstalled` and `tokens_revoked` come in any order, each perhaps twice."""

    def __init__(self, bot: Bot, workspaces: Workspaces, inbox: Inbox, calls: Calls) -> None:
        self._bot = bot
        self._workspaces = workspaces
        self._inbox = inbox
        self._calls = calls

    async def uninstalled(self, team: str) -> None:
        """Forget a workspace: its token first, so that nothing more of it is let in."""
        await self._inbox.until_kept(lambda: self._workspaces.forget(team))
        await self._inbox.settle(team)
        removed = await self._inbox.until_kept(
            lambda: self._bot.store.purge_workspace(Platform.SLACK, team)
        )
        logger.info("slack: a workspace removed the app: %s observations purged", removed)

    async def missed(self) -> None:
        """Forget the workspaces that removed the app while its events reached nobody."""
        for workspace in await self._workspaces.all():
            if await self._calls.is_removed(workspace.team):
                await self.uninstalled(workspace.team)

    async def channel_deleted(self, channel: ChannelRef) -> None:
        """Forget a channel."""
        await self._inbox.settle(channel.workspace)
        await self._inbox.until_kept(lambda: self._bot.store.purge_channel(channel))
