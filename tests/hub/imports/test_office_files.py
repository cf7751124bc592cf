"""Office files at headquarters: converted where the program is, else refused with what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hub.context.open_hub import Hub
from hub.imports import imports
from tests.content.conftest import PDF
from tests.content.docx import docx, p
from tests.content.source.test_office import RTF, odp, script
from tests.hub.actors import actor

ME = actor("boss")


def with_office(hub: Hub, program: str) -> Hub:
    return replace(hub, config=replace(hub.config, office=program))


@pytest.mark.parametrize(("name", "raw", "code"), [
    ("a.doc", RTF, "word-old"), ("课.ppt", odp(), "material-slides"),
])  # fmt: skip
def test_without_the_program_the_report_says_what_would_help(
    sqlite_hub: Hub, tmp_path: Path, name: str, raw: bytes, code: str
) -> None:
    file = tmp_path / "given"
    file.write_bytes(raw)
    report = imports.import_file(with_office(sqlite_hub, "none"), file, name, ME)
    assert (report.refused, [fault.code for fault in report.faults]) == (1, [code])


def test_with_it_slides_become_a_pdf_and_an_old_text_a_page(
    sqlite_hub: Hub, tmp_path: Path
) -> None:
    made = tmp_path / "made"
    program = script(tmp_path, f'cp {made} "$out/given.pdf"; cp {made} "$out/given.docx"')
    hub = with_office(sqlite_hub, program)
    file = tmp_path / "given"
    for name, raw, result, what, note in (
        ("课.ppt", odp(), PDF, "pdf", "note-office-pdf"),
        ("通知.doc", RTF, docx(p("正文一段")), "word", "note-office-word"),
        ("题.doc", RTF, docx(p("1. 题（A）"), p("A. 一 B. 二")), "bank", "note-office-word"),
    ):
        file.write_bytes(raw)
        made.write_bytes(result)
        report = imports.import_file(hub, file, name, ME)
        assert (report.imported, report.what) == (1, what), report
        assert report.remarks[0].code == note
        assert report.made[0].title == name.partition(".")[0]
