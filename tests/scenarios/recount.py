"""What the buckets must hold after a soak, and what they do hold."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from bot.service import Bot
from tests.core import embedded_model

Counts = Counter[tuple[str, datetime, str | None]]  # by channel, hour and label


class Survivor(NamedTuple):
    """A message that was not deleted, as its last edit left it."""

    channel: str
    sent_at: datetime
    text: str


def recounted(messages: Iterable[Survivor]) -> Counts:
    """What the buckets must hold: each surviving text classified by the model itself."""
    model = embedded_model()
    messages = list(messages)
    labels = {text: model.predict(text).label for text in {it.text for it in messages}}
    counts: Counts = Counter()
    for message in messages:
        hour = message.sent_at.replace(minute=0, second=0, microsecond=0)
        label = labels[message.text]
        counts[message.channel, hour, label.key if label else None] += 1
    return counts


async def counted(bot: Bot, start: datetime, end: datetime) -> Counts:
    """What the buckets do hold."""
    counts: Counts = Counter()
    for activity in await bot.store.channels():
        for bucket in await bot.store.buckets(activity.channel, start, end):
            counts[activity.channel.channel, bucket.hour, bucket.label] += bucket.count
    return counts
