"""The commands of `python -m training` that need no TensorFlow."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.training.tiny import write_model, write_table
from training.__main__ import app
from training.config import recipe_names

RUNNER = CliRunner()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Rows with content and mood columns, one of them wrong."""
    rows = [("정말 기뻐", "joy"), ("오늘 슬퍼", "sadness"), ("화나", "wrath")]
    path = write_table(tmp_path / "rows.tsv", rows)
    path.write_text(path.read_text(encoding="utf-8").replace("text\tlabel", "content\tmood"))
    return path


def said(*arguments: str | Path) -> str:
    """What a command prints, which must succeed."""
    done = RUNNER.invoke(app, [str(each) for each in arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_recipes_are_listed() -> None:
    """One name a line."""
    assert said("recipes").split() == list(recipe_names())


def test_evaluate_reads_any_columns_and_names_wrong_rows(table: Path, tmp_path: Path) -> None:
    """The columns are named on the command line; the report is printed and written."""
    model = write_model(tmp_path / "model", "goemotions28")
    out = tmp_path / "report"
    printed = said(
        "evaluate", model, table, "--text", "content", "--label", "mood", "--folder", out
    )
    assert "rows.tsv: 2 of 3 rows kept" in printed
    assert "line 4: there is no label 'wrath'" in printed
    assert "macro f1" in printed
    assert (out / "report.txt").read_text(encoding="utf-8").strip() in printed


def test_compare_prints_both_models(table: Path, tmp_path: Path) -> None:
    """The same rows through both, with the gain of the second."""
    models = [write_model(tmp_path / str(seed), "goemotions28", seed=seed) for seed in (1, 2)]
    printed = said("compare", *models, table, "--text", "content", "--label", "mood")
    assert "rows.tsv: macro f1" in printed
    assert "gain" in printed


def test_what_is_missing_of_the_extra_is_named() -> None:
    """Without TensorFlow a run ends before it starts, with the command that mends it."""
    script = (
        "import sys; sys.modules['tensorflow'] = None; sys.argv[1:] = ['run', 'aihub58']\n"
        "from training.__main__ import main; main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "Training needs tensorflow; install the extra: pip install 'maeum[training]'."
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "nonsense"], "There is no recipe 'nonsense'"),
        (["evaluate", "nowhere", "rows.csv"], "nowhere: neither a bundle"),
        (["push", "a/b", "--folder", "nowhere"], "bundle.json: the file is missing"),
    ],
)
def test_a_failure_is_one_sentence(arguments: list[str], sentence: str) -> None:
    """No traceback, exit code 1."""
    command = [sys.executable, "-m", "training", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
