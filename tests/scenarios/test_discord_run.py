"""`maeum run`, `doctor` and `sync` on the loopback Discord, from the settings on."""

import asyncio
import gc
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.discord.translate import channel_ref
from bot.cli.doctor import doctor, sync
from bot.cli.run import run
from bot.errors import BadSetting, MaeumError
from bot.events import Picture, Reply
from bot.settings import Settings, load_settings
from tests.core import JOYFUL
from tests.fakes.discord_server import FakeDiscord, fake_discord
from tests.fakes.discord_world import TOKEN
from tests.scenarios.discord_stage import GENERAL, GUILD, running, staged


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An install with a Discord token and nothing else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISCORD_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("MAEUM_LOCALE", "en")
    return load_settings()


async def _until(fake: FakeDiscord, method: str, path: str) -> None:
    async with asyncio.timeout(20):
        while not fake.count(method, path):
            await asyncio.sleep(0.02)


async def test_run_serves_until_it_is_told_to_stop(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token is enough: it reacts, reads history beside, and ends on SIGTERM without a trace."""
    async with fake_discord(monkeypatch) as fake:
        fake.world.add_guild(GUILD)
        fake.world.write(GENERAL, JOYFUL, at=datetime.now(UTC) - timedelta(days=2))
        serving = asyncio.create_task(run(settings, backfill=30))
        await _until(fake, "GET", f"/channels/{GENERAL}/messages")
        await fake.gateway.tell("MESSAGE_CREATE", fake.world.write(GENERAL, f"{JOYFUL}!"))
        await _until(fake, "PUT", "reactions")
        began = time.thread_time()
        gc.collect()
        assert time.thread_time() - began < 0.025  # of what came since; the rest is set aside
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(serving, 20)
    assert settings.database.exists()


async def test_run_ends_with_the_operators_sentence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused token is told and ends the command; nothing is retried."""
    async with fake_discord(monkeypatch) as fake:
        fake.world.token = "another"
        with pytest.raises(BadSetting, match="DISCORD_BOT_TOKEN"):
            await asyncio.wait_for(run(settings), 20)


async def test_it_posts_where_it_may_speak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A digest reaches a channel, once, as an embed with its chart; elsewhere nothing is sent."""
    picture = Picture(png=b"png", name="mood.png", alt="Chart: joy")
    reply = Reply(title="Today", text="It was lively.", picture=picture, once="mark")
    async with staged(tmp_path, monkeypatch) as stage:
        closed = {"id": str(GUILD + 9), "type": 0, "allow": "0", "deny": str(1 << 11)}
        stage.discord.world.add_channel(GUILD, GUILD + 2, "ro", permission_overwrites=[closed])
        here, mute = channel_ref(GUILD, GENERAL), channel_ref(GUILD, GUILD + 2)
        assert not stage.adapter.reaches(here)
        async with running(stage):
            assert stage.adapter.reaches(here)
            assert not stage.adapter.reaches(mute)
            assert not stage.adapter.reaches(channel_ref(None, 5))
            for _ in range(2):  # as after an answer that was lost
                await stage.adapter.post(here, reply)
            with pytest.raises(MaeumError):
                await stage.adapter.post(mute, reply)
        [sent] = stage.discord.world.sent
    assert sent["embeds"][0]["title"] == "Today"
    assert sent["files"] == [("mood.png", b"png")]
    assert sent["attachments"][0]["description"] == "Chart: joy"


async def test_doctor_and_sync_from_the_command_line(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The doctor sends to sync, sync registers, and then the doctor is content."""
    async with fake_discord(monkeypatch) as fake:
        fake.world.add_guild(GUILD)
        with pytest.raises(BadSetting, match="1 of these"):
            await doctor(settings)
        assert "maeum sync" in capsys.readouterr().out
        await sync(settings)
        await sync(settings, GUILD)
        assert set(fake.world.commands) == {None, GUILD}
        capsys.readouterr()
        await doctor(settings)
    said = "".join(capsys.readouterr().out.split())
    assert "permissions=274878024768" in said
    assert "✗" not in said
