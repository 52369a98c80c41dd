from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage import MoodStore
from tests.bot.storage.samples import opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the test's database lies."""
    return tmp_path / "maeum.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[MoodStore]:
    """An empty store."""
    async with opened(path) as store:
        yield store
