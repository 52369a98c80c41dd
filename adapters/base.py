"""What every platform adapter is: it serves until it is stopped, and can be examined."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.errors import MaeumError, StorageError
from bot.events import Field, Platform, Reply, Tone
from bot.locale import text
from classifier.base import Language

logger = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0  # seconds before serving again
_SETTLED = 300.0  # seconds of service after which the next fault counts as a first one


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing `maeum doctor` looked at: what it found, and the mend where it is not well."""

    ok: bool
    what: str
    mend: str = ""


# Told during a backfill: how many channels have been read, and of how many.
Progress = Callable[[int, int], None]


class Adapter(Protocol):
    """A platform's translator, built by the composition root with the core it serves."""

    @property
    def platform(self) -> Platform:
        """Which platform it serves."""
        ...

    async def run(self) -> None:
        """Serve until cancelled, coming back after faults by itself.

        Raises MaeumError for what only the operator can mend: a wrong token, a missing intent.
        """
        ...

    async def examine(self) -> list[Finding]:
        """What is well and what is missing: token, intents, scopes, permissions, channels."""
        ...

    async def sync(self, guild: int | None = None) -> list[Finding]:
        """Bring the platform's commands up to date; what was done, or what is to do by hand.

        With `guild`, in that Discord guild alone; other platforms know no such difference.
        """
        ...

    async def backfill(self, days: int, progress: Progress | None = None) -> None:
        """Count the messages of the last `days` days; goes on where an earlier run stopped."""
        ...


def findings_reply(findings: list[Finding], language: Language) -> Reply:
    """The findings as an answer: what is wrong first."""
    well = all(finding.ok for finding in findings)
    return Reply(
        title=text("doctor.all_well" if well else "doctor.not_well", language),
        text="\n".join(f"✅ {finding.what}" for finding in findings if finding.ok),
        fields=tuple(
            Field(name=f"⚠️ {finding.what}", value=finding.mend)
            for finding in findings
            if not finding.ok
        ),
        tone=Tone.GOOD if well else Tone.WARNING,
    )


async def supervised(name: str, serve: Callable[[], Awaitable[None]]) -> None:
    """Call `serve` again whenever it ends or fails, with a growing pause.

    MaeumError is final, but for a database that is locked or full: it comes back.

    The pauses double with some jitter, so that many bots do not return to a platform in step.
    """
    loop = asyncio.get_running_loop()
    pause, told = _FIRST_PAUSE, ""
    while True:
        began = loop.time()
        try:
            await serve()
            logger.warning("%s ended its connection", name)
        except StorageError as error:
            logger.error("%s waits for the database: %s", name, error)
        except MaeumError:
            raise
        except OSError as error:  # no network, no such name, a connection refused or broken off
            if (reason := str(error)) != told:
                logger.warning("%s cannot be reached, and is tried again: %s", name, reason)
            told = reason
        except Exception:
            logger.exception("%s failed", name)
        if loop.time() - began > _SETTLED:
            pause, told = _FIRST_PAUSE, ""
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(2 * pause, _LONGEST_PAUSE)
