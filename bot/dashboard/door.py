"""The dashboard's door: a signed link, good once and for minutes, becomes a session of an hour.

A link says its workspace and its end. It is signed, so that none can be made up, and it is waited
for, so that none works twice or after a restart. Links and sessions are in memory alone.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from bot.clock import Clock
from bot.dashboard.session import MayRead, Session
from bot.errors import MaeumError
from bot.events import ChannelRef
from classifier.base import Language

LINK_LASTS = timedelta(minutes=10)
SESSION_LASTS = timedelta(hours=1)
PAGE = "/dashboard"
_LOOPBACK = ("localhost", "127.", "::1")


def is_local(address: str) -> bool:
    """Whether an origin is reached from this machine alone."""
    return (urlsplit(address).hostname or "").startswith(_LOOPBACK)


class Refusal(StrEnum):
    """Why a browser is not let in; the page tells the mend."""

    FORGED = "forged"  # not ours, or cut short
    EXPIRED = "expired"
    USED = "used"  # or from before a restart
    NO_SESSION = "no_session"  # none, or one that ended


class Refused(MaeumError):
    """The door stays shut."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class Door:
    """Gives out links, and lets in who comes with one."""

    def __init__(self, key: bytes, address: str, clock: Clock) -> None:
        self.address = address  # the origin that browsers reach us at
        self._key = key
        self._clock = clock
        self._waiting: dict[str, Session] = {}  # by the link's nonce
        self._inside: dict[str, Session] = {}  # by the cookie

    @property
    def is_local(self) -> bool:
        """Whether its address is reached from this machine alone."""
        return is_local(self.address)

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach it by HTTPS, so that a cookie may insist on that."""
        return urlsplit(self.address).scheme == "https"

    def link(self, here: ChannelRef, language: Language, may_read: MayRead) -> str:
        """The address for a manager to open; `may_read` tells which channels are theirs to see.

        The token is in the fragment, which browsers keep to themselves: it is in no log and no
        Referer, and a platform that fetches links for a preview does not use it up.
        """
        self._forget()
        ends = self._clock.now() + LINK_LASTS
        nonce = secrets.token_urlsafe(16)
        self._waiting[nonce] = Session(here.platform, here.workspace, ends, may_read)
        claims = {
            "workspace": f"{here.platform}/{here.workspace}",
            "ends": int(ends.timestamp()),
            "nonce": nonce,
        }
        body = _encoded(json.dumps(claims, separators=(",", ":")).encode())
        return f"{self.address}{PAGE}?lang={language}#{body}.{self._signature(body)}"

    def enter(self, token: str) -> str:
        """Exchange a link's token for the cookie of a session; Refused says why not."""
        claims = self._claims(token)
        if datetime.fromtimestamp(claims["ends"], UTC) <= self._clock.now():
            raise Refused(Refusal.EXPIRED)
        session = self._waiting.pop(claims["nonce"], None)
        if session is None or claims["workspace"] != f"{session.platform}/{session.workspace}":
            raise Refused(Refusal.USED)
        cookie = secrets.token_urlsafe(32)
        session.ends = self._clock.now() + SESSION_LASTS
        self._inside[cookie] = session
        return cookie

    def session(self, cookie: str | None) -> Session:
        """The session of a cookie; Refused when there is none any more."""
        self._forget()
        if cookie is None or cookie not in self._inside:
            raise Refused(Refusal.NO_SESSION)
        return self._inside[cookie]

    def leave(self, cookie: str | None) -> None:
        """End a session before its time."""
        if session := self._inside.pop(cookie or "", None):
            session.close()

    def close(self) -> None:
        """End everything."""
        for session in (*self._waiting.values(), *self._inside.values()):
            session.close()
        self._waiting.clear()
        self._inside.clear()

    def _forget(self) -> None:
        for sessions in (self._waiting, self._inside):
            for name in [it for it, session in sessions.items() if self._is_over(session)]:
                sessions.pop(name).close()

    def _is_over(self, session: Session) -> bool:
        return session.ends <= self._clock.now()

    def _claims(self, token: str) -> Mapping[str, Any]:
        body, _, signature = token.partition(".")
        # compare_digest takes no text beyond ASCII
        if not hmac.compare_digest(self._signature(body).encode(), signature.encode()):
            raise Refused(Refusal.FORGED)
        claims: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(_padded(body)))
        return claims

    def _signature(self, body: str) -> str:
        return _encoded(hmac.digest(self._key, body.encode(), hashlib.sha256))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)
