"""Failures, timeouts, closing and replacing: every call ends, and the service goes on."""

import asyncio
import logging
from collections.abc import Iterator

import pytest

from classifier.base import ClassifierError, Closed, Prediction, Timeout
from classifier.request_queue import Request, RequestQueue
from classifier.service import ClassifierService
from tests.classifier.stage import StageModel, opened, threads, until

SECRET = "my secret diary"


class BrokenModel(StageModel):
    """A model that fails on every text."""

    cause = OSError("model.onnx is torn")

    def predict(self, text: str) -> Prediction:
        """Fail."""
        raise self.cause


@pytest.fixture(autouse=True)
def _no_worker_survives() -> Iterator[None]:
    """Whatever a test does, its worker threads end."""
    yield
    for thread in threads():
        thread.join(5)
    assert not threads()


async def test_a_model_failure_reaches_each_caller_as_an_error_of_its_own() -> None:
    """Two callers of one failed run get two errors, chained from one cause; the next text works."""
    model = StageModel()
    cause = model.failures[SECRET] = RuntimeError(SECRET)
    async with opened(model, workers=1) as service:
        model.gate.clear()
        calls = [asyncio.create_task(service.classify(SECRET)) for _ in range(2)]
        await until(lambda: bool(model.started))
        model.gate.set()
        first, second = await asyncio.gather(*calls, return_exceptions=True)
        assert type(first) is type(second) is ClassifierError
        assert first is not second
        assert first.__cause__ is second.__cause__ is cause
        assert model.started == [SECRET]
        assert (await service.classify("next")).text == "next"
        assert (service.stats.failed, service.stats.done) == (2, 1)


async def test_a_failure_is_told_without_the_text(caplog: pytest.LogCaptureFixture) -> None:
    """Neither the error's sentence nor the log repeats what a person wrote."""
    model = StageModel()
    model.failures[SECRET] = RuntimeError(f"cannot read {SECRET!r}")
    async with opened(model, workers=1) as service:
        with pytest.raises(ClassifierError, match="RuntimeError") as caught:
            await service.classify(SECRET)
    assert SECRET not in str(caught.value)
    assert SECRET not in caplog.text
    assert "RuntimeError" in caplog.text


async def test_a_failure_is_not_remembered() -> None:
    """The same text is tried again the next time."""
    model = StageModel()
    model.failures["a"] = MemoryError()
    async with opened(model, workers=1) as service:
        with pytest.raises(ClassifierError):
            await service.classify("a")
        model.failures.clear()
        assert (await service.classify("a")).text == "a"


@pytest.mark.parametrize(
    "error", [SystemExit(1), KeyboardInterrupt(), asyncio.CancelledError(), StopIteration()]
)
async def test_no_error_of_the_model_ends_a_worker(error: BaseException) -> None:
    """Even what is not an Exception reaches the caller, and the same thread serves the next."""
    model = StageModel()
    model.failures["bad"] = error
    async with opened(model, workers=1) as service:
        with pytest.raises(ClassifierError) as caught:
            await service.classify("bad")
        assert caught.value.__cause__ is error
        assert (await service.classify("good")).text == "good"
        assert model.threads == {"classifier-0"}


async def test_a_call_that_waits_too_long_ends_in_timeout() -> None:
    """A running one is given up, a queued one is not even run, and both are counted."""
    model = StageModel()
    async with opened(model, workers=1, timeout=0.2) as service:
        model.gate.clear()
        calls = [service.classify(text) for text in ("running", "queued")]
        ends = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(end) for end in ends] == [Timeout, Timeout]
        assert (service.stats.timed_out, service.stats.queued) == (2, 0)
        model.gate.set()
        assert (await service.classify("next")).text == "next"
        assert model.started == ["running", "next"]
        assert (await service.classify("running")).text == "running"
        assert service.stats.cached == 1  # what came too late was kept for the next caller


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


async def test_calls_end_when_workers_die(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One worker's death leaves the other serving; when none is left, waiting calls get Closed."""
    model = StageModel()
    take = RequestQueue.take
    deaths = iter([False, False, True, False, True])  # two warm-ups, then run by run

    def sometimes_die(queue: RequestQueue) -> Request | None:
        if next(deaths):
            raise MemoryError
        return take(queue)

    monkeypatch.setattr(RequestQueue, "take", sometimes_die)
    async with opened(model, workers=2) as service:
        assert (await service.classify("a")).text == "a"
        await until(lambda: len(threads()) == 1)
        assert "died" in caplog.text
        model.gate.clear()
        last, queued = (asyncio.create_task(service.classify(text)) for text in "bc")
        await until(lambda: model.started == ["a", "b"])
        model.gate.set()
        assert (await last).text == "b"
        assert (await asyncio.wait_for(queued, 5)).text == "c"
        with pytest.raises(Closed):
            await service.classify("d")


async def test_a_new_model_serves_the_next_request() -> None:
    """What runs ends on the old model, what comes later runs on the new one, cache and all."""
    old, new = StageModel("old"), StageModel("new")
    async with opened(old, workers=2) as service:
        assert (await service.classify("seen")).revision == "old"
        old.gate.clear()
        running = asyncio.create_task(service.classify("running"))
        await until(lambda: "running" in old.started)
        await service.replace(new)
        assert len(new.started) == 1  # its warm-up
        assert service.model is new
        assert (await service.classify("seen")).revision == "new"
        assert (await service.classify("running")).revision == "new"
        old.gate.set()
        assert (await running).revision == "old"


async def test_a_new_model_that_fails_is_not_taken() -> None:
    """The old one goes on serving."""
    old = StageModel("old")
    async with opened(old, workers=1) as service:
        with pytest.raises(ClassifierError, match="OSError"):
            await service.replace(BrokenModel("broken"))
        assert service.model is old
        assert (await service.classify("next")).revision == "old"


async def test_nothing_is_logged_at_a_calm_end(caplog: pytest.LogCaptureFixture) -> None:
    """Opening, answering and closing say nothing."""
    with caplog.at_level(logging.DEBUG, logger="classifier"):
        async with opened(StageModel(), workers=1) as service:
            await service.classify("a")
    assert not [record for record in caplog.records if record.name.startswith("classifier")]
