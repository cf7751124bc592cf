"""Banks from strangers: nothing crashes, nothing is lost from the count, nothing runs."""

import html
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.model.checks.markup import is_harmless
from content.model.errors import ContentFaults
from content.questions import FORMATS, Imported, read, write
from content.questions.gift import reader
from content.transfer.blobs import BlobStore
from tests.content.questions.conftest import Reader, codes, real
from tests.content.questions.made import NAUGHTY
from tests.content.questions.qti.test_qti import CHOICE, RIGHT, item
from tests.content.questions.qti.test_v1 import bank, choice, is_, rule
from tests.content.questions.test_exporter import GOOD

HEADS = [
    "",
    "a{=",
    "::x::a{~b =",
    "$CATEGORY: x\n\n",
    "a\nA) 1\nB) 2\nANSWER: ",
    "题干,选项,答案\n",
    "<quiz><question type='multichoice'><questiontext><text>",
    "<questestinterop><item><presentation>",
    "<assessmentItem><itemBody>",
    "\x00\x00",
]
PIECES = [
    "{",
    "}",
    "=",
    "~",
    "#",
    "->",
    "%50%",
    "\n\n",
    "</",
    "<b>",
    "&amp;",
    "\\",
    ">",
    "题",
    ",",
    '"',
]


def whole(imported: Imported) -> bool:
    """Imported + refused = all there were."""
    return len(imported.questions) + len(imported.refused) == imported.total


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(HEADS), st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=12))
def test_garbage_gives_faults_only(reading: Reader, head: str, pieces: list[str]) -> None:
    with suppress(ContentFaults):
        assert whole(reading((head + "".join(pieces)).encode("utf-8", "surrogatepass")))


@pytest.mark.parametrize("format", FORMATS)
def test_a_bank_cut_anywhere_or_with_a_flipped_byte_gives_faults_only(
    format: str, tmp_path: Path, blobs: BlobStore
) -> None:
    write([GOOD], format, tmp_path / "a", blobs)
    raw = (tmp_path / "a").read_bytes()
    step = max(1, len(raw) // 25)
    for at in range(0, len(raw), step):
        flipped = bytearray(raw)
        flipped[at] ^= 0x55
        for damaged in (raw[:at], bytes(flipped)):
            (tmp_path / "c").write_bytes(damaged)
            with suppress(ContentFaults):
                assert whole(read(tmp_path / "c", blobs))


def as_moodle(texts: list[str]) -> str:
    asked = "".join(
        '<question type="truefalse"><questiontext format="html"><text>'
        f"{html.escape('甲' + text)}</text></questiontext>"
        '<answer fraction="100"><text>true</text></answer></question>'
        for text in texts
    )
    return f"<quiz>{asked}</quiz>"


def test_payloads_of_attackers_become_harmless_or_are_refused(reading: Reader) -> None:
    path = real("..", "hostile", "xss-list", "Intruder", "xss-payload-list.txt")
    texts = [line for line in path.read_text("utf-8", "replace").splitlines() if line.strip()]
    imported = reading(as_moodle(texts[::25]))
    assert whole(imported)
    assert len(imported.questions) > imported.total // 2
    for asked in imported.questions:
        assert not asked.rich or is_harmless(asked.text, set())
        tags = " ".join(re.findall(r"<[a-z][^<>]*>", asked.text)) if asked.rich else ""
        assert not re.search(r"\son\w+=|script|style=", re.sub(r'="[^"]*"', '=""', tags))


def test_naughty_strings_are_questions_like_any_other(reading: Reader) -> None:
    texts = [text for text in NAUGHTY if not re.search(r"[<>&]", text)]
    imported = reading(as_moodle(texts))
    assert whole(imported)
    assert [fault.code for fault in imported.refused] == []


def nested(depth: int) -> str:
    return "<b>" * depth + "x" + "</b>" * depth


@pytest.mark.parametrize(
    "make",
    [
        lambda text: f"[html]{text}{{T}}",
        lambda text: as_moodle([text]),
        lambda text: item(f"<p>{text}</p>{CHOICE}", RIGHT),
        lambda text: bank(choice(a="一", b="二"), rule(is_("a"))).replace("甲？", text),
    ],
    ids=["gift", "moodle", "qti2", "qti1.2"],
)
def test_deep_markup_and_giant_texts_are_refused_one_by_one(
    make: Callable[[str], str], reading: Reader
) -> None:
    for text in (nested(3_000), "长" * 100_000):
        with suppress(ContentFaults):
            imported = reading(make(text))
            assert (imported.total, len(imported.refused)) == (1, 1)


def test_a_name_of_300_characters_and_other_names_in_a_package(
    tmp_path: Path, blobs: BlobStore
) -> None:
    for name in ("n" * 300 + ".xml", "a/../../b.xml", "C:\\a.xml", "con.xml"):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr(name, item(CHOICE, RIGHT))
        with pytest.raises(ContentFaults, match="文件名"):
            read(tmp_path / "a.zip", blobs)


@pytest.mark.parametrize("sign", ["<a ", "<audio ", "<!--", "<div>", "<img ", '<a href="x.mp3">'])
def test_signs_that_open_without_end_are_refused_at_once(sign: str, reading: Reader) -> None:
    text = sign * 400_000
    imported = reading(
        '<quiz><question type="essay"><name><text>n</text></name><questiontext format="html">'
        f"<text><![CDATA[{text}]]></text></questiontext></question></quiz>"
    )
    assert codes(imported)[0] in ("asked-text-long", "asked-empty")


def test_backslashes_in_braces_are_read_once() -> None:
    assert reader.looks_like("x{" + "\\" * 900_000 + "}")
    assert not reader.looks_like("x{" + "\\" * 900_001 + "}")
