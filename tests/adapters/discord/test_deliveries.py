"""The way of an event through the core: in order, again when it could not be taken, to an end."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.discord.deliveries import Deliveries
from adapters.discord.notices import Notices
from bot.errors import StorageError
from bot.events import Kind, MessageEvent, Outcome, Rule
from bot.service import Bot
from tests.core import ANGRY, JOYFUL, message, opened_bot


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    """The real core."""
    async with opened_bot(tmp_path / "maeum.db") as bot:
        yield bot


class Shown:
    """Keeps what is to be shown, and how many carry something out at once."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.busy = 0
        self.most = 0
        self.hold: asyncio.Event | None = None

    async def __call__(self, event: MessageEvent, outcome: Outcome) -> None:
        """Show `outcome`."""
        self.busy += 1
        self.most = max(self.most, self.busy)
        if self.hold:
            await self.hold.wait()
        await asyncio.sleep(0)
        self.outcomes.append(outcome)
        self.busy -= 1


async def test_events_of_one_message_wait_for_each_other(bot: Bot) -> None:
    """Handed in at once, they are carried out one by one, in their order."""
    shown = Shown()
    deliveries = Deliveries(bot, shown, Notices())
    events = [
        message(JOYFUL),
        message(ANGRY, kind=Kind.EDITED, revised=5),
        message(kind=Kind.DELETED),
    ]
    await asyncio.gather(*(asyncio.create_task(deliveries.deliver(it)) for it in events))
    assert shown.most == 1
    assert [it.rule for it in shown.outcomes] == [Rule.REACTED, Rule.REACTED, Rule.DELETED]


async def test_different_messages_do_not_wait(bot: Bot) -> None:
    """One reaction in a rate limit's queue holds up no other message."""
    shown = Shown()
    shown.hold = asyncio.Event()
    deliveries = Deliveries(bot, shown, Notices())
    tasks = [
        asyncio.create_task(deliveries.deliver(message(JOYFUL, number=number)))
        for number in range(3)
    ]
    while shown.busy < 3:
        await asyncio.sleep(0.01)
    shown.hold.set()
    await asyncio.gather(*tasks)


async def test_what_waits_too_long_is_given_up_and_counted(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """After the last pause; the operator hears of it once."""

    async def locked(event: MessageEvent) -> Outcome:
        raise StorageError("The database is locked.")

    monkeypatch.setattr(bot, "on_message", locked)
    deliveries = Deliveries(bot, Shown(), Notices(), pauses=(0.01, 0.01))
    for number in range(2):
        assert await deliveries.deliver(message(number=number)) is None
    assert deliveries.given_up == 2
    assert sum("are lost" in it for it in caplog.messages) == 1


async def test_closing_lets_events_end_and_takes_no_more(bot: Bot) -> None:
    """What was accepted is counted; what comes later is refused."""
    deliveries = Deliveries(bot, Shown(), Notices())
    under_way = asyncio.create_task(deliveries.deliver(message(JOYFUL)))
    await asyncio.sleep(0)
    await deliveries.close(5)
    assert under_way.result() is Rule.REACTED
    assert await deliveries.deliver(message(number=2)) is None


async def test_closing_does_not_wait_for_ever(bot: Bot) -> None:
    """A reaction that hangs is cancelled when patience ends; its message has been counted."""
    shown = Shown()
    shown.hold = asyncio.Event()
    deliveries = Deliveries(bot, shown, Notices())
    event = message(JOYFUL)
    hanging = asyncio.create_task(deliveries.deliver(event))
    while not shown.busy:
        await asyncio.sleep(0.01)
    await deliveries.close(0.05)
    with pytest.raises(asyncio.CancelledError):
        await hanging
    assert await bot.store.find(event.ref) is not None


def test_a_fault_is_named_once_and_its_end_too(caplog: pytest.LogCaptureFixture) -> None:
    """Named again only after it was over."""
    notices = Notices()

    def told() -> list[str]:
        return [it for it in caplog.messages if "disk" in it]

    with caplog.at_level(logging.INFO):
        notices.over("disk", "the disk is back")
        notices.fault("disk", "the disk is full: %s", 1)
        notices.fault("disk", "the disk is full: %s", 2)
        assert told() == ["the disk is full: 1"]
        notices.over("disk", "the disk is back")
        notices.over("disk", "the disk is back")
        notices.fault("disk", "the disk is full: %s", 3)
    assert told() == ["the disk is full: 1", "the disk is back", "the disk is full: 3"]


def test_faults_do_not_pile_up() -> None:
    """Thousands of channels may each have one."""
    notices = Notices()
    standing: Any = notices._standing
    for number in range(5_000):
        notices.fault(number, "fault %s", number)
    assert len(standing) <= 1_000
