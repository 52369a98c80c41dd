"""Files of a bundle: reading JSON, hashing, and putting a folder in place all at once."""

import errno
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from classifier.base import BundleError


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in `path`; BundleError when it is missing or something else."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BundleError(f"{path}: the file is missing.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"{path}: cannot be read ({error}).") from error
    except json.JSONDecodeError as error:
        raise BundleError(f"{path}: not JSON, line {error.lineno}: {error.msg}.") from error
    except (ValueError, RecursionError) as error:  # a number or a nesting beyond all measure
        raise BundleError(f"{path}: not JSON that can be read ({error}).") from error
    if not isinstance(raw, dict):
        raise BundleError(f"{path}: a JSON object is needed, found {type(raw).__name__}.")
    return raw


def sha256(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def no_room(error: BaseException) -> bool:
    """Whether `error` tells of a full disk, a spent quota or a file too large for the system."""
    return getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """A new folder to fill, which takes the place of `folder` when the block ends well.

    Whatever goes wrong, a full disk included, `folder` is the old one or the new one, whole.
    """
    draft = folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        yield draft
        draft.chmod(0o755)  # mkdtemp makes it private
        _swap(draft, folder)
    except OSError as error:
        raise BundleError(f"{folder}: cannot be written ({error.strerror or error}).") from error
    finally:
        if draft != folder:
            shutil.rmtree(draft, ignore_errors=True)


def _swap(draft: Path, folder: Path) -> None:
    """Rename `draft` to `folder`; an old folder is moved away first, and back on failure."""
    if not folder.exists():
        draft.rename(folder)
        return
    old = draft.with_name(f"{draft.name}-old")
    folder.rename(old)
    try:
        draft.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
