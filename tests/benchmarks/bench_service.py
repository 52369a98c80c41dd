"""What the classifier service costs beside the model it serves, with the embedded bundle.

Throughput: the same texts by the service, by plain threads calling the model, and by plain
threads running ONNX Runtime on the tokenizer's output. Latency: one call at idle beside one
prediction. Measured in many short turns, so that what else the machine does falls on all alike;
a ratio is the median of the turns' ratios, its quartiles tell how calm the machine was.
Run as `python -m tests.benchmarks.bench_service`.
"""

import asyncio
import random
import statistics
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from classifier.bundle import MODEL, TOKENIZER, ModelBundle, default_bundle
from classifier.onnx import OnnxModel
from classifier.service import ClassifierService

TEXTS = 2000
TURNS = 10
SINGLES = 300
PAUSE = 0.005  # seconds between single calls, so that every one finds the service idle

_WORDS = {
    "ko": "오늘 진짜 너무 회사 친구 엄마 시험 점심 고양이 날씨가 기분이 마음이 좋다 싫어 힘들어요"
    " 고마워 미안해 속상하다 재밌었어 무서워서 같이 가자 왜 그랬을까 내일은 드디어 끝났다 화나네",
    "en": "today really so tired happy about the exam my cat friend boss lunch was great awful"
    " thank you sorry why did they never again finally done scared of tomorrow lol makes me cry",
}


def varied_texts(count: int) -> list[str]:
    """Chat messages of one to forty words, most of them short, the longest first.

    The longest first is the best order for several threads: none is left with a long last one.
    All differ, as the service would run equal ones once.
    """
    chance = random.Random(20)
    texts: set[str] = set()
    while len(texts) < count:
        words = _WORDS[chance.choice(("ko", "ko", "en"))].split()
        length = min(40, 1 + int(chance.lognormvariate(1.9, 0.7)))
        texts.add(" ".join(chance.choices(words, k=length)))
    return sorted(texts, key=lambda text: (-len(text), text))


def by_threads(count: int, run: Callable[[str], object], texts: Sequence[str]) -> float:
    """Texts a second when `count` plain threads call `run`, each taking the next text."""
    left = iter(texts)
    threads = [threading.Thread(target=lambda: [run(text) for text in left]) for _ in range(count)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(texts) / (time.perf_counter() - begun)


async def by_service(service: ClassifierService, texts: Sequence[str]) -> float:
    """Texts a second when all are handed to the service at once."""
    begun = time.perf_counter()
    await asyncio.gather(*map(service.classify, texts))
    return len(texts) / (time.perf_counter() - begun)


def raw_runtime(bundle: ModelBundle) -> Callable[[str], object]:
    """ONNX Runtime on the tokenizer's output, with nothing of ours around it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.x64quantprecision", "1")  # as the model does
    session = onnxruntime.InferenceSession(
        bundle.folder / MODEL, options, providers=["CPUExecutionProvider"]
    )
    tokenizer = Tokenizer.from_file(str(bundle.folder / TOKENIZER))
    tokenizer.enable_truncation(bundle.max_length)
    name = session.get_inputs()[0].name

    def run(text: str) -> object:
        return session.run(None, {name: np.array([tokenizer.encode(text).ids], np.int64)})

    return run


async def throughput(model: OnnxModel, raw: Callable[[str], object], workers: int) -> None:
    """Print the texts a second of service, model and runtime with `workers` threads."""
    texts = varied_texts(TEXTS)
    speeds: list[tuple[float, float, float]] = []
    async with ClassifierService(
        model, workers=workers, queue_limit=TEXTS, timeout=120, cache_size=0
    ) as service:
        for turn in range(TURNS):
            some = texts[turn::TURNS]  # short and long alike in every turn
            before = by_threads(workers, model.predict, some), by_threads(workers, raw, some)
            served = await by_service(service, some)
            after = by_threads(workers, model.predict, some), by_threads(workers, raw, some)
            called, ran = map(statistics.harmonic_mean, zip(before, after, strict=True))
            speeds.append((served, called, ran))
    served, called, ran = map(statistics.median, zip(*speeds, strict=True))
    print(f"{workers} thread(s), texts a second: service {served:.0f}, model {called:.0f}", end="")
    print(f", runtime {ran:.0f}")
    print(f"  service / model   {spread([turn[0] / turn[1] for turn in speeds])}")
    print(f"  service / runtime {spread([turn[0] / turn[2] for turn in speeds])}, bar 0.95")


def spread(ratios: Sequence[float]) -> str:
    """The median and the quartiles of `ratios`."""
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle:.3f} ({low:.3f} to {high:.3f})"


async def latency(model: OnnxModel) -> None:
    """Print what a call at idle takes longer than the prediction itself, and than a bare thread.

    On a busy machine a thread waits for its turn; `asyncio.to_thread` shows by how much.
    """
    times: dict[str, list[float]] = {"model": [], "thread": [], "service": []}
    texts = varied_texts(TEXTS)[:: TEXTS // SINGLES]
    async with ClassifierService(model, workers=2, cache_size=0) as service:
        for text in texts:
            for way, taken in times.items():
                await asyncio.sleep(PAUSE)
                begun = time.perf_counter()
                if way == "model":
                    model.predict(text)
                elif way == "thread":
                    await asyncio.to_thread(model.predict, text)
                else:
                    await service.classify(text)
                taken.append((time.perf_counter() - begun) * 1000)
    alone, thread, served = (statistics.median(taken) for taken in times.values())
    print(f"one call at idle, p50 ms: service {served:.2f}, model {alone:.2f}, thread {thread:.2f}")
    print(f"  service - model   {served - alone:.2f} ms, bar 1.00")
    print(f"  thread - model    {thread - alone:.2f} ms")


async def main() -> None:
    """Run all measurements."""
    bundle = ModelBundle.read(default_bundle())
    model, raw = OnnxModel.open(bundle), raw_runtime(bundle)
    for workers in (1, 2):
        await throughput(model, raw, workers)
    await latency(model)


if __name__ == "__main__":
    asyncio.run(main())
