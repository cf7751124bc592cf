"""content.questions.reading: files are known by their content, in any usual encoding."""

import zipfile
from pathlib import Path

import pytest

from content import limits
from content.blobs import BlobStore
from content.questions import read
from tests.content.questions.conftest import Reader, fault_of

BANK = "检查时应有几人？{=两人 =2}"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_a_text_is_read_in_any_usual_encoding(encoding: str, reading: Reader) -> None:
    (asked,) = reading(BANK.encode(encoding)).questions
    assert asked.text == "检查时应有几人？"


def test_what_is_no_bank_is_refused(reading: Reader, tmp_path: Path, blobs: BlobStore) -> None:
    assert fault_of(lambda: reading("Dear colleagues,\n\nsee you.\n")) == "bank-format"
    assert fault_of(lambda: reading(bytes(range(128, 256)))) == "bank-encoding"
    assert fault_of(lambda: reading("// {T}")) == "bank-empty"
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(limits.MAX_BANK_BYTES + 1)
    assert fault_of(lambda: read(tmp_path / "huge", blobs)) == "bank-too-large"


def test_more_questions_than_any_bank_has_are_refused(
    reading: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content.questions.gift.MAX_IMPORTED", 3)
    assert reading("a{T}\n\n" * 3).total == 3
    assert fault_of(lambda: reading("a{T}\n\n" * 4)) == "bank-too-many"


def test_a_name_of_300_characters_is_cut_in_reports(tmp_path: Path, blobs: BlobStore) -> None:
    (tmp_path / "a").write_text("ok{T}\n\nbad{=")
    (fault,) = read(tmp_path / "a", blobs, name="名" * 300).refused
    assert len(fault.file) == 120


def test_long_names_in_a_package_are_no_fault(tmp_path: Path, blobs: BlobStore) -> None:
    name = f"{'a' * 90}/{'b' * 90}.xml"
    item = (
        "<questestinterop><item><presentation><material><mattext>几？</mattext></material>"
        '<response_str ident="r"/></presentation></item></questestinterop>'
    )
    with zipfile.ZipFile(tmp_path / "bank.zip", "w") as archive:
        archive.writestr(name, item)
    assert read(tmp_path / "bank.zip", blobs).questions[0].text == "几？"
