"""What a model may be called."""

from pathlib import Path

import pytest

from classifier.names import HubName, as_folder


@pytest.mark.parametrize(
    ("name", "repository", "ref"),
    [
        ("burningfalls/my-fine-tuned-bert", "burningfalls/my-fine-tuned-bert", "main"),
        ("a/b.c_d@v1.0", "a/b.c_d", "v1.0"),
        ("a/b@refs/pr/3", "a/b", "refs/pr/3"),
    ],
)
def test_a_repository_is_told_by_its_name(name: str, repository: str, ref: str) -> None:
    """owner/name, with a branch, a tag or a reference; the main branch goes without saying."""
    found = HubName.parse(name)
    assert found == HubName(repository=repository, ref=ref)
    assert str(found) == name


@pytest.mark.parametrize(
    "name",
    ["default", "./a/b", "/a/b", "a/b/c", "../b", "a/..", "~/b", "a/b@", "a/b@../x", "a b/c", ""],
)
def test_a_path_is_no_repository(name: str) -> None:
    """Nothing that climbs, starts at a root or is empty is ever asked of the Hub."""
    assert HubName.parse(name) is None


def test_only_a_whole_commit_pins() -> None:
    """A short hash may come to mean another commit."""
    assert HubName(repository="a/b", ref="0" * 40).is_pinned
    assert not HubName(repository="a/b", ref="0" * 7).is_pinned


def test_a_folder_is_told_by_being_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """~ is the home folder; what cannot be a path of this machine is none, and no error."""
    monkeypatch.setenv("HOME", str(tmp_path))
    tmp_path.joinpath("bundle").mkdir()
    assert as_folder("~/bundle") == tmp_path / "bundle"
    for name in ("~/nothing", "~nobody-of-this-name/a", "a" * 5000, ""):
        assert as_folder(name) is None
