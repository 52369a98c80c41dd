"""The composition root: the one place that builds the core and opens what it holds.

Opened in the order store, classifier, core; closed in reverse.
"""

import asyncio
import importlib
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace

from bot.clock import Clock
from bot.dashboard.door import Door
from bot.errors import BadInput
from bot.identity import Pseudonyms
from bot.policy import ReactionPolicy
from bot.preferences import Preferences
from bot.service import Bot
from bot.settings import Backend, Settings
from bot.storage import MoodStore, load_key
from classifier.base import Model
from classifier.models import Models
from classifier.onnx import OnnxModel
from classifier.service import ClassifierService

logger = logging.getLogger(__name__)


@asynccontextmanager
async def open_store(settings: Settings, clock: Clock) -> AsyncIterator[MoodStore]:
    """The store named by the settings, alone: all that reading a mood needs."""
    async with MoodStore.open(settings.database, pseudonyms(settings), clock=clock) as store:
        yield store


@asynccontextmanager
async def open_classifier(settings: Settings) -> AsyncIterator[ClassifierService]:
    """The classifier named by the settings, warm."""
    model = await asyncio.to_thread(load_model, settings.model, settings)
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
            pseudonyms=pseudonyms(settings),
            clock=clock,
            defaults=defaults,
        )


@contextmanager
def opened_door(settings: Settings, clock: Clock) -> Iterator[Door | None]:
    """The dashboard's door, where browsers can reach one; its key is one of its own."""
    if settings.origin is None:
        yield None
        return
    door = Door(pseudonyms(settings).key_for("dashboard links"), settings.origin, clock)
    with closing(door):
        yield door


def load_model(name: str, settings: Settings) -> Model:
    """The model that `name` means, opened; fetched and converted first if it never was."""
    models = Models(settings.cache)
    bundle = models.bundle(name)
    if not bundle.metrics:
        logger.warning("%s is not fitted to labelled texts; see maeum model calibrate", name)
    if settings.backend is Backend.ONNX:
        return OnnxModel.open(bundle)
    checkpoint = models.checkpoint(name)
    try:
        # By name, and only now: a serving machine has no TensorFlow, and the bot never imports it.
        backend = importlib.import_module("training.backend")
    except ModuleNotFoundError as error:
        raise BadInput(
            f"--backend tensorflow needs {error.name}; install it with pip install"
            " 'maeum[training]'"
        ) from None
    opened: Model = backend.TensorFlowModel.open(bundle, checkpoint)
    return opened


def pseudonyms(settings: Settings) -> Pseudonyms:
    """What turns ids into the keyed hashes of this install."""
    secret = settings.secret.get_secret_value() if settings.secret else None
    return Pseudonyms(load_key(secret, settings.database))
