"""content.source.office: another's program is given little, and what it does not make is said."""

import os
import time
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from content.media import pdf
from content.model.errors import ContentFaults
from content.source import office
from content.source.file_kind import What, recognise

RTF = rb"{\rtf1\ansi\ansicpg936 \b \u23398?\u20998?\b0\par \u31532?\u20108?}"
_ODF = "urn:oasis:names:tc:opendocument:xmlns:"


def odp(words: str = "第一张") -> bytes:
    """A slide with these words."""
    spaces = " ".join(f'xmlns:{name}="{_ODF}{name}:1.0"' for name in ("office", "text"))
    spaces += f' xmlns:draw="{_ODF}drawing:1.0" xmlns:svg="{_ODF}svg-compatible:1.0"'
    content = (
        f'<office:document-content {spaces} office:version="1.2"><office:body>'
        '<office:presentation><draw:page draw:name="a"><draw:frame svg:width="20cm"'
        f' svg:height="5cm" svg:x="1cm" svg:y="1cm"><draw:text-box><text:p>{words}</text:p>'
        "</draw:text-box></draw:frame></draw:page></office:presentation></office:body>"
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.presentation"
    listing = (
        f'<manifest:manifest xmlns:manifest="{_ODF}manifest:1.0"><manifest:file-entry'
        f' manifest:full-path="/" manifest:media-type="{kind}"/><manifest:file-entry'
        ' manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", listing)
    return out.getvalue()


def script(tmp_path: Path, words: str) -> str:
    """A program that does this; ``$out`` and ``$given`` are what it was told."""
    file = tmp_path / "office"
    file.write_text(
        '#!/bin/sh\nfor word in "$@"; do before=$given; given=$word;'
        ' [ "$before" = --outdir ] && out=$word; done\n' + words
    )
    file.chmod(0o755)
    return str(file)


def convert(tmp_path: Path, words: str, seconds: float = 20) -> Path:
    scratch, hidden, given = tmp_path / "scratch", tmp_path / "hidden", tmp_path / "given.ppt"
    scratch.mkdir()
    hidden.mkdir()
    given.write_bytes(odp())
    return office.converted(
        script(tmp_path, words), given, "课.ppt", "pdf", scratch, hidden, seconds
    )


def test_the_program_gets_a_copy_and_no_surroundings_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XUEZHAN_SECRET", "x")
    made = convert(tmp_path, 'env > "$out/given.pdf"; cmp "$given" "$out/../given" || rm "$out"/*')
    told = made.read_text()
    assert "XUEZHAN" not in told
    assert f"HOME={tmp_path}/scratch/profile" in told
    settings = tmp_path / "scratch" / "profile" / "user" / "registrymodifications.xcu"
    assert "BlockUntrustedRefererLinks" in settings.read_text()


@pytest.mark.parametrize(
    ("words", "detail"),
    [("exit 0", "打不开"), (': > "$out/given.pdf"', "打不开"), ("exit 1", "打不开")],
)
def test_what_it_does_not_make_is_a_fault(tmp_path: Path, words: str, detail: str) -> None:
    with pytest.raises(ContentFaults, match=detail) as refused:
        convert(tmp_path, words)
    assert [fault.code for fault in refused.value.faults] == ["office-failed"]


def test_a_program_that_does_not_end_is_ended_with_all_that_it_began(tmp_path: Path) -> None:
    child = tmp_path / "child"
    with pytest.raises(ContentFaults, match="超过时限"):
        convert(tmp_path, f"sleep 600 & echo $! > {child}.part; mv {child}.part {child}; wait", 1)
    number = int(child.read_text())
    until = time.monotonic() + 10
    while time.monotonic() < until and _runs(number):
        os.sched_yield()
    assert not _runs(number)


def _runs(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def test_libreoffice_makes_a_pdf_of_slides(tmp_path: Path) -> None:
    if not office.program():
        pytest.skip("LibreOffice is not installed")
    given, scratch, hidden = tmp_path / "课.ppt", tmp_path / "scratch", tmp_path / "hidden"
    given.write_bytes(odp())
    scratch.mkdir()
    hidden.mkdir()
    made = office.converted(office.program(), given, "课.ppt", "pdf", scratch, hidden)
    assert recognise(made, "x") is What.PDF
    assert pdf.trouble(made) == ""
