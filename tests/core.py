"""The real core over a database of the test's own, and short ways to talk to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from bot.clock import ManualClock
from bot.commands.dispatch import Commands
from bot.events import ChannelRef, CommandRequest, Kind, MessageEvent, MessageRef, Platform, Reply
from bot.identity import Pseudonyms
from bot.policy import ReactionPolicy
from bot.preferences import Preferences
from bot.service import Bot
from bot.storage import MoodStore
from classifier.base import Language, Model
from classifier.bundle import ModelBundle, default_bundle
from classifier.onnx import OnnxModel
from classifier.service import ClassifierService

NOW = datetime(2026, 3, 15, 9, 30, tzinfo=UTC)
CHANNEL = ChannelRef(platform=Platform.DISCORD, workspace="guild-1", channel="general")
DEFAULTS = Preferences(locale=Language.EN, timezone="UTC", cooldown=0)
PSEUDONYMS = Pseudonyms(b"a key for tests, of 32 bytes long")

JOYFUL = "I am so happy today, this is the best day ever!"
ANGRY = "This makes me so angry, I hate it."
PLAIN = "The meeting is at three."


@cache
def embedded_model() -> OnnxModel:
    """The embedded bundle, opened once for all tests: it holds no state."""
    return OnnxModel.open(ModelBundle.read(default_bundle()))


@asynccontextmanager
async def opened_bot(
    path: Path,
    *,
    clock: ManualClock | None = None,
    model: Model | None = None,
    defaults: Preferences = DEFAULTS,
) -> AsyncIterator[Bot]:
    """The core with everything real; only the clock stands where the test sets it."""
    clock = clock or ManualClock(NOW)
    async with (
        MoodStore.open(path, PSEUDONYMS, clock=clock) as store,
        ClassifierService(model or embedded_model(), workers=1) as classifier,
    ):
        yield Bot(
            store=store,
            classifier=classifier,
            policy=ReactionPolicy(clock),
            pseudonyms=PSEUDONYMS,
            clock=clock,
            defaults=defaults,
        )


def message(
    text: str = JOYFUL,
    *,
    number: int = 1,
    author: str = "mina",
    kind: Kind = Kind.NEW,
    revised: float = 0,
    channel: ChannelRef = CHANNEL,
    sent_at: datetime = NOW,
) -> MessageEvent:
    """A message event; `revised` is how many seconds after sending it was edited."""
    return MessageEvent(
        kind=kind,
        ref=MessageRef(channel=channel, message=str(number)),
        sent_at=sent_at,
        revised_at=sent_at + timedelta(seconds=revised),
        author="" if kind is Kind.DELETED else author,
        text="" if kind is Kind.DELETED else text,
        channel_name=None if kind is Kind.DELETED else channel.channel,
    )


async def ask(
    bot: Bot,
    text: str,
    *,
    author: str = "mina",
    is_manager: bool = False,
    target: MessageEvent | None = None,
    locale: str | None = None,
) -> Reply:
    """The answer to `/emotion TEXT` in the test's channel."""
    request = CommandRequest(
        channel=CHANNEL,
        author=author,
        text=text,
        is_manager=is_manager,
        target=target,
        locale=locale,
        channel_name=CHANNEL.channel,
    )
    return await Commands(bot).answer(request)


async def fill(bot: Bot, *, people: int = 4, each: int = 5, text: str = JOYFUL) -> None:
    """Messages of several people, enough for a mood to be shown."""
    for number in range(people * each):
        event = message(text, number=1000 + number, author=f"person-{number % people}")
        await bot.on_message(replace(event, live=False))
