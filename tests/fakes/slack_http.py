"""Slack's other transport: signed requests to the app's address, tried again as Slack does."""

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp

_TRIES = 4  # the first and three more


class SignedSender:
    """Delivers payloads over HTTP (docs.slack.dev/authentication/verifying-requests-from-slack)."""

    def __init__(self, url: str, secret: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self._secret = secret
        self._session = session

    async def event(self, payload: dict[str, Any], *, tries: int = _TRIES) -> list[int]:
        """The statuses of an event's deliveries: until one is 2xx, or Slack gives up."""
        statuses = []
        for number in range(tries):
            headers = {"Content-Type": "application/json"}
            if number:
                headers |= {
                    "X-Slack-Retry-Num": str(number),
                    "X-Slack-Retry-Reason": "http_error",
                }
            statuses.append((await self.send(json.dumps(payload), headers))[0])
            if statuses[-1] < 300:
                break
        return statuses

    async def command(self, payload: dict[str, Any]) -> tuple[int, str]:
        """A slash command, as a form."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self.send(urlencode(payload), kind)

    async def interactive(self, payload: dict[str, Any]) -> tuple[int, str]:
        """A shortcut or a button, as JSON within a form."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self.send(urlencode({"payload": json.dumps(payload)}), kind)

    async def send(
        self,
        body: str,
        headers: dict[str, str],
        *,
        at: str | None = None,
        secret: str | None = None,
    ) -> tuple[int, str]:
        """One request; `at` and `secret` replace what Slack would sign it with."""
        proof = signed(body, secret or self._secret, at=at)
        url = f"{self.url}/slack/events"
        async with self._session.post(url, data=body, headers=headers | proof) as answer:
            return answer.status, await answer.text()


def signed(body: str, secret: str, *, at: str | None = None) -> dict[str, str]:
    """The headers by which a body proves to be Slack's."""
    stamp = at if at is not None else str(int(time.time()))
    base = f"v0:{stamp}:{body}".encode()
    signature = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
