"""Mood shifts: told when a channel leaves its own usual range, and only then."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.events import ChannelRef, MessageRef
from bot.observations import Observation
from bot.service import Bot
from bot.shift import Shift, note, shift_of, tell_shifts, watching_moods
from bot.tally import Tally
from classifier.base import Group, Label, Language
from classifier.labels import load_label_set
from tests.bot.wall import Wall
from tests.core import CHANNEL, PSEUDONYMS, ask, opened_bot

LABELS = load_label_set("goemotions28")
JOY, SADNESS, NEUTRAL, ANGER = (LABELS[key] for key in ("joy", "sadness", "neutral", "anger"))
MANAGERS = replace(CHANNEL, channel="managers")
NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def day(**counts: int) -> Tally:
    """A day with so many messages of each label."""
    return Tally(labels={LABELS[key]: count for key, count in counts.items()})


USUAL = [day(joy=20 + n % 5, neutral=60, sadness=10 + n % 3) for n in range(28)]


def test_a_usual_day_is_no_shift() -> None:
    """None of the days a channel usually has is far from the others."""
    for number, today in enumerate(USUAL):
        assert shift_of(today, [*USUAL[:number], *USUAL[number + 1 :]]) is None


@pytest.mark.parametrize(
    ("today", "brighter", "group"),
    [
        (day(joy=5, neutral=30, sadness=60), False, Group.SADNESS),
        (day(joy=5, neutral=30, anger=60), False, Group.ANGER),
        (day(joy=80, neutral=20), True, Group.JOY),
    ],
)
def test_a_day_out_of_range_is_one(today: Tally, brighter: bool, group: Group) -> None:
    """Both ways, with what grew and how much of it is usual."""
    shift = shift_of(today, USUAL)
    assert shift is not None
    assert (shift.brighter, shift.group) == (brighter, group)
    assert shift.share == today.shares[group]
    assert shift.usual_share < shift.share - 0.2


def test_one_terrible_day_does_not_widen_what_is_usual() -> None:
    """With a crisis among the usual days the next one is told as before."""
    crisis = day(sadness=100)
    assert shift_of(crisis, [*USUAL[:-2], crisis, crisis]) is not None


def test_a_moody_channel_may_be_moody() -> None:
    """Where days differ widely anyway, a day as far out as others is usual."""
    moody = [day(joy=90 - 3 * n, sadness=10 + 3 * n) for n in range(28)]
    assert shift_of(day(joy=5, sadness=95), moody) is None
    assert shift_of(day(joy=5, sadness=95), USUAL) is not None


def test_too_little_is_no_shift() -> None:
    """Few words today, or too few days to compare with, claim nothing."""
    assert shift_of(day(sadness=9), USUAL) is None
    assert shift_of(day(sadness=90), USUAL[:9]) is None
    assert shift_of(day(sadness=90), [day(joy=3)] * 28) is None


def test_chance_is_rarely_called_a_shift() -> None:
    """Of two thousand days drawn from the urn of their channel, one in five hundred is too many."""
    random.seed(5)

    def drawn(messages: int) -> Tally:
        labels: list[Label] = random.choices([JOY, NEUTRAL, SADNESS], [3, 5, 2], k=messages)
        return Tally(labels={label: labels.count(label) for label in set(labels)})

    told = sum(
        shift_of(drawn(messages), [drawn(messages) for _ in range(28)]) is not None
        for messages in (12, 40)
        for _ in range(1000)
    )
    assert told < 4


@pytest.mark.parametrize(
    ("language", "title", "words"),
    [
        (Language.EN, "#general feels heavier than usual", "more sadness: 60% instead of about 8%"),
        (
            Language.KO,
            "#general의 분위기가 평소보다 무거워요",
            "슬픔이 평소 8%쯤이던 것이 60%였어요",
        ),
    ],
)
def test_the_note_speaks_of_the_channel(language: Language, title: str, words: str) -> None:
    """Calm words for everybody in the managers' channel, in either language."""
    shift = Shift(brighter=False, group=Group.SADNESS, share=0.6, usual_share=0.08)
    reply = note(shift, "general", language)
    assert reply.title == title
    assert words in reply.text
    assert not reply.ephemeral
    brighter = note(replace(shift, brighter=True, group=None), "general", language)
    assert brighter.title != title
    assert words not in brighter.text


@pytest.fixture
def clock() -> ManualClock:
    """It stands after four usual weeks."""
    return ManualClock(NOW)


@pytest.fixture
async def bot(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Bot]:
    """A core whose channel had four even weeks, with a managers' channel for notes."""
    async with opened_bot(tmp_path / "maeum.db", clock=clock) as bot:
        for ago in range(2, 30):
            await _talk(bot, NOW - ago * DAY + HOUR, [JOY] * 5 + [NEUTRAL] * 12 + [SADNESS] * 3)
        await ask(bot, "settings shift_channel <#managers>", is_manager=True)
        yield bot


async def _talk(
    bot: Bot, at: datetime, labels: list[Label], *, people: int = 4, where: ChannelRef = CHANNEL
) -> None:
    """Messages of several people, a second apart, already classified."""
    await bot.store.record_many(
        Observation(
            ref=MessageRef(channel=where, message=f"{at.timestamp():.0f}-{number}"),
            author=PSEUDONYMS.author(where, f"person-{number % people}"),
            sent_at=at + timedelta(seconds=number),
            revised_at=at + timedelta(seconds=number),
            label_set=LABELS.name,
            label=label.key,
            score=0.9,
            revision="r1",
        )
        for number, label in enumerate(labels)
    )


async def test_a_shift_is_told_to_the_managers_once_a_day(bot: Bot, clock: ManualClock) -> None:
    """Through two heavy days, looked at every hour, there are two notes, a day apart."""
    wall = Wall()
    at: list[int] = []
    await _talk(bot, NOW - 2 * HOUR, [SADNESS] * 40)
    await _talk(bot, NOW + 20 * HOUR, [SADNESS] * 40)
    for hour in range(40):
        clock.set(NOW + hour * HOUR)
        if await tell_shifts(bot, wall.speakers):
            at.append(hour)
    assert at == [0, 24]
    for where, reply in wall.posted:
        assert where == MANAGERS
        told = f"{reply.title} {reply.text} {reply.footer}"
        assert "general" in told
        assert not any(f"person-{number}" in told for number in range(4))


async def test_an_even_day_is_not_told(bot: Bot) -> None:
    """A day like the others brings no note."""
    wall = Wall()
    await _talk(bot, NOW - 2 * HOUR, [JOY] * 10 + [NEUTRAL] * 25 + [SADNESS] * 6)
    assert await tell_shifts(bot, wall.speakers) == 0


async def test_too_few_people_are_not_told_of(bot: Bot) -> None:
    """Two people's bad day is theirs."""
    wall = Wall()
    await _talk(bot, NOW - 2 * HOUR, [SADNESS] * 40, people=2)
    assert await tell_shifts(bot, wall.speakers) == 0


async def test_it_is_off_until_managers_name_a_channel(bot: Bot) -> None:
    """Without a channel for notes nothing is told; one channel can be left out."""
    wall = Wall()
    await _talk(bot, NOW - 2 * HOUR, [SADNESS] * 40)
    await ask(bot, "settings channel shift_channel off", is_manager=True)
    assert await tell_shifts(bot, wall.speakers) == 0
    await ask(bot, "settings shift_channel reset", is_manager=True)
    await ask(bot, "설정 채널 변화알림 초기화", is_manager=True)
    assert await tell_shifts(bot, wall.speakers) == 0


async def test_it_runs_by_itself(bot: Bot) -> None:
    """While the bot serves nobody needs to ask for it."""
    wall = Wall()
    await _talk(bot, NOW - 2 * HOUR, [SADNESS] * 40)
    async with watching_moods(bot, wall.speakers, every=0.01), asyncio.timeout(10):
        while not wall.posted:
            await asyncio.sleep(0.01)
    assert len(wall.posted) == 1
