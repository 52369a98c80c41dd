"""Fetch the files of a model from the Hugging Face Hub, and check them against what it says.

No token is handled here: `huggingface_hub` takes HF_TOKEN or a login, and honours HF_ENDPOINT and
HF_HUB_OFFLINE.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from classifier.base import BundleError
from classifier.files import no_room, sha256
from classifier.names import HubName

# The library raises the errors of its HTTP client too: requests before 1.0, then httpx. Its own
# error is built on that client's, whatever it is.
UNREACHABLE: tuple[type[BaseException], ...] = (OSError, *HfHubHTTPError.__bases__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file of a repository as the Hub describes it."""

    size: int
    digest: str  # SHA-256 of a large file's content, git's id of a small one's
    large: bool

    def agrees(self, path: Path) -> bool:
        """Whether the file at `path` is this one, to the byte."""
        if path.stat().st_size != self.size:
            return False
        if self.large:
            return sha256(path) == self.digest
        content = path.read_bytes()
        return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest() == self.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a repository holds at one commit."""

    name: HubName
    commit: str
    licence: str
    files: Mapping[str, RemoteFile]

    def size(self, names: Iterable[str]) -> int:
        """The bytes of `names` together."""
        return sum(self.files[name].size for name in names)


def list_files(name: HubName) -> Listing:
    """Ask the Hub what `name` holds now; BundleError says what stands in the way."""
    with _explained(name):
        info = HfApi().model_info(name.repository, revision=name.ref, files_metadata=True)
    files = {
        each.rfilename: RemoteFile(
            size=each.size or 0,
            digest=each.lfs.sha256 if each.lfs else each.blob_id or "",
            large=each.lfs is not None,
        )
        for each in info.siblings or ()
    }
    licence = info.card_data.get("license") if info.card_data else None
    return Listing(
        name=name, commit=info.sha or name.ref, licence=str(licence or "unknown"), files=files
    )


def fetch(listing: Listing, names: Iterable[str], folder: Path) -> None:
    """Download `names` to `folder`, with a progress bar, each checked to the byte.

    After an error the folder holds whatever came so far: it is the caller's to remove.
    """
    hub = HfApi()
    for name in names:
        with _explained(listing.name, folder):
            path = Path(
                hub.hf_hub_download(
                    listing.name.repository, name, revision=listing.commit, local_dir=folder
                )
            )
        if not listing.files[name].agrees(path):
            raise BundleError(
                f"{listing.name}: {name} is not what the Hub says it is (size or hash differ);"
                " the download was damaged and is thrown away, try again."
            )


@contextmanager
def _explained(name: HubName, folder: Path | None = None) -> Iterator[None]:
    """Turn the library's failures into one sentence with the mend."""
    try:
        yield
    except GatedRepoError as error:
        raise BundleError(
            f"{name}: the repository is gated; ask for access on its page, then set HF_TOKEN."
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise BundleError(
            f"{name}: there is no such repository on the Hub, or it is private;"
            " check the name, or set HF_TOKEN to a token that may read it."
        ) from error
    except RevisionNotFoundError as error:
        raise BundleError(
            f"{name}: the repository has no revision {name.ref!r};"
            " name a branch, a tag or a commit of it."
        ) from error
    except OfflineModeIsEnabled as error:
        raise BundleError(
            f"{name}: not in the cache, and HF_HUB_OFFLINE forbids to fetch it;"
            " unset it once for `maeum model pull`."
        ) from error
    except UNREACHABLE as error:
        if folder is not None and no_room(error):
            raise BundleError(
                f"{folder}: no room for the download of {name}, nothing of it is kept;"
                " free some space or set MAEUM_CACHE to another disk."
            ) from error
        raise BundleError(
            f"{name}: the Hub cannot be reached ({type(error).__name__});"
            " check the network and try again."
        ) from error
