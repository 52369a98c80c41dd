"""Failures, timeouts, deaths and replacements: every call ends, and the service goes on."""

import asyncio
import threading

import pytest

from classifier import workers
from classifier.base import ClassifierError, Closed, Timeout
from classifier.request_queue import Outcome, Request, RequestQueue
from tests.classifier.stage import BrokenModel, StageModel, opened, threads, until

pytestmark = pytest.mark.usefixtures("no_worker_survives")

SECRET = "my secret diary"


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


def die(monkeypatch: pytest.MonkeyPatch, *deaths: bool) -> None:
    """Have workers die on those of their turns to the queue that are True."""
    take, left = RequestQueue.take, iter(deaths)

    def sometimes_die(queue: RequestQueue) -> Request | None:
        if next(left):
            raise MemoryError
        return take(queue)

    monkeypatch.setattr(RequestQueue, "take", sometimes_die)


async def test_calls_end_when_workers_die(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One worker's death leaves the other serving; when none is left, waiting calls get Closed."""
    model = StageModel()
    die(monkeypatch, False, False, True, True)  # after two warm-ups, then after each run
    async with opened(model, workers=2) as service:
        assert (await service.classify("a")).text == "a"
        await until(lambda: len(threads()) == 1)
        assert "died" in caplog.text
        model.gate.clear()
        last, queued = (asyncio.create_task(service.classify(text)) for text in "bc")
        await until(lambda: model.started == ["a", "b"])
        model.gate.set()
        assert (await last).text == "b"
        with pytest.raises(Closed):
            await queued
        with pytest.raises(Closed):
            await service.classify("d")


async def test_what_was_finished_before_a_death_is_delivered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An answer the loop has not come round for yet is not lost with the last worker."""
    monkeypatch.setattr(workers, "_ROUND", 3600)
    model = StageModel()
    die(monkeypatch, False, False, True)  # after the warm-up, after `a`, after `b`
    async with opened(model, workers=1) as service:
        model.gates["b"] = threading.Event()
        calls = [asyncio.create_task(service.classify(text)) for text in "abc"]
        await calls[0]
        model.gates["b"].set()
        ends = await asyncio.wait_for(asyncio.gather(*calls[1:], return_exceptions=True), 5)
        assert getattr(ends[0], "text", None) == "b"
        assert isinstance(ends[1], Closed)


async def test_a_worker_that_dies_ends_the_request_in_its_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its caller learns the cause at once instead of waiting for the timeout."""

    def out_of_memory(request: Request) -> Outcome:
        raise MemoryError

    async with opened(StageModel(), workers=1) as service:
        monkeypatch.setattr(workers, "_outcome", out_of_memory)
        with pytest.raises(ClassifierError) as caught:
            await service.classify("a")
        assert isinstance(caught.value.__cause__, MemoryError)


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
