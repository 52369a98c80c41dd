"""A finished run is uploaded to a Hub on loopback, and loads back from there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import snapshot_download

from classifier.base import Language
from classifier.bundle import ModelBundle, Origin, Source
from classifier.convert import convert
from classifier.labels import load_label_set
from classifier.onnx import OnnxModel
from tests.fakes.hub_uploads import TOKEN, taking_uploads
from tests.training.tiny import write_model

NAME = "someone/maeum-test"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a finished run: the published layout and its bundle."""
    write_model(tmp_path / "run" / "model", "goemotions28")
    convert(
        tmp_path / "run" / "model",
        tmp_path / "run" / "bundle",
        label_set=load_label_set("goemotions28"),
        languages=(Language.KO,),
        origin=Origin(
            licence="MIT",
            parents=(Source(name="tiny", licence="MIT", credit="us"),),
            corpora=(Source(name="our corpus", licence="CC0", credit="us"),),
        ),
        max_length=32,
    )
    return tmp_path / "run"


def pushed(
    endpoint: str, run: Path, token: str = TOKEN, name: str = NAME
) -> "subprocess.CompletedProcess[str]":
    """What the command says, in a process of its own: the library reads HF_ENDPOINT on import."""
    environment = {
        **os.environ,
        "HF_ENDPOINT": endpoint,
        "HF_TOKEN": token,
        "HF_HOME": str(run / "home"),
    }
    command = [sys.executable, "-m", "training", "push", name, "--folder", str(run)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_pushed_run_loads_back_by_its_tag(run: Path, tmp_path: Path) -> None:
    """Both layouts arrive byte for byte under the bundle's revision, with its card as README."""
    bundle = ModelBundle.read(run / "bundle")
    with taking_uploads() as hub:
        done = pushed(hub.endpoint, run)
        assert done.returncode == 0, done.stderr
        assert f"{hub.endpoint}/{NAME}/commit/" in done.stdout
        folder = snapshot_download(
            NAME, revision=bundle.revision, endpoint=hub.endpoint, cache_dir=tmp_path / "cache"
        )
    got = Path(folder)
    for path in (run / "model").iterdir():
        assert (got / path.name).read_bytes() == path.read_bytes()
    card = (got / "README.md").read_text(encoding="utf-8")
    assert "our corpus" in card
    assert "Limits" in card
    again = ModelBundle.read(got / "bundle")
    assert again.revision == bundle.revision
    one, other = (OnnxModel.open(each).predict("정말 기뻐") for each in (bundle, again))
    assert one.scores == other.scores


def test_a_refused_push_is_one_sentence(run: Path) -> None:
    """A wrong token, no Hub at all, no name: each is named and there is no traceback."""
    with taking_uploads() as hub:
        endpoint = hub.endpoint
        refused = pushed(endpoint, run, token="hf_wrong")
        unnamed = pushed(endpoint, run, name="some one/maeum")
        assert not hub.repositories
    unreachable = pushed(endpoint, run)
    (run / "model").rename(run / "elsewhere")
    unfinished = pushed(endpoint, run)
    for done, sentence in (
        (refused, f"{NAME}: the Hub refused"),
        (unnamed, "'some one/maeum' is no name of a repository"),
        (unreachable, f"{NAME}: the Hub cannot be reached"),
        (unfinished, "model: there is no such folder"),
    ):
        assert done.returncode == 1
        assert sentence in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
