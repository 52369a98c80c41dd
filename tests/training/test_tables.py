"""Any table reads; a wrong row is told by its line."""

import json
from pathlib import Path

import pytest

from training.tables import CorpusError, Row, Wrong, read_table

ROWS = [{"text": "정말, 좋아", "label": "joy"}, {"text": 'he said "no"', "label": "anger"}]


def cells(path: Path) -> list[dict[str, object]]:
    """The rows of a table that are right."""
    return [dict(row.cells) for row in read_table(path) if isinstance(row, Row)]


def test_csv_reads_quotes_commas_and_line_ends(tmp_path: Path) -> None:
    """A cell may hold what separates cells; lines are counted in the file, not in rows."""
    path = tmp_path / "a.csv"
    path.write_text('\ufefftext,label\n"one\ntwo, ""three""",joy\nfour,anger\n', encoding="utf-8")
    first, second = read_table(path)
    assert first == Row(line=2, cells={"text": 'one\ntwo, "three"', "label": "joy"})
    assert second == Row(line=4, cells={"text": "four", "label": "anger"})


def test_tsv_takes_quotation_marks_as_they_are(tmp_path: Path) -> None:
    """A text that starts with a quotation mark does not swallow the rows behind it."""
    path = tmp_path / "a.tsv"
    path.write_text('"open\t1\nnext\t2\n', encoding="utf-8")
    rows = list(read_table(path, header=False))
    assert rows[0] == Row(line=1, cells={"0": '"open', "1": "1"})
    assert len(rows) == 2


def test_jsonl_reads_objects(tmp_path: Path) -> None:
    """One object a line; an empty line is none."""
    path = tmp_path / "a.jsonl"
    path.write_text("\n\n".join(json.dumps(row) for row in ROWS), encoding="utf-8")
    assert cells(path) == ROWS


def test_xlsx_reads_the_first_sheet(tmp_path: Path) -> None:
    """Header names lose stray spaces, and empty rows are passed over."""
    openpyxl = pytest.importorskip("openpyxl", reason="the training extra is not installed")
    book = openpyxl.Workbook()
    book.active.append([" text ", "label"])
    for row in ROWS:
        book.active.append(list(row.values()))
        book.active.append([None, None])
    book.save(tmp_path / "a.xlsx")
    assert cells(tmp_path / "a.xlsx") == ROWS


def test_parquet_reads(tmp_path: Path) -> None:
    """Columns come with their own types, lists too."""
    arrow = pytest.importorskip("pyarrow", reason="the training extra is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [{"text": "a", "label": ["joy", "love"]}]
    parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / "a.parquet")
    assert cells(tmp_path / "a.parquet") == rows


@pytest.mark.parametrize(
    ("name", "text", "line", "reason"),
    [
        ("a.csv", "text,label\nx,joy\nlonely\n", 3, "1 cells, 2 are needed"),
        ("a.tsv", "text\tlabel\nx\tjoy\tmore\n", 2, "3 cells, 2 are needed"),
        ("a.jsonl", '{"text": "x"}\n{oops\n', 2, "not JSON"),
        ("a.jsonl", "[1]\n", 1, "not a JSON object"),
        ("a.csv", f"text,label\n{'x' * 140_000},joy\nlonely\n", 2, "field larger than"),
    ],
)
def test_a_wrong_row_is_told_by_line(
    tmp_path: Path, name: str, text: str, line: int, reason: str
) -> None:
    """A row that does not fit is kept apart with its line and the reason."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    wrong = next(row for row in read_table(tmp_path / name) if isinstance(row, Wrong))
    assert wrong.line == line
    assert reason in wrong.reason


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.docx", b"", "use one of .csv"),
        ("a.csv", "가".encode("cp949"), "not UTF-8"),
        ("missing.csv", None, "the file is missing"),
    ],
)
def test_an_unreadable_file_is_one_sentence(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    """The file and the mend are named."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CorpusError, match=message):
        list(read_table(tmp_path / name))


def test_a_workbook_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    """A text file called .xlsx is refused."""
    pytest.importorskip("openpyxl", reason="the training extra is not installed")
    (tmp_path / "a.xlsx").write_text("not a workbook")
    with pytest.raises(CorpusError, match="not an Excel workbook"):
        list(read_table(tmp_path / "a.xlsx"))


def test_a_workbook_row_that_ends_early_has_empty_cells(tmp_path: Path) -> None:
    """Excel leaves out what follows a row's last cell; the row is still one of two columns."""
    openpyxl = pytest.importorskip("openpyxl", reason="the training extra is not installed")
    book = openpyxl.Workbook(write_only=True)  # writes rows as they are, and no dimensions
    sheet = book.create_sheet()
    for row in (["text", "label"], ["only a text"], ["x", "joy", "a note beside the table"]):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    assert cells(tmp_path / "a.xlsx") == [
        {"text": "only a text", "label": None},
        {"text": "x", "label": "joy"},
    ]


def test_a_parquet_file_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    """A text file called .parquet is refused."""
    pytest.importorskip("pyarrow", reason="the training extra is not installed")
    (tmp_path / "a.parquet").write_text("not a parquet file")
    with pytest.raises(CorpusError, match="not a Parquet file"):
        list(read_table(tmp_path / "a.parquet"))
