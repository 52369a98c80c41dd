"""What a model may be called: the embedded one, a folder, or a repository of the Hub."""

import re
from dataclasses import dataclass
from pathlib import Path

DEFAULT = "default"  # the embedded bundle
DEFAULT_REF = "main"

_NAME = re.compile(r"(?P<repository>[\w-][\w.-]*/[\w-][\w.-]*)(?:@(?P<ref>[\w][\w./-]*))?", re.A)
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HubName:
    """A repository of the Hub, and the branch, tag or commit asked for."""

    repository: str
    ref: str = DEFAULT_REF

    @classmethod
    def parse(cls, name: str) -> "HubName | None":
        """`owner/name` or `owner/name@revision`; None for anything else, a path above all."""
        found = _NAME.fullmatch(name)
        if found is None or ".." in name:
            return None
        return cls(repository=found["repository"], ref=found["ref"] or DEFAULT_REF)

    @property
    def is_pinned(self) -> bool:
        """Whether a commit is named, so that what it means can never change."""
        return _COMMIT.fullmatch(self.ref) is not None

    def __str__(self) -> str:
        return self.repository if self.ref == DEFAULT_REF else f"{self.repository}@{self.ref}"


def as_folder(name: str) -> Path | None:
    """The folder of this machine that `name` is, if there is one."""
    try:
        folder = Path(name).expanduser()
        return folder if name and folder.is_dir() else None
    except (RuntimeError, OSError):  # nobody's home, or longer than any path
        return None
