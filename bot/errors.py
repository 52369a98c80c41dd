"""Failures of the core, each told to a person in one sentence."""

from classifier.base import MaeumError

__all__ = ["BadCommand", "BadInput", "BadSetting", "MaeumError", "StorageError"]


class BadSetting(MaeumError):
    """A setting out of range; names the setting, the value found and the values allowed."""


class BadInput(MaeumError):
    """A file or text handed in that cannot be read; names the place and the mend."""


class BadCommand(MaeumError):
    """A `/emotion` command that does not parse; the message says what would."""


class StorageError(MaeumError):
    """The database is locked, full, read-only, foreign or newer than this program."""
