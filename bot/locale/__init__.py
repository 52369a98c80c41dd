"""User text in Korean and English: one TOML file a language, the same keys in each.

A text may ask for the right Korean particle after a value: `{name:이/가}` gives 기쁨이 or 분노가.
"""

import tomllib
from functools import cache
from importlib.resources import files

from classifier.base import Language

_HANGUL_FIRST, _HANGUL_LAST, _FINALS, _RIEUL = ord("가"), ord("힣"), 28, 8
_DIGIT_FINALS = {"0": 21, "1": _RIEUL, "3": 16, "6": 1, "7": _RIEUL, "8": _RIEUL}  # as read aloud


class _Word(str):
    """A value that knows which particle follows it: the form after a consonant comes first."""

    def __format__(self, spec: str) -> str:
        if "/" not in spec:
            return super().__format__(spec)
        after_consonant, after_vowel = spec.split("/")
        final = _final_consonant(self)
        if after_consonant == "으로" and final == _RIEUL:
            return self + after_vowel
        return self + (after_consonant if final else after_vowel)


def _final_consonant(word: str) -> int:
    """The index of the last syllable's final consonant, 0 for none."""
    last = word.rstrip("\"'’”)]*_` ")[-1:]
    if last in _DIGIT_FINALS:
        return _DIGIT_FINALS[last]
    if last and _HANGUL_FIRST <= ord(last) <= _HANGUL_LAST:
        return (ord(last) - _HANGUL_FIRST) % _FINALS
    return 0


@cache
def texts(language: Language) -> dict[str, str]:
    """All texts of `language` by dotted key (`mood.title`)."""
    raw = files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return {
        f"{section}.{key}": value
        for section, entries in tomllib.loads(raw).items()
        for key, value in entries.items()
    }


def text(key: str, language: Language, /, **values: object) -> str:
    """The text `key` in `language` with `values` filled in; a missing key is a KeyError."""
    spoken = {
        name: _Word(value) if isinstance(value, str) else value for name, value in values.items()
    }
    return texts(language)[key].format(**spoken)
