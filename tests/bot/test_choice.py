"""The model chosen for an install: kept beside its database, before the setting."""

from pathlib import Path

import pytest

from bot.choice import ModelChoice
from bot.errors import BadSetting
from bot.settings import load_settings


def test_a_choice_is_kept_and_every_write_is_seen(tmp_path: Path) -> None:
    """Choosing the same name again is told from not choosing, so a refitted model is taken up."""
    choice = ModelChoice(tmp_path / "maeum.db")
    assert (choice.read(), choice.stamp()) == (None, None)
    choice.write("owner/name@v1")
    first = choice.stamp()
    assert choice.read() == "owner/name@v1"
    choice.write("owner/name@v1")
    assert choice.stamp() not in (None, first)
    assert [it.name for it in tmp_path.iterdir()] == ["maeum.db.model"]


def test_the_choice_belongs_to_its_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes before MAEUM_MODEL, an option goes before it, and another install knows nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAEUM_MODEL", "from/environment")
    mine, other = tmp_path / "mine.db", tmp_path / "other.db"
    ModelChoice(mine).write("chosen/model")
    assert load_settings(MAEUM_DATABASE=mine).model == "chosen/model"
    assert load_settings(MAEUM_DATABASE=mine, MAEUM_MODEL="asked/for").model == "asked/for"
    assert load_settings(MAEUM_DATABASE=other).model == "from/environment"


def test_an_unreadable_choice_is_told(tmp_path: Path) -> None:
    """The file is named with the way out."""
    choice = ModelChoice(tmp_path / "maeum.db")
    choice.path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadSetting, match=r"maeum\.db\.model cannot be read .* maeum model use"):
        choice.read()
    with pytest.raises(BadSetting, match=r"cannot be written"):
        ModelChoice(tmp_path / "nowhere" / "maeum.db").write("default")
