"""The AI-Hub corpus in each shape it is handed out in."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from classifier.labels import load_label_set
from training.aihub import emotion_places, read_dialogues, squeezed
from training.config import Corpus, Layout, Part, Turns
from training.corpora import read_corpus
from training.samples import heads_of
from training.tables import CorpusError, Wrong

LABELS = load_label_set("aihub58")
NEW = ["", "연령", "성별", "상황키워드", "신체질환", "감정_대분류", "감정_소분류",
       "사람문장1", "시스템문장1", "사람문장2", "시스템문장2",
       "사람문장3", "시스템문장3"]  # fmt: skip
OLD = ["번호", "연령", "성별", "상황키워드", "신체질환", "감정_대분류 ", "감정_소분류",
       "사람문장1", "시스템응답1", "사람문장2", "시스템응답2", "사람문장3", "시스템응답3",
       "사람문장4", "시스템응답4"]  # fmt: skip
PERSON = ["1", "청년", "여성", "진로", "해당없음"]


def workbook(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    """A workbook at `path`; skips the test without the extra."""
    openpyxl = pytest.importorskip("openpyxl", reason="the training extra is not installed")
    book = openpyxl.Workbook()
    book.active.append(list(header))
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def corpus(path: Path, turns: Turns = Turns.SEPARATE) -> Corpus:
    """The corpus in `path` as the recipes read it."""
    return Corpus(name="aihub", path=path.name, part=Part.POOL, layout=Layout.AIHUB, turns=turns,
                  normalise=False)  # fmt: skip


def test_the_new_sheet_gives_each_sentence_as_a_sample(tmp_path: Path) -> None:
    """Three sentences, one label; empty sentences and exact repeats are dropped and counted."""
    path = workbook(tmp_path / "new.xlsx", NEW, [
        [*PERSON, "불안", " 스트레스 받는", "일이 많아.", "네.", "쉬고 싶어.", "네.", None, None],
        [*PERSON, "불안", "스트레스  받는 ", "일이 많아.", "왜요?", "모르겠어.", "네.", " ", ""],
    ])  # fmt: skip
    samples, report = read_corpus(corpus(path), heads_of(LABELS, ()), tmp_path)
    assert samples.texts == ["일이 많아.", "쉬고 싶어.", "모르겠어."]
    assert samples.targets.argmax(axis=1).tolist() == [LABELS.keys.index("스트레스 받는")] * 3
    assert samples.dialogues.tolist() == [0, 0, 1]
    assert (report.read, report.kept) == (6, 3)
    assert report.left_out == {"no text": 2, "the same text and labels again": 1}


def test_joined_turns_are_one_sample(tmp_path: Path) -> None:
    """What the person says in a dialogue is one text; the system's answers are not in it."""
    path = workbook(tmp_path / "new.xlsx", NEW, [
        [*PERSON, "기쁨", "기쁨", "붙었어!", "축하해요.", "고마워.", "네.", None, None],
    ])  # fmt: skip
    samples, _ = read_corpus(corpus(path, Turns.JOINED), heads_of(LABELS, ()), tmp_path)
    assert samples.texts == ["붙었어! 고마워."]


def test_the_older_sheet_reads_alike(tmp_path: Path) -> None:
    """Other names for the answers, a fourth turn that is left, a space in a header."""
    path = workbook(tmp_path / "old.xlsx", OLD, [
        [*PERSON, "당황", "고립된(당황한)", "나만 몰랐어.", "저런.", "서운해.", "네.", "그래.",
         "네.", "넷째.", "네."],
    ])  # fmt: skip
    samples, _ = read_corpus(corpus(path), heads_of(LABELS, ()), tmp_path)
    assert samples.texts == ["나만 몰랐어.", "서운해.", "그래."]
    assert set(samples.targets.argmax(axis=1)) == {LABELS.keys.index("고립된")}


def test_json_reads_codes(tmp_path: Path) -> None:
    """profile.emotion.type is a code; a dialogue without one is told by its number."""
    path = tmp_path / "a.json"
    dialogues: list[Any] = [
        {"profile": {"emotion": {"type": code}},
         "talk": {"content": {"HS01": f"{code} 하나", "SS01": "네", "HS02": "둘", "HS03": ""}}}
        for code in ("E10", "E43", "E51")
    ]  # fmt: skip
    path.write_text(json.dumps([*dialogues, {"talk": {}}], ensure_ascii=False), encoding="utf-8")
    *found, wrong = read_dialogues(path)
    assert next(each.sentences for each in found if not isinstance(each, Wrong)) == (
        "E10 하나", "둘", ""
    )  # fmt: skip
    assert isinstance(wrong, Wrong)
    assert wrong.line == 4
    samples, report = read_corpus(corpus(path), heads_of(LABELS, ()), tmp_path)
    isolated = LABELS.keys.index("고립된")
    first = [LABELS.keys.index("분노"), isolated]
    assert samples.targets.argmax(axis=1).tolist()[::2][:2] == first
    assert report.left_out["no profile.emotion.type or no talk.content"] == 1


def test_sixty_codes_are_fifty_eight_outputs() -> None:
    """Every code has its output, and every output a code; two names occur twice."""
    places = emotion_places(LABELS)
    codes = [f"E{number}" for number in range(10, 70)]
    assert {places[code] for code in codes} == set(range(58))
    assert places["E34"] == places["E59"]
    assert places["E43"] == places["E51"]
    assert places[squeezed("남의  시선을 의식하는")] == LABELS.keys.index("남의 시선을 의식하는")


def test_an_unknown_emotion_is_counted_by_line(tmp_path: Path) -> None:
    """A sentence with an emotion nobody knows is left out and named."""
    path = workbook(tmp_path / "new.xlsx", NEW, [
        [*PERSON, "기쁨", "기쁨", "좋다.", "네", None, None, None, None],
        [*PERSON, "기쁨", "행복한", "좋다!", "네", None, None, None, None],
    ])  # fmt: skip
    _, report = read_corpus(corpus(path), heads_of(LABELS, ()), tmp_path)
    assert report.left_out["there is no emotion '행복한'"] == 3
    assert report.wrong[0].line == 3


def test_a_sheet_without_the_columns_is_refused(tmp_path: Path) -> None:
    """The missing column is named."""
    path = workbook(tmp_path / "new.xlsx", NEW[:7], [["1"] * 7])
    with pytest.raises(CorpusError, match="no column '사람문장1'"):
        read_corpus(corpus(path), heads_of(LABELS, ()), tmp_path)
