from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.service import Bot
from tests.core import opened_bot


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    """The real core over an empty database."""
    async with opened_bot(tmp_path / "maeum.db") as bot:
        yield bot
