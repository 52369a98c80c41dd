"""Removals of the app that no event told: asked about at the start, purged where Slack says so."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.installations import InstalledWorkspaces
from adapters.slack.seal import Seal
from adapters.slack.workspaces import Workspace
from bot.errors import BadSetting, StorageError
from bot.events import Platform
from tests.core import JOYFUL
from tests.fakes.slack import Fault
from tests.fakes.slack_payloads import uninstalled
from tests.scenarios.slack_world import World, populated, ts_of, world
from tests.scenarios.test_slack_installing import KEY, MANY, many

# slack_sdk signs in for oauth.v2.access with a class of aiohttp that aiohttp 3.14 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


@pytest.mark.parametrize(
    ("error", "is_gone"),
    [
        ("account_inactive", True),
        ("token_revoked", True),
        ("invalid_auth", False),  # an address that the workspace does not allow gets it too
        ("not_authed", False),
        ("internal_error", False),
        (None, False),
    ],
)
async def test_a_removal_while_nobody_listened(
    tmp_path: Path, error: str | None, is_gone: bool
) -> None:
    """A workspace of which Slack says that the app is gone is purged; others keep their rows."""
    async with many(tmp_path) as (here, browser):
        for team in ("T1", "T2"):
            await browser.install(team)
            payload = here.message(JOYFUL, team=team)
            await here.slack.sockets.deliver(payload)
        await here.until(lambda: _has(here, 2))
    slack = populated()
    slack.tokens |= {"xoxb-2": "T2"}
    slack.bots["T2"] = ("UBOT", "BBOT")
    if error:
        slack.fail("auth.test", error=error)
    async with world(tmp_path, slack=slack, **MANY) as here:
        await slack.until(lambda: len(slack.made("auth.test")) == 2)
        if is_gone:
            await here.until(lambda: _has(here, 1))
        left = await here.bot.store.installations(Platform.SLACK)
        assert len(left) == 2 - is_gone
        assert await here.counted() == 2 - is_gone
        assert not slack.made("conversations.history")  # not for an app that others install


async def test_a_removal_broken_off_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies between hearing of a removal and the purge leaves it to the next one."""
    async with many(tmp_path) as (here, browser):
        await browser.install("T1")
        await here.kept(ts_of(await here.say(JOYFUL)))
        tries = []

        async def locked(*_: Any) -> int:
            tries.append(1)
            raise StorageError("The database is locked.")

        monkeypatch.setattr(here.bot.store, "purge_workspace", locked)
        await here.slack.sockets.deliver(uninstalled("T1"))
        async with asyncio.timeout(5):
            while not tries:
                await asyncio.sleep(0.01)
        late = await here.say(JOYFUL)
        await late.acknowledged()
        await asyncio.sleep(0.1)
        assert await here.counted() == 1  # it is served no more
    slack = populated()
    slack.fail("auth.test", error="account_inactive")
    async with world(tmp_path, slack=slack, **MANY) as here:
        await here.until(lambda: _has(here, 0))
        assert await here.bot.store.installations(Platform.SLACK) == {}


async def test_a_workspace_that_installs_again_is_not_purged(tmp_path: Path) -> None:
    """The old token is dead, and while Slack is asked about it a new one comes."""
    async with many(tmp_path) as (here, browser):
        await browser.install("T1")
        await here.kept(ts_of(await here.say(JOYFUL)))
    slack = populated()
    slack.faults["auth.test"].append(Fault(error="account_inactive", delay=0.5))
    async with world(tmp_path, slack=slack, **MANY) as here:

        async def is_asked() -> bool:
            return bool(slack.made("auth.test"))

        await here.until(is_asked)
        installed = InstalledWorkspaces(here.bot.store, Seal(KEY))
        await installed.keep(Workspace(team="T1", token="xoxb-new", bot_user="UBOT"))
        await asyncio.sleep(0.8)
        assert await here.counted() == 1
        assert await installed.get("T1") is not None


async def _has(here: World, workspaces: int) -> bool:
    known = {activity.channel.workspace for activity in await here.bot.store.channels()}
    return len(known) == workspaces


@pytest.mark.parametrize("error", ["account_inactive", "token_revoked", "invalid_auth"])
async def test_a_single_token_that_is_refused_purges_nothing(tmp_path: Path, error: str) -> None:
    """It may be mistyped: the start ends with its words, and the rows are there for the next."""
    slack = populated()
    async with world(tmp_path, slack=slack) as here:
        await here.kept(ts_of(await here.say(JOYFUL)))
    slack.fail("auth.test", times=5, error=error)
    with pytest.raises(BadSetting, match="SLACK_BOT_TOKEN"):
        async with world(tmp_path, slack=slack):
            pass
    slack.faults.clear()
    async with world(tmp_path, slack=slack) as here:
        assert await here.counted() == 1
