"""The network that trains: a BERT classifier and auxiliary classifiers on the same pooled state."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.files import read_json
from training.config import Base, Fit, Objective, Recipe
from training.legacy import keras, tf, transformers
from training.samples import NO, YES, Head, Samples
from training.typed import RecipeError

_log = logging.getLogger(__name__)
_EMPTY_NAMES = ("LABEL_", "label_")


class Network:
    """A `TFBertForSequenceClassification` with its auxiliary heads.

    Calling it gives the logits of all heads side by side, in float32.
    """

    def __init__(self, model: Any, auxiliary: Sequence[Any], pad: int) -> None:
        self.model = model
        self.pad = pad
        self._auxiliary = list(auxiliary)

    def __call__(self, ids: Any, *, training: bool) -> Any:
        """The logits (rows, outputs) of token ids (rows, tokens)."""
        mask = tf.cast(ids != self.pad, tf.int32)
        states = self.model.bert(input_ids=ids, attention_mask=mask, training=training)
        pooled = self.model.dropout(states.pooler_output, training=training)
        logits = [head(pooled) for head in (self.model.classifier, *self._auxiliary)]
        return tf.cast(tf.concat(logits, axis=-1), tf.float32)

    @property
    def body(self) -> list[Any]:
        """The variables of embeddings and encoder."""
        fast = {id(variable) for variable in self.head}
        return [each for each in self.model.trainable_variables if id(each) not in fast]

    @property
    def head(self) -> list[Any]:
        """The variables of the pooler and of every classifier."""
        layers = (self.model.bert.pooler, self.model.classifier, *self._auxiliary)
        return [variable for layer in layers for variable in layer.trainable_variables]

    @property
    def classifiers(self) -> list[Any]:
        """The classifier of each head, in the order of the heads."""
        return [self.model.classifier, *self._auxiliary]

    def seed_dropout(self, seed: int, step: Any) -> None:
        """Have every dropout mask follow from `seed` and the variable `step` alone."""
        layers = [each for each in self.model.submodules if isinstance(each, keras.layers.Dropout)]
        for place, layer in enumerate(layers):
            layer._random_generator = _StepNoise((seed << 12) + place, step)


class _StepNoise:
    """Takes the place of a dropout layer's random generator, which has a state of its own.

    A run that goes on from a checkpoint draws the masks it would have drawn without the break.
    """

    def __init__(self, key: int, step: Any) -> None:
        self._key = key
        self._step = step

    def dropout(self, inputs: Any, rate: float, noise_shape: Any = None) -> Any:
        """Stateless dropout; replicas draw different masks."""
        context = tf.distribute.get_replica_context()
        replica = tf.cast(context.replica_id_in_sync_group, tf.int64) if context else 0
        seed = tf.stack([tf.constant(self._key, tf.int64), self._step * 1024 + replica])
        return tf.nn.experimental.stateless_dropout(
            inputs, rate=rate, seed=seed, noise_shape=noise_shape
        )


def build_network(recipe: Recipe, heads: Sequence[Head], folder: Path) -> Network:
    """The network of `recipe`, its weights read from the checkpoint in `folder`."""
    config = _config(recipe, heads[0], folder)
    keep = _keeps_head(recipe, heads[0], folder)
    if (folder / "tf_model.h5").is_file():
        model = _from_tensorflow(config, folder, recipe.base)
    else:
        model = transformers.TFBertForSequenceClassification(config)
        _load(model, folder, recipe.base, keep=keep)
    model(model.dummy_inputs)  # builds what loading did not
    if not keep:
        model.classifier.kernel.assign(_small(model.classifier.kernel.shape))
        model.classifier.bias.assign(tf.zeros_like(model.classifier.bias))
    width = model.config.hidden_size
    auxiliary = [
        keras.layers.Dense(
            len(head.label_set),
            kernel_initializer=_small,
            name=f"head_{head.name}",
        )
        for head in heads[1:]
    ]
    for head in auxiliary:
        head.build((None, width))
    return Network(model, auxiliary, pad=config.pad_token_id)


def _small(shape: Any, dtype: Any = None) -> Any:
    return keras.initializers.TruncatedNormal(stddev=0.02)(shape, dtype)


def set_prior_bias(
    network: Network, heads: Sequence[Head], samples: Samples, recipe: Recipe
) -> None:
    """Start each new classifier at the log prior of its labels, where the loss starts lowest."""
    for place, (head, layer) in enumerate(zip(heads, network.classifiers, strict=True)):
        if place == 0 and recipe.base.keep_head:
            continue
        single = place == 0 and recipe.objective is Objective.SINGLE
        layer.bias.assign(log_prior(samples.targets[:, head.start : head.stop], single=single))


def log_prior(targets: NDArray[np.int8], *, single: bool) -> NDArray[np.float32]:
    """The logits that give each label its share among the rows that tell of it."""
    told = np.maximum((targets == NO).sum(axis=0) + (targets == YES).sum(axis=0), 1)
    share = ((targets == YES).sum(axis=0) + 0.5) / (told + 1)
    return np.asarray(np.log(share) if single else np.log(share / (1 - share)), np.float32)


def mixed_precision(fit: Fit) -> str:
    """The Keras policy of a run: bfloat16 where asked for and the processor multiplies in it."""
    return "mixed_bfloat16" if fit.mixed_precision and _has_bfloat16() else "float32"


def _has_bfloat16() -> bool:
    """Whether this machine gains by bfloat16: a GPU, or AVX512_BF16 or AMX instructions."""
    if tf.config.list_physical_devices("GPU"):
        return True
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _config(recipe: Recipe, head: Head, folder: Path) -> Any:
    raw = read_json(folder / "config.json")
    if raw.get("model_type") != "bert":
        raise RecipeError(
            f"{folder / 'config.json'}: model_type is {raw.get('model_type')!r};"
            " only BERT checkpoints can be trained."
        )
    config = transformers.BertConfig.from_dict(raw)
    if recipe.base.layers:
        config.num_hidden_layers = len(recipe.base.layers)
    config.architectures = ["BertForSequenceClassification"]
    config.id2label = dict(enumerate(head.label_set.keys))
    config.label2id = {key: place for place, key in enumerate(head.label_set.keys)}
    single = recipe.objective is Objective.SINGLE
    config.problem_type = f"{'single' if single else 'multi'}_label_classification"
    if recipe.fit.dropout is not None:
        config.hidden_dropout_prob = config.attention_probs_dropout_prob = recipe.fit.dropout
    return config


def _keeps_head(recipe: Recipe, head: Head, folder: Path) -> bool:
    """Whether to go on with the checkpoint's classifier, whose labels must be ours in order."""
    if not recipe.base.keep_head:
        return False
    raw = read_json(folder / "config.json").get("id2label", {})
    found = [raw[key] for key in sorted(raw, key=int)]
    named = not all(str(name).startswith(_EMPTY_NAMES) for name in found)
    if len(found) != len(head.label_set) or (named and found != list(head.label_set.keys)):
        raise RecipeError(
            f"{folder / 'config.json'}: its {len(found)} labels are not those of {head.name}"
            f" ({len(head.label_set)}) in their order; set base.keep_head = false."
        )
    return True


def _load(model: Any, folder: Path, base: Base, *, keep: bool) -> None:
    """Put the checkpoint's tensors into the model; transformers 4.57 cannot by itself.

    It fails on safetensors that PyTorch wrote (its issue 40028), so those are read here.
    """
    path = folder / "model.safetensors"
    if not path.is_file():
        raise RecipeError(_no_weights(folder))
    from safetensors.numpy import load_file

    state = {
        name if name.startswith(("bert.", "classifier.")) else f"bert.{name}": value
        for name, value in _cut_layers(load_file(path), base.layers).items()
        if keep or "classifier" not in name
    }
    for needed in _needed(model.config.num_hidden_layers):
        if needed not in state:
            raise RecipeError(f"{path}: no tensor {needed}; it is no BERT of this shape.")
    transformers.modeling_tf_pytorch_utils.load_pytorch_state_dict_in_tf2_model(
        model, state, allow_missing_keys=True, skip_logger_warnings=True
    )


def _from_tensorflow(config: Any, folder: Path, base: Base) -> Any:
    """The model of a `tf_model.h5`; classifiers of another size start anew."""
    if base.layers:
        raise RecipeError(f"{folder}: base.layers needs a model.safetensors to cut from.")
    return transformers.TFBertForSequenceClassification.from_pretrained(
        folder, config=config, ignore_mismatched_sizes=True
    )


def _no_weights(folder: Path) -> str:
    if (folder / "pytorch_model.bin").is_file():
        return (
            f"{folder / 'pytorch_model.bin'}: only PyTorch can read it;"
            " save the model again with safe_serialization=True to get model.safetensors."
        )
    return f"{folder}: no weights; model.safetensors or tf_model.h5 is needed."


def _cut_layers(state: dict[str, NDArray[Any]], layers: tuple[int, ...]) -> dict[str, Any]:
    if not layers:
        return state
    places = {old: new for new, old in enumerate(layers)}
    kept: dict[str, Any] = {}
    for name, value in state.items():
        before, found, after = name.partition("encoder.layer.")
        if not found:
            kept[name] = value
            continue
        number, _, rest = after.partition(".")
        if int(number) in places:
            kept[f"{before}encoder.layer.{places[int(number)]}.{rest}"] = value
    return kept


def _needed(layers: int) -> list[str]:
    last = [f"bert.encoder.layer.{place}.output.dense.weight" for place in range(layers)]
    return ["bert.embeddings.word_embeddings.weight", *last]
