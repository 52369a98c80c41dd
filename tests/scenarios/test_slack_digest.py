"""What the bot says of its own accord on Slack: digests, to the whole channel, with their chart."""

from pathlib import Path

import pytest

from bot.errors import MaeumError
from bot.events import Picture, Reply
from tests.scenarios.slack_world import CHANNEL, world

DIGEST = Reply(
    title="Yesterday in #general",
    text="It was lively.",
    picture=Picture(png=b"\x89PNG picture", name="mood.png", alt="A chart of yesterday."),
    ephemeral=False,
)


async def test_a_digest_is_posted_with_its_chart(tmp_path: Path) -> None:
    """Words as blocks, the chart in the channel itself, with words for those who cannot see it."""
    async with world(tmp_path) as here:
        assert here.adapter.reaches(CHANNEL)
        await here.adapter.post(CHANNEL, DIGEST)
        [post] = here.slack.posts
        assert post["channel"] == "C1"
        assert post["blocks"][0]["text"]["text"] == "Yesterday in #general"
        [upload] = here.slack.uploads.values()
        assert upload["channel"] == "C1"
        assert upload["alt_txt"] == "A chart of yesterday."


async def test_a_post_that_slack_refuses_is_told(tmp_path: Path) -> None:
    """Then the core tries it again later; what was not said is not taken for said."""
    async with world(tmp_path) as here:
        here.slack.fail("chat.postMessage", error="not_in_channel")
        with pytest.raises(MaeumError):
            await here.adapter.post(CHANNEL, DIGEST)
        here.slack.fail("files.getUploadURLExternal", error="missing_scope")
        await here.adapter.post(CHANNEL, DIGEST)  # the words alone are a digest still
        assert len(here.slack.posts) == 1


async def test_nothing_is_reached_while_nothing_serves(tmp_path: Path) -> None:
    """After its end the adapter posts nowhere, and another process may."""
    async with world(tmp_path) as here:
        pass
    assert not here.adapter.reaches(CHANNEL)
