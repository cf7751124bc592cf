"""content.questions.importer: files are known by their content, in any usual encoding."""

import zipfile
from pathlib import Path

import pytest

from content.model import limits
from content.questions import read
from content.source.file_kind import What, recognise
from content.transfer.blobs import BlobStore
from tests.content.questions.conftest import Reader, fault_of, notes

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
    monkeypatch.setattr("content.questions.gift.reader.MAX_IMPORTED", 3)
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


XML_BANK = (
    '<?xml version="1.0" encoding="{}"?>\n<quiz><question type="truefalse"><name><text>n</text>'
    '</name><questiontext format="plain_text"><text>{}</text></questiontext>'
    '<answer fraction="100"><text>true</text></answer></question></quiz>'
)


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    [
        ("ISO-8859-1", "iso-8859-1", "Été"),
        ("windows-1252", "cp1252", "Été"),
        ("ISO-8859-15", "iso-8859-15", "Été"),
        ("ISO-8859-1", "utf-8", "Été"),  # a tool that claims Latin for everything
        ("UTF-16", "utf-16-le", "题"),
        ("GB2312", "gb18030", "题"),
        ("UTF-8", "gb18030", "题"),
        ("Big5", "big5", "題"),
    ],
)
def test_an_xml_bank_is_known_and_read_in_its_encoding(
    declared: str, encoding: str, text: str, tmp_path: Path, blobs: BlobStore
) -> None:
    file = tmp_path / "bank.xml"
    file.write_bytes(XML_BANK.format(declared, text).encode(encoding))
    assert recognise(file, "bank.xml") == What.BANK
    assert read(file, blobs).questions[0].text == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_text_bank_without_mark_is_known(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "bank.txt"
    file.write_bytes(BANK.encode(encoding))
    assert recognise(file, "bank.txt") == What.BANK


def test_a_bank_in_an_unknown_encoding_is_refused_for_that(
    tmp_path: Path, blobs: BlobStore
) -> None:
    file = tmp_path / "bank.xml"
    file.write_bytes(XML_BANK.format("UTF-8", "Été ?").encode("cp1252"))
    assert recognise(file, "bank.xml") == What.BANK
    assert fault_of(lambda: read(file, blobs)) == "bank-encoding"


def test_blackboards_package_is_a_bank(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bank.zip", "w") as archive:
        archive.writestr(
            "imsmanifest.xml", '<manifest><resource type="assessment/x-bb-qti-pool"/></manifest>'
        )
    assert recognise(tmp_path / "bank.zip", "bank.zip") == What.BANK


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0"?>\n<!-- {made by a tool} -->\n<manifest identifier="m"/>',
        "<!DOCTYPE plist>\n<plist>\n<dict><title>{=a ~b}</title></dict>\n</plist>\n",
        '<r:rss xmlns:r="x"><p>{T}</p><quiz/></r:rss>',
        "<questions><question type='multichoice'>A) a {=b}</question></questions>",
        "<assessment><title>ANSWER: A</title></assessment>",
    ],
)
def test_xml_of_another_kind_is_neither_a_bank_nor_a_page(
    text: str, reading: Reader, tmp_path: Path
) -> None:
    assert fault_of(lambda: reading(text)) == "xml-unknown"
    (tmp_path / "a.html").write_text(text)
    if not text.startswith("<assessment"):  # QTI has elements of such names
        assert fault_of(lambda: recognise(tmp_path / "a.html", "a.html")) == "xml-unknown"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('<?xml version="1.0"?>\n<html><body><p>甲 {x}</p></body></html>', What.PAGE),
        ("<p>甲</p>\n<style>p {color: red}</style>", What.PAGE),
        ("<h1>怎样写题库</h1>\n\n<pre>&lt;quiz&gt;</pre>", What.PAGE),
        ("# 怎样写题库\n\n    <quiz><question/></quiz>\n", What.PAGE),
        ("<p>甲</p>{=一 ~二}", What.BANK),
        ("<!-- 一 --><!DOCTYPE quiz>\n<quiz></quiz>", What.BANK),
        ("<q:quiz xmlns:q='x'></q:quiz>", What.BANK),
    ],
)
def test_what_begins_with_a_tag_is_known_by_its_content(
    text: str, what: What, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text(text)
    assert recognise(tmp_path / "a", "a.md") is what


@pytest.mark.parametrize(
    "bank",
    [
        "Où? {=là =café}",
        "Où est-il né?\nA) là\nB) allé\nANSWER: A",
        '<?xml version="1.0"?>\n<quiz><question type="shortanswer"><questiontext><text>Où?</text>'
        '</questiontext><answer fraction="100"><text>là</text></answer></question></quiz>',
    ],
)
def test_an_encoding_that_is_only_guessed_is_said(bank: str, reading: Reader) -> None:
    imported = reading(bank.encode("windows-1252"))
    assert (imported.questions[0].text[:2], notes(imported)[0]) == ("Où", "note-encoding")
    assert "note-encoding" not in notes(reading(bank))
