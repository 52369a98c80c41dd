"""Messages over Socket Mode: what arrives is acknowledged, counted, reacted to, taken back."""

from datetime import timedelta
from pathlib import Path

from tests.core import ANGRY, JOYFUL, PLAIN
from tests.fakes.slack_payloads import deleted, edited
from tests.scenarios.slack_world import world


async def test_a_message_is_counted_and_reacted_to(tmp_path: Path) -> None:
    """A joyful message is acknowledged, counted, gets one joyful emoji, and the row knows it."""
    async with world(tmp_path) as here:
        delivery = await here.say(JOYFUL)
        await delivery.acknowledged()
        ts = delivery.envelope["payload"]["event"]["ts"]
        await here.slack.until(lambda: here.slack.reactions["C1", ts])
        observed = await here.kept(ts)
        await here.until(lambda: _reacted(here, ts))
        assert observed.label == "joy"
        assert here.slack.reactions["C1", ts] == ["blush"]
        assert JOYFUL.encode() not in (tmp_path / "maeum.db").read_bytes()


async def _reacted(here, ts):
    return (await here.kept(ts)).reaction
