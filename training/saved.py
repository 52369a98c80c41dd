"""Save a trained model in the layout it was published in: a Hugging Face folder of TensorFlow."""

import shutil
from pathlib import Path
from typing import Any

from classifier.files import replaced
from training.legacy import transformers

_MARKS = {"<s>": "cls_token", "</s>": "sep_token", "<pad>": "pad_token", "<unk>": "unk_token"}


def save_model(model: Any, base: Path, max_length: int, out: Path) -> Path:
    """Write tf_model.h5, config.json and the tokenizer of `base` to `out`, whole or not at all."""
    with replaced(out) as draft:
        model.save_pretrained(draft, safe_serialization=False)
        _tokenizer(base, max_length).save_pretrained(draft)
        if (base / "tokenizer.json").is_file():  # as it is: the library would rewrite it
            shutil.copyfile(base / "tokenizer.json", draft / "tokenizer.json")
    return out


def _tokenizer(base: Path, max_length: int) -> Any:
    if (base / "vocab.txt").is_file():
        return transformers.BertTokenizerFast.from_pretrained(base, model_max_length=max_length)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(base / "tokenizer.json"),
        model_max_length=max_length,
        **{name: mark for mark, name in _MARKS.items()},
    )
