"""Table files: what is wrong with a row is said in the reader's language, with what to do."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

import hub
from hub.people.table_file import TEXTS, RowFault, TableFile, heading, read_sheets, read_tables

WORDS = Path(hub.__path__[0]) / "words" / "en" / "tables.toml"


def test_every_text_of_a_row_fault_has_english() -> None:
    english = tomllib.loads(WORDS.read_text("utf-8"))
    texts = {text for pair in TEXTS.values() for text in pair}
    assert texts <= set(english)


def test_a_fault_speaks_the_language_of_the_page() -> None:
    english = tomllib.loads(WORDS.read_text("utf-8"))
    fault = RowFault(7, "unit", "unit-unknown", {"value": "北京"})
    sentence = fault.text(lambda text, **values: str(english[text]) % values)
    assert sentence.startswith("Row 7：There is no unit “北京”")


@pytest.mark.parametrize(
    "text",
    ["学 号", "学号*", "学号（必填）", "学号(必填)", " 学号 ", "学号："],
)
def test_a_heading_is_recognised_however_it_is_written(text: str) -> None:
    assert heading(text) == "学号"


def table(path: Path, chosen: dict[str, str] | None = None) -> TableFile:
    """Tables with a column a or 甲, and maybe b."""

    def understand(texts: Sequence[str]) -> dict[str, int]:
        return {field: texts.index(field) for field in ("a", "b", "甲") if field in texts}

    return read_tables(read_sheets(path, path.name), path.name, understand, (("a", "甲"),), chosen)


def test_row_numbers_are_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text('a,b\n\n1,"two\nlines"\n2,x\n', "utf-8")
    assert table(file).tables[0].rows == [(3, ["1", "two\nlines"]), (5, ["2", "x"])]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    file = tmp_path / "t.csv"
    file.write_text(f"a{delimiter}b\n1{delimiter}2\n", "utf-8")
    [read] = table(file).tables
    assert (read.headings, read.rows) == (("a", "b"), [(2, ["1", "2"])])
