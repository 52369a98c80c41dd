"""The composition root: the one place that builds the core and opens what it holds.

Opened in the order store, classifier, core; closed in reverse.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.clock import Clock
from bot.errors import BadSetting
from bot.identity import Pseudonyms
from bot.policy import ReactionPolicy
from bot.preferences import Preferences
from bot.service import Bot
from bot.settings import Settings
from bot.storage import MoodStore, load_key
from classifier.bundle import ModelBundle, default_bundle
from classifier.onnx import OnnxModel
from classifier.service import ClassifierService


@asynccontextmanager
async def open_store(settings: Settings, clock: Clock) -> AsyncIterator[MoodStore]:
    """The store named by the settings, alone: all that reading a mood needs."""
    async with MoodStore.open(settings.database, _pseudonyms(settings), clock=clock) as store:
        yield store


@asynccontextmanager
async def open_classifier(settings: Settings) -> AsyncIterator[ClassifierService]:
    """The classifier named by the settings, warm."""
    model = await asyncio.to_thread(_load, settings.model)
    async with ClassifierService(model, workers=settings.threads) as classifier:
        yield classifier


@asynccontextmanager
async def open_bot(
    settings: Settings, clock: Clock, *, min_people: int | None = None
) -> AsyncIterator[Bot]:
    """The whole core, without a platform; `min_people` replaces the install default."""
    defaults = Preferences(locale=settings.locale, timezone=settings.timezone)
    if min_people is not None:
        defaults = replace(defaults, min_people=min_people)
    async with open_store(settings, clock) as store, open_classifier(settings) as classifier:
        yield Bot(
            store=store,
            classifier=classifier,
            policy=ReactionPolicy(clock),
            pseudonyms=_pseudonyms(settings),
            clock=clock,
            defaults=defaults,
        )


def _load(name: str) -> OnnxModel:
    if name == "default":
        return OnnxModel.open(ModelBundle.read(default_bundle()))
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise BadSetting(f"MAEUM_MODEL={name} is neither 'default' nor a bundle folder")
    return OnnxModel.open(ModelBundle.read(folder))


def _pseudonyms(settings: Settings) -> Pseudonyms:
    secret = settings.secret.get_secret_value() if settings.secret else None
    return Pseudonyms(load_key(secret, settings.database))
