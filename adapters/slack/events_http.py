"""Slack's requests to our HTTP server, given to bolt, which checks their signatures."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from adapters.slack.web import FAILURES, error_of

logger = logging.getLogger(__name__)

EVENTS: Final = "/slack/events"
INSTALL: Final = "/slack/install"
INSTALLED: Final = "/slack/oauth_redirect"


class HttpEvents:
    """The routes of Slack. While no app serves them they answer 503, and Slack tries again."""

    def __init__(self, server: web.Application) -> None:
        self._app: AsyncApp | None = None
        self._checked = False
        server.router.add_post(EVENTS, self._event)
        server.router.add_get(INSTALL, self._install)
        server.router.add_get(INSTALLED, self._installed)

    @contextmanager
    def serving(self, app: AsyncApp, *, checked: bool) -> Iterator[None]:
        """Let `app` answer while the context lasts; `checked` when it can check signatures."""
        self._app, self._checked = app, checked
        try:
            yield
        finally:
            self._app = None

    async def _event(self, request: web.Request) -> web.Response:
        if self._app is None:
            return web.Response(status=503)
        # With no secret there is nothing to check against: Socket Mode alone is set up. And bolt
        # reads the time as a number before it checks anything, and fails on any other text.
        time = request.headers.get("X-Slack-Request-Timestamp", "")
        if not self._checked or not (time.isascii() and time.isdecimal()):
            return web.Response(status=401)
        try:
            asked = await to_bolt_request(request)
        except ValueError:  # neither a form nor JSON, or not text at all
            return web.Response(status=400)
        return await to_aiohttp_response(await self._app.async_dispatch(asked))

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
