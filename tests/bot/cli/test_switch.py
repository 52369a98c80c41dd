"""A model chosen while the bot runs: the next messages use it, nothing stops, nothing is lost."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bot.choice import ModelChoice
from bot.cli.compose import load_model
from bot.cli.switch import following
from bot.events import Rule
from bot.service import Bot
from bot.settings import Backend, Settings
from classifier.bundle import Calibration, ModelBundle
from classifier.models import Models
from tests.classifier.published_repository import FOLDER
from tests.core import JOYFUL, ask, embedded_model, message, opened_bot


class Running:
    """A bot that follows its choice, and what was chosen for it."""

    def __init__(self, bot: Bot, choice: ModelChoice, other: ModelBundle) -> None:
        self.bot = bot
        self.choice = choice
        self.other = other

    @property
    def revision(self) -> str:
        """Of the model that serves now."""
        return self.bot.classifier.model.revision

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for the bot to have looked at the choice."""
        async with asyncio.timeout(20):
            while not true():
                await asyncio.sleep(0.01)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    """A bot on the embedded model; beside it one of 58 labels that always gives one."""
    made = Models(tmp_path / "cache").convert(FOLDER, label_set="aihub58")
    other = replace(made, calibration=Calibration.none(58)).write(tmp_path / "other")
    async with _serving(tmp_path) as (bot, choice):
        yield Running(bot, choice, other)


@asynccontextmanager
async def _serving(
    folder: Path, *, meanwhile: str | None = None
) -> AsyncIterator[tuple[Bot, ModelChoice]]:
    """A bot that follows its choice; `meanwhile` is chosen while it still starts."""
    settings = Settings.model_construct(cache=folder / "cache", backend=Backend.ONNX)
    load = partial(load_model, settings=settings)
    choice = ModelChoice(folder / "maeum.db")
    seen = choice.stamp()
    async with opened_bot(folder / "maeum.db") as bot:
        if meanwhile:
            choice.write(meanwhile)
        async with following(choice, bot.classifier, load, seen=seen, interval=0.01):
            yield bot, choice


async def test_the_next_messages_use_it_and_the_running_ones_end(running: Running) -> None:
    """Under a steady stream every message is answered, by the old model and then by the new."""
    old, new = embedded_model().revision, running.other.revision
    seen: list[str] = []

    async def stream() -> None:
        for number in range(2000):
            outcome = await running.bot.on_message(message(f"{JOYFUL} {number}", number=number))
            assert outcome.prediction is not None
            seen.append(outcome.prediction.revision)
            if seen[-1] == new and seen.count(new) > 20:
                return

    streaming = asyncio.create_task(stream())
    await running.until(lambda: len(seen) > 20)
    running.choice.write(str(running.other.folder))
    await streaming
    assert set(seen) == {old, new}
    assert seen == sorted(seen, key=[old, new].index)  # no message goes back to the old one


async def test_every_observation_names_the_revision_that_made_it(running: Running) -> None:
    """The store keeps each message under the model that read it, across a switch."""
    await running.bot.on_message(message(number=1))
    running.choice.write(str(running.other.folder))
    await running.until(lambda: running.revision == running.other.revision)
    await running.bot.on_message(message(number=2, text="오늘 정말 행복해요"))
    kept = [await running.bot.store.find(message(number=number).ref) for number in (1, 2)]
    assert [row.revision for row in kept if row] == [
        embedded_model().revision,
        running.other.revision,
    ]
    assert [row.label_set for row in kept if row] == ["goemotions28", "aihub58"]


async def test_moods_stay_comparable_over_a_change_of_label_set(running: Running) -> None:
    """A channel's mood counts both models' messages together, by group."""
    for number in range(12):
        await running.bot.on_message(message(number=number, author=f"person-{number % 4}"))
    running.choice.write(str(running.other.folder))
    await running.until(lambda: running.revision == running.other.revision)
    for number in range(12, 20):
        korean = message(number=number, text="오늘 정말 행복해요", author=f"person-{number % 4}")
        outcome = await running.bot.on_message(korean)
        assert outcome.prediction is not None
        group = outcome.prediction.group
    reply = await ask(running.bot, "channel 24h")
    assert "joy (60%)" in reply.text  # twelve of twenty, read by one model
    assert f"{group} (40%)" in reply.text  # eight of twenty, read by the other


async def test_a_choice_made_during_the_start_is_taken_up(tmp_path: Path) -> None:
    """A model takes seconds to load, and one chosen in them serves as soon as the bot does."""
    made = Models(tmp_path / "cache").convert(FOLDER, label_set="aihub58")
    async with _serving(tmp_path, meanwhile=str(made.folder)) as (bot, choice):
        running = Running(bot, choice, made)
        await running.until(lambda: running.revision == made.revision)


async def test_going_back_is_choosing_the_one_before(running: Running) -> None:
    """`maeum model use PREVIOUS` rolls back: the same revision as ever serves again."""
    running.choice.write(str(running.other.folder))
    await running.until(lambda: running.revision == running.other.revision)
    running.choice.write("default")
    await running.until(lambda: running.revision == embedded_model().revision)


async def test_a_broken_bundle_is_refused_and_the_old_one_serves_on(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """A changed byte is an error in the log; messages go on, and a good choice is still taken."""
    model = running.other.folder / "model.onnx"
    whole = model.read_bytes()
    model.write_bytes(whole[:-1])
    with caplog.at_level(logging.ERROR):
        running.choice.write(str(running.other.folder))
        await running.until(lambda: "is refused" in caplog.text)
    assert "model.onnx: size is" in caplog.text
    assert running.revision == embedded_model().revision
    outcome = await running.bot.on_message(message())
    assert outcome.rule is not Rule.UNAVAILABLE
    model.write_bytes(whole)
    running.choice.write(str(running.other.folder))
    await running.until(lambda: running.revision == running.other.revision)


async def test_an_unreadable_choice_changes_nothing(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that is no text, or is gone, leaves the model that serves."""
    running.choice.path.write_bytes(b"\xff\xfe\xff")
    await running.until(lambda: "cannot be read" in caplog.text)
    running.choice.path.unlink()
    await asyncio.sleep(0.05)
    assert running.revision == embedded_model().revision
    assert (await running.bot.on_message(message())).prediction is not None
