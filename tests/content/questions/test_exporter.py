"""content.questions.exporter: a bank that is written and read again is the same bank."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.model.course import FileRef, Question
from content.questions import FORMATS, Imported, fingerprint, read, write
from content.transfer.blobs import BlobStore
from tests.content.questions.conftest import real
from tests.content.questions.made import REFS, keep, questions

GOOD = Question("q-1", "single", "甲？", ("一", "二"), "A")


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> BlobStore:
    """Blobs with every file that generated questions show."""
    blobs = BlobStore(tmp_path_factory.mktemp("blobs"))
    keep(blobs)
    return blobs


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(bank=st.lists(questions(), min_size=2, max_size=8, unique_by=lambda question: question.id))
def test_every_bank_comes_back_as_it_went(
    tmp_path: Path, full: BlobStore, bank: list[Question]
) -> None:
    fresh = BlobStore(tmp_path / "fresh")
    for format in FORMATS:
        assert write(bank, format, tmp_path / "bank", full) == ()
        imported = read(tmp_path / "bank", fresh)
        said = [fault for fault in imported.remarks if fault.code != "note-essay-separator"]
        assert [fault.text() for fault in (*imported.refused, *said)] == []
        assert list(imported.questions) == bank
        assert (imported.total, imported.format) == (len(bank), format)
        assert not fresh.missing(ref for question in bank for ref in question.media)


def there_and_back(imported: Imported, format: str, blobs: BlobStore, folder: Path) -> Imported:
    assert write(imported.questions, format, folder / format, blobs) == ()
    return read(folder / format, BlobStore(folder / "again"))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "names",
    [
        ("moodle", "examples.gift.txt"),
        ("moodle", "questions.gift.txt"),
        ("moodle", "questions.aiken.txt"),
        ("moodle", "multichoice.moodle.xml"),
        ("moodle", "truefalse.moodle.xml"),
        ("qti-minimal", "minimal_qti_1.2_sample.zip"),
        ("qti-minimal", "minimal_qti_2.1_sample.zip"),
        ("xlsx", "试题导入模板.xlsx"),
    ],
    ids="/".join,
)
def test_every_real_bank_comes_back_as_it_came(
    names: tuple[str, ...], format: str, blobs: BlobStore, tmp_path: Path
) -> None:
    imported = read(real(*names), blobs)
    again = there_and_back(imported, format, blobs, tmp_path)
    assert again.questions == imported.questions
    assert list(map(fingerprint, again.questions)) == list(map(fingerprint, imported.questions))


@pytest.mark.parametrize("format", FORMATS)
def test_what_cannot_be_carried_is_named_and_the_rest_is_written(
    format: str, blobs: BlobStore, tmp_path: Path
) -> None:
    ref = next(iter(REFS.values()))
    picture = replace(GOOD, text=f'<img src="/media/{ref.sha256}">', rich=True, media=(ref,))
    bank = [
        replace(GOOD, id="bad-1", text="甲\x07？"),
        replace(picture, id="bad-2"),
        replace(GOOD, id="bad-3", answer="C"),
        GOOD,
    ]
    faults = write(bank, format, tmp_path / "bank", blobs)
    assert [(fault.code, fault.key) for fault in faults] == [
        ("export-invisible", "bad-1"),
        ("export-media", "bad-2"),
        ("answer-names-no-option", "bad-3"),
    ]
    assert read(tmp_path / "bank", blobs).questions == (GOOD,)


def test_a_package_holds_no_more_files_than_are_read(
    blobs: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content.questions.exporter.MAX_ZIP_ENTRIES", 3)
    bank = [replace(GOOD, id=f"q{n}x") for n in range(3)]
    assert [f.code for f in write(bank, "qti3", tmp_path / "a", blobs)] == ["export-many"] * 2
    assert write(bank, "gift", tmp_path / "b", blobs) == ()


def test_an_unknown_format_is_a_mistake_of_the_caller(blobs: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="docx"):
        write([GOOD], "docx", tmp_path / "bank", blobs)


def test_files_of_a_question_are_those_that_it_shows() -> None:
    other = FileRef("media/x.png", 1, "a" * 64)
    assert fingerprint(replace(GOOD, media=(other,))) == fingerprint(GOOD)


def test_place_and_id_make_no_other_question() -> None:
    moved = replace(GOOD, id="x", chapter="二", difficulty=3, see_item="video", see_second=4)
    assert fingerprint(moved) == fingerprint(GOOD)
    for change in ({"explain": "因为"}, {"answer": "B"}, {"text": "乙？"}, {"type": "multiple"}):
        assert fingerprint(replace(GOOD, **change)) != fingerprint(GOOD)  # type: ignore[arg-type]


def test_html_that_only_makes_lines_is_the_same_as_plain_text() -> None:
    options = ("<div>一</div>", "<span>二</span>")
    rich = replace(GOOD, text="<p>甲？</p>", options=options, rich=True)
    assert fingerprint(rich) == fingerprint(GOOD)
