"""content.model.faults.faults: every fault has a text in both languages that names a next step."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from content.model import errors
from content.model.faults import faults, table
from content.model.faults.faults import TEXTS, Fault, Faults

ROOT = Path(__file__).parents[3]
ENGLISH = tomllib.loads((ROOT / "hub" / "words" / "en" / "content.toml").read_text("utf-8"))
PLACES = (
    faults.WHERE,
    faults.WHERE_FIELD,
    faults.WHERE_NO_LINE,
    faults.WHERE_PARAGRAPH,
    faults.WHERE_PARAGRAPH_FIELD,
    table.REPEATED,
)


def names_in(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", text))


def texts() -> Iterator[str]:
    for what, todo in TEXTS.values():
        yield from (what, todo)
    yield from (*faults.KINDS_OF_VALUE.values(), *PLACES)


def test_every_text_has_english_with_the_same_placeholders() -> None:
    assert {text: names_in(text) for text in texts()} == {
        chinese: names_in(english) for chinese, english in ENGLISH.items()
    }


def test_no_text_names_a_value_that_the_translator_takes_for_itself() -> None:
    assert not {name for text in texts() for name in names_in(text)} & {"text", "chinese"}


def test_every_code_is_used_and_every_used_code_is_known() -> None:
    files = [path for path in (ROOT / "content").rglob("*.py") if path.parent.name != "faults"]
    files += [*(ROOT / "hub" / "imports").glob("*.py"), *(ROOT / "hub" / "authoring").glob("*.py")]
    files += (ROOT / "hub" / "films").glob("*.py")
    source = "".join(path.read_text("utf-8") for path in files)
    kinds = ("video", "subtitles", "picture", "sound", "pdf", "page", "document")
    composed = {f"{kind}-too-large" for kind in kinds}
    calls = r'(?:fault|add|Fault|note|check|remark|Refused)\(\s*"([a-z0-9-]+)"'
    assert set(re.findall(calls, source)) | composed <= set(TEXTS)
    assert {code for code in TEXTS if f'"{code}"' not in source} <= composed


def test_every_fault_is_provoked_by_a_test() -> None:
    files = [*(ROOT / "tests" / "content").rglob("test_*.py")]
    files += sorted((ROOT / "tests" / "hub").rglob("test_*.py"))
    tests = "".join(path.read_text("utf-8") for path in files)
    composed = {
        f"{kind}-too-large" for kind in ("video", "subtitles", "picture", "pdf", "page", "toml")
    }
    assert {code for code in TEXTS if f'"{code}"' not in tests} - composed == set()


@pytest.mark.parametrize(
    ("fault", "where"),
    [
        (Fault("no-items", "course.toml"), "course.toml"),
        (Fault("no-items", "course.toml", 3), "course.toml 第 3 行"),
        (Fault("no-items", "course.toml", 0, "item[2].file"), "course.toml（item[2].file）"),
        (Fault("no-items", "course.toml", 3, "file"), "course.toml 第 3 行（file）"),
        (Fault("no-items", "题.docx", 0, "", {"paragraph": 3}), "题.docx 第 3 段"),
        (Fault("no-items", "题.docx", 0, "1. 题", {"paragraph": 3}), "题.docx 第 3 段（1. 题）"),
    ],
)
def test_the_place_says_what_is_known(fault: Fault, where: str) -> None:
    assert fault.where() == where


def test_a_fault_speaks_english_through_a_catalogue() -> None:
    def english(text: str, **values: object) -> str:
        return str(ENGLISH[text]) % values if values else str(ENGLISH[text])

    fault = Fault("field-type", "course.toml", 4, "title", {"name": "title", "want": "text"})
    assert fault.where(english) == "course.toml, line 4 (title)"
    assert fault.what(english) == "“title” should be text in quotation marks"
    assert fault.todo(english) == "Write it that way"


def test_a_list_of_faults_stays_within_a_screenful_of_screenfuls() -> None:
    collected = Faults()
    for _ in range(1000):
        collected.add("no-items")
    assert len(collected) == len(list(collected)) == Faults.MOST


def test_every_error_has_a_code_of_its_own() -> None:
    tree = [errors.ContentError]
    for error in tree:
        tree += error.__subclasses__()
    assert len({error.code for error in tree}) == len(tree) == 22
