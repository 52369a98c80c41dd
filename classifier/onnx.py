"""The model that serves: a bundle opened with ONNX Runtime."""

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray
from tokenizers import Tokenizer

from classifier.base import Abstention, BundleError, ClassifierError, LabelSet, Prediction
from classifier.bundle import MODEL, TOKENIZER, ModelBundle
from classifier.decide import Chooser, abstain, predict
from classifier.language import speaks
from classifier.text import has_words, is_too_short, normalise

INPUT = "input_ids"

_UNKNOWN = ("<unk>", "[UNK]")  # as SentencePiece and WordPiece tokenizers spell it
_ERRORS_ONLY = 3


class OnnxModel:
    """Classifies one text a run.

    Never a batch: int8 takes one activation scale for the whole input, so a message's scores
    would depend on the messages beside it, by up to 0.3 of a logit (onnxruntime issue 10111).
    The session and the tokenizer may be used from several threads at once.
    """

    def __init__(
        self, bundle: ModelBundle, session: onnxruntime.InferenceSession, tokenizer: Tokenizer
    ) -> None:
        self._bundle = bundle
        self._session = session
        self._tokenizer = tokenizer
        self._unknown = next(filter(None, map(tokenizer.token_to_id, _UNKNOWN)), -1)
        self._chooser = Chooser(bundle.label_set)

    @classmethod
    def open(cls, bundle: ModelBundle, threads: int = 1) -> "OnnxModel":
        """Open `bundle`; each prediction runs on `threads` threads.

        Raises BundleError when a file is no model or tokenizer, or the outputs are not the labels.
        """
        return cls(bundle, _session(bundle, threads), _tokenizer(bundle))

    @property
    def revision(self) -> str:
        """The bundle revision every prediction carries."""
        return self._bundle.revision

    @property
    def label_set(self) -> LabelSet:
        """The label set of the model's outputs."""
        return self._bundle.label_set

    def predict(self, text: str) -> Prediction:
        """Classify one raw text."""
        seen = normalise(text)
        if not has_words(seen):
            return abstain(seen, self._bundle, Abstention.NO_WORDS)
        if is_too_short(seen):
            return abstain(seen, self._bundle, Abstention.TOO_SHORT)
        tokens = self._tokenizer.encode(seen).ids
        if not speaks(seen, self._bundle.languages, unknown_share=self._unknown_share(tokens)):
            return abstain(seen, self._bundle, Abstention.LANGUAGE)
        return predict(self._run(tokens), seen, self._bundle, self._chooser)

    def logits(self, text: str) -> NDArray[np.float32]:
        """The raw outputs (labels,) for a raw text, whatever it is: what calibration needs."""
        return self._run(self._tokenizer.encode(normalise(text)).ids)

    def _run(self, tokens: list[int]) -> NDArray[np.float32]:
        try:
            outputs = self._session.run(None, {INPUT: np.array([tokens], np.int64)})
        except Exception as error:  # the runtime's own errors have no common base
            raise ClassifierError(f"The model failed on a text of {len(tokens)} tokens.") from error
        return np.asarray(outputs[0], np.float32).reshape(-1)

    def _unknown_share(self, tokens: list[int]) -> float:
        """The share of a text's own tokens that stand for something not in the vocabulary."""
        own = len(tokens) - self._tokenizer.num_special_tokens_to_add(is_pair=False)
        return tokens.count(self._unknown) / max(own, 1)


def _session(bundle: ModelBundle, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    # Waiting threads sleep: spinning ones take the processor from the event loop.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Without VNNI instructions int8 products overflow on x86 and scores differ from those of
    # other machines; this has the runtime compute them exactly, an eighth slower there.
    options.add_session_config_entry("session.x64quantprecision", "1")
    path = bundle.folder / MODEL
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise BundleError(f"{path}: not a model ONNX Runtime can open ({error}).") from error
    inputs = [each.name for each in session.get_inputs()]
    if inputs != [INPUT]:
        raise BundleError(f"{path}: its inputs are {inputs}, one named {INPUT} is needed.")
    found, needed = session.get_outputs()[0].shape[-1], len(bundle.label_set)
    if found != needed:
        raise BundleError(
            f"{path}: {found} outputs, label set {bundle.label_set.name} has {needed} labels."
        )
    return session


def _tokenizer(bundle: ModelBundle) -> Tokenizer:
    path = bundle.folder / TOKENIZER
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise BundleError(f"{path}: not a tokenizer ({error}).") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(bundle.max_length)  # a saved one often has none
    return tokenizer
