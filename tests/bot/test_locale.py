"""User text in two languages."""

import re
from string import Formatter

import pytest

from bot.locale import text, texts
from classifier.base import Language

KO, EN = Language.KO, Language.EN


def _values(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_both_languages_say_the_same_things() -> None:
    """Every key is in both files; a text may leave out a value, but asks for no other one."""
    assert texts(KO).keys() == texts(EN).keys()
    for key, korean in texts(KO).items():
        ko, en = _values(korean), _values(texts(EN)[key])
        assert ko <= en or en <= ko, key  # "1 day" needs no count


def test_korean_is_korean() -> None:
    """A Korean text has Hangul, unless it is only values and marks."""
    for key, korean in texts(KO).items():
        words = re.sub(r"\{[^}]*\}|https?://\S+", "", korean)
        if re.search(r"[A-Za-z]{3}", words) and not re.search(r"[가-힣]", words):
            pytest.fail(f"{key}: {korean}")


@pytest.mark.parametrize(
    ("word", "particles", "said"),
    [
        ("기쁨", "이/가", "기쁨이"),
        ("분노", "이/가", "분노가"),
        ("서울", "으로/로", "서울로"),
        ("부산", "으로/로", "부산으로"),
        ("3", "은/는", "3은"),
        ("2", "은/는", "2는"),
        ("‘값’", "을/를", "‘값’을"),
        ("mode", "은/는", "mode는"),
    ],
)
def test_particles_follow_the_sound(
    monkeypatch: pytest.MonkeyPatch, word: str, particles: str, said: str
) -> None:
    """The particle is chosen by the last sound, through quotes and for digits too."""
    monkeypatch.setitem(texts(KO), "test.it", f"{{word:{particles}}}")
    assert text("test.it", KO, word=word) == said


def test_a_missing_key_is_an_error() -> None:
    """A text that does not exist is a mistake of ours, found by its first use."""
    with pytest.raises(KeyError):
        text("nowhere.nothing", EN)
