"""Digests: posted when they are due, once, about what there was, and silent about nothing."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.digest import digesting, post_digests
from bot.events import ChannelRef, Platform, Reply
from bot.service import Bot
from bot.storage import Level
from tests.bot.wall import Wall
from tests.core import ANGRY, CHANNEL, DEFAULTS, JOYFUL, ask, message, opened_bot

MONDAY = datetime(2026, 3, 16, 9, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def clock() -> ManualClock:
    """It stands on a Monday at noon."""
    return ManualClock(MONDAY + timedelta(hours=3))


@pytest.fixture
async def bot(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Bot]:
    """The real core, at that moment."""
    async with opened_bot(tmp_path / "maeum.db", clock=clock) as bot:
        yield bot


async def talk(bot: Bot, at: datetime, *, people: int = 4, text: str = JOYFUL) -> None:
    """Sixteen messages of several people in the hour before `at`."""
    for number in range(16):
        event = message(
            text,
            number=int(at.timestamp()) + number,
            author=f"p{number % people}",
            sent_at=at - timedelta(minutes=50 - number),
        )
        await bot.on_message(replace(event, live=False))


async def test_it_is_off_until_somebody_wants_it(bot: Bot, clock: ManualClock) -> None:
    """A talkative channel without a schedule gets nothing for a week."""
    wall = Wall()
    for _ in range(7):
        await talk(bot, clock.now())
        clock.set(clock.now() + DAY)
        assert await post_digests(bot, wall.speakers) == 0
    assert wall.tried == 0


@pytest.mark.parametrize(
    ("words", "locale", "told"),
    [
        ("digest daily 18:00", "en", "A day in #general"),
        ("소식 매일 오후 6시", "ko", "#general의 하루"),
    ],
)
async def test_it_is_posted_at_its_time_in_the_channels_language(
    bot: Bot, clock: ManualClock, words: str, locale: str, told: str
) -> None:
    """Not before, not twice; with words, figures, a chart and its description, for everybody."""
    wall = Wall()
    await ask(bot, f"settings language {locale}", is_manager=True)
    await ask(bot, words, is_manager=True)
    await post_digests(bot, wall.speakers)
    due = MONDAY + timedelta(hours=9)
    await talk(bot, due)
    clock.set(due - MINUTE)
    assert await post_digests(bot, wall.speakers) == 0
    clock.set(due)
    assert await post_digests(bot, wall.speakers) == 1
    clock.set(due + timedelta(hours=5))
    assert await post_digests(bot, wall.speakers) == 0
    [(where, reply)] = wall.posted
    assert where == CHANNEL
    assert reply.title == told
    assert not reply.ephemeral
    assert any(field.share == 1 for field in reply.fields)
    assert reply.picture is not None
    assert reply.picture.png.startswith(b"\x89PNG")
    assert reply.picture.alt


async def test_it_goes_where_it_is_sent(bot: Bot, clock: ManualClock) -> None:
    """A channel behind the time is where the post goes, still about this channel."""
    wall = Wall()
    stored = "settings channel digest weekly mon 18:00 <#news>"
    await ask(bot, stored, is_manager=True)
    await post_digests(bot, wall.speakers)
    due = MONDAY + timedelta(hours=9)
    await talk(bot, due - 3 * DAY)
    await talk(bot, due)
    clock.set(due)
    await post_digests(bot, wall.speakers)
    [(where, reply)] = wall.posted
    assert where == ChannelRef(platform=Platform.DISCORD, workspace="guild-1", channel="news")
    assert reply.title == "A week in #general"
    assert any("32 messages" in field.value for field in reply.fields)


async def test_what_was_missed_comes_once(tmp_path: Path, clock: ManualClock) -> None:
    """After five days of standing still the latest is posted, late, about its own day."""
    path, wall = tmp_path / "maeum.db", Wall()
    async with opened_bot(path, clock=clock) as bot:
        await ask(bot, "digest daily 18:00", is_manager=True)
        await post_digests(bot, wall.speakers)
        for day in range(5):
            text = ANGRY if day == 4 else JOYFUL
            await talk(bot, MONDAY + day * DAY + timedelta(hours=9), text=text)
    clock.set(MONDAY + 5 * DAY)  # Saturday morning
    for _ in range(3):
        async with opened_bot(path, clock=clock) as bot:
            await post_digests(bot, wall.speakers)
    [(_, reply)] = wall.posted
    assert "anger" in reply.text
    assert "16 messages" in reply.fields[-1].value


async def test_several_processes_post_it_once(tmp_path: Path, clock: ManualClock) -> None:
    """Three cores on one database, all looking at once, for three days: one post a day."""
    path, wall = tmp_path / "maeum.db", Wall()
    async with (
        opened_bot(path, clock=clock) as one,
        opened_bot(path, clock=clock) as two,
        opened_bot(path, clock=clock) as three,
    ):
        await ask(one, "digest daily 18:00", is_manager=True)
        await post_digests(one, wall.speakers)
        for day in range(3):
            clock.set(MONDAY + day * DAY + timedelta(hours=9))
            await talk(one, clock.now())
            cores = (one, two, three, one, two)
            await asyncio.gather(*(post_digests(it, wall.speakers) for it in cores))
            assert len(wall.posted) == day + 1


async def test_a_process_that_cannot_reach_it_leaves_it_to_another(
    bot: Bot, clock: ManualClock
) -> None:
    """A shard elsewhere, or a connection that is down, does not claim what it cannot post."""
    await ask(bot, "digest daily 18:00", is_manager=True)
    wall = Wall()
    await post_digests(bot, wall.speakers)
    clock.set(MONDAY + timedelta(hours=9))
    await talk(bot, clock.now())
    assert await post_digests(bot, {}) == 0
    assert await post_digests(bot, Wall(deaf=True).speakers) == 0
    assert await post_digests(bot, wall.speakers) == 1


async def test_one_broken_channel_stops_no_other(bot: Bot, clock: ManualClock) -> None:
    """A channel whose id the platform cannot read is passed over; the others get theirs."""

    class Choosy(Wall):
        def reaches(self, channel: ChannelRef) -> bool:
            return int(channel.channel) > 0

    wall = Choosy()
    await bot.store.set_preference(
        Platform.DISCORD, "guild-1", Level.CHANNEL, "a", "digest", "daily 18:00 odd"
    )
    await ask(bot, "settings channel digest daily 18:00 <#7>", is_manager=True)
    await post_digests(bot, wall.speakers)
    clock.set(MONDAY + timedelta(hours=9))
    await talk(bot, clock.now())
    assert await post_digests(bot, wall.speakers) == 1


async def test_it_backs_off_after_three_failures(
    bot: Bot, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Tried at once, after a minute and after five more; then not before the next day."""
    await ask(bot, "digest daily 18:00", is_manager=True)
    wall = Wall(failing=3)
    await post_digests(bot, wall.speakers)
    due = MONDAY + timedelta(hours=9)
    await talk(bot, due)
    tried: list[int] = []
    with caplog.at_level(logging.WARNING):
        for minute in range(600):
            clock.set(due + minute * MINUTE)
            await post_digests(bot, wall.speakers)
            if wall.tried > len(tried):
                tried.append(minute)
    assert tried == [0, 1, 6]
    assert wall.posted == []
    assert "given up" in caplog.text
    await talk(bot, due + DAY)
    clock.set(due + DAY)
    assert await post_digests(bot, wall.speakers) == 1


async def test_a_failure_that_passes_is_made_good(bot: Bot, clock: ManualClock) -> None:
    """One failure costs a minute, and there is still one post."""
    await ask(bot, "digest daily 18:00", is_manager=True)
    wall = Wall(failing=1)
    await post_digests(bot, wall.speakers)
    due = MONDAY + timedelta(hours=9)
    await talk(bot, due)
    for minute in range(9):
        clock.set(due + minute * MINUTE)
        await post_digests(bot, wall.speakers)
    assert (wall.tried, len(wall.posted)) == (2, 1)
    assert len(set(wall.marks)) == 1  # so that a platform can tell that it is the same
    await talk(bot, due + DAY)
    clock.set(due + DAY)
    await post_digests(bot, wall.speakers)
    assert len(set(wall.marks)) == 2


class Stopping(Wall):
    """A wall whose process is stopped in the middle of a post, until it is `mended`."""

    def __init__(self) -> None:
        super().__init__()
        self.mended = False

    async def post(self, channel: ChannelRef, reply: Reply) -> None:
        """Keep the reply once mended."""
        if not self.mended:
            self.tried += 1
            raise asyncio.CancelledError
        await super().post(channel, reply)


@pytest.mark.parametrize("stops", [1, 2, 3])
async def test_a_process_that_ends_over_it_leaves_it_to_the_next(
    tmp_path: Path, clock: ManualClock, stops: int
) -> None:
    """It is posted late and once; what ended three processes is given up, until the next day."""
    path, wall, due = tmp_path / "maeum.db", Stopping(), MONDAY + timedelta(hours=9)
    async with opened_bot(path, clock=clock) as bot:
        await ask(bot, "digest daily 18:00", is_manager=True)
        await post_digests(bot, wall.speakers)
        await talk(bot, due)
        await talk(bot, due + DAY)
    for minute in range(0, 60, 2):
        clock.set(due + minute * MINUTE)
        wall.mended = wall.tried >= stops
        async with opened_bot(path, clock=clock) as bot:
            with suppress(asyncio.CancelledError):
                await post_digests(bot, wall.speakers)
    assert len(wall.posted) == (stops < 3)
    clock.set(due + DAY)
    async with opened_bot(path, clock=clock) as bot:
        assert await post_digests(bot, wall.speakers) == 1


@pytest.mark.parametrize("people", [0, 2])
async def test_quiet_times_stay_quiet(bot: Bot, clock: ManualClock, people: int) -> None:
    """Nobody spoke, or too few to be shown: nothing is posted, then or later."""
    await ask(bot, "digest daily 18:00", is_manager=True)
    wall = Wall()
    await post_digests(bot, wall.speakers)
    clock.set(MONDAY + timedelta(hours=9))
    if people:
        await talk(bot, clock.now(), people=people)
    for _ in range(3):
        await post_digests(bot, wall.speakers)
        clock.set(clock.now() + timedelta(hours=1))
    assert wall.tried == 0


async def test_switching_it_off_ends_it(bot: Bot, clock: ManualClock) -> None:
    """After `digest off` the next day brings nothing."""
    await ask(bot, "digest daily 18:00", is_manager=True)
    wall = Wall()
    await post_digests(bot, wall.speakers)
    await ask(bot, "소식 끄기", is_manager=True)
    clock.set(MONDAY + timedelta(hours=9))
    await talk(bot, clock.now())
    assert await post_digests(bot, wall.speakers) == 0


async def test_it_runs_by_itself(bot: Bot, clock: ManualClock) -> None:
    """While the bot serves nobody needs to ask for it; it ends with the bot."""
    await ask(bot, "digest daily 18:00", is_manager=True)
    wall = Wall()
    await talk(bot, MONDAY + timedelta(hours=9))
    assert DEFAULTS.timezone == "UTC"
    async with digesting(bot, wall.speakers, every=0.01):
        await asyncio.sleep(0.05)
        clock.set(MONDAY + timedelta(hours=9))
        async with asyncio.timeout(10):
            while not wall.posted:
                await asyncio.sleep(0.01)
    assert len(wall.posted) == 1
