"""Words of self-harm, suicide and despair, so that no emoji is put on them. Korean and English.

A lexicon (`distress.toml`), not understanding: it misses what is said in other words, and it takes
some jokes in earnest. A miss is worse than a false alarm, which costs one reaction; so where a
phrase is said both ways it counts. It serves nothing but that silence.
"""

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import NamedTuple

LONGEST = 4000  # characters read of a text: as many as the classifier takes

_JAMO_FACES = re.compile("[ㅋㅎㅠㅜㅡ]+")  # before NFKC, which would compose ㅋㅠ to a syllable
_LONE_VOWELS = re.compile("[\u1161-\u1175]+")  # what NFKC leaves of a drawn-out 싶다ㅏㅏ
_INVISIBLE = re.compile("[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0f\ufeff]+")
_APOSTROPHE = re.compile("(?<=[a-z])['’‘`´](?=[a-z])")
_LEET = re.compile("(?<=[a-z])[01345@$]|[01345@$](?=[a-z])")
_LEET_LETTERS = str.maketrans("01345@$", "oieasas")
_MASK = re.compile("(?<=[a-z])[!*](?=[a-z])")  # k!ll, su*cide
_CUT_SYLLABLES = re.compile(r"(?<=[가-힣])(?:[^\w\s]+|[0-9_])(?=[가-힣])")  # 자/살, 자1살
_NOT_WORDS = re.compile(r"[\W_]+")
_SPELT_OUT = re.compile(r"(?<!\w)[a-z](?: [a-z]){2,}(?!\w)")  # s u i c i d e
_DRAWN_OUT = re.compile("아{2,}|어{2,}|오{2,}|우{2,}|으{2,}|이{2,}")  # 죽고오오 싶어어
_REPEATED = re.compile(r"([a-z가-힣])\1+")
_SPACE = re.compile(r" \??(?![^\[]*\])")  # outside a class such as [가-힣 ]
_BETWEEN_SYLLABLES = re.compile("(?<=[가-힣])(?=[가-힣])")


class _Lexicon(NamedTuple):
    signs: re.Pattern[str]
    idioms: re.Pattern[str]


def is_distress(text: str) -> bool:
    """Whether `text` speaks of self-harm, suicide or despair, as far as the lexicon reaches.

    Of a text longer than LONGEST only the beginning is read, which bounds the time.
    """
    folded = _folded(text[:LONGEST])
    return any(
        lexicon.signs.search(folded) and lexicon.signs.search(lexicon.idioms.sub("\n", folded))
        for lexicon in _lexicons()
    )


@cache
def _lexicons() -> tuple[_Lexicon, _Lexicon]:
    """The Korean and the English signs and idioms, compiled."""
    entries = tomllib.loads(files(__package__).joinpath("distress.toml").read_text("utf-8"))
    return (
        _Lexicon(*(_korean(entries["ko"][kind]) for kind in _Lexicon._fields)),
        _Lexicon(*(_english(entries["en"][kind]) for kind in _Lexicon._fields)),
    )


def _korean(phrases: list[str]) -> re.Pattern[str]:
    # Words run together or apart as people like, so a phrase may begin inside a word.
    spaced = [_BETWEEN_SYLLABLES.sub(" ?", phrase) for phrase in map(_pattern, phrases)]
    return re.compile(f"(?=[가-힣\u1100-\u1112])(?:{'|'.join(spaced)})")


def _english(phrases: list[str]) -> re.Pattern[str]:
    return re.compile(f"(?<![a-z])(?=[a-z0-9])(?:{'|'.join(map(_pattern, phrases))})(?![a-z])")


def _pattern(phrase: str) -> str:
    """A phrase of the lexicon as a regular expression over folded text."""
    folded = _REPEATED.sub(r"\1", unicodedata.normalize("NFKC", phrase))
    return _SPACE.sub(" ?", folded)


def _folded(text: str) -> str:
    """Lower-case words with single spaces, tricks of spelling undone."""
    text = unicodedata.normalize("NFKC", _JAMO_FACES.sub("", text)).casefold()
    text = _APOSTROPHE.sub("", _INVISIBLE.sub("", text))
    text = _LEET.sub(lambda found: found[0].translate(_LEET_LETTERS), text)
    text = _CUT_SYLLABLES.sub("", _MASK.sub("i", text))
    text = _LONE_VOWELS.sub("", _NOT_WORDS.sub(" ", text))
    text = _SPELT_OUT.sub(lambda found: found[0].replace(" ", ""), text)
    return _REPEATED.sub(r"\1", _DRAWN_OUT.sub("", text)).strip()
