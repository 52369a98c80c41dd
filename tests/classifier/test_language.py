import pytest

from classifier.base import Language
from classifier.language import Script, script_shares, speaks

KO, EN = Language.KO, Language.EN


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("안녕하세요", (1, 0, 0)),
        ("ㅋㅋ ㅠㅠ", (1, 0, 0)),
        ("hello", (0, 1, 0)),
        ("café naïve", (0, 1, 0)),
        ("𝓱𝓮𝓵𝓵𝓸 ＨＩ", (0, 1, 0)),
        ("안 ab", (0.6, 0.4, 0)),  # a syllable of three letters, two letters
        ("привет", (0, 0, 1)),
        ("ありがとう", (0, 0, 1)),
        ("123 :) 😂", (0, 0, 0)),
        ("[NAME] 안녕", (1, 0, 0)),
    ],
)
def test_shares_count_letters_by_script(text, shares):
    """Letters count as they are typed; numbers, emoji and masked names belong to no script."""
    found = script_shares(text)
    assert tuple(found[script] for script in Script) == pytest.approx(shares)


@pytest.mark.parametrize(
    "text",
    [
        "오늘 진짜 행복했어",
        "I am so happy today",
        "오늘 meeting 너무 길었어 tired",
        "日本 가고 싶다",
        "I love 東京 so much",
        "ㅋㅋ",
        "a café in Zürich",
    ],
)
def test_korean_english_and_their_mixture_are_spoken(text):
    """Korean, English, both together and a foreign word in them are understood."""
    assert speaks(text, [KO, EN], unknown_share=0)


@pytest.mark.parametrize(
    "text",
    [
        "今日は本当に楽しかったね",
        "YouTube見てる",
        "我今天很开心",
        "这个app真好用",
        "Я так рад тебя видеть",
        "أنا سعيد جدا",
        "ดีใจมากที่ได้เจอคุณ",
        "आज बहुत अच्छा लगा",
        "Χαίρομαι πολύ",
        "[NAME] ありがとう",
        "bất ngờ thật đấy",
    ],
)
def test_other_scripts_are_not_spoken(text):
    """Japanese, Chinese, Russian, Arabic, Thai and others are refused, even with Latin in them."""
    assert not speaks(text, [KO, EN], unknown_share=0)


def test_a_bundle_of_one_language_refuses_the_other():
    """A Korean bundle takes English words in Korean, but no English sentence, and vice versa."""
    assert speaks("오늘 meeting 길었어", [KO], unknown_share=0)
    assert not speaks("what a long meeting", [KO], unknown_share=0)
    assert speaks("what a long meeting", [EN], unknown_share=0)
    assert not speaks("오늘 회의 길었어", [EN], unknown_share=0)


def test_too_many_unknown_tokens_are_refused():
    """A text that the tokenizer hardly knows is not spoken, whatever its script."""
    assert speaks("밤샜어", [KO], unknown_share=1 / 3)
    assert not speaks("밤샜어", [KO], unknown_share=0.5)


def test_a_text_without_letters_is_not_refused_for_its_language():
    """Emoji and numbers are in no language: that they say nothing is another rule's matter."""
    assert speaks("😂 123", [KO, EN], unknown_share=0)


def test_a_text_in_no_spoken_language_is_refused_by_a_bundle_of_none():
    """Without languages nothing with letters is spoken."""
    assert not speaks("hello", [], unknown_share=0)
