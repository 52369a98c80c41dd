"""Follow a recipe from its corpora to trained weights, in a folder a killed run goes on from."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tokenizers import Tokenizer

from classifier.convert import read_tokenizer
from training.bases import checkpoint_folder
from training.config import Objective, Recipe
from training.legacy import keras
from training.network import Network, build_network, mixed_precision, set_prior_bias
from training.prepare import Prepared, prepare
from training.samples import Samples, joined
from training.tokens import Tokens, tokenise
from training.trainer import Notes, Progress, Trainer
from training.typed import RecipeError
from training.workers import worker_number, workers_strategy

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
    recipe: Recipe
    base: Path  # the folder of the checkpoint it started from

    def tested(self) -> Iterator[tuple[str, str]]:
        """scikit-learn's classification report on each test set, by corpus; the only look at it."""
        from sklearn.metrics import classification_report

        head = self.prepared.heads[0]
        for name, samples in self.prepared.test.items():
            tokens = tokenise(samples.texts, self.tokenizer, self.recipe.max_length)
            logits, gold = self.trainer.logits(tokens)[:, : head.stop], samples.gold(head)
            single = self.recipe.objective is Objective.SINGLE
            yield (
                name,
                classification_report(
                    gold.argmax(axis=1) if single else gold,
                    logits.argmax(axis=1) if single else logits > 0,
                    labels=range(head.stop),
                    target_names=head.label_set.keys,
                    zero_division=0,
                    digits=4,
                ),
            )


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
    strategy = workers_strategy()  # first: it must be there before TensorFlow does anything
    if worker := worker_number():
        folder = folder / f"worker-{worker}"
    _claim(folder, recipe)
    fit = recipe.fit
    keras.utils.set_random_seed(fit.seed)
    keras.mixed_precision.set_global_policy(mixed_precision(fit))
    base = checkpoint_folder(recipe.base, root)
    tokenizer = Tokenizer.from_str(read_tokenizer(base))
    prepared = prepare(recipe, root)
    _log.info("%d rows to train on, in %s", len(prepared.train), mixed_precision(fit))
    with strategy.scope():
        network = build_network(recipe, prepared.heads, base)
        if fit.prior_bias:
            set_prior_bias(network, prepared.heads, prepared.train, recipe)
    trainer = Trainer(
        recipe,
        prepared.heads,
        network,
        (prepared.train, tokenise(prepared.train.texts, tokenizer, recipe.max_length)),
        _chosen_by(prepared, tokenizer, recipe.max_length),
        folder / "checkpoints",
        strategy,
    )
    notes = trainer.run(told)
    (folder / _HISTORY).write_text(json.dumps(asdict(notes), indent=1), encoding="utf-8")
    return Trained(
        network=network,
        trainer=trainer,
        tokenizer=tokenizer,
        prepared=prepared,
        notes=notes,
        recipe=recipe,
        base=base,
    )


def _chosen_by(
    prepared: Prepared, tokenizer: Tokenizer, max_length: int
) -> tuple[Samples, Tokens] | None:
    """The rows that epochs are chosen on."""
    parts = list(prepared.chosen().values())
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
