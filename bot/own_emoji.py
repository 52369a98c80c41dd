"""A workspace's own emoji: which one stands for an emotion instead of the label set's."""

import re
from functools import cache

from bot.events import Reaction
from bot.forms import Unreadable, says
from bot.locale import text
from classifier.base import Label, Language
from classifier.labels import label_set_names, load_label_set

Chosen = tuple[tuple[str, str], ...]  # pairs of a label's key or a group, and an emoji

_MOST, _LONGEST = 64, 80
# A Slack name with or without its colons, Discord's <:name:id>, or the emoji itself.
_EMOJI = re.compile(r":?[\w+'-]{1,80}:?|<a?:\w{1,64}:\d{1,20}>|[^\w\s=,]{1,20}")


class OwnEmoji:
    """`joy=:party_parrot:, 분노=:fire:`: an emoji for a group or a label, each named once."""

    def read(self, raw: str) -> Chosen:
        """The pairs, in order; a later one for the same emotion wins."""
        if says(raw, "nothing") or says(raw, "nobody"):
            return ()
        chosen: dict[str, str] = {}
        for pair in raw.split(","):
            word, _, emoji = pair.partition("=")
            key = _emotions().get(_folded(word))
            if key is None or not _EMOJI.fullmatch(emoji.strip()):
                raise Unreadable
            chosen[key] = emoji.strip()
        if len(chosen) > _MOST:
            raise Unreadable
        return tuple(chosen.items())

    def write(self, value: Chosen) -> str:
        """The pairs with the emotions' keys."""
        return ",".join(f"{key}={emoji}" for key, emoji in value) or "nobody"

    def shown(self, value: Chosen, language: Language) -> str:
        """The pairs, or the word for none."""
        pairs = ", ".join(f"{key}={emoji}" for key, emoji in value)
        return pairs or text("preferences.nothing", language)

    def allowed(self, language: Language) -> str:
        """How to write a pair, and the word for none."""
        nothing = text("preferences.nothing", language)
        return text("preferences.emoji_form", language, nothing=nothing)


def reaction_for(label: Label, chosen: Chosen) -> Reaction:
    """The reaction that shows `label`: chosen for the label, else for its group, else its own."""
    own = dict(chosen)
    emoji = own.get(label.key) or own.get(label.group)
    return Reaction(emoji=emoji, slack=emoji.strip(":")) if emoji else Reaction.of(label)


@cache
def _emotions() -> dict[str, str]:
    """What people call an emotion -> its key. A label shares its group's name where they agree."""
    names: dict[str, str] = {}
    for label_set in map(load_label_set, label_set_names()):
        for label in label_set.labels:
            names |= {_folded(name): label.key for name in (label.en, label.ko, label.key)}
    for label_set in map(load_label_set, label_set_names()):
        for group in {label.group for label in label_set.labels}:
            names |= {_folded(name): group.value for name in (group.ko, group.en)}
    return names


def _folded(word: str) -> str:
    return "".join(word.split()).casefold()
