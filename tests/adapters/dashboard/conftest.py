from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.dashboard_stage import Stage, served, talk


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Two channels of enough people, one of two, and another workspace."""
    async with served(tmp_path) as stage:
        await talk(stage.bot, "general", messages=500)
        await talk(stage.bot, "attic", messages=40)
        await talk(stage.bot, "couple", people=2, messages=30)
        await talk(stage.bot, "theirs", messages=20, workspace="guild-2")
        yield stage


@pytest.fixture
async def browser(stage: Stage) -> AsyncIterator[aiohttp.ClientSession]:
    """A client with a cookie jar of its own, as a browser has."""
    jar = aiohttp.CookieJar(unsafe=True)  # it keeps cookies of an address without a name
    async with aiohttp.ClientSession(stage.address, cookie_jar=jar) as client:
        yield client
