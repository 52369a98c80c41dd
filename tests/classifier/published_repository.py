"""The published repository as it lies on the Hub: its layout, at a small size."""

import json
from pathlib import Path
from typing import Any

PUBLISHED = "burningfalls/my-fine-tuned-bert"
RECORDED = Path(__file__).parent / "recorded"

# Made by the real transformers and TensorFlow, see tests/training/record.py.
FOLDER = RECORDED / "published"


def files(**changes: bytes | None) -> dict[str, bytes]:
    """Its files by name; a change replaces one (`_` stands for the dot), None leaves one out."""
    found: dict[str, bytes | None] = {it.name: it.read_bytes() for it in FOLDER.iterdir()}
    for name in list(found):
        found[name] = changes.get(name.replace(".", "_"), found[name])
    return {name: content for name, content in found.items() if content is not None}


def config(**changes: Any) -> bytes:
    """Its config.json with `changes`."""
    return json.dumps({**json.loads((FOLDER / "config.json").read_bytes()), **changes}).encode()


def recorded(name: str) -> tuple[list[str], list[list[float]]]:
    """Texts, and the logits that transformers' TensorFlow pipeline has for them."""
    found = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    return found["texts"], found["logits"]
