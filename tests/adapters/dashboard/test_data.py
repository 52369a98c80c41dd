"""What the dashboard tells over real HTTP, and what it never does."""

import json
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.errors import StorageError
from bot.events import Platform
from bot.storage import Level
from tests.adapters.dashboard.visiting import enter, told
from tests.core import NOW
from tests.dashboard_stage import Stage, talk


async def test_only_ones_own_workspace_is_there(
    stage: Stage, browser: aiohttp.ClientSession
) -> None:
    """Neither in the list nor by its id, even by one who guesses it."""
    await enter(browser, await stage.link())
    listed = await told(browser, "channels", lang="en")
    assert [it["id"] for it in listed["channels"]] == ["attic", "couple", "general"]
    for name in ("theirs", "nowhere"):
        async with browser.get(f"/dashboard/channels/{name}") as answer:
            assert answer.status == 404
            assert "no such channel" in (await answer.json())["text"]


async def test_channels_that_are_not_the_managers_to_read_stay_hidden(
    stage: Stage, browser: aiohttp.ClientSession
) -> None:
    """A workspace's manager is not in all of its private channels."""
    await enter(browser, await stage.link(hidden=("attic",)))
    listed = await told(browser, "channels")
    assert [it["id"] for it in listed["channels"]] == ["couple", "general"]
    async with browser.get("/dashboard/channels/attic") as answer:
        assert answer.status == 404


async def test_a_mood_of_too_few_is_kept_to_itself(
    stage: Stage, browser: aiohttp.ClientSession
) -> None:
    """No count, share, step or fact of it, in the list or alone; the words say why."""
    await enter(browser, await stage.link())
    listed = await told(browser, "channels", lang="en")
    [couple] = [it for it in listed["channels"] if it["id"] == "couple"]
    assert couple == {
        "id": "couple",
        "name": "#couple",
        "feel": "",
        "messages": 0,
        "counted": "too few people",
        "shares": [],
    }
    mood = await told(browser, "channels/couple", window="30d", lang="en")
    assert "Fewer than 3 people" in mood["sentences"][0]
    assert not any(mood[name] for name in ("groups", "steps", "facts", "ticks", "blank", "week"))


async def test_a_stricter_workspace_shows_less(
    stage: Stage, browser: aiohttp.ClientSession
) -> None:
    """min_people as the workspace set it, from the next look on."""
    await enter(browser, await stage.link())
    assert (await told(browser, "channels/general", window="30d"))["steps"]
    await stage.bot.store.set_preference(
        Platform.DISCORD, "guild-1", Level.WORKSPACE, "", "min_people", "20"
    )
    assert not (await told(browser, "channels/general", window="30d"))["steps"]
    listed = await told(browser, "channels")
    assert {it["messages"] for it in listed["channels"]} == {0}


@pytest.mark.parametrize(("window", "steps"), [("24h", 24), ("7d", 8), ("30d", 31)])
async def test_a_channels_mood_is_the_summarys(
    stage: Stage, browser: aiohttp.ClientSession, window: str, steps: int
) -> None:
    """The same sentences in both languages, every step, and only shares that add up."""
    await enter(browser, await stage.link())
    english = await told(browser, "channels/general", window=window, lang="en")
    korean = await told(browser, "channels/general", window=window, lang="ko")
    assert (english["title"], korean["title"]) == ("The mood of #general", "#general의 마음")
    assert len(english["steps"]) == steps
    for step in english["steps"]:
        if step["shares"]:
            assert sum(it["share"] for it in step["shares"]) == pytest.approx(1)
        else:
            assert step["valence"] is None
    assert [it["group"] for it in english["groups"]] == [it["group"] for it in korean["groups"]]
    assert english["week"]["cells"]
    assert all(cell["messages"] >= 3 for cell in english["week"]["cells"])


async def test_a_window_that_is_none_is_told(stage: Stage, browser: aiohttp.ClientSession) -> None:
    """In the asker's words."""
    await enter(browser, await stage.link())
    async with browser.get("/dashboard/channels/general?window=1000d&lang=en") as answer:
        assert answer.status == 404
        assert "1000d is not a window" in (await answer.json())["text"]


async def test_nothing_new_costs_nothing(stage: Stage, browser: aiohttp.ClientSession) -> None:
    """204 until something is counted, or the hour turns."""
    await enter(browser, await stage.link())
    version = (await told(browser, "channels"))["version"]
    async with browser.get("/dashboard/channels", params={"since": version}) as answer:
        assert answer.status == 204
    await talk(stage.bot, "new", messages=20, days=0.9)
    news = await told(browser, "channels", since=version)
    assert "new" in [it["id"] for it in news["channels"]]
    stage.clock.set(NOW + timedelta(minutes=31))
    assert (await told(browser, "channels", since=news["version"]))["channels"]


async def test_no_person_is_anywhere(stage: Stage, browser: aiohttp.ClientSession) -> None:
    """No author, pseudonym or message is in anything that is told."""
    await enter(browser, await stage.link())
    answers = [await told(browser, "channels")]
    answers += [await told(browser, "channels/general", window=it) for it in ("24h", "7d", "30d")]
    everything = json.dumps(answers)
    assert not any(word in everything for word in ("person-", "author", "boss", "general-1"))


async def test_a_broken_database_is_told_without_detail(
    stage: Stage,
    browser: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The page goes on asking; where the database lies stays in the log."""
    await enter(browser, await stage.link())

    async def broken(*_: object) -> None:
        raise StorageError(f"The database {tmp_path} is damaged")

    monkeypatch.setattr(stage.bot.store, "changes", broken)
    async with browser.get("/dashboard/channels?lang=en") as answer:
        assert answer.status == 503
        assert "keep trying" in (text := await answer.text())
        assert str(tmp_path) not in text
