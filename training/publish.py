"""Publish a trained model on the Hub: the published layout and the bundle, under one tag."""

from pathlib import Path

from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError

from classifier.base import MaeumError
from classifier.bundle import CARD, ModelBundle

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
    api = HfApi(token=token)
    operations = [
        *_files(model, "", skip={CARD}),
        *_files(bundle.folder, f"{BUNDLE}/"),
        CommitOperationAdd(path_in_repo=CARD, path_or_fileobj=bundle.folder / CARD),
    ]
    try:
        api.create_repo(repository, exist_ok=True, private=private)
        commit = api.create_commit(
            repository, operations, commit_message=f"Model and bundle {bundle.revision}"
        )
        api.create_tag(repository, tag=bundle.revision, revision=commit.oid, exist_ok=True)
    except HfHubHTTPError as error:
        raise MaeumError(f"{repository}: the Hub refused ({error.server_message or error}).") from (
            error
        )
    except OSError as error:
        raise MaeumError(f"{repository}: the Hub cannot be reached ({error}).") from error
    return str(commit.commit_url)


def _files(
    folder: Path, under: str, skip: frozenset[str] | set[str] = frozenset()
) -> list[CommitOperationAdd]:
    return [
        CommitOperationAdd(path_in_repo=f"{under}{path.name}", path_or_fileobj=path)
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name not in skip
    ]
