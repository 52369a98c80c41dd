"""Checkpoints from which a killed run goes on to the result it would have had."""

import json
from pathlib import Path
from typing import Any

from training.legacy import tf
from training.network import Network

_KEPT = 2
_BEST = "best"


class Checkpoints:
    """What a run knows at a step: variables, optimisers, and its own notes, in one file.

    TensorFlow renames a finished checkpoint into its list last, so a kill while writing leaves
    the one before.
    """

    def __init__(self, folder: Path, network: Network, step: Any, optimisers: list[Any]) -> None:
        self._folder = folder
        self._notes = tf.Variable("{}", dtype=tf.string, trainable=False)
        layers = network.classifiers[1:]
        self._weights = tf.train.Checkpoint(model=network.model, auxiliary=layers)
        self._everything = tf.train.Checkpoint(
            model=network.model,
            auxiliary=layers,
            step=step,
            notes=self._notes,
            optimisers=optimisers,
        )
        self._manager = tf.train.CheckpointManager(
            self._everything, str(folder), max_to_keep=_KEPT, step_counter=step
        )

    def save(self, notes: dict[str, Any]) -> None:
        """Write a checkpoint with `notes`, which must be JSON."""
        self._notes.assign(json.dumps(notes))
        self._manager.save()

    def restore(self) -> dict[str, Any] | None:
        """Go back to the newest checkpoint and return its notes; None when there is none."""
        newest = self._manager.latest_checkpoint
        if newest is None:
            return None
        self._everything.restore(newest).assert_existing_objects_matched()
        notes: dict[str, Any] = json.loads(self._notes.numpy().decode())
        return notes

    def keep_best(self) -> None:
        """Keep the weights as they are now."""
        self._weights.write(str(self._folder / _BEST))

    def take_best(self) -> None:
        """Go back to the weights kept last."""
        self._weights.read(str(self._folder / _BEST)).assert_existing_objects_matched()
