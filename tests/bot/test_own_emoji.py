"""A workspace's own emoji: read in both languages, written once, chosen for label or group."""

import pytest

from bot.events import Reaction
from bot.forms import Unreadable
from bot.own_emoji import OwnEmoji, reaction_for
from classifier.base import Language
from classifier.labels import load_label_set

FORM = OwnEmoji()
LABELS = load_label_set("goemotions28")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("joy=:party_parrot:", (("joy", ":party_parrot:"),)),
        ("기쁨 = tada, 분노=:fire:", (("joy", "tada"), ("anger", ":fire:"))),
        ("anger=<:grr:123>", (("anger", "<:grr:123>"),)),
        ("joy=🎉", (("joy", "🎉"),)),
        ("joy=a, joy=b", (("joy", "b"),)),
        ("none", ()),
        ("nobody", ()),
        ("없음", ()),
    ],
)
def test_what_people_write(raw: str, value: tuple[tuple[str, str], ...]) -> None:
    """Names in Korean and English, short names with colons or without, and emoji themselves."""
    assert FORM.read(raw) == value
    assert FORM.read(FORM.write(value)) == value
    for language in Language:
        assert FORM.shown(value, language)


@pytest.mark.parametrize("raw", ["", "joy", "joy=", "=tada", "sunshine=tada", "joy=two words"])
def test_what_cannot_be_read(raw: str) -> None:
    """An unknown emotion, or none, or no emoji, is refused."""
    with pytest.raises(Unreadable):
        FORM.read(raw)


def test_the_nearest_choice_shows() -> None:
    """A label's own choice before its group's, and the label set's emoji without any."""
    love = LABELS["love"]
    both = (("joy", ":tada:"), ("love", ":heart_eyes_cat:"))
    assert reaction_for(love, both).slack == "heart_eyes_cat"
    assert reaction_for(love, both[:1]) == Reaction(emoji=":tada:", slack="tada")
    assert reaction_for(love, ()) == Reaction.of(love)
