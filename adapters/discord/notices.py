"""Says each fault once, and once that it is over: a fault repeats with every message."""

import logging

logger = logging.getLogger(__name__)

_MOST = 1_000  # faults standing at a time; the next one makes room by starting anew


class Notices:
    """Remembers which faults have been named."""

    def __init__(self) -> None:
        self._standing: set[object] = set()

    def fault(self, key: object, message: str, *details: object) -> None:
        """Name a fault, unless `key` stands already."""
        if key in self._standing:
            return
        if len(self._standing) >= _MOST:
            self._standing.clear()
        self._standing.add(key)
        logger.warning(message, *details)

    def over(self, key: object, message: str, *details: object) -> None:
        """Say that a fault is over, if it had been named."""
        if key in self._standing:
            self._standing.discard(key)
            logger.info(message, *details)
