"""Rows become samples: cleaned, labelled, mapped, and counted where they cannot be used."""

from pathlib import Path

import numpy as np
import pytest

from classifier.labels import load_label_set
from tests.training.tiny import write_table
from training.config import Corpus, Part
from training.corpora import read_corpus
from training.samples import CANDIDATE, NO, UNKNOWN, YES, heads_of
from training.tables import CorpusError

EMOTIONS = load_label_set("goemotions28")
KOTE = load_label_set("kote44")
MAP = "kote44-goemotions28"


def place(key: str) -> int:
    """The output of an emotion."""
    return EMOTIONS.keys.index(key)


def test_labels_may_be_numbers_keys_or_names(tmp_path: Path) -> None:
    """A row may have several labels, by number, by key, or by Korean name."""
    korean = EMOTIONS["joy"].ko
    write_table(tmp_path / "a.tsv", [("하나", "0,27"), ("둘", "joy, love"), ("셋", korean)])
    samples, _ = read_corpus(Corpus(name="a", path="a.tsv"), heads_of(EMOTIONS, ()), tmp_path)
    found = [set(np.flatnonzero(row == YES)) for row in samples.targets]
    assert found == [{0, 27}, {place("joy"), place("love")}, {place("joy")}]
    assert set(samples.targets.ravel()) == {YES, NO}


def test_a_label_may_hold_the_separator(tmp_path: Path) -> None:
    """가난한, 불우한 is one label of aihub58, not two."""
    write_table(tmp_path / "a.tsv", [("하나", "가난한, 불우한"), ("둘", "기쁨,슬픔")])
    labels = load_label_set("aihub58")
    samples, _ = read_corpus(Corpus(name="a", path="a.tsv"), heads_of(labels, ()), tmp_path)
    assert np.flatnonzero(samples.targets[0]).tolist() == [labels.keys.index("가난한, 불우한")]
    assert samples.targets[1].sum() == 2


def test_texts_are_cleaned_as_serving_cleans_them(tmp_path: Path) -> None:
    """Links go and stretched letters shrink, as in chat; `normalise = false` keeps them."""
    write_table(tmp_path / "a.tsv", [("https://a.b ㅋㅋㅋㅋㅋ 좋아", "joy")])
    clean, raw = (
        read_corpus(
            Corpus(name="a", path="a.tsv", normalise=each), heads_of(EMOTIONS, ()), tmp_path
        )[0]
        for each in (True, False)
    )
    assert clean.texts == ["ㅋㅋ 좋아"]
    assert raw.texts == ["https://a.b ㅋㅋㅋㅋㅋ 좋아"]


def test_rows_left_out_are_counted_and_named(tmp_path: Path) -> None:
    """No text, no label, an unknown label, no Hangul, a repeat: each has its count."""
    write_table(tmp_path / "a.tsv", [
        ("좋아", "joy"), ("좋아", "joy"), ("좋아", "love"), ("", "joy"), ("뭐지", ""),
        ("글쎄", "bliss"), ("English", "joy"),
    ])  # fmt: skip
    _, report = read_corpus(
        Corpus(name="a", path="a.tsv", hangul=True), heads_of(EMOTIONS, ()), tmp_path
    )
    assert (report.read, report.kept) == (7, 2)
    assert report.left_out == {
        "the same text and labels again": 1, "no text": 1, "no label": 1,
        "there is no label 'bliss'": 1, "no Hangul": 1,
    }  # fmt: skip
    named = {wrong.line: wrong.reason for wrong in report.wrong}
    assert named == {5: "no text", 6: "no label", 7: "there is no label 'bliss'"}
    assert "line 7: there is no label 'bliss'" in " ".join(report.lines())


def test_a_line_without_the_keys_is_told_and_the_others_are_kept(tmp_path: Path) -> None:
    """In jsonl each line has its own keys; in a table a missing column is the table's."""
    (tmp_path / "a.jsonl").write_text('{"label": "joy"}\n{"text": "좋아", "label": "joy"}\n')
    corpus = Corpus(name="a", path="a.jsonl")
    samples, report = read_corpus(corpus, heads_of(EMOTIONS, ()), tmp_path)
    assert samples.texts == ["좋아"]
    assert [(each.line, each.reason) for each in report.wrong] == [
        (1, "no column 'text'; the columns are label")
    ]
    (tmp_path / "a.csv").write_text("content,label\n좋아,joy\n")
    with pytest.raises(CorpusError, match="no column 'text'; the columns are content, label"):
        read_corpus(Corpus(name="a", path="a.csv"), heads_of(EMOTIONS, ()), tmp_path)


def test_rows_to_score_keep_their_repeats(tmp_path: Path) -> None:
    """A dev set is what others scored too: its repeated rows stay."""
    write_table(tmp_path / "a.tsv", [("좋아", "joy"), ("좋아", "joy")])
    corpus = Corpus(name="a", path="a.tsv", part=Part.DEV)
    assert len(read_corpus(corpus, heads_of(EMOTIONS, ()), tmp_path)[0]) == 2


def test_mapped_labels_are_candidates_and_absent_ones_are_reliable(tmp_path: Path) -> None:
    """KOTE tells the main head what may be right and what surely is not; the rest is unknown."""
    write_table(tmp_path / "a.tsv", [("나빠", "불평/불만,슬픔")])
    corpus = Corpus(name="a", path="a.tsv", label_set="kote44", map=MAP)
    main, own = heads_of(EMOTIONS, [KOTE])
    samples, _ = read_corpus(corpus, [main, own], tmp_path)
    (row,) = samples.targets
    candidates = {"annoyance", "disapproval", "sadness"}
    assert set(np.flatnonzero(row[: main.stop] == CANDIDATE)) == set(map(place, candidates))
    assert row[place("joy")] == NO
    assert not (row[: main.stop] == YES).any()
    assert np.flatnonzero(row[own.start :] == YES).tolist() == [0, KOTE.keys.index("슬픔")]


def test_a_corpus_of_the_main_labels_says_nothing_to_other_heads(tmp_path: Path) -> None:
    """Outputs of an auxiliary head stay unknown, so they are left out of the loss."""
    write_table(tmp_path / "a.tsv", [("좋아", "joy")])
    heads = heads_of(EMOTIONS, [KOTE])
    samples, _ = read_corpus(Corpus(name="a", path="a.tsv"), heads, tmp_path)
    assert set(samples.targets[0, heads[1].start :]) == {UNKNOWN}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": "content"}, "no column 'content'; the columns are text, label"),
        ({"map": "nowhere"}, "there is no map 'nowhere'"),
        ({"path": "missing.tsv"}, "the file is missing"),
        ({"label": "text"}, "no usable row"),
    ],
)
def test_a_corpus_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    """The file, the column or the map is named."""
    write_table(tmp_path / "a.tsv", [("좋아", "joy")])
    corpus = Corpus(**{"name": "a", "path": "a.tsv", **changes})  # type: ignore[arg-type]
    with pytest.raises(CorpusError, match=message):
        read_corpus(corpus, heads_of(EMOTIONS, ()), tmp_path)
