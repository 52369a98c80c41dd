"""Corrections, from a press to a corpus: `maeum export corrections` and the training package."""

from pathlib import Path

import numpy as np

from bot.cli.compose import open_bot
from bot.clock import ManualClock
from bot.commands.dispatch import Commands
from bot.events import CommandRequest
from bot.service import Bot
from bot.settings import load_settings
from tests.core import CHANNEL, JOYFUL, NOW, ask, message
from tests.scenarios.test_terminal import maeum
from training.config import parse_recipe
from training.corpora import read_corpus
from training.samples import YES, heads_of

CORRECTED = [
    (f'{JOYFUL}\n"Really", said she, 정말요', "sadness"),
    ("오늘 진짜 최고의 하루였어, 너무 행복해!", "pride"),
]
RECIPE = """
label_set = "goemotions28"
objective = "multi"
languages = ["ko", "en"]
[base]
path = "base"
[[corpora]]
name = "corrections"
path = "corrections.csv"
"""


async def correct(bot: Bot, number: int, text: str, label: str) -> None:
    """Somebody's message is counted, and June says what it was."""
    event = message(text, number=number)
    await bot.on_message(event)
    offer = (await ask(bot, "why", author="june", target=event)).offer
    assert offer is not None
    pressed = CommandRequest(channel=CHANNEL, author="june")
    await Commands(bot).correct(pressed, offer.ticket, label)


async def test_the_table_is_a_corpus(tmp_path: Path) -> None:
    """A recipe takes the file by its name alone; rows without a text are left out and counted."""
    database = tmp_path / "maeum.db"
    settings = load_settings(MAEUM_DATABASE=database, MAEUM_LOCALE="en")
    async with open_bot(settings, ManualClock(NOW)) as bot:
        await ask(bot, "settings corrections label", is_manager=True)
        await correct(bot, 1, JOYFUL, "anger")
        await ask(bot, "settings corrections text", is_manager=True)
        for number, (text, label) in enumerate(CORRECTED, start=2):
            await correct(bot, number, text, label)
    out = tmp_path / "corrections.csv"
    exporting = ("export", "corrections", "--out", str(out), "--database", str(database))
    done = maeum(*exporting, cwd=tmp_path, MAEUM_LOCALE="en")
    assert "Wrote 2 rows" in done.stdout
    assert "Left out 1" in done.stdout
    recipe = parse_recipe(RECIPE, "test")
    labels = recipe.labels
    samples, tally = read_corpus(recipe.corpora[0], heads_of(labels, ()), tmp_path)
    assert (tally.read, tally.kept, tally.wrong) == (2, 2, [])
    found = {
        text: labels.keys[int(np.flatnonzero(row == YES)[0])]
        for text, row in zip(samples.texts, samples.targets, strict=True)
    }
    assert found == {" ".join(text.split()): label for text, label in CORRECTED}
