"""The published recipe on small corpora of the same shape, and the layout it saves."""

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("tensorflow", reason="the training extra is not installed")

from classifier.bundle import ModelBundle
from classifier.labels import load_label_set
from tests.training.test_aihub import NEW, PERSON, workbook
from tests.training.tiny import dialogue_rows, write_base
from training.__main__ import app
from training.config import Base, Recipe, load_recipe
from training.legacy import tf, transformers
from training.run import Trained, train
from training.saved import save_model
from training.scoring import bundle_logits, opened

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),  # TensorFlow takes its time to start
    pytest.mark.filterwarnings("default"),  # TensorFlow's own deprecations are not ours to mend
]
LABELS = load_label_set("aihub58")
LAYOUT = {
    "tf_model.h5",
    "config.json",
    "vocab.txt",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
}


def write_json(path: Path) -> Path:
    """The dialogues of `dialogue_rows` as the JSON files hold them."""
    codes = {"기쁨": "E60", "신이 난": "E68", "슬픔": "E20", "분노": "E10", "짜증내는": "E13"}
    dialogues = [
        {
            "profile": {"emotion": {"type": codes[emotion]}},
            "talk": {"content": {f"HS0{n}": each for n, each in enumerate(said, start=1)}},
        }
        for emotion, said in dialogue_rows(40)
    ]
    path.write_text(json.dumps(dialogues, ensure_ascii=False), encoding="utf-8")
    return path


def write_workbook(path: Path) -> Path:
    """A hundred such dialogues as a workbook."""
    rows: list[list[Any]] = []
    for emotion, said in dialogue_rows(100):
        turns = [cell for sentence in said for cell in (sentence, "네.")]
        rows.append([*PERSON, "", emotion, *turns])
    return workbook(path, NEW, rows)


def small(name: str, corpus: Path, **fit: Any) -> Recipe:
    """A recipe of the package with a tiny base, a small corpus and a rate such a base needs."""
    recipe = load_recipe(name)
    (only,) = recipe.corpora
    return replace(
        recipe,
        base=Base(path="base", name="tiny", licence="MIT", credit="us"),
        corpora=(replace(only, path=corpus.name),),
        max_length=32,
        fit=replace(recipe.fit, **fit),
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, Path]:
    """The published recipe trained on a small workbook, saved."""
    folder = tmp_path_factory.mktemp("published")
    write_base(folder / "base")
    recipe = small("aihub58", write_workbook(folder / "aihub.xlsx"), epochs=6.0, rate=2e-3, batch=8)
    trained = train(replace(recipe, stopping=replace(recipe.stopping, patience=12)), folder, folder)
    return trained, save_model(trained.network.model, trained.base, 32, folder / "model")


def test_the_published_recipe_trains_and_reports(published: tuple[Trained, Path]) -> None:
    """6:2:2 of the sentences; the test split is looked at once, in scikit-learn's report."""
    trained, _ = published
    prepared = trained.prepared
    parts = [len(prepared.train), len(prepared.dev["aihub"]), len(prepared.test["aihub"])]
    assert parts == [180, 60, 60]
    ((name, report),) = trained.tested()
    assert name == "aihub"
    assert "macro avg" in report
    assert "남의 시선을 의식하는" in report
    epochs = trained.notes.epochs
    assert epochs[-1].loss < 0.5 * epochs[0].loss
    assert all(set(epoch.validation) >= {"loss", "accuracy"} for epoch in epochs)


def test_the_saved_model_is_the_published_layout(published: tuple[Trained, Path]) -> None:
    """Its six files, real label names, and the same logits after loading with the Auto class."""
    trained, folder = published
    assert {path.name for path in folder.iterdir()} == LAYOUT
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert config["id2label"]["57"] == "희생된"
    model = transformers.TFAutoModelForSequenceClassification.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    texts = trained.prepared.test["aihub"].texts[:4]
    again = model(**tokenizer(texts, return_tensors="tf", padding=True)).logits.numpy()
    pad, ids = trained.network.pad, tokenizer(texts, return_tensors="tf", padding=True).input_ids
    ours = trained.network(tf.cast(ids, tf.int32), training=False).numpy()
    assert pad == tokenizer.pad_token_id
    np.testing.assert_allclose(again, ours, atol=1e-5)


def test_the_saved_model_serves_in_the_library_and_in_a_bundle(
    published: tuple[Trained, Path],
) -> None:
    """TextClassificationPipeline names the labels; our converter gives the same scores."""
    trained, folder = published
    classify = transformers.TextClassificationPipeline(
        model=transformers.TFAutoModelForSequenceClassification.from_pretrained(folder),
        tokenizer=transformers.AutoTokenizer.from_pretrained(folder),
        top_k=None,
    )
    text = trained.prepared.test["aihub"].texts[0]
    (scores,) = classify([text])
    assert {entry["label"] for entry in scores} == set(LABELS.keys)
    with opened(folder) as bundle:
        logits = bundle_logits(bundle, [text])[0].astype(float)
    ours = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    for entry in scores:
        place = LABELS.keys.index(entry["label"])
        assert entry["score"] == pytest.approx(ours[place], abs=1e-4)


def test_dialogue58_trains_on_whole_dialogues_of_json(tmp_path: Path) -> None:
    """One sample a dialogue, none on two sides, by the JSON files."""
    write_base(tmp_path / "base")
    recipe = small("dialogue58", write_json(tmp_path / "aihub.json"), rate=1e-3, epochs=1.0)
    trained = train(recipe, tmp_path, tmp_path / "run")
    variables, prepared = trained.network.model.variables, trained.prepared
    assert {each.dtype.name for each in variables} == {"float32"}  # in mixed precision, too
    parts = [prepared.train, prepared.dev["aihub"], prepared.test["aihub"]]
    assert [len(part) for part in parts] == [24, 8, 8]
    numbers = [set(part.dialogues.tolist()) for part in parts]
    assert not numbers[0] & numbers[1] | numbers[0] & numbers[2] | numbers[1] & numbers[2]


def test_the_command_trains_saves_and_exports_and_goes_on(tmp_path: Path) -> None:
    """From workbook to bundle by the recipe's own text; a second call trains nothing again."""
    write_base(tmp_path / "base", layers=1)
    write_workbook(tmp_path / "aihub.xlsx")
    recipe = (files("training") / "recipes" / "aihub58.toml").read_text(encoding="utf-8")
    for old, new in (('path = "klue/bert-base"', 'path = "base"'), ("length = 128", "length = 32")):
        recipe = recipe.replace(old, new)
    (tmp_path / "mine.toml").write_text(recipe, encoding="utf-8")
    command = ["run", tmp_path / "mine.toml", "--root", tmp_path, "--folder", tmp_path / "run"]
    first, again = (CliRunner().invoke(app, [str(each) for each in command]) for _ in range(2))
    assert (first.exit_code, again.exit_code) == (0, 0), first.output + again.output
    assert "macro avg" in first.output
    assert {path.name for path in (tmp_path / "run" / "model").iterdir()} == LAYOUT
    bundle = ModelBundle.read(tmp_path / "run" / "bundle")
    assert bundle.label_set is LABELS
    assert bundle.metrics["aihub (ko)"]["rows"] == 60
    assert f"revision {bundle.revision}" in first.output
    assert "aihub: macro f1" in again.output  # compared with the bundle of the first call
    history = json.loads((tmp_path / "run" / "history.json").read_text(encoding="utf-8"))
    assert history["finished"]


def test_training_goes_on_from_a_published_model(
    published: tuple[Trained, Path], tmp_path: Path
) -> None:
    """A folder with tf_model.h5 is a base too, its classifier kept when its labels are ours."""
    trained, folder = published
    recipe = small("aihub58", Path("aihub.xlsx"), epochs=0.1, rate=1e-9)
    recipe = replace(recipe, base=replace(recipe.base, path=str(folder), keep_head=True))
    again = train(recipe, folder.parent, tmp_path / "run")
    for one, other in zip(trained.network.head, again.network.head, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), atol=1e-5)
