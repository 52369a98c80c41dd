"""Opening and closing: nothing accepted is lost, and nothing is left behind."""

import asyncio
import gc
import logging

import pytest

from classifier.base import ClassifierError, Closed, Prediction, Timeout
from classifier.service import ClassifierService
from tests.classifier.stage import BrokenModel, StageModel, opened, threads, until

pytestmark = pytest.mark.usefixtures("no_worker_survives")

SECRET = "my secret diary"


async def test_a_failing_warm_up_refuses_to_open() -> None:
    """A model that cannot answer is found out at the start, and nothing is left running."""
    service = ClassifierService(BrokenModel(), workers=2)
    with pytest.raises(ClassifierError) as caught:
        await service.__aenter__()
    assert caught.value.__cause__ is BrokenModel.cause
    assert not threads()
    with pytest.raises(Closed):
        await service.classify("a")


async def test_a_warm_up_that_never_ends_refuses_to_open() -> None:
    """Opening is bounded by the timeout as well."""
    model = StageModel()
    model.gate.clear()
    with pytest.raises(Timeout):
        await ClassifierService(model, workers=1, timeout=0.2).__aenter__()
    model.gate.set()


async def test_closing_answers_the_accepted_calls() -> None:
    """Running and queued calls are finished, new ones refused, and no thread is left."""
    model = StageModel()
    service = ClassifierService(model, workers=2, queue_limit=50)
    async with service:
        model.gate.clear()
        calls = [asyncio.create_task(service.classify(f"t{n}")) for n in range(52)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(service.aclose())
        await asyncio.sleep(0)
        with pytest.raises(Closed):
            await service.classify("too late")
        assert not closing.done()
        model.gate.set()
        await closing
        assert [call.result().text for call in calls] == [f"t{n}" for n in range(52)]
        assert not threads()


async def test_closing_twice_or_unopened_is_harmless() -> None:
    """Close is idempotent, also at the same time; a service that never opened takes no texts."""
    service = ClassifierService(StageModel(), workers=1)
    with pytest.raises(Closed):
        await service.classify("too early")
    await service.aclose()
    async with ClassifierService(StageModel(), workers=2) as other:
        await asyncio.gather(other.aclose(), other.aclose())


async def test_closing_does_not_wait_for_a_stuck_model(caplog: pytest.LogCaptureFixture) -> None:
    """A run that never ends costs its caller a Timeout and the close no more than the timeout."""
    model = StageModel()
    async with ClassifierService(model, workers=2, timeout=0.2) as service:
        model.gate.clear()
        call = asyncio.create_task(service.classify("stuck"))
        await asyncio.sleep(0)
        async with asyncio.timeout(1):
            await service.aclose()
        assert "left behind" in caplog.text
        with pytest.raises(Timeout):
            await call
        assert (service.stats.queued, service.stats.running) == (0, 0)
    model.gate.set()
    await until(lambda: not threads())
    await asyncio.sleep(0)
    assert not [record for record in caplog.records if record.levelno > logging.WARNING]


async def test_a_cancelled_close_still_ends_the_workers() -> None:
    """Cancelling the close leaves no call hanging and no thread behind."""
    model = StageModel()
    service = await ClassifierService(model, workers=1).__aenter__()
    model.gate.clear()
    calls = [asyncio.create_task(service.classify(text)) for text in "abc"]
    closing = asyncio.create_task(service.aclose())
    await until(lambda: bool(model.started[1:]))
    closing.cancel()
    await asyncio.wait([closing])
    assert closing.cancelled()
    model.gate.set()
    assert [answer.text for answer in await asyncio.gather(*calls)] == ["a", "b", "c"]


def test_a_loop_that_ends_without_a_close_takes_the_workers_along() -> None:
    """A worker that comes back to a closed loop ends quietly, running nothing more."""
    model = StageModel()

    async def leave() -> None:
        service = await ClassifierService(model, workers=1).__aenter__()
        model.gate.clear()
        calls = [asyncio.create_task(service.classify(text)) for text in "abc"]
        await until(lambda: len(model.started) == 2)
        assert not any(call.done() for call in calls)

    asyncio.run(leave())
    model.gate.set()
    for thread in threads():
        thread.join(5)
    assert model.started[1:] == ["a"]


async def test_no_text_outlives_the_service() -> None:
    """The cache holds texts as the model saw them, and lets go of them at the close."""

    def remembered() -> bool:
        predictions = (value for value in gc.get_objects() if isinstance(value, Prediction))
        return any(prediction.text == SECRET for prediction in predictions)

    async with opened(StageModel(), workers=1) as service:
        await service.classify(SECRET)
        assert remembered()
    assert not remembered()


async def test_nothing_is_logged_at_a_calm_end(caplog: pytest.LogCaptureFixture) -> None:
    """Opening, answering and closing say nothing."""
    with caplog.at_level(logging.DEBUG, logger="classifier"):
        async with opened(StageModel(), workers=1) as service:
            await service.classify("a")
    assert not [record for record in caplog.records if record.name.startswith("classifier")]
