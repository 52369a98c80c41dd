"""A command request becomes a reply: parse, choose the answer, tell what went wrong in words."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial

from bot.commands import (
    administer,
    channel,
    correct,
    dashboard,
    digest,
    explain,
    export,
    guide,
    personal,
)
from bot.commands.asked import Asked, language_of
from bot.commands.grammar import (
    Analyze,
    ChannelMood,
    Dashboard,
    Digest,
    Doctor,
    Export,
    Me,
    Privacy,
    Settings,
    Why,
    parse,
)
from bot.dashboard.door import Door
from bot.errors import BadCommand, BadSetting, StorageError
from bot.events import CommandRequest, Reply, Tone
from bot.service import Bot
from classifier.base import ClassifierError

logger = logging.getLogger(__name__)


class Commands:
    """Answers `/emotion` on every platform; `door` is there where a dashboard is served."""

    def __init__(self, bot: Bot, door: Door | None = None) -> None:
        self._bot = bot
        self._door = door

    @property
    def has_dashboard(self) -> bool:
        """Whether there is a dashboard to look at."""
        return self._door is not None

    async def answer(self, request: CommandRequest) -> Reply:
        """The reply to `request`; what a person did wrong, or what is down, is a reply too."""
        return await self._told(request, self._answer)

    async def choices(self, request: CommandRequest, ticket: str) -> Reply:
        """What the message of a correction's `ticket` may have been meant as."""
        return await self._told(request, partial(correct.choices, self._bot, ticket=ticket))

    async def correct(self, request: CommandRequest, ticket: str, label: str) -> Reply:
        """Keep that the message of a correction's `ticket` was meant as `label`."""
        return await self._told(
            request, partial(correct.correct, self._bot, ticket=ticket, label=label)
        )

    async def _told(
        self, request: CommandRequest, answer: Callable[[Asked], Awaitable[Reply]]
    ) -> Reply:
        preferences = await self._bot.preferences(request.channel, request.category)
        asked = Asked(
            request=request,
            preferences=preferences,
            language=language_of(request, preferences),
        )
        try:
            return await answer(asked)
        except (BadCommand, BadSetting) as error:
            return Reply(title=asked.say("not_understood"), text=str(error), tone=Tone.WARNING)
        except ClassifierError as error:
            logger.warning("a command was not answered: %s", error)
            return Reply(title=asked.say("busy"), text=asked.say("try_again"), tone=Tone.WARNING)
        except StorageError as error:
            logger.error("a command was not answered: %s", error)
            return Reply(
                title=asked.say("no_storage"), text=asked.say("try_again"), tone=Tone.WARNING
            )

    async def _answer(self, asked: Asked) -> Reply:
        match parse(asked.request.text):
            case Why():
                return await explain.why(self._bot, asked)
            case _ if asked.request.target:  # from a message's menu: its text is no command
                return await explain.analyze_message(self._bot, asked, asked.request.target)
            case Analyze() as command:
                return await explain.analyze(self._bot, asked, command)
            case ChannelMood() as command:
                return await channel.mood(self._bot, asked, command)
            case Me():
                return await personal.me(self._bot, asked)
            case Privacy() as command:
                return await personal.privacy(self._bot, asked, command)
            case Digest() as command:
                return await digest.digest(self._bot, asked, command)
            case Export() as command:
                return await export.export(self._bot, asked, command)
            case Dashboard():
                return dashboard.dashboard(self._door, asked)
            case Doctor():
                return guide.doctor(asked)
            case Settings() as command:
                return await administer.settings(self._bot, asked, command)
            case _:
                return guide.help_text(asked)
