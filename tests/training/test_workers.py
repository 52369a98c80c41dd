"""The same recipe on two machines, here two processes on loopback."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="the training extra is not installed")

from tests.training.tiny import tiny_recipe, tiny_root
from training.config import Fit
from training.run import train
from training.typed import RecipeError
from training.workers import workers_strategy

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),  # two processes start TensorFlow
    pytest.mark.filterwarnings("default"),  # TensorFlow's own deprecations are not ours to mend
]
FIT = Fit(epochs=0.5, batch=9, rate=3e-3, clip=1.0, dropout=0.0, checkpoint_every=7)
SCRIPT = """
import sys
from pathlib import Path
import numpy as np
from tests.training.tiny import tiny_recipe
from tests.training.test_workers import FIT
from training.run import train
trained = train(tiny_recipe(FIT), Path(sys.argv[1]), Path(sys.argv[2]))
np.savez(sys.argv[3], *[variable.numpy() for variable in trained.network.model.variables])
"""


def weights_of(path: Path) -> list[np.ndarray]:
    """The variables a process saved."""
    with np.load(path) as saved:
        return [saved[name] for name in saved.files]


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def test_two_workers_end_with_equal_weights(tmp_path: Path) -> None:
    """Each computes its share of every batch; both end equal, and where one alone would end."""
    root = tiny_root(tmp_path / "root")
    workers = [f"127.0.0.1:{port}" for port in free_ports(2)]
    tasks = [{"type": "worker", "index": index} for index in range(2)]
    configs = [json.dumps({"cluster": {"worker": workers}, "task": task}) for task in tasks]
    command = [sys.executable, "-c", SCRIPT, str(root)]
    running = [
        subprocess.Popen(
            [*command, str(tmp_path / "run"), str(tmp_path / f"{place}.npz")],
            env={**os.environ, "TF_CONFIG": config},
            stderr=subprocess.PIPE,
            text=True,
        )
        for place, config in enumerate(configs)
    ]
    try:
        for process in running:
            _, errors = process.communicate(timeout=500)
            assert process.returncode == 0, errors[-2000:]
    finally:
        for process in running:  # one waits for the other for ever
            process.kill()
            process.communicate()
    first, second = (weights_of(tmp_path / f"{name}.npz") for name in range(2))
    alone = train(tiny_recipe(FIT), root, tmp_path / "alone").network.model.variables
    single = [variable.numpy() for variable in alone]
    for one, other, whole in zip(first, second, single, strict=True):
        assert np.array_equal(one, other)
        np.testing.assert_allclose(one, whole, atol=2e-3)  # sums in another order
    assert (tmp_path / "run" / "worker-1" / "checkpoints").is_dir()


def test_a_broken_tf_config_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no JSON is named, before anything is trained."""
    monkeypatch.setenv("TF_CONFIG", "{worker")
    with pytest.raises(RecipeError, match="TF_CONFIG is not JSON"):
        workers_strategy()
