"""Mutated files at every door of headquarters: a short run of ``tests.faults.imports``."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from random import Random

import pytest

from content.model.errors import ContentFaults
from content.source.file_kind import What, recognise
from tests.faults import imports
from tests.faults.mutations import mutated

ZIP_DATA_AT = 30 + len("imsmanifest.xml")


def test_no_mutated_file_breaks_freezes_or_litters(tmp_path: Path) -> None:
    seen = imports.run(tmp_path, 60, seed=20, folders=[], most=80)
    assert not seen.faults
    outcomes = {each.split()[1] for each in seen.outcomes}
    assert outcomes == {"taken", "refused"}


def test_the_same_dice_break_a_file_in_the_same_way() -> None:
    raw = next(raw for name, raw in imports.files([]) if name == "paper.docx")
    assert mutated(raw, raw, Random("a")) == mutated(raw, raw, Random("a")) != raw


@pytest.mark.parametrize("broken", [b"\xff" * 20, b""])
def test_a_package_with_a_damaged_manifest_is_still_a_package(
    tmp_path: Path, broken: bytes
) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("imsmanifest.xml", b"<manifest>" + bytes(range(256)) * 8)
    raw = bytearray(out.getvalue())
    raw[ZIP_DATA_AT : ZIP_DATA_AT + len(broken)] = broken
    (tmp_path / "given").write_bytes(raw)
    assert recognise(tmp_path / "given", "包.zip") is What.SCORM


def test_an_open_document_with_a_damaged_kind_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text" * 20)
        archive.writestr("content.xml", "<a/>")
    raw = bytearray(out.getvalue())
    raw[30 + len("mimetype") : 50 + len("mimetype")] = b"\xff" * 20
    (tmp_path / "given").write_bytes(raw)
    with pytest.raises(ContentFaults) as refused:
        recognise(tmp_path / "given", "文.odt")
    assert refused.value.faults[0].code == "material-office"
