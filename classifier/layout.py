"""The files of a checkpoint as Hugging Face lays them out, and a fingerprint of their content."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from classifier.base import BundleError
from classifier.files import sha256

CONFIG = "config.json"
TOKENIZERS = ("tokenizer.json", "vocab.txt")  # the first one found counts
SMALL = (CONFIG, *TOKENIZERS, "tokenizer_config.json")
WEIGHTS = ("model.safetensors", "tf_model.h5")  # the first one found counts
PICKLE = "pytorch_model.bin"  # never opened: it can run code


def fingerprint(folder: Path) -> str:
    """A hash of the files of `folder` that decide what its model answers."""
    content = hashlib.sha256()
    try:
        for path in _deciding(folder):
            content.update(f"{path.name} {sha256(path)}\n".encode())
    except OSError as error:
        raise BundleError(f"{folder}: cannot be read ({error.strerror}).") from error
    return content.hexdigest()[:12]


def _deciding(folder: Path) -> Iterator[Path]:
    weights = [name for name in WEIGHTS if (folder / name).is_file()]
    for name in (*SMALL, *weights[:1]):
        if (folder / name).is_file():
            yield folder / name
