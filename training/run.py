"""Follow a recipe from its corpora to trained weights, in a folder a killed run goes on from."""

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from tokenizers import Tokenizer

from training.base import checkpoint_folder
from training.config import Recipe
from training.legacy import keras, tf
from training.network import Network, build_network, mixed_precision, set_prior_bias
from training.prepare import Prepared, prepare
from training.samples import Samples, joined
from training.tokens import Tokens, load_tokenizer, tokenise
from training.trainer import Notes, Progress, Trainer
from training.typed import RecipeError

_log = logging.getLogger(__name__)
_RECIPE, _HISTORY = "recipe.json", "history.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A finished run."""

    network: Network
    trainer: Trainer
    tokenizer: Tokenizer
    prepared: Prepared
    notes: Notes
    base: Path  # the folder of the checkpoint it started from


def train(
    recipe: Recipe,
    root: Path,
    folder: Path,
    told: Callable[[Progress], None] = lambda progress: None,
) -> Trained:
    """Train `recipe` with the files under `root`; `folder` keeps checkpoints and history.

    A second call with the same folder goes on where the first was stopped, or, when it had
    finished, gives its result again.
    """
    _claim(folder, recipe)
    fit = recipe.fit
    keras.utils.set_random_seed(fit.seed)
    keras.mixed_precision.set_global_policy(mixed_precision(fit))
    base = checkpoint_folder(recipe.base, root)
    tokenizer = load_tokenizer(base)
    prepared = prepare(recipe, root)
    _log.info("%d rows to train on", len(prepared.train))
    with tf.distribute.get_strategy().scope():
        network = build_network(recipe, prepared.heads, base)
        if fit.prior_bias:
            set_prior_bias(network, prepared.heads, prepared.train, recipe)
        trainer = Trainer(
            recipe,
            prepared.heads,
            network,
            (prepared.train, tokenise(prepared.train.texts, tokenizer, recipe.max_length)),
            _chosen_by(prepared.dev.values(), tokenizer, recipe.max_length),
            folder / "checkpoints",
        )
        notes = trainer.run(told)
    (folder / _HISTORY).write_text(json.dumps(asdict(notes), indent=1), encoding="utf-8")
    return Trained(
        network=network,
        trainer=trainer,
        tokenizer=tokenizer,
        prepared=prepared,
        notes=notes,
        base=base,
    )


def _chosen_by(
    sets: Iterable[Samples], tokenizer: Tokenizer, max_length: int
) -> tuple[Samples, Tokens] | None:
    parts = [samples.choosing() for samples in sets]
    if not parts:
        return None
    dev = joined(parts)
    return dev, tokenise(dev.texts, tokenizer, max_length)


def _claim(folder: Path, recipe: Recipe) -> None:
    """Note the recipe in a new folder; a folder of another recipe is refused."""
    text = json.dumps(asdict(recipe), ensure_ascii=False, indent=1)
    path = folder / _RECIPE
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    elif path.read_text(encoding="utf-8") != text:
        raise RecipeError(f"{folder} holds a run of another recipe; name a new folder.")
