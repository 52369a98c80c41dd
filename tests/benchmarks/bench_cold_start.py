"""Time from process start to the first classification, and the memory then held.

Beside it the same process doing nothing but `import onnxruntime` and loading the model's session:
what no program on this runtime can go below. Each is the median of several fresh processes.
"""

import json
import statistics
import subprocess
import sys
import time

from classifier.bundle import MODEL, default_bundle

RUNS = 5
MOST_SECONDS, MOST_MEGABYTES = 2.0, 300.0

CLASSIFY = """
from classifier.bundle import ModelBundle, default_bundle
from classifier.onnx import OnnxModel
prediction = OnnxModel.open(ModelBundle.read(default_bundle())).predict("정말 고마워요")
assert prediction.label is not None
"""
SESSION = f"""
import onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
onnxruntime.InferenceSession({str(default_bundle() / MODEL)!r}, options)
"""
REPORT = """
import time
ended = time.time()
import json, psutil
print(json.dumps([ended, psutil.Process().memory_info().rss]))
"""


def measure(script: str) -> tuple[float, float]:
    """The median seconds and megabytes of fresh processes that run `script`."""
    seconds, megabytes = [], []
    for _ in range(RUNS):
        started = time.time()
        ran = subprocess.run(
            [sys.executable, "-c", script + REPORT], capture_output=True, text=True, check=True
        )
        ended, memory = json.loads(ran.stdout)
        seconds.append(ended - started)
        megabytes.append(memory / 1e6)
    return statistics.median(seconds), statistics.median(megabytes)


def main() -> None:
    """Print figure, reference, ratio and bar."""
    seconds, megabytes = measure(CLASSIFY)
    bare_seconds, bare_megabytes = measure(SESSION)
    print(f"{'':<34}{'seconds':>9}{'MB':>8}")
    print(f"{'first classification':<34}{seconds:>9.2f}{megabytes:>8.0f}")
    print(f"{'onnxruntime and its session alone':<34}{bare_seconds:>9.2f}{bare_megabytes:>8.0f}")
    print(f"{'ratio':<34}{seconds / bare_seconds:>9.2f}{megabytes / bare_megabytes:>8.2f}")
    print(f"{'at most':<34}{MOST_SECONDS:>9.2f}{MOST_MEGABYTES:>8.0f}")
    if seconds > MOST_SECONDS or megabytes > MOST_MEGABYTES:
        sys.exit("over the bar")


if __name__ == "__main__":
    main()
