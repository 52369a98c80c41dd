"""The files of an export by name, whether it is a folder or a .zip; neither is ever unpacked."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

from adapters.replay.json_stream import CHUNK, BadStream, file_chunks
from adapters.replay.log import Tally
from bot.errors import BadInput

Reader = Callable[[str, Tally], Iterator[bytes]]


class Archive(Protocol):
    """A set of named files that can be read side by side."""

    def sizes(self) -> dict[str, int]:
        """The bytes of every file, by its name with forward slashes."""
        ...

    def reader(self) -> AbstractContextManager[Reader]:
        """What reads a file in chunks, by name, while the archive is open."""
        ...


class FolderArchive:
    """A folder, seen to one level below it. Symbolic links are passed over: they lead out."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def sizes(self) -> dict[str, int]:
        """The bytes of every file, by its name with forward slashes."""
        return {
            file.relative_to(self._root).as_posix(): file.stat().st_size
            for folder in (self._root, *filter(_is_own_folder, self._root.iterdir()))
            for file in folder.iterdir()
            if file.is_file() and not file.is_symlink()
        }

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """What reads a file in chunks, by name."""
        yield lambda name, tally: file_chunks(self._root / name, tally)


class ZipArchive:
    """A .zip file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def sizes(self) -> dict[str, int]:
        """The bytes of every file once unpacked, by its name with forward slashes."""
        with _opened(self._path) as archive:
            return {info.filename: info.file_size for info in archive.infolist()}

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """What reads a file in chunks, by name, while the archive is open."""
        with _opened(self._path) as archive:
            yield partial(_member_chunks, archive)


def _is_own_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except OSError:
        raise
    except Exception:  # damaged bytes lead the library into more than BadZipFile
        raise BadInput(f"{path} is a damaged .zip; download the export again") from None


def _member_chunks(archive: zipfile.ZipFile, name: str, tally: Tally) -> Iterator[bytes]:
    try:
        with archive.open(name) as file:
            while chunk := file.read(CHUNK):
                tally.read += len(chunk)
                yield chunk
    except Exception:  # damaged in any way, encrypted, of an unusual compression
        raise BadStream("cannot be unpacked; unzip the export and give its folder") from None
