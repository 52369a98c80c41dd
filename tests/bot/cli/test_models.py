"""`maeum model`: models are got, looked at, chosen, fitted and removed, in real processes."""

import csv
import os
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from classifier.bundle import ModelBundle
from classifier.labels import load_label_set
from classifier.onnx import OnnxModel
from tests.classifier.published_repository import FOLDER, PUBLISHED, files
from tests.core import embedded_model
from tests.fakes.hub import FakeHub, serving

pytestmark = pytest.mark.slow


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    """A Hub with the published repository."""
    with serving() as hub:
        hub.push(PUBLISHED, files())
        yield hub


class Install:
    """A folder with its own database, cache and Hub, where commands are run."""

    def __init__(self, folder: Path, hub: FakeHub) -> None:
        self.folder = folder
        self.cache = folder / "cache"
        self._hub = hub

    def run(
        self, *arguments: str | Path, before: Callable[[], None] | None = None, **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run `maeum` with `arguments`; `before` runs in the new process first."""
        clean = {name: value for name, value in os.environ.items() if name[:5] != "MAEUM"}
        ours = {
            "MAEUM_CACHE": str(self.cache),
            "HF_ENDPOINT": self._hub.endpoint,
            "HF_HOME": str(self.folder / "home"),
        }
        return subprocess.run(
            [sys.executable, "-m", "bot", *map(str, arguments)],
            cwd=self.folder,
            env={**clean, **ours, **environment, "PYTHONPATH": str(Path(__file__).parents[3])},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=100,
            check=False,
            preexec_fn=before,
        )

    def told(self, *arguments: str | Path, **environment: str) -> str:
        """What a command that must succeed says."""
        done = self.run(*arguments, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *arguments: str | Path, **environment: str) -> str:
        """The one sentence of a command that must fail."""
        done = self.run(*arguments, **environment)
        assert done.returncode == 1, done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr.strip().splitlines()[-1]


@pytest.fixture
def install(tmp_path: Path, hub: FakeHub) -> Install:
    """An install on a machine that has nothing yet."""
    return Install(tmp_path, hub)


def test_a_model_from_pull_to_removal(install: Install, hub: FakeHub) -> None:
    """Pulled once, listed, described, served offline, chosen, given back, removed."""
    pulled = install.told("model", "pull", PUBLISHED)
    assert "aihub58, ko, not fitted" in pulled
    assert "maeum model calibrate" in pulled
    assert f"  {PUBLISHED}: revision" in install.told("model", "list")
    assert f"{PUBLISHED}@{hub.repositories[PUBLISHED].refs['main']} (mit)" in install.told(
        "model", "info", PUBLISHED
    )

    hub.requests.clear()
    offline = {"HF_HUB_OFFLINE": "1", "MAEUM_MODEL": PUBLISHED}
    told = install.told("classify", "--format", "jsonl", "오늘 정말 행복해요", **offline)
    assert len(told.splitlines()) == 1
    assert hub.requests == []

    assert "back with: maeum model use default" in install.told("model", "use", PUBLISHED)
    assert f"* {PUBLISHED}" in install.told("model", "list")
    assert "choose another first" in install.refused("model", "remove", PUBLISHED)
    install.told("model", "use", "default")
    assert "are free again" in install.told("model", "remove", PUBLISHED)
    assert install.told("model", "list") == "* default: embedded\n"
    assert not list((install.cache / "bundles").iterdir())


def test_offline_is_heeded(install: Install, hub: FakeHub) -> None:
    """HF_HUB_OFFLINE: one sentence for what is not kept, and not one request."""
    for words in (["model", "pull", PUBLISHED], ["classify", "안녕", "--model", PUBLISHED]):
        sentence = install.refused(*words, HF_HUB_OFFLINE="1")
        assert f"{PUBLISHED}: not in the cache, and HF_HUB_OFFLINE forbids" in sentence
    assert hub.requests == []


def test_the_choice_goes_before_the_setting_and_the_option_before_both(install: Install) -> None:
    """A restart serves what was chosen, whatever .env says; --model asks for another once."""
    install.told("model", "pull", PUBLISHED)
    install.told("model", "use", PUBLISHED)
    default = {"MAEUM_MODEL": "default"}
    scores = ["classify", "--format", "jsonl", "--scores", "오늘 정말 행복해요"]
    assert "감사하는" in install.told(*scores, **default)
    assert "gratitude" in install.told(*scores, "--model", "default", **default)


def test_a_broken_model_is_not_chosen(install: Install) -> None:
    """`use` opens the model first: the choice stays what it was."""
    install.told("model", "use", "default")
    broken = install.folder / "broken"
    shutil.copytree(FOLDER, broken)
    (broken / "tf_model.h5").write_bytes((FOLDER / "tf_model.h5").read_bytes()[:5000])
    sentence = install.refused("model", "use", broken)
    assert str(broken) in sentence
    assert (install.folder / "maeum.db.model").read_text() == "default\n"


def test_a_folder_is_converted_to_a_folder(install: Install) -> None:
    """--out writes a bundle that serves by its own path."""
    out = install.folder / "bundle"
    install.told("model", "convert", FOLDER, "--label-set", "aihub58", "--out", out)
    assert len(OnnxModel.open(ModelBundle.read(out)).label_set) == 58
    assert "aihub58" in install.told("model", "info", out)
    for option in (("--label-set", "kote44"), ("--language", "en")):  # it says itself what it is
        sentence = install.refused("model", "convert", out, *option)
        assert "it is a bundle, with the labels of aihub58 in ko; leave" in sentence


def test_the_model_used_is_listed_wherever_it_lies(install: Install) -> None:
    """A bundle's own folder is marked as used too, and one that has gone is told."""
    bundle = install.folder / "bundle"
    install.told("model", "convert", embedded_folder(), "--out", bundle)
    install.told("model", "use", bundle)
    (install.cache / "bundles").mkdir(parents=True)
    (install.cache / "bundles" / "stray").write_text("no model")
    assert f"* {bundle}: revision" in install.told("model", "list")
    shutil.rmtree(bundle)
    told = install.told("model", "list")
    assert told == f"  default: embedded\n* {bundle}: not on this machine\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["model", "convert", FOLDER], "--label-set aihub58"),
        (["model", "convert", FOLDER, "--label-set", "kote44"], "58 outputs, label set kote44 has"),
        (["model", "convert", "nowhere"], "nowhere is no folder"),
        (["model", "pull", "nowhere"], "no repository of the Hub"),
        (["model", "pull", "default"], "default is no repository of the Hub; name it owner/name"),
        (["model", "remove", "some/thing"], "some/thing is not in the cache; there is nothing"),
        (["model", "remove", "default"], "the embedded model stays"),
        (["classify", "안녕", "--model", "nowhere"], "with maeum model use"),
        (["model", "calibrate", "default", "rows.csv"], "--out"),
        (["classify", "안녕", "--backend", "tensorflow"], "TensorFlow cannot serve"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    arguments: list[str | Path], sentence: str, install: Install
) -> None:
    """Bad arguments end with exit code 1 and the mend."""
    assert sentence in install.refused(*arguments)


def test_a_full_disk_leaves_the_cache_clean(install: Install) -> None:
    """When nothing more can be written, half a model is neither served nor left lying."""

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    done = install.run("model", "pull", PUBLISHED, before=full)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "MAEUM_CACHE" in done.stderr
    assert [it.name for it in install.cache.iterdir()] == [".lock"]
    install.told("model", "pull", PUBLISHED)


def write_rows(path: Path, count: int) -> None:
    """Texts whose label is what the embedded model itself says of them, one in ten wrong."""
    words = ("happy", "angry", "sad", "afraid", "thank you", "I love it", "sorry", "wow", "hmm")
    chance = random.Random(5)
    keys = load_label_set("goemotions28").keys
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["message", "emotion"])
        for _ in range(count):
            text = f"I am {chance.choice(words)} and {chance.choice(words)} today"
            scores = embedded_model().predict(text).scores
            best = keys[max(range(len(scores)), key=scores.__getitem__)]
            rows.writerow([text, best if chance.random() < 0.9 else chance.choice(keys)])


def test_calibration_is_fitted_to_labelled_texts(install: Install) -> None:
    """Temperature and thresholds move, the revision with them, and the card says on what rows."""
    table = install.folder / "rows.csv"
    write_rows(table, 300)
    columns = ["--text", "message", "--label", "emotion"]
    out = install.folder / "fitted"
    told = install.told("model", "calibrate", "default", table, *columns, "--out", out)
    fitted, before = ModelBundle.read(out), ModelBundle.read(embedded_folder())
    assert "top_label" in told
    assert fitted.revision != before.revision
    assert fitted.calibration.temperature < 1.5
    assert fitted.metrics["rows.csv"]["rows"] == 150
    assert fitted.metrics["rows.csv"]["top_label"] > 0.8
    assert "rows.csv" in install.told("model", "info", out)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("text,label\nhello,joy\n", "1 labelled texts, at least 100"),
        ("text,label\nhello,delight\n", "line 2: 'delight' is no label of goemotions28"),
        ("words,label\nhello,joy\n", "no text in column 'text', there is words, label"),
    ],
)
def test_a_table_that_does_not_fit_is_named(content: str, sentence: str, install: Install) -> None:
    """The file, the line, what was found and what is needed."""
    (install.folder / "rows.csv").write_text(content)
    refused = install.refused("model", "calibrate", "default", "rows.csv", "--out", "fitted")
    assert sentence in refused
    assert not (install.folder / "fitted").exists()


def embedded_folder() -> Path:
    """Where the embedded bundle lies."""
    from classifier.bundle import default_bundle

    return default_bundle()
