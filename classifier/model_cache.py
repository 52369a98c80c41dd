"""The folder of models made ready on this machine: bundles, each whole, by name and revision.

bundles/<owner>--<name>@<commit>/   made of a repository of the Hub at that commit
bundles/<folder>@<fingerprint>/     made of a folder with that content
checkpoints/...                     what TensorFlow serves, under the same names
names.json                          what each name meant when it was last made ready
drafts/                             work in hand; whatever a killed process left goes
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from classifier.base import BundleError
from classifier.files import no_room, read_json
from classifier.names import HubName

_NAMES = "names.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A model of the cache: its folder, and the names it goes by."""

    folder: Path
    names: tuple[str, ...]

    @property
    def size(self) -> int:
        """The bytes of its files."""
        return sum(path.stat().st_size for path in self.folder.iterdir())


class ModelCache:
    """The models under `root`. Several processes may share it; one at a time changes it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._bundles = self.root / "bundles"
        self._drafts = self.root / "drafts"

    def of_hub(self, name: HubName, commit: str) -> Path:
        """Where the bundle of a repository at `commit` lies, or will lie."""
        return self._bundles / f"{name.repository.replace('/', '--')}@{commit}"

    def of_folder(self, folder: Path, fingerprint: str) -> Path:
        """Where the bundle of a folder with this content lies, or will lie."""
        return self._bundles / f"{folder.resolve().name}@{fingerprint}"

    def checkpoint_of(self, name: HubName, commit: str) -> Path:
        """Where a repository's own files lie for TensorFlow."""
        return self.root / "checkpoints" / self.of_hub(name, commit).name

    def find(self, name: HubName) -> Path | None:
        """The bundle that `name` meant when it was last made ready; no network is asked."""
        known = self._names().get(str(name))
        if name.is_pinned:
            known = self.of_hub(name, name.ref).name
        place = self._bundles / known if known else None
        return place if place and place.is_dir() else None

    def entries(self) -> list[Entry]:
        """Every model of the cache, in alphabetical order."""
        names = self._names()
        folders = sorted(self._bundles.iterdir()) if self._bundles.is_dir() else []
        return [
            Entry(
                folder=folder,
                names=tuple(name for name, known in names.items() if known == folder.name)
                or (folder.name.replace("--", "/", 1),),
            )
            for folder in folders
            if folder.is_dir() and not folder.name.startswith(".")
        ]

    def entry(self, name: str) -> Entry:
        """The model that goes by `name`; BundleError lists the names there are."""
        entries = self.entries()
        for entry in entries:
            if name in entry.names or name == entry.folder.name.replace("--", "/", 1):
                return entry
        known = ", ".join(other for entry in entries for other in entry.names)
        raise BundleError(f"{name} is not in the cache; there is {known or 'nothing'}.")

    def remember(self, name: str, place: Path) -> None:
        """Let `name` mean the bundle at `place` from now on. Inside `changing`."""
        self._write_names({**self._names(), name: place.name})

    def remove(self, entry: Entry) -> None:
        """Delete a model, its names and its checkpoint for TensorFlow. Inside `changing`."""
        left = {name: known for name, known in self._names().items() if known != entry.folder.name}
        self._write_names(left)  # first: a name without a bundle is harmless, half a bundle is not
        for folder in (entry.folder, self.root / "checkpoints" / entry.folder.name):
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def changing(self) -> Iterator[Path]:
        """An empty folder to work in while nobody else changes the cache; it is gone afterwards."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with FileLock(self.root / ".lock"):
                shutil.rmtree(self._drafts, ignore_errors=True)
                self._drafts.mkdir()
                try:
                    yield self._drafts
                finally:
                    shutil.rmtree(self._drafts, ignore_errors=True)
        except OSError as error:
            mend = "free some space" if no_room(error) else "make it writable"
            raise BundleError(
                f"{self.root}: the model cache cannot be written ({error.strerror or error});"
                f" {mend}, or set MAEUM_CACHE to another place."
            ) from error

    def _names(self) -> dict[str, str]:
        path = self.root / _NAMES
        return read_json(path) if path.exists() else {}

    def _write_names(self, names: dict[str, str]) -> None:
        draft = self._drafts / _NAMES
        draft.write_text(json.dumps(names, ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(self.root / _NAMES)
