"""The dashboard's addresses: a browser's request to the core, and its values as JSON."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from aiohttp import web

from adapters.dashboard.page import THEMES, file, page, refusal_words
from bot.dashboard.door import PAGE, SESSION_LASTS, Door, Refused
from bot.dashboard.overview import channel_view, overview
from bot.errors import BadCommand, StorageError
from bot.locale import text
from bot.service import Bot
from classifier.base import Language

logger = logging.getLogger(__name__)

_COOKIE, _THEME = "maeum_session", "maeum_theme"
# Nothing but our own files and answers, no frame around it, nothing kept, nothing told elsewhere:
# developer.mozilla.org/docs/Web/Security/Practical_implementation_guides
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def mount(app: web.Application, bot: Bot, door: Door) -> None:
    """Add the pages to `app`, before it starts."""
    pages = Pages(bot, door)
    ours = web.Application(middlewares=[_sealed])
    ours.router.add_get("", pages.shell)
    ours.router.add_get("/files/{name}", pages.file)
    ours.router.add_post("/session", pages.enter)
    ours.router.add_delete("/session", pages.leave)
    ours.router.add_get("/channels", pages.channels)
    ours.router.add_get("/channels/{channel}", pages.channel)
    app.add_subapp(PAGE, ours)


class Pages:
    """Answers browsers. A session's cookie is out of reach of scripts and of other sites."""

    def __init__(self, bot: Bot, door: Door) -> None:
        self._bot = bot
        self._door = door

    async def shell(self, request: web.Request) -> web.Response:
        """The page, empty."""
        theme = request.cookies.get(_THEME, "")
        html = page(_language(request), theme if theme in THEMES else "auto")
        return web.Response(text=html, content_type="text/html")

    async def file(self, request: web.Request) -> web.Response:
        """A file of the page."""
        found = file(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        body, content_type = found
        return web.Response(body=body, content_type=content_type, charset="utf-8")

    async def enter(self, request: web.Request) -> web.Response:
        """Exchange a link's token for a session.

        JSON alone is taken: another site's page cannot send that without asking us first.
        """
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        try:
            token = await request.json()
        except ValueError:
            token = None
        cookie = self._door.enter(token if isinstance(token, str) else "")
        answer = web.Response(status=204)
        answer.set_cookie(
            _COOKIE,
            cookie,
            max_age=int(SESSION_LASTS.total_seconds()),
            path=PAGE,
            httponly=True,
            samesite="Strict",
            secure=self._door.is_secure,
        )
        return answer

    async def leave(self, request: web.Request) -> web.Response:
        """End the session."""
        self._door.leave(request.cookies.get(_COOKIE))
        answer = web.Response(status=204)
        answer.del_cookie(_COOKIE, path=PAGE)
        return answer

    async def channels(self, request: web.Request) -> web.Response:
        """All channels, or 204 if nothing is new since the version the page has."""
        session = self._door.session(request.cookies.get(_COOKIE))
        since = request.query.get("since")
        found = await overview(self._bot, session, _language(request), since=since)
        return web.json_response(asdict(found)) if found else web.Response(status=204)

    async def channel(self, request: web.Request) -> web.Response:
        """One channel's mood."""
        session = self._door.session(request.cookies.get(_COOKIE))
        window = request.query.get("window", "24h")
        name = request.match_info["channel"]
        found = await channel_view(self._bot, session, name, window, _language(request))
        return web.json_response(asdict(found))


@web.middleware
async def _sealed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell in words what went wrong, and put the headers on every answer."""
    try:
        answer = await handler(request)
    except Refused as refused:
        words = refusal_words(refused.refusal, _language(request))
        answer = web.json_response(words, status=401)
    except BadCommand as error:
        answer = web.json_response({"text": str(error)}, status=404)
    except StorageError as error:
        logger.error("the dashboard was not answered: %s", error)
        failed = text("dashboard.failed", _language(request))
        answer = web.json_response({"text": failed}, status=503)
    except web.HTTPException as error:
        error.headers.update(_HEADERS)
        raise
    answer.headers.update(_HEADERS)
    return answer


def _language(request: web.Request) -> Language:
    """The language asked for, else the first of the browser's that we speak."""
    wishes = [
        request.query.get("lang", ""),
        *request.headers.get("Accept-Language", "").replace(";", ",").split(","),
    ]
    spoken = (wish.strip().split("-")[0].lower() for wish in wishes)
    return next((Language(it) for it in spoken if it in set(Language)), Language.EN)
