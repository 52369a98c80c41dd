"""A platform that is away is named once and come back to."""

import logging

import pytest

from adapters import base
from bot.errors import BadSetting


async def test_a_platform_out_of_reach_is_named_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried again and again, each new reason is said in a line, and no traceback."""
    monkeypatch.setattr(base, "_FIRST_PAUSE", 0.0)
    reasons = iter(["refused", "refused", "refused", "no such name", "refused"])

    async def serve() -> None:
        if (reason := next(reasons, None)) is None:
            raise BadSetting("the token is refused")
        raise ConnectionError(reason)

    with caplog.at_level(logging.WARNING), pytest.raises(BadSetting):
        await base.supervised("Discord", serve)
    said = [record.getMessage().rpartition(": ")[2] for record in caplog.records]
    assert said == ["refused", "no such name", "refused"]
    assert not any(record.exc_info for record in caplog.records)
