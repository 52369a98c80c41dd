"""A BERT small enough to train in a test, and corpora it can learn."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from classifier.base import Language
from classifier.labels import load_label_set
from training.config import Base, Corpus, Fit, Objective, Part, Recipe, Stopping

WORDS = (
    "기뻐",
    "신나",
    "좋아",
    "슬퍼",
    "눈물",
    "우울",
    "화나",
    "짜증",
    "싫어",
    "정말",
    "너무",
    "오늘",
)
SHAPE = {
    "model_type": "bert",
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "hidden_act": "gelu",
    "max_position_embeddings": 64,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
    "pad_token_id": 0,
}
FEELING = {"기뻐": "기쁨", "신나": "신이 난", "슬퍼": "슬픔", "화나": "분노", "짜증": "짜증내는"}


def write_base(folder: Path, *, layers: int = 2, extra: Mapping[str, Any] | None = None) -> Path:
    """A BERT checkpoint in PyTorch's layout, without pooler and head, as encoders come."""
    folder.mkdir(parents=True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": false}', encoding="utf-8")
    config = {**SHAPE, "vocab_size": len(vocabulary), "num_hidden_layers": layers, **(extra or {})}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    save_file(_tensors(len(vocabulary), layers), folder / "model.safetensors")
    return folder


def write_model(folder: Path, label_set: str, *, single: bool = False, seed: int = 0) -> Path:
    """A whole classifier over `label_set`, as a finished run saves one, with random weights."""
    keys = load_label_set(label_set).keys
    kind = f"{'single' if single else 'multi'}_label_classification"
    names = {str(place): key for place, key in enumerate(keys)}
    write_base(folder, extra={"id2label": names, "problem_type": kind})
    tensors, random = load_file(folder / "model.safetensors"), np.random.default_rng(seed)
    for name, outputs in (("pooler.dense", 16), ("classifier", len(keys))):
        tensors[f"{name}.weight"] = random.normal(0, 0.5, (outputs, 16)).astype(np.float32)
        tensors[f"{name}.bias"] = np.zeros(outputs, np.float32)
    save_file(tensors, folder / "model.safetensors")
    return folder


def _tensors(vocabulary: int, layers: int) -> dict[str, Any]:
    random, width, inner = np.random.default_rng(0), 16, 32
    tensors: dict[str, Any] = {}

    def dense(name: str, inputs: int, outputs: int) -> None:
        tensors[f"{name}.weight"] = random.normal(0, 0.3, (outputs, inputs)).astype(np.float32)
        tensors[f"{name}.bias"] = np.zeros(outputs, np.float32)

    def norm(name: str) -> None:
        tensors[f"{name}.weight"] = np.ones(width, np.float32)
        tensors[f"{name}.bias"] = np.zeros(width, np.float32)

    for name, rows in (("word", vocabulary), ("position", 64), ("token_type", 2)):
        table = random.normal(0, 0.3, (rows, width)).astype(np.float32)
        tensors[f"embeddings.{name}_embeddings.weight"] = table
    norm("embeddings.LayerNorm")
    for place in range(layers):
        layer = f"encoder.layer.{place}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            dense(f"{layer}.attention.{part}", width, width)
        norm(f"{layer}.attention.output.LayerNorm")
        dense(f"{layer}.intermediate.dense", width, inner)
        dense(f"{layer}.output.dense", inner, width)
        norm(f"{layer}.output.LayerNorm")
    return tensors


def dialogue_rows(count: int) -> list[tuple[str, list[str]]]:
    """Dialogues: an emotion and three sentences that tell of it, no two alike."""
    random = np.random.default_rng(1)
    rows = []
    for number in range(count):
        word, emotion = list(FEELING.items())[number % len(FEELING)]
        sentences = [
            " ".join([*random.choice(("정말", "너무", "오늘"), length), word, str(number)])
            for length in (1, 2, 3)
        ]
        rows.append((emotion, sentences))
    return rows


def write_table(path: Path, rows: Sequence[tuple[str, str]]) -> Path:
    """A tsv of texts and labels with a header."""
    lines = ["text\tlabel", *("\t".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def emotion_table(path: Path, count: int) -> Path:
    """A tsv of `count` texts with GoEmotions labels, some with two."""
    random = np.random.default_rng(2)
    kinds = (("기뻐", "joy"), ("신나", "excitement,joy"), ("슬퍼", "sadness"), ("화나", "anger"))
    rows = []
    for number in range(count):
        word, label = kinds[number % len(kinds)]
        extra = random.choice(("정말", "너무", "오늘"), 1 + number % 4)
        rows.append((" ".join([*extra, word, str(number)]), label))
    return write_table(path, rows)


def tiny_recipe(fit: Fit | None = None, **changes: Any) -> Recipe:
    """A recipe over `train.tsv` and `dev.tsv` that starts from `base`."""
    values: dict[str, Any] = {
        "label_set": "goemotions28",
        "objective": Objective.MULTI,
        "languages": (Language.KO,),
        "base": Base(path="base", name="tiny", licence="MIT", credit="us"),
        "corpora": (
            Corpus(name="train", path="train.tsv", licence="MIT", credit="us"),
            Corpus(name="dev", path="dev.tsv", part=Part.DEV, licence="MIT", credit="us"),
        ),
        "max_length": 32,
        "fit": fit or Fit(epochs=2, batch=8, rate=3e-3, checkpoint_every=4),
        "stopping": Stopping(),
    }
    return Recipe(**(values | changes))


def tiny_root(folder: Path, *, layers: int = 1) -> Path:
    """A folder with what `tiny_recipe` needs; a layer more is a longer start of every run."""
    write_base(folder / "base", layers=layers)
    emotion_table(folder / "train.tsv", 160)
    emotion_table(folder / "dev.tsv", 24)
    return folder
