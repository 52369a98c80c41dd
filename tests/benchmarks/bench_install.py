"""What a serving install puts into site-packages, compiled files included.

Maeum's own packages and everything its dependencies need, without any extra; beside it what the
model's runtime needs alone. Counted from the files each distribution says it installed, so it may
run where tests and training are installed too.
Run as `python -m tests.benchmarks.bench_install`.
"""

import sys
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

MOST_MEGABYTES = 450.0
RUNTIME = ("onnxruntime", "tokenizers", "numpy")
UNWANTED = {"tensorflow", "torch", "transformers"}
ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "adapters", "classifier", "training")


def needed(names: tuple[str, ...]) -> set[str]:
    """The distributions `names` and all they depend on here."""
    found: set[str] = set()
    waiting = [Requirement(name) for name in names]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found:
            continue
        found.add(name)
        extras = {"extra": ""}, *({"extra": extra} for extra in requirement.extras)
        for line in distribution(name).requires or ():
            inner = Requirement(line)
            if inner.marker is None or any(inner.marker.evaluate(extra) for extra in extras):
                waiting.append(inner)
    return found


def megabytes(names: set[str]) -> float:
    """The size of all files of the distributions `names`."""
    sizes = (
        path.stat().st_size
        for name in names
        for file in distribution(name).files or ()
        if (path := Path(str(file.locate()))).is_file()
    )
    return sum(sizes) / 1e6


def own_megabytes() -> float:
    """The size of our packages, which an editable install leaves where they are."""
    files = (path for package in PACKAGES for path in ROOT.joinpath(package).rglob("*"))
    return sum(path.stat().st_size for path in files if path.is_file()) / 1e6


def main() -> None:
    """Print figure, reference and bar."""
    serving = needed(("maeum",)) - {"maeum"}
    here = own_megabytes() + megabytes(serving)
    runtime = megabytes(needed(RUNTIME))
    print(f"a serving install, {len(serving)} packages and ours {here:6.0f} MB")
    print(f"the runtime alone ({', '.join(RUNTIME)}) {runtime:6.0f} MB, ratio {here / runtime:.2f}")
    print(f"at most {MOST_MEGABYTES:.0f} MB, without {', '.join(sorted(UNWANTED))}")
    if here > MOST_MEGABYTES or serving & UNWANTED:
        sys.exit("over the bar")


if __name__ == "__main__":
    main()
