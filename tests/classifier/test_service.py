"""How calls are accepted, ordered, shared and counted while the model works."""

import asyncio
import threading

import pytest

from classifier.base import Overloaded
from classifier.service import ClassifierService, Priority
from classifier.workers import available_cpus
from tests.classifier.stage import StageModel, opened, threads, until


async def test_each_of_a_thousand_callers_gets_its_own_answer() -> None:
    """A text's answer under load is exactly its answer alone."""
    model = StageModel()
    async with opened(model, workers=4) as service:
        texts = [f"message {number}" for number in range(1000)]
        answers = await asyncio.gather(*map(service.classify, texts))
        assert answers == [model.predict(text) for text in texts]
        assert service.stats.done == 1000


async def test_the_model_runs_beside_the_event_loop() -> None:
    """While a run is held in a worker, the loop goes on; it never runs the model itself."""
    model = StageModel()
    async with opened(model, workers=1) as service:
        model.gate.clear()
        call = asyncio.create_task(service.classify("slow"))
        await until(lambda: model.started == ["slow"])
        assert service.stats.running == 1
        model.gate.set()
        assert (await call).text == "slow"
        assert threading.current_thread().name not in model.threads


async def test_every_worker_warms_up_before_the_first_call() -> None:
    """Opening makes one real prediction in each worker, so that the first caller does not wait."""
    model = StageModel()
    async with ClassifierService(model, workers=3) as service:
        assert len(model.started) == 3
        assert model.threads == {"classifier-0", "classifier-1", "classifier-2"}
        assert service.stats.done == 0


async def test_there_is_one_worker_a_cpu_unless_told() -> None:
    """The default follows the CPUs this process may use."""
    async with ClassifierService(StageModel()):
        assert len(threads()) == available_cpus() >= 1


async def test_interactive_requests_are_served_first() -> None:
    """A person's command overtakes the waiting messages; each line keeps its order."""
    model = StageModel()
    async with opened(model, workers=1) as service:
        model.gate.clear()
        calls = [asyncio.create_task(service.classify(text)) for text in ("now", "b1", "b2")]
        await until(lambda: model.started == ["now"])
        for text in ("i1", "i2"):
            call = service.classify(text, priority=Priority.INTERACTIVE)
            calls.append(asyncio.create_task(call))
        await asyncio.sleep(0)
        model.gate.set()
        await asyncio.gather(*calls)
        assert model.started == ["now", "i1", "i2", "b1", "b2"]


async def test_an_answer_does_not_wait_for_the_next_one() -> None:
    """With more waiting, the loop comes round for what is finished while a later text runs."""
    model = StageModel()
    async with opened(model, workers=1) as service:
        model.gates = {"b": threading.Event(), "c": threading.Event()}
        calls = [asyncio.create_task(service.classify(text)) for text in "abcd"]
        await calls[0]
        model.gates["b"].set()
        assert (await asyncio.wait_for(calls[1], timeout=5)).text == "b"
        assert (service.stats.running, service.stats.queued) == (1, 1)


async def test_a_persons_answer_wakes_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """However seldom the loop comes round for messages, a command is answered at once."""
    monkeypatch.setattr("classifier.workers._ROUND", 3600)
    model = StageModel()
    async with opened(model, workers=1) as service:
        model.gates = {"b": threading.Event(), "c": threading.Event()}
        calls = [
            asyncio.create_task(service.classify(text, priority=Priority.INTERACTIVE))
            for text in "abcd"
        ]
        await calls[0]
        model.gates["b"].set()
        assert (await asyncio.wait_for(calls[1], timeout=5)).text == "b"


async def test_the_last_answer_wakes_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing more waits, what is finished is delivered at once: no worker idles over it."""
    monkeypatch.setattr("classifier.workers._ROUND", 3600)
    model = StageModel()
    async with opened(model, workers=1) as service:
        model.gates["b"] = threading.Event()
        calls = [asyncio.create_task(service.classify(text)) for text in "abc"]
        await calls[0]
        model.gates["b"].set()
        answers = await asyncio.wait_for(asyncio.gather(*calls), timeout=5)
        assert [answer.text for answer in answers] == ["a", "b", "c"]


async def test_a_full_queue_refuses_at_once_and_counts() -> None:
    """Beyond running and waiting places a call fails without waiting, leaving the others alone."""
    model = StageModel()
    async with opened(model, workers=1, queue_limit=2) as service:
        model.gate.clear()
        calls = [asyncio.create_task(service.classify(f"t{n}")) for n in range(3)]
        await asyncio.sleep(0)
        for _ in range(2):
            with pytest.raises(Overloaded):
                await service.classify("one too many")
        assert service.stats.refused == 2
        model.gate.set()
        assert [answer.text for answer in await asyncio.gather(*calls)] == ["t0", "t1", "t2"]
        assert (await service.classify("one too many")).text == "one too many"


async def test_interactive_requests_have_a_reserve() -> None:
    """A flood of messages leaves room for a command, but not for any number of them."""
    model = StageModel()
    async with opened(model, workers=1, queue_limit=20) as service:
        model.gate.clear()
        calls = [asyncio.create_task(service.classify(f"t{n}")) for n in range(21)]
        for text in ("i1", "i2"):
            call = service.classify(text, priority=Priority.INTERACTIVE)
            calls.append(asyncio.create_task(call))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await service.classify("i3", priority=Priority.INTERACTIVE)
        model.gate.set()
        assert len(await asyncio.gather(*calls)) == 23


async def test_a_cancelled_callers_request_is_not_computed() -> None:
    """It leaves the queue at once, frees its place, and the model never sees it."""
    model = StageModel()
    async with opened(model, workers=1, queue_limit=1) as service:
        model.gate.clear()
        running = asyncio.create_task(service.classify("running"))
        await until(lambda: model.started == ["running"])
        given_up = asyncio.create_task(service.classify("given up"))
        await asyncio.sleep(0)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        assert (service.stats.queued, service.stats.cancelled) == (0, 1)
        next_in_line = asyncio.create_task(service.classify("next"))
        await asyncio.sleep(0)
        model.gate.set()
        await asyncio.gather(running, next_in_line)
        assert model.started == ["running", "next"]


async def test_the_same_text_in_flight_runs_once() -> None:
    """Callers of one text share its run, and one who gives up does not take it from the others."""
    model = StageModel()
    async with opened(model, workers=1, queue_limit=1) as service:
        model.gate.clear()
        first, second, third = (asyncio.create_task(service.classify("ㅋㅋㅋ")) for _ in range(3))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        model.gate.set()
        assert await second == await third
        assert model.started == ["ㅋㅋㅋ"]
        assert (service.stats.done, service.stats.cancelled) == (2, 1)


async def test_a_waiting_message_is_moved_up_when_a_person_asks_for_it() -> None:
    """An interactive call for a text already queued in the background takes it to the front."""
    model = StageModel()
    async with opened(model, workers=1) as service:
        model.gate.clear()
        calls = [asyncio.create_task(service.classify(text)) for text in ("now", "b1", "b2")]
        await until(lambda: model.started == ["now"])
        call = service.classify("b2", priority=Priority.INTERACTIVE)
        calls.append(asyncio.create_task(call))
        await asyncio.sleep(0)
        model.gate.set()
        await asyncio.gather(*calls)
        assert model.started == ["now", "b2", "b1"]


async def test_a_repeated_text_is_answered_from_memory() -> None:
    """The texts used last are kept, the others are forgotten."""
    model = StageModel()
    async with opened(model, workers=1, cache_size=2) as service:
        for text in ("a", "b", "a", "c", "a", "b"):
            assert (await service.classify(text)).text == text
        assert model.started == ["a", "b", "c", "b"]
        assert (service.stats.cached, service.stats.done) == (2, 4)


async def test_a_cache_of_size_zero_keeps_nothing() -> None:
    """Memory of texts can be switched off."""
    model = StageModel()
    async with opened(model, workers=1, cache_size=0) as service:
        await service.classify("a")
        await service.classify("a")
        assert model.started == ["a", "a"]


async def test_any_string_is_a_text() -> None:
    """Empty, with a lone surrogate, or very long: all reach the model as they are."""
    model = StageModel()
    async with opened(model, workers=1) as service:
        for text in ("", "half \ud83d", "가" * 100_000):
            assert (await service.classify(text)).text == text


async def test_stats_show_the_work_at_hand() -> None:
    """`queued` and `running` count inferences now, and return to nothing."""
    model = StageModel()
    async with opened(model, workers=2) as service:
        model.gate.clear()
        calls = [asyncio.create_task(service.classify(f"t{n}")) for n in range(5)]
        await until(lambda: len(model.started) == 2)
        assert (service.stats.queued, service.stats.running) == (3, 2)
        model.gate.set()
        await asyncio.gather(*calls)
        assert (service.stats.queued, service.stats.running, service.stats.done) == (0, 0, 5)


@pytest.mark.parametrize(
    "settings", [{"workers": 0}, {"queue_limit": 0}, {"timeout": 0}, {"cache_size": -1}]
)
def test_settings_out_of_range_are_refused(settings: dict[str, int]) -> None:
    """A service that could never answer is not made."""
    with pytest.raises(ValueError, match="must be at least 1"):
        ClassifierService(StageModel(), **settings)
