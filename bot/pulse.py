"""What the process has seen since it started: counts and times, for `/healthz` and `/metrics`."""

from collections import Counter
from datetime import datetime

from bot.clock import Clock
from bot.events import Platform, Rule


class Pulse:
    """Counts message events by platform and rule. It knows no workspace and no person."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.decided: Counter[tuple[Platform, Rule]] = Counter()
        self.last_event: dict[Platform, datetime] = {}

    def hear(self, platform: Platform) -> None:
        """A message event came."""
        self.last_event[platform] = self._clock.now()

    def note(self, platform: Platform, rule: Rule) -> None:
        """Its fate was decided."""
        self.decided[platform, rule] += 1
