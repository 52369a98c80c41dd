"""Evaluate, export and compare work on any bundle or Hugging Face folder, without TensorFlow."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.base import Language, MaeumError
from classifier.bundle import CARD, Calibration, ModelBundle, Origin
from classifier.convert import convert
from classifier.labels import load_label_set
from classifier.onnx import OnnxModel
from tests.training.tiny import WORDS, emotion_table, tiny_recipe, write_model, write_table
from training.compare import compare, put_in_place
from training.config import Corpus, Part
from training.evaluate import evaluate, write_evaluation
from training.samples import Samples, heads_of
from training.scoring import bundle_logits, named_label_set, opened

LABELS = load_label_set("goemotions28")
TABLE = Corpus(name="table", path="table.tsv", part=Part.TEST)


def bundle_of(model: Path, out: Path) -> ModelBundle:
    """The int8 bundle of a tiny model."""
    return convert(
        model,
        out,
        label_set=named_label_set(model),
        languages=(Language.KO,),
        origin=Origin(licence="MIT", parents=()),
        max_length=32,
    )


def what_it_says(bundle: ModelBundle, count: int) -> list[tuple[str, str]]:
    """Texts with the label the bundle itself puts first: rows on which it is always right."""
    random, model = np.random.default_rng(5), OnnxModel.open(bundle)
    texts = [" ".join(random.choice(WORDS, 1 + number % 5)) for number in range(count)]
    return [(text, LABELS.keys[int(model.logits(text).argmax())]) for text in texts]


def test_a_folder_and_its_bundle_are_scored_alike(tmp_path: Path) -> None:
    """A Hugging Face folder is scored in float32 with the labels of its own config."""
    model = write_model(tmp_path / "model", "goemotions28")
    with opened(model) as exact:
        rows = what_it_says(exact, 60)
        write_table(tmp_path / "table.tsv", rows)
        assert evaluate(exact, TABLE, tmp_path).report.top_label == 1
    served = evaluate(bundle_of(model, tmp_path / "bundle"), TABLE, tmp_path)
    assert served.report.rows == 60
    assert served.report.top_label > 0.8  # int8 on random weights


def test_an_evaluation_is_written_whole(tmp_path: Path) -> None:
    """report.json, report.txt and three pictures, the Korean label names drawn."""
    model = write_model(tmp_path / "model", "kote44")
    rows = [(f"정말 슬퍼 {number}", "슬픔,절망") for number in range(6)]
    write_table(tmp_path / "table.tsv", [*rows, ("글쎄", "모름")])
    with opened(model) as bundle:
        evaluated = evaluate(bundle, TABLE, tmp_path)
        write_evaluation(evaluated, bundle, tmp_path / "report")
    found = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert found["rows"] == 6
    assert {label["label"]: label["support"] for label in found["labels"]}["절망"] == 6
    assert len(found["coverage"]) == 99
    text = (tmp_path / "report" / "report.txt").read_text(encoding="utf-8")
    assert "there is no label '모름'" in text
    for name in ("confusion", "calibration", "coverage"):
        picture = (tmp_path / "report" / f"{name}.png").read_bytes()
        assert picture.startswith(b"\x89PNG")
        assert len(picture) > 5_000


def test_a_table_of_other_labels_needs_a_map(tmp_path: Path) -> None:
    """KOTE rows are scored by a GoEmotions model through the map, and refused without it."""
    write_table(tmp_path / "table.tsv", [("정말 슬퍼", "슬픔"), ("오늘 기뻐", "기쁨")])
    kote = replace(TABLE, label_set="kote44")
    with opened(write_model(tmp_path / "model", "goemotions28")) as bundle:
        with pytest.raises(MaeumError, match="name a map between them"):
            evaluate(bundle, kote, tmp_path)
        mapped = evaluate(bundle, replace(kote, map="kote44-goemotions28"), tmp_path)
    support = {label.label: label.support for label in mapped.report.labels}
    assert (support["sadness"], support["joy"], support["anger"]) == (1, 1, 0)


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    """Nothing in it, or labels that are no known set: the folder and the mend are named."""
    with pytest.raises(MaeumError, match="neither a bundle"), opened(tmp_path):
        pass
    model = write_model(tmp_path / "model", "goemotions28")
    config = json.loads((model / "config.json").read_text())
    config["id2label"] = {str(place): f"LABEL_{place}" for place in range(28)}
    (model / "config.json").write_text(json.dumps(config))
    with pytest.raises(MaeumError, match="--label-set"), opened(model):
        pass
    with opened(model, "goemotions28") as bundle:
        assert bundle.label_set is LABELS


def rows_of(pairs: list[tuple[str, str]]) -> Samples:
    """Samples of texts and labels."""
    head = heads_of(LABELS, ())[0]
    targets = np.zeros((len(pairs), head.stop), np.int8)
    targets[np.arange(len(pairs)), [LABELS.keys.index(label) for _, label in pairs]] = 1
    return Samples(
        texts=[text for text, _ in pairs],
        targets=targets,
        weights=np.ones(len(pairs), np.float32),
        dialogues=np.arange(len(pairs)),
    )


def test_a_better_bundle_is_not_replaced_by_a_worse_one(tmp_path: Path) -> None:
    """The worse one is refused with its loss and the place stays as it was, unless forced."""
    good, bad = (
        replace(
            bundle_of(
                write_model(tmp_path / name, "goemotions28", seed=seed), tmp_path / f"{name}b"
            ),
            calibration=replace(Calibration.none(28), thresholds=(0.6,) * 28),
        ).write(tmp_path / f"{name}c")
        for name, seed in (("good", 1), ("bad", 2))
    )
    sets = {"rows": rows_of(what_it_says(good, 80))}
    assert compare(bad, good, sets).gain > 0
    place = tmp_path / "place"
    assert put_in_place(bad, place, sets) is None
    better = put_in_place(good, place, sets)
    assert better is not None
    assert better.gain > 0
    with pytest.raises(MaeumError, match="holds a better bundle"):
        put_in_place(bad, place, sets)
    assert ModelBundle.read(place).revision == good.revision
    put_in_place(bad, place, sets, force=True)
    assert ModelBundle.read(place).revision == bad.revision


def test_bundles_of_different_labels_are_not_compared(tmp_path: Path) -> None:
    """Both label sets are named."""
    one = bundle_of(write_model(tmp_path / "a", "goemotions28"), tmp_path / "one")
    other = bundle_of(write_model(tmp_path / "b", "kote44"), tmp_path / "other")
    with pytest.raises(MaeumError, match=r"goemotions28.*kote44"):
        compare(one, other, {})


def test_logits_do_not_depend_on_the_other_rows(tmp_path: Path) -> None:
    """Scoring is one text a run, as serving is, whatever else is scored."""
    bundle = bundle_of(write_model(tmp_path / "a", "goemotions28"), tmp_path / "one")
    texts = ["정말 기뻐", "오늘 너무 슬퍼 눈물", "화나"]
    together = bundle_logits(bundle, texts)
    for place, text in enumerate(texts):
        assert np.array_equal(together[place], bundle_logits(bundle, [text])[0])


def test_export_needs_rows_to_calibrate_on(tmp_path: Path) -> None:
    """A recipe without dev rows cannot give a bundle; with them it is calibrated and measured."""
    pytest.importorskip("sklearn", reason="the training extra is not installed")
    from training.export import export
    from training.prepare import prepare
    from training.typed import RecipeError

    emotion_table(tmp_path / "train.tsv", 40)
    emotion_table(tmp_path / "dev.tsv", 40)
    model = write_model(tmp_path / "model", "goemotions28")
    recipe = tiny_recipe()
    bare = replace(recipe, corpora=recipe.corpora[:1])
    with pytest.raises(RecipeError, match="calibrated on dev rows"):
        export(bare, prepare(bare, tmp_path), model, tmp_path / "out")
    bundle, _ = export(recipe, prepare(recipe, tmp_path), model, tmp_path / "out")
    assert bundle.metrics["dev (ko)"]["rows"] == 20
    assert 0 <= bundle.metrics["dev (ko)"]["same_as_fp32"] <= 1
    assert bundle.calibration != Calibration.none(28)


def test_the_card_tells_each_language_and_what_mapped_labels_can_tell(tmp_path: Path) -> None:
    """Dev rows of each language, and native rows of other labels without the figures of F1."""
    pytest.importorskip("sklearn", reason="the training extra is not installed")
    from training.export import export
    from training.prepare import prepare

    emotion_table(tmp_path / "train.tsv", 40)
    emotion_table(tmp_path / "dev.tsv", 40)
    emotion_table(tmp_path / "late.tsv", 10)
    rows = [(f"정말 슬퍼 {number}", "슬픔,절망") for number in range(30)]
    write_table(tmp_path / "kote.tsv", rows)
    recipe = tiny_recipe()
    train, dev = recipe.corpora
    kote = Corpus(name="kote", path="kote.tsv", label_set="kote44", map="kote44-goemotions28",
                  hold_out=20)  # fmt: skip
    english = replace(dev, name="english", language=Language.EN)
    late = Corpus(name="late", path="late.tsv", part=Part.TEST)
    model = write_model(tmp_path / "model", "goemotions28")
    halves, tested = (
        replace(recipe, corpora=(train, dev, english, kote)),
        replace(recipe, corpora=(train, dev, kote, late)),
    )
    bundle, _ = export(halves, prepare(halves, tmp_path), model, tmp_path / "out")
    assert bundle.metrics["kote (ko)"]["rows"] == 10
    assert "given_group" in bundle.metrics["kote (ko)"]
    assert "macro_f1_each" not in bundle.metrics["kote (ko)"]
    card = (tmp_path / "out" / CARD).read_text(encoding="utf-8")
    assert "| dev (ko) | english (en) | kote (ko) |" in card
    assert "gold is every label that a row's may mean" in card
    bundle, _ = export(tested, prepare(tested, tmp_path), model, tmp_path / "tested")
    assert bundle.metrics["late (ko)"]["rows"] == 10  # no dev rows of that name chose for it
