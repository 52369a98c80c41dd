"""“Wrong label?” on Slack: the button, the menu in its place, thanks; in threads too."""

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.surface import ANALYZE, WHY
from bot.events import Platform
from bot.observations import Correction
from bot.storage import Level
from tests.core import JOYFUL
from tests.fakes.slack_payloads import (
    Payload,
    deleted,
    home_opened,
    pressed,
    pressed_under,
    said,
    shortcut,
)
from tests.scenarios.slack_world import CHANNEL, World, world

THREAD = "1773560000.000100"


async def switch(here: World, value: str | None) -> None:
    """What the workspace keeps of corrections."""
    await here.bot.store.set_preference(
        Platform.SLACK, "T1", Level.WORKSPACE, "", "corrections", value
    )


async def answered(here: World, payload: Payload) -> Any:
    """The answer to an interaction, through the address it brought along."""
    before = len(here.slack.answers)
    delivery = await here.slack.sockets.deliver(payload, "interactive")
    await delivery.acknowledged(within=3.0)
    await here.slack.until(lambda: len(here.slack.answers) > before)
    return here.slack.answers[-1]


async def kept(here: World) -> list[Correction]:
    """What is kept of U2's corrections."""
    return await here.bot.consent.corrections(CHANNEL, "U2")


@pytest.mark.parametrize("which", [WHY, ANALYZE])
async def test_from_the_button_to_the_row(tmp_path: Path, which: str) -> None:
    """Each step stands where the last one stood, seen by the one who presses."""
    async with world(tmp_path) as here:
        await switch(here, "label")
        asked = shortcut(which, said(JOYFUL, here.clock.now()), here.slack.response_url)
        answer = await answered(here, asked)
        assert "Wrong label?" in json.dumps(answer["blocks"])
        menu = await answered(here, pressed_under(answer, here.slack.response_url))
        assert menu["replace_original"] is True
        [block] = [it for it in menu["blocks"] if it["type"] == "actions"]
        groups = block["elements"][0]["option_groups"]
        assert [it["label"]["text"] for it in groups][:2] == ["Joy", "Sadness"]
        assert sum(len(it["options"]) for it in groups) == 27
        chosen = pressed_under(menu, here.slack.response_url, chosen="grief")
        thanks = await answered(here, chosen)
        assert "grief" in thanks["text"]
        assert thanks["replace_original"] is True
        [row] = await kept(here)
        assert (row.given, row.meant, row.text) == ("joy", "grief", None)


async def test_in_a_thread(tmp_path: Path) -> None:
    """The answer within a thread has the button as well, and is replaced where it stands."""
    async with world(tmp_path) as here:
        await switch(here, "text")
        message = said(JOYFUL, here.clock.now(), thread=THREAD)
        asked = shortcut(WHY, message, here.slack.response_url)
        await here.slack.sockets.deliver(asked, "interactive")
        await here.slack.until(lambda: here.slack.ephemerals)
        [answer] = here.slack.ephemerals
        assert answer["thread_ts"] == THREAD
        menu = await answered(here, pressed_under(answer, here.slack.response_url))
        chosen = pressed_under(menu, here.slack.response_url, chosen="grief")
        await answered(here, chosen)
        assert [row.text for row in await kept(here)] == [JOYFUL]


async def test_off_there_is_no_button(tmp_path: Path) -> None:
    """Nothing to press, and an old press is answered and not kept."""
    async with world(tmp_path) as here:
        await switch(here, "label")
        asked = shortcut(WHY, said(JOYFUL, here.clock.now()), here.slack.response_url)
        before = await answered(here, asked)
        await switch(here, None)
        after = await answered(here, asked)
        assert "actions" not in [block["type"] for block in after["blocks"]]
        refused = await answered(here, pressed_under(before, here.slack.response_url))
        assert "switched off" in refused["text"]
        assert await kept(here) == []


async def test_a_deleted_message_is_not_corrected(tmp_path: Path) -> None:
    """The menu is open, the message goes: the choice is void."""
    async with world(tmp_path) as here:
        await switch(here, "text")
        delivery = await here.say(JOYFUL)
        event = delivery.envelope["payload"]["event"]
        await here.kept(event["ts"])
        answer = await answered(here, shortcut(WHY, event, here.slack.response_url))
        menu = await answered(here, pressed_under(answer, here.slack.response_url))
        await here.slack.sockets.deliver(deleted(delivery.envelope["payload"], here.clock.now()))
        await here.gone(event["ts"])
        chosen = pressed_under(menu, here.slack.response_url, chosen="grief")
        assert "cannot be corrected" in (await answered(here, chosen))["text"]
        assert await kept(here) == []


async def test_managers_switch_it_on_the_home_tab(tmp_path: Path) -> None:
    """The tab has a menu for it, and tells Slack's rule when texts are chosen."""
    async with world(tmp_path) as here:
        await here.slack.sockets.deliver(home_opened())
        await here.slack.until(lambda: "U1" in here.slack.views)
        assert "setting_corrections" in json.dumps(here.slack.views["U1"])
        here.slack.views.clear()
        chosen = pressed("setting_corrections", value="text")
        await here.slack.sockets.deliver(chosen, "interactive")
        await here.slack.until(lambda: "U1" in here.slack.views)
        assert "API terms" in json.dumps(here.slack.views["U1"])
        assert (await here.bot.preferences(CHANNEL)).corrections == "text"
