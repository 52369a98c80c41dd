"""The Slack adapter: builds its parts around the core it serves, and runs them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext

from adapters.base import Finding, Progress, supervised
from adapters.http import HttpServer
from adapters.slack import doctor
from adapters.slack.events_http import HttpEvents
from adapters.slack.faults import Faults
from adapters.slack.parts import Parts, open_parts
from adapters.slack.socket import SocketMode
from adapters.slack.speaker import post
from adapters.slack.web import API, FAILURES, error_of
from bot.commands.dispatch import Commands
from bot.errors import BadSetting, MaeumError
from bot.events import ChannelRef, Platform, Reply
from bot.locale import text
from bot.service import Bot
from bot.settings import Settings

logger = logging.getLogger(__name__)

_LONGEST_PAUSE = 60.0  # seconds between two attempts to reach Slack
_PING_EVERY = 5.0  # seconds; Slack's own advice for Socket Mode


class SlackAdapter:
    """Serves the workspaces the settings name, over Socket Mode or HTTP events.

    `server` is needed for HTTP events and for the pages to install from; its routes are added
    here, before it starts, and answer 503 while the adapter does not run.
    """

    def __init__(
        self,
        settings: Settings,
        bot: Bot,
        commands: Commands,
        server: HttpServer | None = None,
        *,
        base_url: str = API,
        ping_every: float = _PING_EVERY,
    ) -> None:
        self._settings = settings
        self._bot = bot
        self._commands = commands
        self._base_url = base_url
        self._ping_every = ping_every
        self._faults = Faults("slack")
        self._parts: Parts | None = None  # while it serves
        secret = settings.slack_signing_secret
        self._events = (
            HttpEvents(server.app, secret.get_secret_value() if secret else None)
            if server
            else None
        )

    @property
    def platform(self) -> Platform:
        """Slack."""
        return Platform.SLACK

    async def run(self) -> None:
        """Serve until cancelled, coming back after faults; BadSetting for a wrong token."""
        await supervised("slack", self._serve)

    async def examine(self) -> list[Finding]:
        """Each installation's token, scopes, channels and chosen emoji."""
        async with self._opened() as parts:
            say = self._settings.locale
            try:
                await parts.workspaces.open()
            except MaeumError as error:
                return [Finding(ok=False, what=str(error))]
            except FAILURES as error:
                return [doctor.unreachable(error_of(error), say)]
            findings = []
            if token := self._settings.slack_app_token:
                secret = token.get_secret_value()
                findings.append(await doctor.app_token(parts.app.client, secret, say))
            for workspace in await parts.workspaces.all():
                findings += [
                    finding
                    async for finding in doctor.examine(
                        workspace, self._bot, parts.calls, parts.directory, say
                    )
                ]
            return findings

    def reaches(self, channel: ChannelRef) -> bool:
        """Whether this process serves Slack now."""
        return self._parts is not None

    async def post(self, channel: ChannelRef, reply: Reply) -> None:
        """Show `reply` to everybody in `channel`."""
        if self._parts is None:
            raise MaeumError("Slack is not served at the moment.")
        await post(self._parts.calls, channel, reply)

    async def sync(self, guild: int | None = None) -> list[Finding]:
        """Nothing to do: Slack takes commands and shortcuts from the app's manifest."""
        say = self._settings.locale
        return [
            Finding(
                ok=True,
                what=text("slack.commands", say),
                mend=text("slack.commands_mend", say),
            )
        ]

    async def backfill(self, days: int, progress: Progress | None = None) -> None:
        """Read the last `days` days of the channels the app is in, beside serving them."""
        if not self._settings.slack_bot_token:
            raise BadSetting(
                "--backfill reads Slack's history for an app of your own workspace only; "
                "set SLACK_BOT_TOKEN instead of SLACK_CLIENT_ID, or leave --backfill out"
            )
        async with self._opened() as parts:
            await parts.workspaces.open()
            for workspace in await parts.workspaces.all():
                await parts.backfill.run(workspace.team, days, progress)

    async def _serve(self) -> None:
        async with self._opened() as parts:
            await self._reached(parts.workspaces.open)
            self._parts = parts
            try:
                async with parts.gaps.watched():
                    with self._receiving_http(parts):
                        await self._receive(parts)
            finally:
                self._parts = None

    def _receiving_http(self, parts: Parts) -> AbstractContextManager[None]:
        return self._events.serving(parts.app, parts.intake) if self._events else nullcontext()

    async def _receive(self, parts: Parts) -> None:
        token = self._settings.slack_app_token
        if token is None:
            logger.info("slack: waiting for HTTP events")
            parts.gaps.hear()
            await asyncio.Event().wait()
            return
        socket = SocketMode(
            parts.app,
            token.get_secret_value(),
            parts.intake,
            self._faults,
            parts.gaps.hear,
            connections=self._settings.slack_connections,
            ping_every=self._ping_every,
        )
        await self._reached(socket.check_token)
        await socket.run()

    async def _reached(self, ask: Callable[[], Awaitable[None]]) -> None:
        """Ask Slack until it answers; BadSetting is an answer."""
        pause = self._ping_every
        while True:
            try:
                await ask()
            except FAILURES as error:
                self._faults.name("reach", "Slack cannot be reached (%s)", error_of(error))
            else:
                self._faults.clear("reach", "Slack is reached again")
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _opened(self) -> AbstractAsyncContextManager[Parts]:
        return open_parts(self._settings, self._bot, self._commands, self._faults, self._base_url)
