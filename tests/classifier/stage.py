"""A model whose runs a test can hold, fail, count and put in order."""

import asyncio
import threading
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from classifier.base import Group, Label, LabelSet, Prediction
from classifier.service import ClassifierService

HAPPY = Label(
    key="joy",
    ko="기쁨",
    en="joy",
    emoji="😊",
    slack="blush",
    group=Group.JOY,
    valence=1,
    arousal=0.5,
)


class StageModel:
    """Answers at once unless a gate is shut; fails on the texts in `failures`."""

    label_set = LabelSet(name="stage", labels=(HAPPY,))

    def __init__(self, revision: str = "r1") -> None:
        self.revision = revision
        self.gate = threading.Event()
        self.gate.set()
        self.gates: dict[str, threading.Event] = {}  # of texts that have one of their own
        self.failures: dict[str, BaseException] = {}
        self.started: list[str] = []  # every text, in the order its run began
        self.threads: set[str] = set()

    def predict(self, text: str) -> Prediction:
        """Score `text` by its checksum, so that no two texts share an answer."""
        self.started.append(text)
        self.threads.add(threading.current_thread().name)
        if not self.gates.get(text, self.gate).wait(timeout=30):
            raise TimeoutError("the test left the gate shut")
        if text in self.failures:
            raise self.failures[text]
        score = zlib.crc32(text.encode(errors="surrogatepass")) / 2**32
        return Prediction(
            text=text,
            revision=self.revision,
            label_set=self.label_set.name,
            label=HAPPY,
            group=Group.JOY,
            score=score,
            group_score=score,
        )


class BrokenModel(StageModel):
    """A model that fails on every text."""

    cause = OSError("model.onnx is torn")

    def predict(self, text: str) -> Prediction:
        """Fail."""
        raise self.cause


@asynccontextmanager
async def opened(model: StageModel, **settings: Any) -> AsyncIterator[ClassifierService]:
    """A service past its warm-up, with the model's record wiped; it closes with the gate open."""
    async with ClassifierService(model, **settings) as service:
        model.started.clear()
        try:
            yield service
        finally:
            for gate in (model.gate, *model.gates.values()):
                gate.set()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something a thread does."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.0005)


def threads() -> list[threading.Thread]:
    """The worker threads alive now."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("classifier-")]
