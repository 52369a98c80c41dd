"""The training loop: steps, checkpoints, validation at the end of each epoch, the best restored."""

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.checkpoints import Checkpoints
from training.config import Measure, Recipe
from training.legacy import keras, tf
from training.losses import Loss
from training.measures import measure_logits
from training.network import Network
from training.samples import Head, Samples
from training.tokens import Tokens, batches_by_length, epoch_batches

_log = logging.getLogger(__name__)
_SCORED_AT_ONCE = 64


@dataclass(slots=True, kw_only=True)
class Epoch:
    """The figures at the end of an epoch."""

    step: int
    loss: float  # mean over the epoch's steps
    validation: dict[str, float] = field(default_factory=dict)  # loss, accuracy, macro_f1


@dataclass(slots=True, kw_only=True)
class Notes:
    """What a run remembers beside its variables."""

    epochs: list[Epoch] = field(default_factory=list)
    best: int = -1  # the place in `epochs`
    waited: int = 0  # epochs since the best
    loss_sum: float = 0.0  # over the steps of the running epoch
    loss_steps: int = 0
    finished: bool = False

    @classmethod
    def of(cls, raw: dict[str, Any]) -> "Notes":
        """The notes of a checkpoint."""
        epochs = [Epoch(**epoch) for epoch in raw.pop("epochs")]
        return cls(epochs=epochs, **raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a run is, told after every step."""

    step: int
    steps: int
    rows: int  # of this step
    loss: float  # mean of the running epoch


class Rate(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """Up linearly over the warm-up, then constant or linearly down to zero."""

    def __init__(self, peak: float, steps: int, warm_up: int, decay: bool) -> None:
        self._peak, self._steps, self._warm_up, self._decay = peak, steps, warm_up, decay

    def __call__(self, step: Any) -> Any:
        """The rate at a step counted from 0."""
        done = tf.cast(step, tf.float32) + 1
        up = done / max(self._warm_up, 1) if self._warm_up else tf.ones_like(done)
        left = (self._steps + 1 - done) / max(self._steps - self._warm_up, 1)
        down = tf.maximum(left, 0) if self._decay else tf.ones_like(done)
        return self._peak * tf.minimum(tf.minimum(up, 1), down)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as Keras asks."""
        return {"peak": self._peak, "steps": self._steps, "warm_up": self._warm_up,
                "decay": self._decay}  # fmt: skip


class Trainer:
    """Trains `network` on tokenised samples, going on from the newest checkpoint in `folder`."""

    def __init__(
        self,
        recipe: Recipe,
        heads: Sequence[Head],
        network: Network,
        train: tuple[Samples, Tokens],
        dev: tuple[Samples, Tokens] | None,
        folder: Path,
        strategy: Any,
    ) -> None:
        self._recipe, self._heads, self._network = recipe, heads, network
        self._train, self._dev = train, dev
        fit = recipe.fit
        self._epoch_steps = math.ceil(len(train[0]) / fit.batch)
        self._steps = math.ceil(fit.epochs * self._epoch_steps)
        warm_up = round(fit.warm_up * self._steps)
        self._strategy = strategy
        with strategy.scope():
            self._optimisers = [
                keras.optimizers.legacy.Adam(Rate(rate, self._steps, warm_up, fit.decay))
                for rate in (fit.rate, fit.rate * fit.head_rate)
            ]
            self._step = tf.Variable(
                0,
                dtype=tf.int64,
                trainable=False,
                aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
            )
        self._loss = Loss(recipe, heads, train[0])
        network.seed_dropout(fit.seed, self._step)
        self._take_step = tf.function(self._all_replicas, input_signature=[
            tf.TensorSpec([None, None], tf.int32),
            tf.TensorSpec([None, heads[-1].stop], tf.int8),
            tf.TensorSpec([None], tf.float32),
            tf.TensorSpec([], tf.float32),
        ])  # fmt: skip
        self._score = tf.function(
            lambda ids: network(ids, training=False),
            input_signature=[tf.TensorSpec([None, None], tf.int32)],
        )
        self._checkpoints = Checkpoints(folder, network, self._step, self._optimisers)

    def run(self, told: Callable[[Progress], None] = lambda progress: None) -> Notes:
        """Train to the end, or until validation stops growing; the best epoch's weights stay."""
        raw = self._checkpoints.restore()
        notes = Notes.of(raw) if raw else Notes()
        if raw:
            _log.info("going on from step %d of %d", int(self._step.numpy()), self._steps)
        while not notes.finished:
            self._run_epoch(notes, told)
            self._close_epoch(notes)
            self._checkpoints.save(asdict(notes))
        if self._dev and self._recipe.stopping.restore_best:
            self._checkpoints.take_best()
        return notes

    def logits(self, tokens: Tokens) -> NDArray[np.float32]:
        """The logits of all heads for each text: (rows, outputs)."""
        found = np.zeros((len(tokens.lengths), self._heads[-1].stop), np.float32)
        for rows in batches_by_length(tokens.lengths, _SCORED_AT_ONCE):
            found[rows] = self._score(tokens.padded(rows, self._network.pad)).numpy()
        return found

    def _run_epoch(self, notes: Notes, told: Callable[[Progress], None]) -> None:
        fit, (samples, tokens) = self._recipe.fit, self._train
        epoch, first = divmod(int(self._step.numpy()), self._epoch_steps)
        if first == 0:
            notes.loss_sum, notes.loss_steps = 0.0, 0
        batches = epoch_batches(
            tokens.lengths, fit.batch, by_length=fit.by_length, seed=fit.seed, epoch=epoch
        )
        width = None if fit.by_length else int(tokens.lengths.max())
        for rows in batches[first : self._steps - epoch * self._epoch_steps]:
            notes.loss_sum += self._train_on(samples, tokens, rows, width)
            notes.loss_steps += 1
            step = int(self._step.numpy())
            told(Progress(step=step, steps=self._steps, rows=len(rows),
                          loss=notes.loss_sum / notes.loss_steps))  # fmt: skip
            if step % fit.checkpoint_every == 0:
                self._checkpoints.save(asdict(notes))

    def _train_on(self, samples: Samples, tokens: Tokens, rows: Any, width: int | None) -> float:
        """One step on the batch `rows`, of which each worker computes its share."""
        total = float(samples.weights[rows].sum())
        context = self._strategy.cluster_resolver
        workers = self._strategy.num_replicas_in_sync
        own = rows[context.task_id :: workers] if context and workers > 1 else rows
        loss = self._take_step(
            tokens.padded(own, self._network.pad, width),
            samples.targets[own],
            samples.weights[own],
            total,
        )
        return float(loss)

    def _all_replicas(self, ids: Any, targets: Any, weights: Any, total: Any) -> Any:
        each = self._strategy.run(self._one_replica, args=(ids, targets, weights, total))
        return self._strategy.reduce(tf.distribute.ReduceOp.SUM, each, axis=None)

    def _one_replica(self, ids: Any, targets: Any, weights: Any, total: Any) -> Any:
        body, head = self._network.body, self._network.head
        with tf.GradientTape() as tape:
            logits = self._network(ids, training=True)
            loss = tf.reduce_sum(self._loss(logits, targets, weights)) / total
        # Dense gradients take the optimiser's fused kernel, which a lookup's sparse ones do not.
        gradients = [tf.convert_to_tensor(each) for each in tape.gradient(loss, body + head)]
        context = tf.distribute.get_replica_context()
        gradients = context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
        if self._recipe.fit.clip:
            gradients, _ = tf.clip_by_global_norm(gradients, self._recipe.fit.clip)
        pairs = list(zip(gradients, body + head, strict=True))
        parts = (pairs[: len(body)], pairs[len(body) :])
        for optimiser, part in zip(self._optimisers, parts, strict=True):
            optimiser.apply_gradients(part, experimental_aggregate_gradients=False)
        self._step.assign_add(1)
        return loss

    def _close_epoch(self, notes: Notes) -> None:
        """Validate, keep the weights if they are the best, and decide whether to go on."""
        stopping = self._recipe.stopping
        epoch = Epoch(step=int(self._step.numpy()), loss=notes.loss_sum / max(notes.loss_steps, 1))
        if self._dev:
            epoch.validation = self._validate(*self._dev)
        notes.epochs.append(epoch)
        if self._dev:
            grown = _grown(notes, stopping.measure, stopping.min_delta)
            notes.waited = 0 if grown else notes.waited + 1
            if grown:
                notes.best = len(notes.epochs) - 1
                self._checkpoints.keep_best()
        waited_out = stopping.patience is not None and notes.waited > stopping.patience
        notes.finished = epoch.step >= self._steps or waited_out
        shown = ", ".join(f"{key} {value:.4f}" for key, value in epoch.validation.items())
        _log.info("epoch %d: loss %.4f, dev %s", len(notes.epochs), epoch.loss, shown or "none")

    def _validate(self, samples: Samples, tokens: Tokens) -> dict[str, float]:
        logits = self.logits(tokens)
        loss = self._loss(logits, samples.targets, samples.weights).numpy()
        main = self._heads[0]
        measured = measure_logits(logits[:, : main.stop], samples.gold(main), self._recipe)
        return {"loss": float(loss.sum() / samples.weights.sum()), **measured}


def _grown(notes: Notes, measure: Measure, min_delta: float) -> bool:
    """Whether the last epoch is the best by more than `min_delta`."""
    if notes.best < 0:
        return True
    last, best = (notes.epochs[place].validation[measure] for place in (-1, notes.best))
    return best - last > min_delta if measure is Measure.LOSS else last - best > min_delta
