"""A published model served by Maeum, beside transformers' pipelines, on one base-size checkpoint.

The checkpoint has the published model's shape (12 layers, 768 wide, 32,000 tokens, 58 outputs)
with random weights, and lies in a folder as `tf_model.h5`; ours is converted before, as a start
finds it. Each contestant is a process of its own that takes the same chat messages one by one;
the rounds are taken in turn, since other work on the machine only ever slows one down.

Run as `python -m tests.benchmarks.bench_published` where the training extra is installed; the
torch pipeline takes part where torch is. It needs Linux, 3 GB of memory and some minutes.
"""

import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from classifier.models import Models
from classifier.weights import BertConfig
from tests.classifier.tiny_bert import write_keras, write_pytorch

ROUNDS = 2
TEXTS = 64
SAMPLE = Path(__file__).parents[2] / "bot" / "replay" / "sample.jsonl"
SHAPE: dict[str, Any] = {
    "model_type": "bert",
    "architectures": ["BertForSequenceClassification"],
    "hidden_act": "gelu",
    "vocab_size": 32_000,
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
    "id2label": {str(place): f"LABEL_{place}" for place in range(58)},
    "label2id": {f"LABEL_{place}": place for place in range(58)},
}

OURS = """
import asyncio, sys
from pathlib import Path
from classifier.models import Models
from classifier.onnx import OnnxModel
from classifier.service import ClassifierService

async def main():
    model = OnnxModel.open(Models(Path(sys.argv[2])).bundle(sys.argv[1]))
    async with ClassifierService(model, cache_size=0) as service:
        await service.classify(texts[0])
        started()
        await asyncio.gather(*(service.classify(text) for text in texts))
        ended()

asyncio.run(main())
"""
PIPELINE = """
import os, sys
os.environ.update(TF_USE_LEGACY_KERAS="1", TF_CPP_MIN_LOG_LEVEL="3")
import transformers
transformers.logging.set_verbosity_error()
kind = getattr(transformers, "{kind}")
classify = transformers.TextClassificationPipeline(
    model=kind.from_pretrained(sys.argv[1]),
    tokenizer=transformers.BertTokenizerFast.from_pretrained(sys.argv[1]),
    framework="{framework}",
)
classify(texts[0])
started()
for text in texts:
    classify(text)
ended()
"""
TOLD = r"""
import json, re, sys, time
texts = json.loads(sys.stdin.read())
marks = []

def started():
    marks.append(time.time())

def ended():
    # Not getrusage: its peak counts what the process that started this one held.
    peak = re.search(r"VmHWM:\s+(\d+) kB", open("/proc/self/status").read())[1]
    print(json.dumps([*marks, time.time(), int(peak)]))
"""


def main() -> None:
    """Print the contestants side by side, and the ratios beside what they have to be."""
    rows = (json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines())
    texts = [row["text"] for row in rows if len(row.get("text", "")) > 5][:TEXTS]
    with tempfile.TemporaryDirectory() as draft:
        folder, cache = write_checkpoint(Path(draft) / "model", texts), Path(draft) / "cache"
        began = time.perf_counter()
        Models(cache).convert(folder, label_set="aihub58")
        print(f"converted and checked once, in {time.perf_counter() - began:.1f} s\n")
        contestants = {"ours, int8": OURS, **pipelines(folder)}
        runs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in contestants}
        for _ in range(ROUNDS):
            for name, script in contestants.items():
                runs[name].append(run(script, folder, cache, texts))
    best = {name: summary(each) for name, each in runs.items()}
    print(f"{'':<26}{'messages/s':>11}{'peak MB':>9}{'first answer s':>16}")
    for name, (rate, peak, first) in best.items():
        print(f"{name:<26}{rate:>11.1f}{peak:>9.0f}{first:>16.2f}")
    ours = best["ours, int8"]
    for name, (rate, peak, first) in list(best.items())[1:]:
        print(
            f"{'ours / ' + name:<26}{ours[0] / rate:>11.1f}{ours[1] / peak:>9.2f}"
            f"{ours[2] / first:>16.2f}"
        )
    print(f"{'asked, beside TF':<26}{'>= 20':>11}{'<= 0.25':>9}{'<= 0.20':>16}")


def write_checkpoint(folder: Path, texts: list[str]) -> Path:
    """The checkpoint, in both frameworks' files where both take part."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(SHAPE))
    words = sorted({piece for text in texts for word in text.split() for piece in (word, *word)})
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    vocabulary += [f"##{word}" for word in words if len(word) == 1]
    vocabulary += [f"[unused{place}]" for place in range(SHAPE["vocab_size"] - len(vocabulary))]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": false}')
    config, random = BertConfig.read(folder), np.random.default_rng(58)
    weights = {
        name: np.ones(shape, np.float32)
        if name.endswith("LayerNorm.weight")
        else random.normal(0, 0.02, shape).astype(np.float32)
        for name, shape in config.shapes().items()
    }
    write_keras(folder, weights)
    if importlib.util.find_spec("torch"):
        shutil.copytree(folder, folder.with_name("torch"))
        write_pytorch(folder.with_name("torch"), weights)
    return folder


def pipelines(folder: Path) -> dict[str, str]:
    """The pipelines whose framework is installed."""
    found = {}
    if importlib.util.find_spec("tensorflow"):
        found["TF pipeline"] = PIPELINE.format(
            kind="TFBertForSequenceClassification", framework="tf"
        )
    else:
        print("TensorFlow is not installed: there is nothing to compare with")
    if importlib.util.find_spec("torch"):
        script = PIPELINE.format(kind="BertForSequenceClassification", framework="pt")
        other = str(folder.with_name("torch"))
        found["torch pipeline"] = script.replace("sys.argv[1]", repr(other))
    else:
        print("torch is not installed: its pipeline is left out")
    return found


def run(script: str, folder: Path, cache: Path, texts: list[str]) -> tuple[float, float, float]:
    """Messages a second, peak megabytes, and seconds from the start to the first answer."""
    began = time.time()
    done = subprocess.run(
        [sys.executable, "-c", TOLD + script, str(folder), str(cache)],
        input=json.dumps(texts),
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    first, ended, peak = json.loads(done.stdout.splitlines()[-1])
    return len(texts) / (ended - first), peak * 1024 / 1e6, first - began


def summary(runs: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    """The best rate and start, and the median memory."""
    rates, peaks, firsts = zip(*runs, strict=True)
    return max(rates), statistics.median(peaks), min(firsts)


if __name__ == "__main__":
    main()
