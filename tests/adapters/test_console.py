"""What the terminal shows of a message is whole, whatever its length."""

from io import StringIO

import pytest
from rich.console import Console

from adapters.console import Terminal
from bot.events import Outcome, Reaction, Rule
from classifier.base import Label, Language, Prediction
from classifier.labels import load_label_set
from tests.core import message

LABELS = [label for name in ("goemotions28", "aihub58") for label in load_label_set(name).labels]


def shown(text: str, outcome: Outcome) -> str:
    """What a terminal of 96 cells prints for a message."""
    out = StringIO()
    terminal = Terminal(Console(file=out, width=96), Language.EN, "UTC")
    terminal.show_outcome(message(text), outcome)
    return out.getvalue()


@pytest.mark.parametrize("label", LABELS, ids=lambda label: label.key)
def test_no_label_is_too_long_to_show(label: Label) -> None:
    """The name and the score of every label stand whole beside a message."""
    prediction = Prediction(
        text="", revision="", label_set="", label=label, group=label.group, score=1, group_score=1
    )
    outcome = Outcome(rule=Rule.REACTED, prediction=prediction, reaction=Reaction.of(label))
    assert f"{label.en} 100%" in shown("I'm just really disappointed", outcome)


@pytest.mark.parametrize("length", range(20, 60))
def test_no_word_is_cut(length: int) -> None:
    """A word wider than its column goes on in the next line; no syllable of it is lost."""
    printed = "".join(shown("발표자료" * length, Outcome(rule=Rule.NEUTRAL)).split())
    assert "…" not in printed
    assert printed.count("료") == length
