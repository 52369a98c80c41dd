"""Messages read from files, one a row."""

from pathlib import Path

import pytest

from bot.cli.rows import read_rows
from bot.errors import BadInput


def _file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "좋아요\n\nso sad\n"),
        ("a.txt", "\ufeff좋아요\r\nso sad"),
        ("a.csv", "id,text\n1,좋아요\n2,so sad\n"),
        ("a.csv", '\ufefftext,id\n"좋아요",1\n"so sad",2\n'),
        ("a.tsv", "id\tcontent\n1\t좋아요\n\n2\tso sad\n"),
        ("a.jsonl", '{"text": "좋아요"}\n{"text": "so sad", "id": 2}\n'),
        ("a.jsonl", '"좋아요"\n\n"so sad"\n'),
    ],
)
def test_each_format_gives_its_messages(tmp_path: Path, name: str, content: str) -> None:
    """txt, csv, tsv and jsonl give one message a row; blank rows, BOM and CRLF do not matter."""
    assert list(read_rows(_file(tmp_path, name, content.encode()))) == ["좋아요", "so sad"]


def test_a_csv_cell_may_hold_several_lines(tmp_path: Path) -> None:
    """A quoted line break belongs to its message."""
    path = _file(tmp_path, "a.csv", b'text,n\n"one\ntwo",1\nthree,2\n')
    assert list(read_rows(path)) == ["one\ntwo", "three"]


def test_the_column_can_be_named(tmp_path: Path) -> None:
    """--column chooses the csv column or the jsonl key."""
    table = _file(tmp_path, "a.csv", b"text,said\nno,yes\n")
    lines = _file(tmp_path, "a.jsonl", b'{"text": "no", "said": "yes"}\n')
    assert [*read_rows(table, "said"), *read_rows(lines, "said")] == ["yes", "yes"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"id,body\n1,x\n", "needs a column .* it has id, body"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"id,text\n1,x\n2\n", "line 3 has 1 columns, 'text' is column 2"),
        ("a.jsonl", b'{"text": "a"}\n{"text": 1}\n', "line 2 has no text under 'text'"),
        ("a.jsonl", b'{"text": "a"}\n{broken\n', "line 2 is not JSON"),
        ("a.jsonl", b"[" * 100_000, "line 1 is not JSON"),
        ("a.txt", b"fine\n\xff\xfe\n", "line 2 is not UTF-8"),
        ("a.txt", b"fine\n" + b"x" * 1_000_001, "line 2 is longer than 1,000,000 bytes"),
        ("a.csv", b"text\n" + b"x" * 200_000, "line 2 is not csv"),
        ("a.pdf", b"%PDF", "ends in .pdf; give a .txt, .csv, .tsv or .jsonl"),
    ],
)
def test_a_bad_file_is_named_with_its_line(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    """The sentence names the file, the line and the mend."""
    with pytest.raises(BadInput, match=told):
        list(read_rows(_file(tmp_path, name, content)))


@pytest.mark.parametrize("name", ["missing.txt", "folder.txt"])
def test_an_unreadable_path_is_named(tmp_path: Path, name: str) -> None:
    """A missing file and a folder are told in words."""
    tmp_path.joinpath("folder.txt").mkdir()
    with pytest.raises(BadInput, match=f"{name} cannot be read"):
        list(read_rows(tmp_path / name))
