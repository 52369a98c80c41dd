"""Many workspaces: installed through the pages, kept sealed, gone without a trace."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.slack.installations import InstalledWorkspaces
from adapters.slack.seal import Seal
from bot.errors import StorageError
from bot.events import Platform
from tests.core import JOYFUL
from tests.fakes.slack_payloads import tokens_revoked, uninstalled
from tests.scenarios.slack_world import World, populated, ref, ts_of, world

# slack_sdk signs in for oauth.v2.access with a class of aiohttp that aiohttp 3.14 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

KEY = "0123456789abcdef0123456789abcdef"
MANY = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "a client secret",
    "SLACK_TOKEN_KEY": KEY,
    "SLACK_APP_TOKEN": "xapp-1",
    "SLACK_CONNECTIONS": 1,
    "MAEUM_HTTP": "127.0.0.1:0",
}


@asynccontextmanager
async def many(folder: Path) -> AsyncIterator[tuple[World, "Browser"]]:
    """The adapter with its install pages, and somebody's browser."""
    slack = populated()
    for number in (1, 2):
        slack.bots[f"T{number}"] = ("UBOT", "BBOT")
        slack.tokens[f"xoxb-{number}"] = f"T{number}"
    async with world(folder, slack=slack, **MANY) as here, aiohttp.ClientSession() as session:
        assert here.http is not None
        yield here, Browser(f"http://127.0.0.1:{here.http.port}", session, here)


class Browser:
    """Walks through the pages as a person does."""

    def __init__(self, url: str, session: aiohttp.ClientSession, here: World) -> None:
        self._url = url
        self._session = session
        self._here = here
        self.state = ""
        self._codes = itertools.count(1)

    async def begin(self) -> str:
        """Open the page and take the state that Slack's button carries."""
        async with self._session.get(f"{self._url}/slack/install") as page:
            text = await page.text()
        found = re.search(r"state=([\w.%-]+)", text)
        assert found, text
        self.state = found[1]
        return text

    async def come_back(self, *, cookie: bool = True, **query: str) -> tuple[int, str]:
        """Return from Slack with a code."""
        # The library marks the cookie as for https only, so a test over http carries it itself.
        cookies = {"Cookie": f"slack-app-oauth-state={self.state}"} if cookie else {}
        url = f"{self._url}/slack/oauth_redirect"
        async with self._session.get(url, params=query, headers=cookies) as page:
            return page.status, await page.text()

    async def install(self, team: str, **more: Any) -> tuple[int, str]:
        """The whole way, for one workspace."""
        await self.begin()
        code = f"code-{next(self._codes)}"
        self._here.slack.codes[code] = installation(team) | more
        return await self.come_back(code=code, state=self.state)


def installation(team: str) -> dict[str, Any]:
    """Slack's answer to oauth.v2.access."""
    return {
        "app_id": "A1",
        "authed_user": {"id": "U1"},
        "scope": "channels:history,reactions:write",
        "token_type": "bot",
        "access_token": f"xoxb-{team[1:]}",
        "bot_user_id": "UBOT",
        "team": {"id": team, "name": "example"},
        "enterprise": None,
        "is_enterprise_install": False,
    }


async def test_two_workspaces_install_and_are_served(tmp_path: Path) -> None:
    """Each workspace's messages are counted as its own and reacted to with its own token."""
    async with many(tmp_path) as (here, browser):
        for team in ("T1", "T2"):
            status, page = await browser.install(team)
            assert status == 200, page
        for team in ("T1", "T2"):
            payload = here.message(JOYFUL, team=team)
            await here.slack.sockets.deliver(payload)
            found = ref(payload["event"]["ts"], team=team)
            await here.until(lambda found=found: here.bot.store.find(found))
        await here.slack.until(lambda: len(here.slack.made("reactions.add")) == 2)
        assert {call.token for call in here.slack.made("reactions.add")} == {"xoxb-1", "xoxb-2"}


async def test_a_workspace_that_is_not_installed_is_not_served(tmp_path: Path) -> None:
    """Its events are acknowledged and nothing of them is kept."""
    async with many(tmp_path) as (here, browser):
        await browser.install("T1")
        stranger = await here.slack.sockets.deliver(here.message(JOYFUL, team="T2"))
        await stranger.acknowledged()
        payload = here.message(JOYFUL)
        await here.slack.sockets.deliver(payload)
        await here.kept(payload["event"]["ts"])
        assert await here.counted() == 1


async def test_tokens_lie_sealed(tmp_path: Path) -> None:
    """No file holds a token in the clear, and another key opens nothing and says so."""
    async with many(tmp_path) as (here, browser):
        await browser.install("T1")
        store = here.bot.store
        [kept] = await InstalledWorkspaces(store, Seal(KEY)).all()
        assert kept.token == "xoxb-1"
        assert kept.scopes == {"channels:history", "reactions:write"}
        with pytest.raises(StorageError, match="SLACK_TOKEN_KEY"):
            await InstalledWorkspaces(store, Seal(KEY[::-1])).all()
        sealed = (await store.installations(Platform.SLACK))["T1"]
        with pytest.raises(StorageError):  # a row moved to another workspace
            Seal(KEY).open("T2", sealed)
        for path in tmp_path.iterdir():
            assert b"xoxb-1" not in path.read_bytes()


async def test_installations_survive_a_restart(tmp_path: Path) -> None:
    """A restarted bot serves whoever installed it before."""
    async with many(tmp_path) as (_, browser):
        await browser.install("T1")
    async with many(tmp_path) as (here, _):
        payload = here.message(JOYFUL)
        await here.slack.sockets.deliver(payload)
        await here.kept(payload["event"]["ts"])


@pytest.mark.parametrize("order", list(itertools.permutations((uninstalled, tokens_revoked))))
async def test_removal_purges_in_any_order(tmp_path: Path, order: tuple[Any, Any]) -> None:
    """app_uninstalled and tokens_revoked, in any order and twice, leave nothing of a workspace."""
    async with many(tmp_path) as (here, browser):
        for team in ("T1", "T2"):
            await browser.install(team)
            payload = here.message(JOYFUL, team=team)
            await here.slack.sockets.deliver(payload)
            found = ref(payload["event"]["ts"], team=team)
            await here.until(lambda found=found: here.bot.store.find(found))
        for event in (*order, *order):
            await (await here.slack.sockets.deliver(event("T1"))).acknowledged()

        async def is_purged() -> bool:
            left = {activity.channel.workspace for activity in await here.bot.store.channels()}
            return left == {"T2"}

        await here.until(is_purged)
        assert list(await here.bot.store.installations(Platform.SLACK)) == ["T2"]
        late = await here.slack.sockets.deliver(here.message(JOYFUL, team="T1"))
        await late.acknowledged()
        await asyncio.sleep(0.1)
        assert await is_purged()
        status, _ = await browser.install("T1")
        assert status == 200


async def test_a_persons_revoked_token_purges_nothing(tmp_path: Path) -> None:
    """Only the bot's own token is the app's life in a workspace."""
    async with many(tmp_path) as (here, browser):
        await browser.install("T1")
        payload = here.message(JOYFUL)
        await here.slack.sockets.deliver(payload)
        await here.kept(payload["event"]["ts"])
        revoked = await here.slack.sockets.deliver(tokens_revoked(bot=False))
        await revoked.acknowledged()
        await asyncio.sleep(0.1)
        assert await here.counted() == 1


async def test_a_forged_state_installs_nothing(tmp_path: Path) -> None:
    """Neither another browser, nor an invented, a used or a missing state, nor a wrong code."""
    async with many(tmp_path) as (here, browser):
        await browser.begin()
        here.slack.codes["code"] = installation("T1")
        assert (await browser.come_back(cookie=False, code="code", state=browser.state))[0] == 400
        genuine, browser.state = browser.state, "invented.99999999999.00"
        assert (await browser.come_back(code="code", state=browser.state))[0] == 401
        assert (await browser.come_back(code="code"))[0] == 400
        browser.state = genuine
        assert (await browser.come_back(code="wrong", state=genuine))[0] == 401
        assert (await browser.come_back(code="code", state=genuine))[0] == 401
        assert (await browser.come_back(error="access_denied"))[0] == 200
        assert await here.bot.store.installations(Platform.SLACK) == {}


async def test_a_whole_organisation_is_told_no(tmp_path: Path) -> None:
    """An install for an enterprise is refused on the page."""
    async with many(tmp_path) as (here, browser):
        status, _ = await browser.install("T1", is_enterprise_install=True)
        assert status == 500
        assert await here.bot.store.installations(Platform.SLACK) == {}


async def test_a_single_token_needs_no_pages(tmp_path: Path) -> None:
    """With one bot token there is nothing to install; its removal purges all the same."""
    async with world(tmp_path) as here:
        payload = here.message(JOYFUL)
        await here.slack.sockets.deliver(payload)
        await here.kept(payload["event"]["ts"])
        await (await here.slack.sockets.deliver(uninstalled())).acknowledged()
        await here.gone(payload["event"]["ts"])
        late = await here.slack.sockets.deliver(here.message(JOYFUL))
        await late.acknowledged()
        await asyncio.sleep(0.1)
        assert await here.bot.store.channels() == []


async def test_events_wait_while_the_installations_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose event it is cannot be told then: it is acknowledged, waits, and is counted once."""
    async with many(tmp_path) as (here, browser):
        await browser.install("T1")
        read, locked = here.bot.store.installations, [True] * 3

        async def tried(*args: Any) -> Any:
            if locked:
                locked.pop()
                raise StorageError("The database is locked.")
            return await read(*args)

        monkeypatch.setattr(here.bot.store, "installations", tried)
        delivery = await here.say(JOYFUL)
        await delivery.acknowledged()
        await here.kept(ts_of(delivery))
        assert not locked
        assert await here.counted() == 1
