"""The checkpoint a recipe starts from: a folder, or a repository of the Hub."""

from pathlib import Path

from classifier.base import MaeumError
from training.config import Base
from training.typed import RecipeError

_WANTED = ["*.json", "vocab.txt", "model.safetensors", "tf_model.h5"]


def checkpoint_folder(base: Base, root: Path) -> Path:
    """The folder of `base`: its path under `root`, or a copy got from the Hub once."""
    folder = root / base.path
    if folder.is_dir():
        return folder
    if base.path.count("/") != 1:
        raise RecipeError(f"{folder}: there is no such folder.")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(base.path, revision=base.revision, allow_patterns=_WANTED))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise MaeumError(
            f"{base.path} is no folder under {root} and cannot be got from the Hub"
            f" ({type(error).__name__})."
        ) from error
