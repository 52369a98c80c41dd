"""What the documents say is what the program does."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from adapters.discord.doctor import INVITED
from bot.__main__ import app
from classifier.bundle import ModelBundle, default_bundle
from tests.scenarios.test_terminal import maeum

ROOT = Path(__file__).parents[1]
GUIDES = [ROOT / "README.md", ROOT / "README.ko.md"]


def _between(guide: Path, name: str) -> str:
    """The fenced block after the marker `name` of a guide."""
    found = re.search(
        rf"<!-- {name} -->\n```\w*\n(.*?)```\n<!-- end -->", guide.read_text("utf-8"), re.DOTALL
    )
    assert found, f"{guide.name} has no block marked {name}"
    return found[1]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_command_named_exists(guide: Path) -> None:
    """`maeum NAME` in a guide is a command of the program."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    named = set(re.findall(r"`(?:\.venv/bin/)?maeum ([a-z]+)", guide.read_text("utf-8")))
    assert named
    assert named <= set(commands)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_both_guides_give_the_same_commands(guide: Path) -> None:
    """The Korean guide starts and tests with the very commands of the English one."""
    for block in ("demo command", "test command", "training test command"):
        assert _between(guide, block) == _between(GUIDES[0], block)
        assert shlex.split(_between(guide, block))[:3] == ["python3", "-m", "venv"]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_links_lead_somewhere(guide: Path) -> None:
    """Every relative link and picture of a guide is a file of the project."""
    text = guide.read_text("utf-8")
    targets = re.findall(r"\]\(([^)#:]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    assert targets
    for target in targets:
        assert ROOT.joinpath(target).exists(), target


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_a_platform_is_set_up_as_the_program_asks(guide: Path) -> None:
    """The invite link has doctor's number and scopes; each setting named is one there is."""
    text = guide.read_text("utf-8")
    (link,) = re.findall(r"https://discord\.com/oauth2/\S+", text)
    assert link.endswith(f"&scope=bot+applications.commands&permissions={INVITED.value}")
    named = set(re.findall(r"`((?:DISCORD|SLACK|MAEUM)_[A-Z_]+)=?`", text))
    settings = ROOT.joinpath(".env.example").read_text("utf-8")
    assert {"DISCORD_BOT_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"} <= named
    assert all(re.search(rf"^(# )?{name}=", settings, re.MULTILINE) for name in named)
    assert re.search(r"manifest\.json.*SLACK_BOT_TOKEN", text, re.DOTALL)  # the manifest first


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_the_model_reaches_what_the_guide_says(guide: Path) -> None:
    """The table of the model's figures holds those that the embedded bundle was measured at."""
    metrics = ModelBundle.read(default_bundle()).metrics
    rows = re.findall(r"^\| (?:GoEmotions|KOTE).*", guide.read_text("utf-8"), re.MULTILINE)
    for row, name in zip(rows, ("goemotions-en-dev (en)", "goemotions-ko-dev (ko)", "kote (ko)"),
                         strict=True):  # fmt: skip
        measured = metrics[name]
        shares = ("top_label", "given_group", "shown", "shown_right")
        assert re.findall(r"([\d.]+) %", row) == [f"{measured[key]:.1%}"[:-1] for key in shares]
        f1 = measured.get("macro_f1_each")
        assert re.findall(r"\| (0\.\d+) \|", row) == ([] if f1 is None else [f"{f1:.3f}"])


@pytest.mark.slow
@pytest.mark.parametrize(("guide", "locale"), list(zip(GUIDES, ("en", "ko"), strict=True)))
def test_the_demo_prints_what_the_guide_shows(tmp_path: Path, guide: Path, locale: str) -> None:
    """Every line of the output shown is printed by the demo, in that order."""
    done = maeum("demo", "--locale", locale, cwd=tmp_path, COLUMNS="96")
    printed = iter([line.rstrip() for line in done.stdout.splitlines()])
    for line in _between(guide, "demo output").splitlines():
        assert line in printed, line
