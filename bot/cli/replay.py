"""A chat log through the whole path, as if each message arrived now."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.replay import Delivery, Log
from bot.cli.feed import read_ahead
from bot.clock import ManualClock
from bot.events import ChannelRef, Kind, MessageEvent, Outcome, Rule
from bot.service import Bot

_AT_ONCE = 32  # deliveries in flight when nobody watches their order

Show = Callable[[MessageEvent, Outcome], None]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did: how often each rule decided, and the channels it went through."""

    rules: Counter[Rule] = field(default_factory=Counter)
    channels: dict[ChannelRef, str | None] = field(default_factory=dict)

    def note(self, event: MessageEvent, outcome: Outcome) -> None:
        """Count one delivery."""
        self.rules[outcome.rule] += 1
        if event.kind is not Kind.DELETED:
            self.channels[event.ref.channel] = event.channel_name


async def deliver(bot: Bot, event: MessageEvent) -> Outcome:
    """Do with one event what an adapter does: hand it in, act on the outcome, say it was done."""
    outcome = await bot.on_message(event)
    if outcome.reaction or outcome.retract:
        await bot.reacted(event.ref, outcome.reaction)
    return outcome


async def watch(bot: Bot, log: Log, clock: ManualClock, show: Show) -> Replayed:
    """Replay `log` one message after the other, and show each as it is decided."""
    replayed = Replayed()
    async for delivery in read_ahead(log):
        clock.set(delivery.at)
        outcome = await deliver(bot, delivery.event)
        replayed.note(delivery.event, outcome)
        show(delivery.event, outcome)
    return replayed


async def run_through(
    bot: Bot, log: Log, clock: ManualClock, advance: Callable[[int], None]
) -> Replayed:
    """Replay a long `log`, many messages at once: any order gives the same totals.

    `advance` is told how many bytes of `log.total` have been read.
    """
    replayed = Replayed()
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(delivery: Delivery) -> None:
        try:
            replayed.note(delivery.event, await deliver(bot, delivery.event))
        finally:
            room.release()

    running: set[asyncio.Task[None]] = set()
    try:
        async for delivery in read_ahead(log):
            await room.acquire()
            clock.set(delivery.at)
            task = asyncio.create_task(one(delivery))
            running.add(task)
            advance(log.tally.read)
            for ended in [task for task in running if task.done()]:
                running.discard(ended)
                ended.result()  # a failed write ends the replay: what was read so far is kept
        for task in running:
            await task
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    return replayed
