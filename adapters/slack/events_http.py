"""Slack's requests to our HTTP server, given to bolt, which checks their signatures."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from adapters.slack.intake import Arrival, Intake
from adapters.slack.web import FAILURES, error_of

logger = logging.getLogger(__name__)

EVENTS: Final = "/slack/events"
INSTALL: Final = "/slack/install"
INSTALLED: Final = "/slack/oauth_redirect"


class HttpEvents:
    """The routes of Slack. While no app serves them they answer 503, and Slack tries again."""

    def __init__(self, server: web.Application, signing_secret: str | None) -> None:
        self._verifier = SignatureVerifier(signing_secret) if signing_secret else None
        self._app: AsyncApp | None = None
        self._intake: Intake | None = None
        server.router.add_post(EVENTS, self._event)
        server.router.add_get(INSTALL, self._install)
        server.router.add_get(INSTALLED, self._installed)

    @contextmanager
    def serving(self, app: AsyncApp, intake: Intake) -> Iterator[None]:
        """Let `app` answer while the context lasts."""
        self._app, self._intake = app, intake
        try:
            yield
        finally:
            self._app = self._intake = None

    async def _event(self, request: web.Request) -> web.Response:
        if self._app is None or self._intake is None:
            return web.Response(status=503)
        try:
            body = await request.text()
            if not self._is_slacks(request, body):
                return web.Response(status=401)
            is_event = request.content_type == "application/json" and (
                json.loads(body).get("type") == "event_callback"
            )
        except (ValueError, LookupError, AttributeError):  # no text, or no JSON object
            return web.Response(status=400)
        if is_event:
            arrival = Arrival("http", body, request.headers)
            return web.Response(status=200 if self._intake.accept(arrival) else 503)
        answer = await self._app.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    def _is_slacks(self, request: web.Request, body: str) -> bool:
        """Whether Slack signed the request, within five minutes.

        With no secret (Socket Mode alone is set up) nothing is Slack's. The library reads the time
        as a number before it checks anything, and fails on any other text.
        """
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if self._verifier is None or not (stamp.isascii() and stamp.isdecimal()):
            return False
        return self._verifier.is_valid(body, stamp, signature)

    async def _install(self, request: web.Request) -> web.Response:
        if self._app is None or (flow := self._app.oauth_flow) is None:
            return web.Response(status=404)
        answer = await flow.handle_installation(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    async def _installed(self, request: web.Request) -> web.Response:
        if self._app is None or (flow := self._app.oauth_flow) is None:
            return web.Response(status=404)
        try:
            answer = await flow.handle_callback(await to_bolt_request(request))
        except FAILURES as error:
            logger.error("slack: an installation failed (%s)", error_of(error))
            return web.Response(status=502, text="Slack did not answer. Please try again.")
        return await to_aiohttp_response(answer)
