"""Socket Mode: several connections, each watched and replaced when it is no longer alive.

Slack delivers an event to any one of an app's connections (at most ten), so while one is being
renewed the others go on. slack_sdk reconnects by itself after most faults; the watch is for the
rest: a background task of its that ended, or a connection that does not come back.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from adapters.slack.faults import Faults
from adapters.slack.intake import Arrival, Intake
from adapters.slack.web import FAILURES, QUIET, Meaning, error_of, meaning_of
from bot.errors import BadSetting

logger = logging.getLogger(__name__)

_PING_EVERY = 5.0  # seconds; slack_sdk gives a connection up after four unanswered
_GRACE = 6  # pings' time that slack_sdk has to mend a connection before we replace it
_LONGEST_PAUSE = 60.0  # seconds between two attempts to connect


class SocketMode:
    """The app's connections to Slack; `alive` is called as long as any of them is."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        intake: Intake,
        faults: Faults,
        alive: Callable[[], None],
        *,
        connections: int,
        ping_every: float = _PING_EVERY,
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._intake = intake
        self._faults = faults
        self._alive = alive
        self._connections = connections
        self._ping_every = ping_every
        self.clients: dict[int, SocketModeClient] = {}

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(self._connections):
                tasks.create_task(self._keep(number))

    async def check_token(self) -> None:
        """Ask Slack whether it takes the app token; BadSetting when it does not."""
        try:
            await self._app.client.apps_connections_open(app_token=self._app_token)
        except SlackApiError as error:
            if meaning_of(error) is Meaning.TOKEN or error_of(error) in _TOKEN_FAULTS:
                raise BadSetting(
                    f"Slack does not take SLACK_APP_TOKEN ({error_of(error)}); make an app-level "
                    "token with the scope connections:write (Basic Information, App-Level Tokens), "
                    "and switch Socket Mode on"
                ) from None
            raise

    async def _keep(self, number: int) -> None:
        """Keep one connection alive."""
        fault, pause = f"socket {number}", self._ping_every
        while True:
            client = self._connection()
            try:
                await self._connect(client)
                self.clients[number] = client
                self._faults.clear(fault, f"connection {number + 1} is back")
                logger.info("slack: connection %s of %s is up", number + 1, self._connections)
                pause = self._ping_every
                await self._watch(client)
                self._faults.name(fault, "connection %s died and is replaced", number + 1)
            except FAILURES as error:
                kind = error_of(error)
                self._faults.name(fault, "connection %s cannot be made (%s)", number + 1, kind)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            finally:
                self.clients.pop(number, None)
                await _close(client)

    async def _connect(self, client: SocketModeClient) -> None:
        """Open a connection. `connect` alone would try the same address for ever.

        An address is good for one attempt and for moments, so after a while we ask for a new one.
        """
        client.wss_uri = await client.issue_new_wss_url()
        async with asyncio.timeout(_GRACE * self._ping_every):
            await client.connect()  # type: ignore[no-untyped-call]
        self._alive()

    def _connection(self) -> SocketModeClient:
        """A new connection, not opened yet; must be made inside the running loop."""
        handler = AsyncSocketModeHandler(
            self._app, self._app_token, logger=QUIET, ping_interval=self._ping_every
        )

        async def received(client: SocketModeClient, request: SocketModeRequest) -> None:
            if request.type != "events_api":
                await handler.handle(client, request)
            elif self._intake.accept(Arrival("socket_mode", request.payload, {})):
                await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))

        handler.client.socket_mode_request_listeners[:] = [received]  # type: ignore[list-item]
        return handler.client

    async def _watch(self, client: SocketModeClient) -> None:
        """Return when the connection is beyond slack_sdk's own repair."""
        missed = 0
        while missed < _GRACE:
            await asyncio.sleep(self._ping_every)
            if not _is_served(client):
                return
            missed = 0 if await client.is_connected() else missed + 1
            if not missed:
                self._alive()


def _is_served(client: SocketModeClient) -> bool:
    """Whether slack_sdk's tasks for the connection still run."""
    tasks = (client.message_processor, client.message_receiver, client.current_session_monitor)
    return all(task is not None and not task.done() for task in tasks)


async def _close(client: SocketModeClient) -> None:
    tasks = (client.message_processor, client.message_receiver, client.current_session_monitor)
    with suppress(Exception):
        await client.close()  # type: ignore[no-untyped-call]
    await client.aiohttp_client_session.close()
    # slack_sdk cancels its tasks but does not wait for them.
    await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)


_TOKEN_FAULTS = ("not_allowed_token_type", "missing_scope", "no_permission", "access_denied")
