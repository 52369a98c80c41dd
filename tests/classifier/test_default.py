"""The embedded bundle: small, credited, and right about lines no one could mistake."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from classifier.base import Abstention, Group
from classifier.bundle import CARD, MANIFEST, ModelBundle, default_bundle
from classifier.onnx import OnnxModel

MEGABYTE = 1_000_000

UNMISTAKABLE = {
    "정말 고마워요 덕분에 살았어요": Group.JOY,
    "합격했다!!! 너무 기뻐 ㅠㅠㅠ": Group.JOY,
    "오늘 강아지가 무지개다리를 건넜어요. 너무 슬퍼요": Group.SADNESS,
    "진짜 짜증나 죽겠네 왜 맨날 나한테만 그래": Group.ANGER,
    "내일 수술인데 너무 무서워": Group.ANXIETY,
    "회의는 3시에 2층 회의실에서 합니다": Group.NEUTRAL,
    "thank you so much, you saved my day!": Group.JOY,
    "I love this so much, best day ever": Group.JOY,
    "I miss my grandma so much, I can't stop crying": Group.SADNESS,
    "this is bullshit, I'm so angry right now": Group.ANGER,
    "I'm terrified of the exam tomorrow": Group.ANXIETY,
    "the meeting moved to room 204 on Thursday": Group.NEUTRAL,
}

# What the bundle before this one reached, or what was asked of this one, whichever is more.
LEAST = {
    "goemotions-en-dev (en)": {
        "top_label": 0.625,
        "macro_f1_one": 0.46,
        "macro_f1_each": 0.50,
        "surest_at_70": 0.515,
    },
    "goemotions-ko-dev (ko)": {
        "top_label": 0.568,
        "macro_f1_one": 0.39,
        "macro_f1_each": 0.44,
        "surest_at_70": 0.379,
    },
    "kote (ko)": {"top_label": 0.85, "given_group": 0.90},
}


@pytest.fixture(scope="module")
def model() -> OnnxModel:
    """The embedded model, opened once."""
    return OnnxModel.open(ModelBundle.read(default_bundle()))


@pytest.mark.parametrize(("text", "group"), UNMISTAKABLE.items())
def test_plain_lines_get_their_group(text: str, group: Group, model: OnnxModel) -> None:
    """What any reader would say of a line, in either language, the model says too."""
    assert model.predict(text).group is group


def test_every_group_adds_up(model: OnnxModel) -> None:
    """A prediction's scores are one a label, and its group's sum is what it says."""
    found = model.predict("I'm so happy for you, congratulations!")
    assert found.group is Group.JOY
    members = [label.group is found.group for label in model.label_set.labels]
    summed = sum(score for score, member in zip(found.scores, members, strict=True) if member)
    assert found.group_score == pytest.approx(summed / max(1, sum(found.scores)))


def test_the_same_text_has_the_same_scores_under_load(model: OnnxModel) -> None:
    """Two threads with other texts in flight change no digit of a score."""
    texts = list(UNMISTAKABLE) * 5
    alone = {text: model.predict(text).scores for text in UNMISTAKABLE}
    with ThreadPoolExecutor(2) as threads:
        for text, found in zip(texts, threads.map(model.predict, texts), strict=True):
            assert found.scores == alone[text]


@pytest.mark.parametrize("text", ["오늘 회의 정말 힘들었다 ", "what a long day it was "])
def test_a_long_message_is_read_to_the_limit(text: str, model: OnnxModel) -> None:
    """Four thousand characters are cut to what the model can read, and scored."""
    found = model.predict(text * (4000 // len(text)))
    assert len(found.scores) == len(model.label_set)


@pytest.mark.parametrize("text", ["今日はとても嬉しいです", "Сегодня я очень рад"])
def test_other_languages_are_left_alone(text: str, model: OnnxModel) -> None:
    """A text in a language the bundle does not speak gets no emotion."""
    assert model.predict(text).abstention is Abstention.LANGUAGE


def test_it_is_small_and_reaches_what_it_must() -> None:
    """At most 36 MB; on rows that chose nothing, in each language, what was asked of it."""
    folder = default_bundle()
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 36 * MEGABYTE
    metrics = ModelBundle.read(folder).metrics
    for name, least in LEAST.items():
        found = metrics[name]
        for measure, value in least.items():
            assert found[measure] >= value, (name, measure)
        assert found["same_as_fp32"] >= 0.97
        assert found["shown_right"] >= 0.70


def test_its_card_credits_what_it_is_made_of() -> None:
    """Every model and corpus is named with its licence, and the card tells this very revision."""
    card = (default_bundle() / CARD).read_text(encoding="utf-8")
    raw = json.loads((default_bundle() / MANIFEST).read_text(encoding="utf-8"))
    for said in (
        raw["revision"],
        "Wang et al.",
        "Demszky et al.",
        "monologg",
        "KOTE",
        "Apache-2.0",
    ):
        assert said in card


def test_serving_needs_no_training_or_conversion_library() -> None:
    """Opening and running the bundle imports neither onnx nor h5py, nor any framework."""
    script = (
        "import sys\n"
        "from classifier.bundle import ModelBundle, default_bundle\n"
        "from classifier.onnx import OnnxModel\n"
        "OnnxModel.open(ModelBundle.read(default_bundle())).predict('thank you')\n"
        "heavy = {'onnx', 'h5py', 'safetensors', 'tensorflow', 'torch', 'transformers', 'pandas'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.strip() == "[]"
