"""Faults named once: a log tells when something began to fail and when it is well again."""

import logging

logger = logging.getLogger(__name__)


class Faults:
    """The faults that last. Each is logged when it begins and when it ends, not in between."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._lasting: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._lasting

    def name(self, key: str, sentence: str, *values: object) -> None:
        """Log the fault called `key`, unless it is known; the operator reads `sentence`."""
        if key not in self._lasting:
            self._lasting.add(key)
            logger.error(f"%s: {sentence}", self._platform, *values)

    def clear(self, key: str, sentence: str = "") -> None:
        """The fault is over; `sentence` says so where anybody waits to hear it."""
        if key in self._lasting:
            self._lasting.discard(key)
            if sentence:
                logger.info("%s: %s", self._platform, sentence)
