"""Take up the model that `maeum model use` chooses while the bot runs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.choice import ModelChoice, Stamp
from bot.errors import MaeumError
from bot.rounds import beside
from classifier.base import Model
from classifier.service import ClassifierService

logger = logging.getLogger(__name__)

INTERVAL = 1.0  # seconds between two looks at the file


@asynccontextmanager
async def following(
    choice: ModelChoice,
    classifier: ClassifierService,
    load: Callable[[str], Model],
    *,
    seen: Stamp,
    interval: float = INTERVAL,
) -> AsyncIterator[None]:
    """Serve what is chosen from the next message on; `load` is called off the event loop.

    `seen` is the choice's stamp from before the classifier's own model was loaded.
    A model that cannot be loaded, or fails on a first text, is refused: the old one serves on.
    """
    async with beside(_follow(choice, classifier, load, interval, seen), name="model choice"):
        yield


async def _follow(
    choice: ModelChoice,
    classifier: ClassifierService,
    load: Callable[[str], Model],
    interval: float,
    seen: Stamp,
) -> None:
    while True:
        await asyncio.sleep(interval)
        stamp = await asyncio.to_thread(choice.stamp)
        if stamp in (seen, None):
            continue
        seen = stamp
        serving = classifier.model.revision
        try:
            name = await asyncio.to_thread(choice.read)
            if name is None:
                continue
            model = await asyncio.to_thread(load, name)
            await classifier.replace(model)
        except MaeumError as error:
            logger.error("revision %s serves on, the model chosen is refused: %s", serving, error)
        except Exception:
            logger.exception("revision %s serves on, the model chosen failed", serving)
        else:
            logger.info("%s serves from now on, revision %s", name, model.revision)
