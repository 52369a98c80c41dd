"""Short ways to correct a label, for tests."""

from bot.clock import ManualClock
from bot.commands.dispatch import Commands
from bot.events import CommandRequest, MessageEvent, Offer, Reply
from bot.observations import Correction
from bot.service import Bot
from tests.core import CHANNEL, NOW, ask, message

CLOCK = ManualClock(NOW)


async def switch(bot: Bot, words: str) -> Reply:
    """What a manager gets who sets something."""
    return await ask(bot, f"settings {words}", is_manager=True)


async def offered(bot: Bot, event: MessageEvent | None = None, *, by: str = "june") -> Offer | None:
    """The offer under the answer to `why`."""
    return (await ask(bot, "why", author=by, target=event or message())).offer


def request(by: str) -> CommandRequest:
    """A press in the test's channel."""
    return CommandRequest(channel=CHANNEL, author=by)


async def correct(bot: Bot, *, by: str = "june", label: str = "sadness") -> Reply:
    """Ask why, press, choose."""
    offer = await offered(bot, by=by)
    assert offer is not None
    return await Commands(bot).correct(request(by), offer.ticket, label)


async def kept(bot: Bot, person: str = "june") -> list[Correction]:
    """What is kept of a person's corrections."""
    return await bot.consent.corrections(CHANNEL, person)
