"""Whether a text is in a language the bundle speaks, as far as script and unknown tokens tell.

Foreign scripts are told surely. Foreign languages in the Latin script are not: Vietnamese is now
and then, by its letters; Turkish, Polish, French, German, Spanish and Indonesian pass for English.
"""

import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping
from enum import StrEnum
from functools import lru_cache

from classifier.base import Language
from classifier.text import spoken

# Together these refuse 2 of 102,878 rows of the Korean and English corpora: pictures in Braille.
MAX_OTHER_SHARE = 0.2  # 日本 가고 싶다 is Korean, YouTube見てる is not English
MIN_SPOKEN_SHARE = 0.5  # for a bundle of one language; 오늘 meeting 길었어 is Korean
MAX_UNKNOWN_SHARE = 0.4  # 밤샜어 has a third: the vocabulary lacks some syllables

_LATIN_1_END = "\u00ff"


class Script(StrEnum):
    """What the letters of a text belong to."""

    HANGUL = "hangul"  # syllables and jamo
    LATIN = "latin"  # with the accents of café and naïve, without those of no English word
    OTHER = "other"


_SCRIPT = {Language.KO: Script.HANGUL, Language.EN: Script.LATIN}


def script_shares(text: str) -> Mapping[Script, float]:
    """The share of each script in the letters of a normalised text; all 0 without letters.

    Letters count as typed: a Hangul syllable is two or three, a styled letter (𝓱) a plain one.
    """
    letters: Counter[Script] = Counter()
    for char in unicodedata.normalize("NFKC", spoken(text)):
        if char.isalpha():
            script = _script(char)
            typed = unicodedata.normalize("NFD", char) if script is Script.HANGUL else char
            letters[script] += len(typed)
    return {script: letters[script] / max(1, letters.total()) for script in Script}


def speaks(text: str, languages: Collection[Language], *, unknown_share: float) -> bool:
    """Whether a normalised text may be in one of `languages`, or in a mixture of them.

    `unknown_share` is the share of tokens the bundle's tokenizer does not know. A text without
    letters is in no language, so nothing speaks against it.
    """
    if unknown_share > MAX_UNKNOWN_SHARE:
        return False
    shares = script_shares(text)
    if not any(shares.values()):
        return True
    spoken_share = sum(shares[_SCRIPT[language]] for language in set(languages))
    return shares[Script.OTHER] <= MAX_OTHER_SHARE and spoken_share >= MIN_SPOKEN_SHARE


@lru_cache(maxsize=4096)  # chats repeat their letters, and their names are long in coming
def _script(char: str) -> Script:
    name = unicodedata.name(char, "")
    if name.startswith("HANGUL"):
        return Script.HANGUL
    return Script.LATIN if name.startswith("LATIN") and char <= _LATIN_1_END else Script.OTHER
