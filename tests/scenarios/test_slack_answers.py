"""Commands, shortcuts and the App Home: acknowledged at once, answered to the asker alone."""

import json
import re
from pathlib import Path
from typing import Any

import aiohttp

from adapters.slack.surface import ANALYZE, WHY
from adapters.slack.translate import message_event
from bot.events import Platform
from bot.storage import Choice, Level
from tests.core import JOYFUL, PLAIN
from tests.fakes.slack_payloads import command, home_opened, pressed, said, shortcut
from tests.scenarios.slack_world import CHANNEL, SOCKET, World, world


async def ask(here: World, text: str, **about: Any) -> dict[str, Any]:
    """The answer to `/emotion TEXT`."""
    before = len(here.slack.answers)
    payload = command(text, here.slack.response_url, **about)
    delivery = await here.slack.sockets.deliver(payload, "slash_commands")
    await delivery.acknowledged(within=3.0)
    await here.slack.until(lambda: len(here.slack.answers) > before)
    return here.slack.answers[-1]


async def talk(here: World, *, channel: str = "C1") -> None:
    """Enough people and messages for a mood to be shown."""
    for number in range(12):
        delivery = await here.say(f"{JOYFUL} {number}", user=f"U{number % 4}", channel=channel)
        await here.kept(delivery.envelope["payload"]["event"]["ts"], channel=channel)


async def test_a_command_is_answered_to_the_asker_alone(tmp_path: Path) -> None:
    """The answer is ephemeral, in the asker's language, with blocks and words for notifications."""
    async with world(tmp_path) as here:
        answer = await ask(here, f"analyze {JOYFUL}")
        assert answer["response_type"] == "ephemeral"
        assert answer["blocks"][0]["type"] == "header"
        assert "joy" in answer["blocks"][0]["text"]["text"]
        assert "joy" in answer["text"]
        here.slack.users["U9"] = {"id": "U9", "locale": "ko-KR"}
        korean = await ask(here, "help", user="U9")
        assert "마음" in korean["text"]


async def test_a_channels_mood_with_its_chart(tmp_path: Path) -> None:
    """The chart is a real PNG with words for those who cannot see it, in the asker's own chat."""
    async with world(tmp_path) as here:
        await talk(here)
        answer = await ask(here, "channel 24h chart")
        [upload] = here.slack.uploads.values()
        assert upload["content"].startswith(b"\x89PNG")
        assert "Chart" in upload["alt_txt"]
        assert upload["channel"] == "D1"
        assert answer["response_type"] == "ephemeral"
        assert "direct message" in json.dumps(answer["blocks"])


async def test_the_mood_of_another_channel_is_for_those_who_may_read_it(tmp_path: Path) -> None:
    """A public channel is shown to members, a private one to its own, to a guest neither."""
    async with world(tmp_path) as here:
        await talk(here)
        await talk(here, channel="G1")
        shown = await ask(here, "channel <#C1|general> 24h", channel="C2", user="U2")
        assert "general" in shown["text"]
        private = await ask(here, "channel <#G1|core> 24h", channel="C2", user="U1")
        assert "core" in private["blocks"][0]["text"]["text"]
        for user, words in (("U2", "channel <#G1|core>"), ("U3", "channel <#C1|general>")):
            refused = await ask(here, words, channel="C2", user=user)
            assert "There is no channel" in refused["text"]


async def test_only_managers_change_settings(tmp_path: Path) -> None:
    """An admin of the workspace is a manager; anybody else is told so."""
    async with world(tmp_path) as here:
        refused = await ask(here, "settings mode stats", user="U2")
        assert "Only managers" in refused["text"]
        await ask(here, "settings mode stats", user="U1")
        assert (await here.bot.preferences(CHANNEL)).mode == "stats"


async def test_managers_may_ask_what_is_missing(tmp_path: Path) -> None:
    """Each gap with its mend, in the asker's language; nobody else learns of it."""
    async with world(tmp_path) as here:
        here.slack.scopes.discard("reactions:write")
        answer = await ask(here, "doctor")
        assert answer["response_type"] == "ephemeral"
        assert "reactions:write is missing: no reaction can be added" in answer["text"]
        assert "manifest.json" in answer["text"]
        here.slack.users["U1"]["locale"] = "ko-KR"
        refused = await ask(here, "doctor", user="U2")
        assert "reactions:write" not in refused["text"]
        assert "managers" in refused["text"]


async def test_my_data_is_sent_as_a_file_to_me(tmp_path: Path) -> None:
    """The export is JSON, complete, and goes to the asker's own chat."""
    async with world(tmp_path) as here:
        await talk(here)
        await ask(here, "privacy export", user="U1")
        [upload] = here.slack.uploads.values()
        exported = json.loads(upload["content"])
        assert len(exported["messages"]) == 3
        assert upload["channel"] == "D1"


async def test_why_works_in_a_thread(tmp_path: Path) -> None:
    """The shortcut on a reply is answered within its thread, to the asker alone."""
    async with world(tmp_path) as here:
        delivery = await here.say(JOYFUL, thread="1773560000.000100")
        event = delivery.envelope["payload"]["event"]
        await here.kept(event["ts"])
        payload = shortcut(WHY, event, here.slack.response_url)
        asked = await here.slack.sockets.deliver(payload, "interactive")
        await asked.acknowledged(within=3.0)
        await here.slack.until(lambda: here.slack.ephemerals)
        [answer] = here.slack.ephemerals
        assert (answer["thread_ts"], answer["user"]) == ("1773560000.000100", "U2")
        assert "sure enough" in json.dumps(answer["blocks"])


async def test_analysing_a_message_outside_a_thread(tmp_path: Path) -> None:
    """The shortcut needs no membership: it is answered through its own address."""
    async with world(tmp_path) as here:
        payload = shortcut(ANALYZE, said(JOYFUL, here.clock.now()), here.slack.response_url)
        await here.slack.sockets.deliver(payload, "interactive")
        await here.slack.until(lambda: here.slack.answers)
        assert "joy" in here.slack.answers[0]["blocks"][0]["text"]["text"]


async def test_a_thread_that_cannot_be_answered_is_answered_elsewhere(tmp_path: Path) -> None:
    """Where the app is not in the channel, the answer comes through the request's address."""
    async with world(tmp_path) as here:
        here.slack.fail("chat.postEphemeral", error="user_not_in_channel")
        message = said(JOYFUL, here.clock.now(), thread="1773560000.000100")
        payload = shortcut(WHY, message, here.slack.response_url)
        await here.slack.sockets.deliver(payload, "interactive")
        await here.slack.until(lambda: here.slack.answers)


async def test_who_opted_out_is_not_analysed(tmp_path: Path) -> None:
    """Neither shortcut reads a message of somebody who opted out."""
    async with world(tmp_path) as here:
        await here.bot.consent.opt_out(CHANNEL, "U1")
        for number, which in enumerate((WHY, ANALYZE), start=1):
            payload = shortcut(which, said(JOYFUL, here.clock.now()), here.slack.response_url)
            await here.slack.sockets.deliver(payload, "interactive")
            await here.slack.until(lambda count=number: len(here.slack.answers) == count)
            assert "opted out" in here.slack.answers[-1]["text"]
            assert "joy" not in here.slack.answers[-1]["text"]


async def test_the_home_tab(tmp_path: Path) -> None:
    """Moods of the channels one may read, my data with its buttons, menus for managers only."""
    async with world(tmp_path) as here:
        await talk(here)
        await talk(here, channel="G1")
        views = {}
        for user in ("U1", "U2"):
            await here.slack.sockets.deliver(home_opened(user=user))
            await here.slack.until(lambda user=user: user in here.slack.views)
            views[user] = json.dumps(here.slack.views[user], ensure_ascii=False)
            assert len(here.slack.views[user]["blocks"]) <= 100
        assert "<#C1>" in views["U1"]
        assert "<#G1>" in views["U1"]
        assert "<#G1>" not in views["U2"]
        assert "static_select" in views["U1"]
        assert "static_select" not in views["U2"]
        for action in ("data_opt_out", "data_opt_in", "data_export", "data_delete"):
            assert action in views["U2"]


async def test_the_home_tabs_buttons(tmp_path: Path) -> None:
    """Opting out on the tab removes what was kept and holds; deleting and exporting work."""
    async with world(tmp_path) as here:
        await talk(here)
        before = await here.counted()
        await here.slack.sockets.deliver(pressed("data_export"), "interactive")
        await here.slack.until(lambda: "U1" in here.slack.views)
        assert len(here.slack.uploads) == 1
        here.slack.views.clear()
        await here.slack.sockets.deliver(pressed("data_delete"), "interactive")
        await here.slack.until(lambda: "U1" in here.slack.views)
        assert await here.counted() == before - 3
        here.slack.views.clear()
        await here.slack.sockets.deliver(pressed("data_opt_out"), "interactive")
        await here.slack.until(lambda: "U1" in here.slack.views)
        assert await here.bot.consent.choice(CHANNEL, "U1") is Choice.OUT
        assert "I will not read you" in json.dumps(here.slack.views["U1"])
        here.slack.views.clear()
        await here.slack.sockets.deliver(pressed("data_opt_in"), "interactive")
        await here.slack.until(lambda: "U1" in here.slack.views)
        assert await here.bot.consent.choice(CHANNEL, "U1") is Choice.IN


async def test_the_home_tab_leads_managers_to_the_dashboard(tmp_path: Path) -> None:
    """A button gives a manager a link that opens; others have none, nor has a bot without pages."""
    async with world(tmp_path, **SOCKET, MAEUM_HTTP="127.0.0.1:0") as here:
        for user, there in (("U1", True), ("U2", False)):
            await here.slack.sockets.deliver(home_opened(user=user))
            await here.slack.until(lambda user=user: user in here.slack.views)
            assert ("link to the dashboard" in json.dumps(here.slack.views[user])) is there
        here.slack.views.clear()
        for user in ("U1", "U2"):
            await here.slack.sockets.deliver(pressed("dashboard", user=user), "interactive")
            await here.slack.until(lambda user=user: user in here.slack.views)
        assert "for managers only" in json.dumps(here.slack.views["U2"])
        [link] = re.findall(r"<(http[^|>]+)\|", json.dumps(here.slack.views["U1"]))
        page, _, token = link.partition("#")
        async with aiohttp.ClientSession() as browser:
            async with browser.get(page) as answer:
                assert answer.status == 200
            session = f"{page.partition('?')[0]}/session"
            async with browser.post(session, json=token) as answer:
                assert answer.ok
    async with world(tmp_path) as here:
        await here.slack.sockets.deliver(home_opened())
        await here.slack.until(lambda: "U1" in here.slack.views)
        assert "link to the dashboard" not in json.dumps(here.slack.views["U1"])


async def test_the_home_tab_waits_for_no_long_row_of_channels(tmp_path: Path) -> None:
    """A guest of a workspace with hundreds of channels sees the tab before questions run out."""
    async with world(tmp_path) as here:
        prediction = here.bot.classifier.model.predict(JOYFUL)
        for number in range(100):
            key = f"C{number + 100}"
            here.slack.channels[key] = {"id": key, "name": key, "is_channel": True}
            event = message_event(here.message(JOYFUL, channel=key))
            assert event is not None
            await here.bot.store.record(here.bot.observation(event, prediction))
        await here.slack.sockets.deliver(home_opened(user="U3"))
        await here.slack.until(lambda: "U3" in here.slack.views)
        assert len(here.slack.made("conversations.members")) <= 40


async def test_the_home_tabs_settings(tmp_path: Path) -> None:
    """A manager's choice holds for the workspace; the same request by another changes nothing."""
    async with world(tmp_path) as here:
        chosen = pressed("setting_mode", user="U2", value="off")
        await here.slack.sockets.deliver(chosen, "interactive")
        await here.slack.until(lambda: "U2" in here.slack.views)
        assert (await here.bot.preferences(CHANNEL)).mode == "react"
        chosen = pressed("setting_mode", user="U1", value="stats")
        await here.slack.sockets.deliver(chosen, "interactive")
        await here.slack.until(lambda: "U1" in here.slack.views)
        assert (await here.bot.preferences(CHANNEL)).mode == "stats"


async def test_why_in_a_shared_channel_says_why_not(tmp_path: Path) -> None:
    """A shortcut's payload does not tell Slack Connect, so the channel itself is asked."""
    async with world(tmp_path) as here:
        here.slack.channels["C5"] = {
            "id": "C5",
            "name": "partners",
            "is_channel": True,
            "is_ext_shared": True,
        }
        message = said(PLAIN, here.clock.now(), channel="C5")
        payload = shortcut(WHY, message, here.slack.response_url, channel="C5")
        await here.slack.sockets.deliver(payload, "interactive")
        await here.slack.until(lambda: here.slack.answers)
        assert "shared with another organisation" in here.slack.answers[0]["text"]


async def test_the_language_of_a_workspace(tmp_path: Path) -> None:
    """Where Slack does not tell what a person reads, the workspace's language is spoken."""
    async with world(tmp_path) as here:
        await here.bot.store.set_preference(
            Platform.SLACK, "T1", Level.WORKSPACE, "", "locale", "ko"
        )
        here.slack.scopes.discard("users:read")
        await here.slack.sockets.deliver(home_opened(user="U2"))
        await here.slack.until(lambda: "U2" in here.slack.views)
        assert "채널의 기분" in json.dumps(here.slack.views["U2"], ensure_ascii=False)
