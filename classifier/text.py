"""Text normalisation, the same in training and in serving.

A message becomes what its author said: markup, links, code and other people's quoted words go,
stretched letters shrink, emoji short codes become emoji. `normalise` keeps four promises: at most
MAX_CHARS characters come out whatever goes in, the time is linear, nothing raises, and
normalising twice changes nothing.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

import emoji

MAX_CHARS = 4_000
MIN_LETTERS = 2
NAME = "[NAME]"  # a mentioned person; GoEmotions masks names so, in every seventh row

# Removing markup can uncover markup, so passes repeat until nothing changes. People nest markup
# two or three deep; a text that still changes after this many passes was built to.
_PASSES = 8

# What nobody sees, or what tells no emotion apart: controls, variation selectors, skin tones.
# Category Cf holds the zero-width and bidi controls, and with them the joiner of emoji sequences:
# the tokenizer takes a sequence apart there anyway.
_UNSEEN_CATEGORIES = {"Cc", "Cf", "Cs"}
_UNSEEN = re.compile("[\u034f\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]")
_SPACES = re.compile("[\\s\u115f\u1160\u2800\u3164\uffa0]+")  # some blanks count as letters

_QUOTE = ("> ", "&gt; ")
_QUOTE_TO_THE_END = (">>> ", "&gt;&gt;&gt; ")
_QUOTE_MARKS = re.compile(r"^(?:>+ )+")

_CODE = re.compile(r"```.*?```|`[^`]+`", re.DOTALL)
_MASKED_LINK = re.compile(r"\[([^\[\]]*)\]\(<?https?://[^\s()<>]*>?\)")
_ANGLED = re.compile(  # Discord's and Slack's markup; any other <...> is the author's own
    r"""<(?:
        (?P<person> @!?\w+ (?:\|[^<>]*)? )
      | (?:https?|mailto|tel): [^<>|]* (?:\|(?P<label>[^<>]*))?
      | @&\d+ | \#\w+ (?:\|[^<>]*)?        # a role, a channel
      | ![^<>]* | /[^<>:]+:\d+             # Slack's !here, !subteam^, !date^; a slash command
      | t:-?\d+ (?::\w)? | id:\w+          # a time, a page of the server
      | a?:\w+:\d+                         # a custom emoji
    )>""",
    re.VERBOSE,
)
_ADDRESS = re.compile(
    r"(?i:https?://|(?<!\w)www\.)[^\s<>|*]+"
    r"|(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
    r"|@(?:everyone|here)(?![A-Za-z0-9_])"
)
_ESCAPE = re.compile(r"&(?:amp;)*(amp|lt|gt);")  # Slack makes these three and no others
_ESCAPED = {"amp": "&", "lt": "<", "gt": ">"}
_SHORT_CODE = re.compile(r":([\w+'-]+):")
_SLACK_CODES = {  # Slack's own names that the emoji package lacks, of faces and gestures
    "smiling_face_with_3_hearts": "🥰",
    "face_palm": "🤦",
    "woman-facepalming": "🤦",
    "man-facepalming": "🤦",
    "woman-shrugging": "🤷",
    "man-shrugging": "🤷",
    "woman-bowing": "🙇",
    "man-bowing": "🙇",
}

# Every pattern of `_without_markup` needs one of these.
_MAY_BE_MARKUP = re.compile(r"[`\[<:@&*_~|]|www\.", re.IGNORECASE)

_MARKS = re.compile(r"\*+|_+|~+|\|+")
_EMPHASIS = {"*", "**", "***", "_", "__", "___", "~~", "||"}  # a lone ~ softens Korean: it stays
_BEFORE_EMPHASIS = frozenset("([{\"'“‘*_~|")

_STRETCHED = re.compile(r"([^\W\d_])\1{2,}|([^\w\s]|_)\2{3,}")
_NAMES = re.compile(r"\[NAME\](?: ?\[NAME\])+")
_NOT_A_WORD = re.compile(r"[^\w\s]|_")


def normalise(raw: str) -> str:
    """What `raw` says, in one line of at most MAX_CHARS characters; empty when it says nothing.

    Mentioned people become NAME, as in the corpora. Custom emoji and unknown short codes go: their
    names (`:catjam:`, `:this_is_fine:`) are words that nobody said.
    """
    text = "\n".join(_own_lines(_CODE.sub(" ", _seen(raw[:MAX_CHARS]))))
    for _ in range(_PASSES):
        before, text = text, _tidy(_without_markup(text))
        if text == before:
            return text
    return _tidy(_NOT_A_WORD.sub(" ", text))  # with nothing left that could be markup


def has_words(text: str) -> bool:
    """Whether a normalised text says anything in letters.

    Numbers, punctuation and emoji alone do not. ㅋㅋ and ㅠㅠ do: they are how Korean laughs and
    cries in writing, and people labelled rows of nothing else in KOTE.
    """
    return _letters(text) > 0


def is_too_short(text: str) -> bool:
    """Whether a normalised text has fewer than MIN_LETTERS letters: ㅋ has, 헐 has not."""
    return _letters(text) < MIN_LETTERS


def spoken(text: str) -> str:
    """A normalised text without the masks of mentioned people, which are not the author's words."""
    return text.replace(NAME, " ")


def _letters(text: str) -> int:
    # Decomposed, a Hangul syllable is the two or three letters it was typed with.
    return sum(char.isalpha() for char in unicodedata.normalize("NFD", spoken(text)))


def _seen(text: str) -> str:
    kept = (
        char
        for char in text
        if char.isspace() or unicodedata.category(char) not in _UNSEEN_CATEGORIES
    )
    return _UNSEEN.sub("", "".join(kept))


def _own_lines(text: str) -> Iterator[str]:
    """The lines that are not quoted from somebody else; only here do line ends matter."""
    for line in text.splitlines():
        if line.startswith(_QUOTE_TO_THE_END):
            return
        if not line.startswith(_QUOTE):
            yield line


def _without_markup(text: str) -> str:
    if not _MAY_BE_MARKUP.search(text):  # most messages: a third of the time
        return text
    text = _CODE.sub(" ", text)
    text = _MASKED_LINK.sub(r" \1 ", text)
    text = _ANGLED.sub(_said_in_angles, text)
    text = _ADDRESS.sub(" ", text)
    text = _ESCAPE.sub(lambda match: _ESCAPED[match[1]], text)
    text = _SHORT_CODE.sub(_emoji_or_nothing, text)
    return _without_emphasis(text)


def _said_in_angles(match: re.Match[str]) -> str:
    if match["person"]:
        return NAME
    return f" {match['label'] or ''} "


def _emoji_or_nothing(match: re.Match[str]) -> str:
    code, (before, after) = match[1], _neighbours(match)
    found = _emoji_by_code().get(code)
    if found and not (_is_plain(before) and _is_plain(after)):  # a:b:c is none
        return found
    is_custom = not before.isalnum() and not after.isalnum() and any(map(str.isalpha, code))
    return " " if is_custom else match[0]  # 12:30:45 is none


@cache
def _emoji_by_code() -> dict[str, str]:
    """Emoji by short code. The package's own lookup walks 5,000 entries for an unknown code."""
    by_name: dict[str, str] = {}
    by_alias: dict[str, str] = {}
    for char, about in emoji.EMOJI_DATA.items():
        if about["status"] <= emoji.STATUS["fully_qualified"]:
            by_name[about["en"].strip(":")] = _seen(char)
            by_alias |= {alias.strip(":"): _seen(char) for alias in about.get("alias", ())}
    codes = by_name | by_alias | _SLACK_CODES
    return {code: char for code, char in codes.items() if char}


def _without_emphasis(text: str) -> str:
    """Unwrap `**bold**` and its kin; a mark without its partner (`f**k`, `^_^`) stays."""
    opened: dict[str, re.Match[str]] = {}
    paired: list[re.Match[str]] = []
    for mark in _MARKS.finditer(text):
        opener = opened.pop(mark[0], None)
        if opener and _closes(opener, mark):
            paired += [opener, mark]
            opened = {key: one for key, one in opened.items() if one.start() < opener.start()}
        elif _opens(mark):
            opened[mark[0]] = mark
    return _cut(text, sorted(mark.span() for mark in paired))


def _opens(mark: re.Match[str]) -> bool:
    before, after = _neighbours(mark)
    fits = not before or before.isspace() or before in _BEFORE_EMPHASIS
    return fits and mark[0] in _EMPHASIS and not after.isspace()


def _closes(opener: re.Match[str], mark: re.Match[str]) -> bool:
    inside, (_, after) = mark.string[opener.end() : mark.start()], _neighbours(mark)
    # Korean particles follow a closing mark at once: **마음**이. Faces like (*_*) hold no word.
    return not _is_plain(after) and not inside[-1:].isspace() and any(map(str.isalnum, inside))


def _neighbours(match: re.Match[str]) -> tuple[str, str]:
    """The characters before and after a match; empty at the ends of the text."""
    text, (start, end) = match.string, match.span()
    return text[start - 1 : start], text[end : end + 1]


def _is_plain(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _cut(text: str, spans: list[tuple[int, int]]) -> str:
    kept, end = [], 0
    for start, stop in spans:
        kept.append(text[end:start])
        end = stop
    return "".join([*kept, text[end:]])


def _tidy(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    text = _STRETCHED.sub(lambda match: match[1] * 2 if match[1] else match[2] * 3, text)
    text = _SPACES.sub(" ", text).strip()
    text = _NAMES.sub(NAME, text)
    text = _QUOTE_MARKS.sub("", text)  # else a second reading would take them for a quote's
    return text[:MAX_CHARS].rstrip()
