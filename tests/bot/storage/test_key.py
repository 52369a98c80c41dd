import stat
from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.storage import load_key
from bot.storage.key import key_path
from tests.bot.storage.samples import opened


def test_a_secret_gives_the_same_key_everywhere(path: Path) -> None:
    """The key follows from MAEUM_SECRET alone, and no file is made."""
    key = load_key("a secret long enough", path)
    assert key == load_key("a secret long enough", path.with_name("other.db"))
    assert key != load_key("a secret long enougi", path)
    assert len(key) == 32
    assert b"secret" not in key
    assert not key_path(path).exists()


@pytest.mark.parametrize("secret", [None, ""])
def test_without_a_secret_a_key_file_is_made_once(path: Path, secret: str | None) -> None:
    """Only its owner may read it, and the next start finds the same key."""
    key = load_key(secret, path)
    assert load_key(secret, path) == key == key_path(path).read_bytes()
    assert stat.S_IMODE(key_path(path).stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == [key_path(path).name]


def test_two_databases_get_two_keys(path: Path) -> None:
    """Keys are random, not derived from anything."""
    assert load_key(None, path) != load_key(None, path.with_name("other.db"))


async def test_a_used_database_without_its_key_file_is_refused(path: Path) -> None:
    """No new key is made: the opt-outs in there would be lost."""
    load_key(None, path)
    async with opened(path):
        pass
    key_path(path).unlink()
    with pytest.raises(StorageError, match=r"key file .*maeum.db.key of the database is missing"):
        load_key(None, path)
    assert not key_path(path).exists()


def test_a_key_file_of_the_wrong_size_is_refused(path: Path) -> None:
    """The sentence tells both sizes."""
    key_path(path).write_bytes(b"short")
    with pytest.raises(StorageError, match="holds 5 bytes and a key has 32"):
        load_key(None, path)
    assert key_path(path).read_bytes() == b"short"


def test_a_key_file_that_is_a_folder_is_refused(path: Path) -> None:
    """Whatever keeps it from being read is told with the path."""
    key_path(path).mkdir()
    with pytest.raises(StorageError, match="cannot be read"):
        load_key(None, path)


def test_a_key_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A missing folder: the sentence offers MAEUM_SECRET as the other way."""
    with pytest.raises(StorageError, match=r"cannot be made .* or set MAEUM_SECRET"):
        load_key(None, tmp_path / "nowhere" / "maeum.db")


def test_a_foreign_file_is_named_before_its_key_is_missed(path: Path) -> None:
    """A wrong path in MAEUM_DATABASE is told as such, and no key is left beside it."""
    path.write_text("notes " * 40, encoding="utf-8")
    with pytest.raises(StorageError, match="is not a SQLite database"):
        load_key(None, path)
    assert not key_path(path).exists()
