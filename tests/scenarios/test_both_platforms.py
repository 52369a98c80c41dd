"""Discord and Slack in one process: one classifier, one store, and neither disturbs the other."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.slack.adapter import SlackAdapter
from bot.cli.run import _until_stopped
from bot.commands.dispatch import Commands
from bot.errors import BadSetting
from bot.events import Platform
from tests.core import ANGRY, JOYFUL
from tests.fakes.slack_payloads import message
from tests.scenarios.discord_stage import staged
from tests.scenarios.slack_world import SOCKET, populated, ref, settings


async def test_both_platforms_in_one_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same words are counted and reacted to on both, and Slack's faults stay Slack's."""
    async with staged(tmp_path, monkeypatch) as stage, populated().running() as slack:
        adapter = SlackAdapter(
            settings(**SOCKET),
            stage.bot,
            Commands(stage.bot),
            base_url=slack.base_url,
            ping_every=0.3,
        )
        serving = asyncio.create_task(_until_stopped([stage.adapter, adapter], None))
        try:
            await asyncio.wait_for(stage.adapter.ready.wait(), 10)
            await slack.sockets.connected()

            on_discord = await stage.say(JOYFUL)
            on_slack = message(JOYFUL, datetime.now(UTC))
            await slack.sockets.deliver(on_slack)
            await stage.until(lambda: stage.emoji(on_discord))
            await slack.until(lambda: slack.reactions["C1", on_slack["event"]["ts"]])
            row = await stage.row(on_discord)
            other = await stage.bot.store.find(ref(on_slack["event"]["ts"]))
            assert row is not None
            assert other is not None
            assert (row.label, row.score) == (other.label, other.score)

            slack.tokens.clear()
            slack.app_tokens.clear()
            await slack.sockets.drop()
            again = await stage.say(ANGRY)
            await stage.until(lambda: stage.row(again))
            platforms = {activity.channel.platform for activity in await stage.bot.store.channels()}
            assert platforms == {Platform.DISCORD, Platform.SLACK}
            assert not serving.done()
        finally:
            serving.cancel()
            await asyncio.wait([serving])


async def test_a_token_revoked_later_ends_its_own_platform_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Slack is served on when Discord's token is taken away; the operator is told."""
    monkeypatch.setattr("bot.cli.run._STARTING", 0.0)
    async with staged(tmp_path, monkeypatch) as stage, populated().running() as slack:
        adapter = SlackAdapter(
            settings(**SOCKET), stage.bot, Commands(stage.bot), base_url=slack.base_url
        )
        serving = asyncio.create_task(_until_stopped([stage.adapter, adapter], None))
        try:
            await asyncio.wait_for(stage.adapter.ready.wait(), 10)
            await slack.sockets.connected()
            stage.discord.world.token = "another"
            await stage.say(JOYFUL)
            await stage.until(lambda: "discord is served no longer" in caplog.text)
            on_slack = message(JOYFUL, datetime.now(UTC))
            await slack.sockets.deliver(on_slack)
            await slack.until(lambda: slack.made("reactions.add"))
            assert not serving.done()
        finally:
            serving.cancel()
            await asyncio.wait([serving])


async def test_one_platforms_wrong_token_ends_both_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start that only the operator can mend ends the whole process, with the words to mend it."""
    async with staged(tmp_path, monkeypatch) as stage, populated().running() as slack:
        slack.app_tokens.clear()
        slack.fail("auth.test", delay=1.0)  # until then Discord is well under way
        adapter = SlackAdapter(
            settings(**SOCKET), stage.bot, Commands(stage.bot), base_url=slack.base_url
        )
        with pytest.raises(BadSetting, match="SLACK_APP_TOKEN"):
            await asyncio.wait_for(_until_stopped([stage.adapter, adapter], None), 20)
