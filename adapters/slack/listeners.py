"""What bolt calls for each request of Slack: acknowledge, translate, hand on."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError

from adapters.slack.answers import Answers
from adapters.slack.corrections import Corrections
from adapters.slack.directory import Directory
from adapters.slack.face import RIGHT_ACTION, WRONG_ACTION
from adapters.slack.faults import Faults
from adapters.slack.home import ACTIONS, SETTING_ACTION, Home
from adapters.slack.inbox import Inbox
from adapters.slack.intake import OFFER_AGAIN
from adapters.slack.removal import Removal
from adapters.slack.surface import (
    ANALYZE,
    CHANNEL_DELETED,
    COMMAND,
    HOME_OPENED,
    MESSAGE,
    RENAMED,
    TOKENS_REVOKED,
    UNINSTALLED,
    WHY,
)
from adapters.slack.translate import (
    Untranslatable,
    channel_ref,
    message_event,
    workspace_of,
)
from bot.errors import StorageError

logger = logging.getLogger(__name__)

Body = dict[str, Any]


class Listeners:
    """The requests the app understands. Every other event is acknowledged and left alone."""

    def __init__(
        self,
        inbox: Inbox,
        answers: Answers,
        corrections: Corrections,
        home: Home,
        directory: Directory,
        removal: Removal,
        faults: Faults,
    ) -> None:
        self._inbox = inbox
        self._answers = answers
        self._corrections = corrections
        self._home = home
        self._directory = directory
        self._removal = removal
        self._faults = faults
        self._tasks: set[asyncio.Task[None]] = set()

    def register(self, app: AsyncApp) -> None:
        """Tell `app` who listens to what."""
        app.event(MESSAGE, middleware=[self._accept])(self._nothing)
        app.event(HOME_OPENED)(self._home_opened)
        app.event(UNINSTALLED)(self._uninstalled)
        app.event(TOKENS_REVOKED)(self._revoked)
        for event_type in RENAMED:
            app.event(event_type)(self._renamed)
        for event_type in CHANNEL_DELETED:
            app.event(event_type)(self._channel_deleted)
        # What nobody handles bolt leaves unacknowledged, and Slack delivers it three times more.
        app.event(re.compile(".*"))(self._nothing)
        app.command(COMMAND)(self._command)
        app.shortcut(ANALYZE)(self._analyze)
        app.shortcut(WHY)(self._why)
        for action in ACTIONS:
            app.action(action)(self._pressed)
        app.action(re.compile(f"{SETTING_ACTION}.*"))(self._chosen)
        app.action(WRONG_ACTION)(self._wrong)
        app.action(RIGHT_ACTION)(self._right)
        app.error(self._failed)

    async def close(self) -> None:
        """Let the answers under way come to their end, for a moment."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5.0)
        for task in list(self._tasks):
            task.cancel()

    async def _accept(self, body: Body, next: Callable[[], Awaitable[None]]) -> BoltResponse | None:
        """Take a message in, or answer that it must be offered again.

        Before the listeners, since bolt does not wait for those.
        """
        if self._inbox.is_full:
            return BoltResponse(status=OFFER_AGAIN, body="")
        try:
            event = message_event(body)
        except Untranslatable as error:
            self._faults.name(f"payload:{error}", "an event was passed over: %s", error)
        else:
            if event is not None:
                self._inbox.put(event)
        await next()
        return None

    async def _nothing(self) -> None:
        """Acknowledged, and no more to do."""

    async def _home_opened(self, body: Body) -> None:
        self._start(self._home.opened(body))

    async def _uninstalled(self, body: Body) -> None:
        self._start(self._removal.uninstalled(workspace_of(body)))

    async def _revoked(self, body: Body) -> None:
        if (body["event"].get("tokens") or {}).get("bot"):
            self._start(self._removal.uninstalled(workspace_of(body)))

    async def _renamed(self, body: Body) -> None:
        channel = body["event"]["channel"]
        ref = channel_ref(workspace_of(body), channel["id"])
        self._directory.renamed(ref, channel["name"])

    async def _channel_deleted(self, body: Body) -> None:
        self._start(
            self._removal.channel_deleted(channel_ref(workspace_of(body), body["event"]["channel"]))
        )

    async def _command(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        self._start(self._answers.command(body))

    async def _analyze(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        self._start(self._answers.shortcut(body, "analyze"))

    async def _why(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        self._start(self._answers.shortcut(body, "why"))

    async def _pressed(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        self._start(self._home.pressed(body))

    async def _chosen(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        self._start(self._home.chosen(body))

    async def _wrong(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        self._start(self._corrections.pressed(body))

    async def _right(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        self._start(self._corrections.chosen(body))

    async def _failed(self, error: Exception) -> BoltResponse | None:
        """Name what failed in bolt. Only a locked database makes the request worth another try."""
        if isinstance(error, StorageError):
            self._faults.name("database", "messages wait: %s", error)
            return BoltResponse(status=OFFER_AGAIN, body="")
        self._name(error)
        return None

    def _start(self, work: Awaitable[None]) -> None:
        """Do `work` after the acknowledgement. Bolt keeps no reference to its own tasks."""
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:
            self._name(error)

    def _name(self, error: Exception) -> None:
        """Name a failure by its kind: what it says may hold a text."""
        network = (SlackApiError, aiohttp.ClientError, TimeoutError)
        known = "Slack or the network" if isinstance(error, network) else "this program"
        kind = type(error).__name__
        self._faults.name(f"request:{kind}", "a request failed with %s, a fault of %s", kind, known)
