"""Publish a trained model on the Hub: the published layout and the bundle, under one tag."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from huggingface_hub import CommitInfo, CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError, HFValidationError

from classifier.base import MaeumError
from classifier.bundle import CARD, ModelBundle
from classifier.hub import UNREACHABLE

_log = logging.getLogger(__name__)
BUNDLE = "bundle"  # the folder of the bundle inside the repository


def push(
    model: Path,
    bundle: ModelBundle,
    repository: str,
    *,
    token: str | None,
    private: bool = False,
) -> str:
    """Upload the Hugging Face folder `model` and `bundle` in one commit; return its address.

    The commit is tagged with the bundle's revision. `HF_ENDPOINT`, which the library reads
    on its import, names another Hub.
    """
    if not model.is_dir():
        raise MaeumError(f"{model}: there is no such folder; name a finished run with --folder.")
    api = HfApi(token=token)
    files = {
        **dict(_files(model, "")),
        **dict(_files(bundle.folder, f"{BUNDLE}/")),
        CARD: bundle.folder / CARD,
    }
    try:
        api.create_repo(repository, exist_ok=True, private=private)
        commit = _commit(api, repository, files, f"Model and bundle {bundle.revision}")
        api.create_tag(repository, tag=bundle.revision, revision=commit.oid, exist_ok=True)
    except HFValidationError as error:
        raise MaeumError(f"{repository!r} is no name of a repository; give owner/name.") from error
    except HfHubHTTPError as error:
        raise MaeumError(
            f"{repository}: the Hub refused ({error.server_message or error});"
            " set HF_TOKEN to a token that may write there."
        ) from error
    except UNREACHABLE as error:
        raise MaeumError(f"{repository}: the Hub cannot be reached ({error}).") from error
    return str(commit.commit_url)


def _commit(api: HfApi, repository: str, files: dict[str, Path], message: str) -> CommitInfo:
    """Upload `files` by their path in the repository, as one commit.

    From 1.0 on the library uploads through Xet without asking whether the Hub has it, and one of
    an organisation's own need not. What comes as an open file goes the plain way instead.
    """
    try:
        return api.create_commit(
            repository,
            [CommitOperationAdd(name, path) for name, path in files.items()],
            commit_message=message,
        )
    except HfHubHTTPError:
        raise
    except OSError as error:  # from hf_xet, which knows no error of the library
        _log.info("%s; trying again the plain way", error)
    with ExitStack() as stack:
        opened = {name: stack.enter_context(path.open("rb")) for name, path in files.items()}
        return api.create_commit(
            repository,
            [CommitOperationAdd(name, file) for name, file in opened.items()],
            commit_message=message,
        )


def _files(folder: Path, under: str) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.iterdir()):
        if path.is_file():
            yield f"{under}{path.name}", path
