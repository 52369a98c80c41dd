"""The Web API: clients that wait and try again, and what Slack's errors mean for us."""

import logging
from enum import StrEnum
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

API: Final = "https://slack.com/api/"
_TRIES: Final = 4  # after the first
_TIMEOUT: Final = 30.0  # seconds
# Nobody can tell whether a post that failed on Slack's side was made, and twice is worse.
_NOT_TWICE: Final = ("chat.postMessage", "chat.postEphemeral", "files.completeUploadExternal")

# At DEBUG the libraries write whole payloads, texts and all, and at INFO they write the body of a
# request with a bad signature. What an operator must know of their errors, this package says.
QUIET: Final = logging.getLogger("adapters.slack.libraries")
QUIET.setLevel(logging.CRITICAL)


# What a call raises when Slack refuses it or cannot be reached.
FAILURES: Final = (SlackApiError, SlackRequestError, aiohttp.ClientError, TimeoutError, OSError)


class Meaning(StrEnum):
    """What an error of the Web API means for us."""

    DONE = "done"  # what was asked for is so already
    PASSED = "passed"  # the chance is gone, and nobody need know
    CONFIGURATION = "configuration"  # the operator or a manager can mend it
    TOKEN = "token"  # Slack does not take our token
    TROUBLE = "trouble"  # Slack or the network fails, and will be well again


# The app was removed, or the workspace is gone (docs.slack.dev/reference/methods/auth.test).
REMOVED: Final = ("account_inactive", "token_revoked")

_MEANINGS: Final = {
    "already_reacted": Meaning.DONE,
    "no_reaction": Meaning.DONE,
    "message_not_found": Meaning.PASSED,
    "thread_not_found": Meaning.PASSED,
    "bad_timestamp": Meaning.PASSED,
    "is_archived": Meaning.PASSED,
    "thread_locked": Meaning.PASSED,
    "too_many_reactions": Meaning.PASSED,
    "too_many_emoji": Meaning.PASSED,
    "user_not_in_channel": Meaning.PASSED,
    "expired_trigger_id": Meaning.PASSED,
    "channel_not_found": Meaning.CONFIGURATION,
    "not_in_channel": Meaning.CONFIGURATION,
    "missing_scope": Meaning.CONFIGURATION,
    "invalid_name": Meaning.CONFIGURATION,
    "invalid_name_specials": Meaning.CONFIGURATION,
    "restricted_action": Meaning.CONFIGURATION,
    "not_reactable": Meaning.PASSED,
    "access_denied": Meaning.CONFIGURATION,
    "no_permission": Meaning.CONFIGURATION,
    "not_allowed_token_type": Meaning.CONFIGURATION,
    "invalid_auth": Meaning.TOKEN,
    "not_authed": Meaning.TOKEN,
    "account_inactive": Meaning.TOKEN,
    "token_revoked": Meaning.TOKEN,
    "token_expired": Meaning.TOKEN,
    "team_access_not_granted": Meaning.TOKEN,
}


def error_of(error: BaseException) -> str:
    """The error's name: Slack's, `http_502` where Slack gave none, else its kind."""
    if not isinstance(error, SlackApiError):
        return type(error).__name__
    data = error.response.data if hasattr(error.response, "data") else None
    if isinstance(data, dict) and data.get("error"):
        return str(data["error"])
    return f"http_{getattr(error.response, 'status_code', 'error')}"


def needed_scope(error: SlackApiError) -> str:
    """The scope that a `missing_scope` asks for."""
    data = error.response.data if hasattr(error.response, "data") else {}
    return str(data.get("needed", "?")) if isinstance(data, dict) else "?"


def meaning_of(error: BaseException) -> Meaning:
    """What to make of the error; an unknown one, and one of the network, is trouble."""
    return _MEANINGS.get(error_of(error), Meaning.TROUBLE)


def open_session() -> aiohttp.ClientSession:
    """One session for all calls: without it slack_sdk would connect anew for each."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT))


def make_client(
    token: str | None, session: aiohttp.ClientSession, base_url: str = API
) -> AsyncWebClient:
    """A client for `token` that waits out rate limits and tries again after faults."""
    return AsyncWebClient(
        token=token,
        base_url=base_url,
        session=session,
        logger=QUIET,
        retry_handlers=_patience(),
    )


def make_webhook(url: str, session: aiohttp.ClientSession) -> AsyncWebhookClient:
    """The way to answer a request through its own address, as patient as the calls."""
    return AsyncWebhookClient(url, session=session, logger=QUIET, retry_handlers=_patience())


def _patience() -> list[AsyncRetryHandler]:
    return [
        AsyncConnectionErrorRetryHandler(max_retry_count=_TRIES),
        _RateLimit(max_retry_count=_TRIES),
        _ServerError(max_retry_count=_TRIES),
    ]


class _RateLimit(AsyncRateLimitErrorRetryHandler):
    """Waits as long as Slack asks, whether it says so by status or by error."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None:
            return False
        body: Any = response.body
        said = isinstance(body, dict) and body.get("error") == "ratelimited"
        return response.status_code == 429 or said


class _ServerError(AsyncServerErrorRetryHandler):
    """Tries again after any 5xx; slack_sdk's own knows 500 and 503 only."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None or response.status_code < 500:
            return False
        return not request.url.endswith(_NOT_TWICE)
