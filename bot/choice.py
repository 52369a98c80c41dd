"""The model chosen by `maeum model use`: a line in a file beside the database.

A file rather than a signal: it survives a restart, needs no process id, and reaches a bot in a
container or on Windows. It goes before MAEUM_MODEL, for a bot whose .env names the old model must
come back with the new one.
"""

from pathlib import Path
from typing import TypeAlias

from bot.errors import BadSetting

Stamp: TypeAlias = tuple[int, int] | None


class ModelChoice:
    """The choice of the install that keeps its moods in `database`."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(f"{database.name}.model")

    def read(self) -> str | None:
        """The name chosen, None when MAEUM_MODEL decides."""
        try:
            return self.path.read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise BadSetting(
                f"{self.path} cannot be read ({error}); delete it, or choose again with"
                " maeum model use"
            ) from None

    def write(self, name: str) -> None:
        """Choose `name`, all at once: a bot that looks meanwhile sees the old or the new."""
        draft = self.path.with_name(f".{self.path.name}")
        try:
            draft.write_text(f"{name}\n", encoding="utf-8")
            draft.replace(self.path)
        except OSError as error:
            raise BadSetting(
                f"{self.path} cannot be written ({error.strerror}); make its folder writable"
            ) from None

    def stamp(self) -> Stamp:
        """Something that differs after every `write`."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino
