"""Files that are taken into a library's volume: what is reported for those that do not fit."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from content.model import limits
from hub import rights
from hub.authoring import draft_editing, volume_documents
from hub.authoring.draft_plan import Plan
from hub.authoring.errors import NoSuchDraft
from hub.context.open_hub import Hub
from hub.imports.imports import import_file
from hub.materials.import_report import ImportReport, ImportTarget
from hub.rights import Actor, Deed
from hub.store import drafts, json_values
from hub.store.engine import reading
from tests.content.conftest import PDF, PNG
from tests.content.docx import docx, ole, p
from tests.hub.actors import actor
from tests.hub.visitors import visitor

AUTHOR = actor("作者")
VOLUME = "laws/v1"


@pytest.fixture
def hub(sqlite_hub: Hub) -> Hub:
    visitor(sqlite_hub, "作者", "author").post("/library/new", category="食品安全", id="laws")
    return sqlite_hub


def give(hub: Hub, folder: Path, name: str, text: str, by: Actor = AUTHOR) -> ImportReport:
    file = folder / name
    file.write_text(text, "utf-8")
    return import_file(hub, file, name, by, ImportTarget(volume=VOLUME))


def codes(report: ImportReport) -> list[str]:
    return [fault.code for fault in (*report.faults, *report.remarks)]


def test_a_file_of_a_name_that_is_there_takes_its_place_and_that_is_said(
    hub: Hub, tmp_path: Path
) -> None:
    assert codes(give(hub, tmp_path, "甲.md", "# 甲\n\n一")) == []
    again = give(hub, tmp_path, "甲.md", "# 甲\n\n二")
    assert (again.imported, codes(again)) == (1, ["document-replaced"])


def test_what_is_in_a_file_decides_and_not_its_name(hub: Hub, tmp_path: Path) -> None:
    page = "<html><body><h1>学（xué）分</h1><p>一</p></body></html>"
    files = {
        "甲.txt": page.encode("gb18030"),
        "乙.doc": docx(p("乙的正文"), p("一")),
        "丙": "丙的正文\n一".encode(),
        "丁.html": "<p><ruby>学<rt>xué</rt></ruby>分</p><p>二</p>".encode("utf-16"),
        "旧.docx": ole("WordDocument"),
        "富.txt": rb"{\rtf1 x}",
        "扫.txt": PDF,
        "图.png": PNG,
        "表.docx": b"PK\x03\x04cut",
    }
    file = tmp_path / "given.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    report = import_file(hub, file, "资料.zip", AUTHOR, ImportTarget(volume=VOLUME))
    assert (report.total, report.imported, report.refused) == (9, 4, 5)
    refused = {str(fault.values["path"]): fault.code for fault in report.faults}
    assert refused == {
        "旧.docx": "word-old", "富.txt": "word-old",
        "扫.txt": "document-kind", "图.png": "document-kind", "表.docx": "document-kind",
    }  # fmt: skip
    with reading(hub.engine) as connection:
        row = drafts.get(connection, rights.scope(AUTHOR, Deed.SEE_DRAFTS), "laws")
    assert row is not None
    plan = json_values.read(Plan, row.body)
    assert sorted(document.title for document in plan.volumes[0].documents) == sorted(
        ["学（xué）分", "乙的正文", "丙的正文", "学（xué）分"]
    )


def test_a_full_volume_says_how_many_it_holds_and_refuses_the_rest(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(hub, tmp_path, "甲.md", "# 甲\n\n一")
    monkeypatch.setattr(limits, "MAX_DOCUMENTS", 1)
    more = give(hub, tmp_path, "乙.md", "# 乙\n\n一")
    assert (more.total, more.imported, more.refused, codes(more)) == (1, 0, 1, ["volume-full"])
    assert more.faults[0].values == {"limit": 1}


def test_a_volume_that_is_being_reviewed_or_is_not_ones_own_takes_nothing(
    hub: Hub, tmp_path: Path
) -> None:
    give(hub, tmp_path, "甲.md", "# 甲\n\n一")
    stranger = Actor("x")  # without any role
    refused = give(hub, tmp_path, "乙.md", "# 乙\n\n一", stranger)
    assert (refused.imported, codes(refused)) == (0, ["volume-closed"])
    with reading(hub.engine) as connection:
        row = drafts.get(connection, rights.scope(AUTHOR, Deed.SHARE), "laws")
    assert row is not None
    draft_editing.submit(hub, AUTHOR, "laws", row.edition, "")
    waits = give(hub, tmp_path, "丙.md", "# 丙\n\n一")
    assert (waits.imported, codes(waits)) == (0, ["volume-closed"])


def test_a_volume_that_is_not_there_cannot_be_changed(hub: Hub) -> None:
    with pytest.raises(NoSuchDraft, match="laws/v9"):
        volume_documents.change(hub, AUTHOR, "laws", "v9", lambda volume: volume)


def test_the_folder_of_a_library_that_is_there_is_refused_with_all_its_texts(
    hub: Hub, tmp_path: Path
) -> None:
    file = tmp_path / "手册.zip"
    with zipfile.ZipFile(file, "w") as archive:
        text = 'id = "hand"\nversion = 1\ntitle = "手册"\n\n[[volume]]\nid = "a"\ntitle = "甲"\n'
        archive.writestr("course.toml", text + 'folder = "a"\n')
        archive.writestr("a/1.md", "# 一\n\n一")
    assert import_file(hub, file, file.name, AUTHOR, ImportTarget()).imported == 1
    again = import_file(hub, file, file.name, AUTHOR, ImportTarget())
    assert (again.total, again.imported, again.refused) == (1, 0, 1)
    assert codes(again) == ["library-there"]
