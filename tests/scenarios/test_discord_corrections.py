"""“Wrong label?” on Discord, over the wire: button, groups, labels, thanks."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.events import ChannelRef, Platform
from bot.observations import Correction
from bot.storage import Level
from tests.core import JOYFUL
from tests.fakes.discord_world import Payload
from tests.scenarios.discord_stage import GENERAL, GUILD, Stage, running, staged
from tests.scenarios.test_discord_interactions import interaction, menu

UPDATED = 6  # the answer to a press: the message it was made on will change
BUTTON, SELECT = 2, 3
HERE = ChannelRef(platform=Platform.DISCORD, workspace=str(GUILD), channel=str(GENERAL))


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """The bot in one guild that keeps the texts of corrections."""
    async with staged(tmp_path, monkeypatch) as stage, running(stage):
        await stage.bot.store.set_preference(
            Platform.DISCORD, str(GUILD), Level.WORKSPACE, "", "corrections", "text"
        )
        yield stage


async def exchange(stage: Stage, event: Payload) -> list[Payload]:
    """The first response to an interaction, and what it became."""
    stage.discord.world.answers.clear()
    session = next(iter(stage.discord.gateway.sessions.values()))
    await stage.discord.gateway._send(session, "INTERACTION_CREATE", event)
    await stage.until(lambda: len(stage.discord.world.answers) >= 2)
    return stage.discord.world.answers


def component(answer: Payload) -> Payload:
    """The one button or menu under an answer."""
    [row] = answer["components"]
    [item] = row["components"]
    found: Payload = item
    return found


def press(item: Payload, *values: str, within: Payload | None = None, locale: str = "en-US") -> Any:
    """A press of a button, or a choice in a menu, under an answer that one person sees."""
    data: Payload = {"component_type": item["type"], "custom_id": item["custom_id"]}
    event = interaction(data | ({"values": list(values)} if values else {}), locale=locale)
    answer = {
        "id": "77", "channel_id": event["channel_id"], "content": "", "flags": 64, "type": 20,
        "author": {"id": "1", "username": "maeum", "discriminator": "0", "avatar": None},
        "timestamp": "2026-03-15T09:30:00+00:00", "edited_timestamp": None, "embeds": [],
        "mentions": [], "mention_roles": [], "mention_everyone": False, "tts": False,
        "attachments": [], "pinned": False, "components": [],
    }  # fmt: skip
    return event | {"type": 3, "message": answer} | (within or {})


def inside(thread: int) -> Payload:
    """What tells that an interaction happened in a thread of the guild's first channel."""
    channel = {
        "id": str(thread), "type": 11, "guild_id": str(GUILD), "parent_id": str(GENERAL),
        "name": "thread", "owner_id": "1", "permissions": "0", "message_count": 1,
        "member_count": 1, "rate_limit_per_user": 0, "last_message_id": None, "flags": 0,
        "thread_metadata": {
            "archived": False, "auto_archive_duration": 60, "locked": False,
            "archive_timestamp": "2026-03-15T09:30:00+00:00",
        },
    }  # fmt: skip
    return {"channel": channel, "channel_id": str(thread)}


async def kept(stage: Stage) -> list[Correction]:
    """What is kept of the corrections of user 1, who presses."""
    return await stage.bot.consent.corrections(HERE, "1")


@pytest.mark.parametrize("thread", [None, GENERAL + 50], ids=["channel", "thread"])
async def test_from_the_button_to_the_row(stage: Stage, thread: int | None) -> None:
    """A menu of groups, one of the labels of a group, thanks; in a thread as well."""
    within = inside(thread) if thread else {}
    message = stage.discord.world.write(GENERAL, JOYFUL, author=2)
    asked = interaction(menu("Why this emotion?", message)) | within
    button = component((await exchange(stage, asked))[1])
    assert (button["type"], button["label"]) == (BUTTON, "Wrong label?")
    first, groups = await exchange(stage, press(button, within=within))
    assert first["type"] == UPDATED
    assert component(groups)["type"] == SELECT
    assert "text" in groups["embeds"][0]["description"]
    names = [option["value"] for option in component(groups)["options"]]
    assert names[:2] == ["joy", "sadness"]
    _, labels = await exchange(stage, press(component(groups), "sadness", within=within))
    values = [option["value"] for option in component(labels)["options"]]
    assert "grief" in values
    assert "joy" not in values
    _, thanks = await exchange(stage, press(component(labels), "grief", within=within))
    assert "grief" in thanks["embeds"][0]["description"]
    assert thanks["components"] == []
    [row] = await kept(stage)
    assert (row.given, row.meant, row.text) == ("joy", "grief", JOYFUL)
    assert (row.channel, row.thread) == (HERE, str(thread) if thread else None)


async def test_the_words_are_korean_for_who_reads_korean(stage: Stage) -> None:
    """Button, menu and groups."""
    message = stage.discord.world.write(GENERAL, JOYFUL, author=2)
    asked = interaction(menu("Analyze emotion", message), locale="ko")
    button = component((await exchange(stage, asked))[1])
    assert button["label"] == "감정이 틀렸나요?"
    _, groups = await exchange(stage, press(button, locale="ko"))
    assert "기쁨" in [option["value"] for option in component(groups)["options"]]


async def test_off_there_is_no_button(stage: Stage) -> None:
    """An answer has nothing to press where the workspace asks for no corrections."""
    await stage.bot.store.set_preference(
        Platform.DISCORD, str(GUILD), Level.WORKSPACE, "", "corrections", None
    )
    message = stage.discord.world.write(GENERAL, JOYFUL, author=2)
    _, answer = await exchange(stage, interaction(menu("Why this emotion?", message)))
    assert not answer.get("components")


async def test_a_press_after_a_restart_says_to_ask_again(stage: Stage) -> None:
    """The text is gone from memory with the program: nothing fails, nothing is kept."""
    item = {"type": BUTTON, "custom_id": f"wrong:{'0' * 32}"}
    _, answer = await exchange(stage, press(item))
    assert "once more" in answer["embeds"][0]["description"]
    assert await kept(stage) == []


async def test_a_foreign_component_is_left_alone(stage: Stage) -> None:
    """A button that is none of ours gets no answer from us, and the next one does."""
    session = next(iter(stage.discord.gateway.sessions.values()))
    foreign = press({"type": BUTTON, "custom_id": "somebody-elses"})
    await stage.discord.gateway._send(session, "INTERACTION_CREATE", foreign)
    _, answer = await exchange(stage, press({"type": BUTTON, "custom_id": f"wrong:{'0' * 32}"}))
    assert len(stage.discord.world.answers) == 2
    assert "once more" in answer["embeds"][0]["description"]


async def test_views_are_not_kept_in_memory(stage: Stage) -> None:
    """discord.py would hold every view without a timeout for as long as the program runs."""
    message = stage.discord.world.write(GENERAL, JOYFUL, author=2)
    await exchange(stage, interaction(menu("Why this emotion?", message)))
    assert not stage.client.persistent_views
    assert not stage.client._connection._view_store._views
