"""Serve a checkpoint through TensorFlow, the way the published model was meant to be served.

It is the reference that converted bundles are compared with. It needs the training extra, and
the bot mounts it only when asked for with `--backend tensorflow`.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load_file

from classifier.base import Abstention, BundleError, LabelSet, Prediction
from classifier.bundle import ModelBundle
from classifier.decide import Chooser, abstain, predict
from classifier.language import speaks
from classifier.text import has_words, is_too_short, normalise
from training.legacy import transformers


class TensorFlowModel:
    """Classifies one text a run through transformers' TextClassificationPipeline.

    Everything but the logits is the bundle's, which the same checkpoint was converted to: label
    set, calibration, languages, longest text.
    """

    def __init__(self, bundle: ModelBundle, pipeline: Any) -> None:
        self._bundle = bundle
        self._pipeline = pipeline
        self._chooser = Chooser(bundle.label_set)

    @classmethod
    def open(cls, bundle: ModelBundle, folder: Path) -> "TensorFlowModel":
        """Open the checkpoint in `folder`, which `bundle` was made of."""
        model = _model(folder)
        # Numbers, whatever the names: these may repeat, and the pipeline answers with nothing else.
        model.config.id2label = {place: str(place) for place in range(model.config.num_labels)}
        if model.config.num_labels != len(bundle.label_set):
            raise BundleError(
                f"{folder}: {model.config.num_labels} outputs, label set"
                f" {bundle.label_set.name} has {len(bundle.label_set)} labels."
            )
        pipeline = transformers.TextClassificationPipeline(
            model=model, tokenizer=_tokenizer(folder), framework="tf"
        )
        return cls(bundle, pipeline)

    @property
    def revision(self) -> str:
        """The bundle's revision, told from the bundle itself: the scores differ a little."""
        return f"{self._bundle.revision}+tensorflow"

    @property
    def label_set(self) -> LabelSet:
        """The label set of the model's outputs."""
        return self._bundle.label_set

    def predict(self, text: str) -> Prediction:
        """Classify one raw text."""
        seen = normalise(text)
        if not has_words(seen):
            found = abstain(seen, self._bundle, Abstention.NO_WORDS)
        elif is_too_short(seen):
            found = abstain(seen, self._bundle, Abstention.TOO_SHORT)
        elif not speaks(seen, self._bundle.languages, unknown_share=self._unknown_share(seen)):
            found = abstain(seen, self._bundle, Abstention.LANGUAGE)
        else:
            found = predict(self._run(seen), seen, self._bundle, self._chooser)
        return replace(found, revision=self.revision)

    def logits(self, text: str) -> NDArray[np.float32]:
        """The raw outputs (labels,) for a raw text, whatever it is."""
        return self._run(normalise(text))

    def _run(self, text: str) -> NDArray[np.float32]:
        answers = self._pipeline(
            text,
            top_k=None,  # every label, in the order of the scores
            function_to_apply="none",
            truncation=True,
            max_length=self._bundle.max_length,
        )
        logits = np.empty(len(self._bundle.label_set), np.float32)
        for answer in answers:
            logits[int(answer["label"])] = answer["score"]
        return logits

    def _unknown_share(self, text: str) -> float:
        tokenizer = self._pipeline.tokenizer
        tokens = tokenizer(
            text, add_special_tokens=False, truncation=True, max_length=self._bundle.max_length
        )["input_ids"]
        return float(tokens.count(tokenizer.unk_token_id) / max(len(tokens), 1))


def _model(folder: Path) -> Any:
    """The model with its weights; transformers 4.57 cannot read what PyTorch wrote by itself."""
    kind = transformers.TFBertForSequenceClassification
    path = folder / "model.safetensors"
    if not path.is_file() or _written_by(path) == "tf":
        return kind.from_pretrained(folder)
    model = kind(transformers.BertConfig.from_pretrained(folder))
    model(model.dummy_inputs)  # builds the variables
    transformers.modeling_tf_pytorch_utils.load_pytorch_state_dict_in_tf2_model(
        model, load_file(path), allow_missing_keys=True, skip_logger_warnings=True
    )
    return model


def _written_by(path: Path) -> str:
    with safe_open(path, framework="numpy") as file:
        return str((file.metadata() or {}).get("format", "pt"))


def _tokenizer(folder: Path) -> Any:
    if (folder / "vocab.txt").is_file():
        return transformers.BertTokenizerFast.from_pretrained(folder)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), unk_token="<unk>", pad_token="<pad>"
    )
