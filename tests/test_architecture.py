"""The one-way rule, and who owns which foreign library."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "adapters", "classifier", "training")

# What each layer may import of ours. The command line is the top of `bot`, the rest its core.
ALLOWED = {
    "command line": {"command line", "adapters", "core", "classifier"},
    "adapters": {"adapters", "core", "classifier"},
    "core": {"core", "classifier"},
    "training": {"training", "classifier"},
    "classifier": {"classifier"},
}
# Each library of a platform, a format or a machine is imported in one place.
OWNERS = {
    "discord": "adapters/discord",
    "slack_bolt": "adapters/slack",
    "slack_sdk": "adapters/slack",
    "aiohttp": "adapters",
    "cryptography": "adapters/slack/seal.py",
    "aiosqlite": "bot/storage",
    "sqlite3": "bot/storage",
    "matplotlib": ("bot/charts", "training/pictures.py"),  # they may not import each other
    "onnxruntime": "classifier/onnx.py",
    "h5py": "classifier/weights",
    "tensorflow": "training",
    "pydantic_settings": "bot/settings.py",
}

# What a part of the project may import: the dependencies, and with them these extras.
EXTRAS = {
    "bot/export.py": ("export",),  # it says itself what to install
    "training": ("training",),
    "tests/training": ("test", "training"),
    "tests": ("test",),
}
# Libraries whose import is not called like their package.
PACKAGED = {"discord": "discord-py", "sklearn": "scikit-learn"}


MODULES = [path for package in PACKAGES for path in sorted(ROOT.joinpath(package).rglob("*.py"))]
TESTS = sorted(ROOT.joinpath("tests").rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""


def _layer(module: str) -> str | None:
    top = module.split(".")[0]
    if top == "bot":
        return "command line" if module.startswith(("bot.cli", "bot.__main__")) else "core"
    return top if top in PACKAGES else None


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_imports_follow_the_arrows(path: Path) -> None:
    """Command line -> adapters -> core -> classifier <- training, and never back."""
    allowed = ALLOWED[_layer(_name(path)) or ""]
    wrong = {it for it in _imports(path) if (layer := _layer(it)) and layer not in allowed}
    assert not wrong


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_foreign_libraries_have_one_owner(path: Path) -> None:
    """A platform's, database's or model runtime's library is imported by its owner alone."""
    place = path.relative_to(ROOT).as_posix()
    for module in _imports(path):
        owner = OWNERS.get(module.split(".")[0])
        assert owner is None or place.startswith(owner), f"{place} imports {module}"


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=_name)
def test_every_library_is_declared(path: Path) -> None:
    """What a file imports is in pyproject.toml, not brought along by another library.

    A clean checkout failed once: `cryptography` was there by chance where it was developed.
    """
    place = path.relative_to(ROOT).as_posix()
    extras = next((names for part, names in EXTRAS.items() if place.startswith(part)), ())
    declared = _declared(*extras)
    known = {*sys.stdlib_module_names, *PACKAGES, "tests"}
    foreign = {module.split(".")[0] for module in _imports(path)} - known
    missing = {it for it in foreign if PACKAGED.get(it, it.replace("_", "-")) not in declared}
    assert not missing, f"{place} imports {missing}; declare it in pyproject.toml"


def _declared(*extras: str) -> set[str]:
    """The packages that the project requires, with those of `extras` and what these include."""
    project = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared: set[str] = set()
    waiting = [project["dependencies"], *(project["optional-dependencies"][it] for it in extras)]
    for requirements in waiting:
        for requirement in requirements:
            match = re.match(r"([\w.-]+)(?:\[([\w,-]+)\])?", requirement)
            assert match, requirement
            declared.add(re.sub(r"[-_.]+", "-", match[1]).lower())
            if match[1] == project["name"]:
                waiting += [project["optional-dependencies"][it] for it in match[2].split(",")]
    return declared


def test_the_bottom_imports_only_the_standard_library() -> None:
    """`classifier.base` may be imported by everything, so it imports nothing of ours or others'."""
    imported = {module.split(".")[0] for module in _imports(ROOT / "classifier/base.py")}
    assert imported <= sys.stdlib_module_names


def test_serving_never_loads_what_it_does_not_need() -> None:
    """The whole serving path imports no training library, no converter and, unasked, no charts."""
    unwanted = ("tensorflow", "torch", "transformers", "onnx", "h5py", "matplotlib", "pandas")
    code = (
        "import sys, bot.cli.chat, classifier.service; "
        f"print([name for name in {unwanted} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_no_source_file_grew_past_its_room() -> None:
    """A file past 300 lines has a seam to split along."""
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in [*MODULES, *TESTS]
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert not long
