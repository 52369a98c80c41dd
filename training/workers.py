"""Training on many machines: one process each, found by TensorFlow's `TF_CONFIG`."""

import json
import os
from typing import Any

from training.legacy import tf
from training.typed import RecipeError


def workers_strategy() -> Any:
    """The strategy of this process: alone, or one of the workers that `TF_CONFIG` lists.

    TF_CONFIG={"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}
    """
    if not _config():
        return tf.distribute.get_strategy()
    return tf.distribute.MultiWorkerMirroredStrategy()


def worker_number() -> int:
    """The place of this process among the workers; 0, the one that exports, when alone."""
    return int(_config().get("task", {}).get("index", 0))


def _config() -> dict[str, Any]:
    try:
        config = json.loads(os.environ.get("TF_CONFIG") or "{}")
    except ValueError as error:
        raise RecipeError(f"TF_CONFIG is not JSON ({error}).") from error
    return config if isinstance(config, dict) else {}
