"""Convert a BERT classifier as Hugging Face saves it into a bundle, without its framework."""

import json
import tempfile
from pathlib import Path

from tokenizers import BertWordPieceTokenizer, Tokenizer

from classifier.base import BundleError, LabelSet, Language
from classifier.bundle import (
    MODEL,
    TOKENIZER,
    Activation,
    Calibration,
    ModelBundle,
    Origin,
)
from classifier.files import read_json
from classifier.graph import Precision, bert_graph
from classifier.weights import BertConfig, read_weights


def convert(
    folder: Path,
    out: Path,
    *,
    label_set: LabelSet,
    languages: tuple[Language, ...],
    origin: Origin,
    max_length: int = 128,
    precision: Precision = Precision.INT8,
) -> ModelBundle:
    """Write the bundle of the BertForSequenceClassification in `folder` to `out`.

    Its scores are not calibrated: no label is shown until `calibrate` has been fitted to it.
    Outputs take the label set's names by place, whatever names `config.json` has for them.
    """
    config = BertConfig.read(folder)
    if config.outputs != len(label_set):
        raise BundleError(
            f"{folder / 'config.json'}: {config.outputs} outputs,"
            f" label set {label_set.name} has {len(label_set)} labels."
        )
    if max_length > config.positions:
        raise BundleError(
            f"{folder / 'config.json'}: {config.positions} positions,"
            f" too few for a max_length of {max_length}."
        )
    tokenizer = read_tokenizer(folder)
    words = Tokenizer.from_str(tokenizer).get_vocab_size()
    if words > config.vocabulary:
        raise BundleError(
            f"{folder}: the tokenizer has {words} tokens, the model embeds {config.vocabulary};"
            " take the tokenizer it was trained with."
        )
    model = bert_graph(
        read_weights(folder, config), config, max_length=max_length, precision=precision
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".convert-") as draft:
        model.write(Path(draft) / MODEL)
        (Path(draft) / TOKENIZER).write_text(tokenizer, encoding="utf-8")
        return ModelBundle(
            folder=Path(draft),
            label_set=label_set,
            activation=Activation.SIGMOID if config.multi_label else Activation.SOFTMAX,
            languages=languages,
            max_length=max_length,
            calibration=Calibration.none(len(label_set)),
            origin=origin,
        ).write(out)


def read_tokenizer(folder: Path) -> str:
    """The JSON of a model's tokenizer: its `tokenizer.json`, else made of its `vocab.txt`.

    A saved one is passed on as it is, save the blanks between its values, for the library rewrites
    it differently in every version.
    """
    path = folder / "tokenizer.json"
    if not path.is_file():
        path = folder / "vocab.txt"
    try:
        text = path.read_text(encoding="utf-8")
        if path.name == "vocab.txt":
            text = _word_piece(text, folder / "tokenizer_config.json")
        text = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
        Tokenizer.from_str(text)
    except FileNotFoundError:
        raise BundleError(f"{folder}: no tokenizer.json or vocab.txt, one is needed.") from None
    except BundleError:
        raise
    except Exception as error:  # the library raises nothing narrower
        raise BundleError(f"{path}: not a tokenizer ({error}).") from error
    return text


def _word_piece(vocabulary: str, config: Path) -> str:
    """BERT's own tokenizer, with the library's defaults where `config` is silent or missing."""
    raw = read_json(config) if config.is_file() else {}
    words = vocabulary.removesuffix("\n").split("\n")  # splitlines would split inside tokens
    tokenizer = BertWordPieceTokenizer(
        {word: index for index, word in enumerate(words)},
        lowercase=raw.get("do_lower_case", True),
        strip_accents=raw.get("strip_accents"),
        handle_chinese_chars=raw.get("tokenize_chinese_chars", True),
    )
    return str(tokenizer.to_str())
