"""Record what transformers makes and answers, for tests on machines without TensorFlow.

`python -m tests.training.record SHARED` with the training extra installed, from the project's
folder. SHARED holds base/start. It writes tests/classifier/recorded/:
- published/: a small BERT of 58 outputs with random weights, saved by the TF class and the
  tokenizer as the published model was;
- published.json, start.json: texts, and the logits of TensorFlow's pipeline for them, by the
  model above and by SHARED/base/start; the latter's texts are those of the sample chat.
"""

import json
import sys
import tempfile
from pathlib import Path

from classifier.base import Language
from classifier.bundle import Origin
from classifier.convert import convert
from classifier.graph import Precision
from classifier.labels import load_label_set
from classifier.probe import TEXTS
from training.backend import TensorFlowModel
from training.legacy import keras, transformers

OUT = Path(__file__).parents[1] / "classifier" / "recorded"
SAMPLE = Path(__file__).parents[2] / "bot" / "replay" / "sample.jsonl"
_MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def vocabulary() -> list[str]:
    """Pieces that make the probe's texts many different tokens."""
    words = sorted({word.strip("!,.?'").lower() for text in TEXTS for word in text.split()})
    letters = sorted({letter for word in words for letter in word})
    return [*_MARKS, *words, *letters, *(f"##{letter}" for letter in letters)]


def published(folder: Path) -> None:
    """Write the small model in the published repository's layout."""
    folder.mkdir(parents=True, exist_ok=True)
    words = folder / "vocab.txt"
    words.write_text("".join(f"{word}\n" for word in dict.fromkeys(vocabulary())), encoding="utf-8")
    tokenizer = transformers.BertTokenizerFast(vocab_file=str(words), do_lower_case=False)
    keras.utils.set_random_seed(58)
    config = transformers.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=48,
        max_position_embeddings=64,
        num_labels=58,
        initializer_range=0.3,
    )
    model = transformers.TFBertForSequenceClassification(config)
    model(model.dummy_inputs)
    model.save_pretrained(folder, safe_serialization=False)
    tokenizer.save_pretrained(folder)


def record(name: str, folder: Path, label_set: str, texts: list[str]) -> None:
    """Write the pipeline's raw outputs for each text."""
    with tempfile.TemporaryDirectory() as draft:
        bundle = convert(
            folder,
            Path(draft) / "bundle",
            label_set=load_label_set(label_set),
            languages=tuple(Language),
            origin=Origin(licence="MIT", parents=()),
            max_length=64,
            precision=Precision.FP32,
        )
        model = TensorFlowModel.open(bundle, folder)
    logits = [[round(float(value), 5) for value in model.logits(text)] for text in texts]
    content = json.dumps({"texts": texts, "logits": logits}, ensure_ascii=False)
    (OUT / f"{name}.json").write_text(content + "\n", encoding="utf-8")


def main() -> None:
    """Write all there is."""
    published(OUT / "published")
    record("published", OUT / "published", "aihub58", list(TEXTS))
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()
    texts = [row["text"] for row in map(json.loads, lines) if row.get("text", "").strip()]
    record("start", Path(sys.argv[1]) / "base" / "start", "goemotions28", texts)


if __name__ == "__main__":
    main()
