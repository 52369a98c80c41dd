"""What every answer is given: who asked, where, in which language, with what in force."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from bot.events import CommandRequest
from bot.locale import text
from bot.preferences import CorrectionMode, Preferences
from classifier.base import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command request with what its answer depends on."""

    request: CommandRequest
    preferences: Preferences
    language: Language

    @property
    def timezone(self) -> ZoneInfo:
        """The workspace's time zone."""
        return ZoneInfo(self.preferences.timezone)

    @property
    def texts(self) -> str:
        """What becomes of messages' texts here: nothing, unless corrections keep them."""
        kept = self.preferences.corrections is CorrectionMode.TEXT
        return self.say("texts_of_corrections" if kept else "texts_never")

    def say(self, key: str, /, **values: Any) -> str:
        """The text `commands.KEY` in the asker's language."""
        return text(f"commands.{key}", self.language, **values)


def language_of(request: CommandRequest, preferences: Preferences) -> Language:
    """What the person reads if the platform says it and we speak it, else what the channel does."""
    spoken = (request.locale or "").split("-")[0].lower()
    return Language(spoken) if spoken in set(Language) else preferences.locale
