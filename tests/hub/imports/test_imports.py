"""Taking files in: each gets a report that adds up; the same file again changes nothing."""

from __future__ import annotations

import json
import shutil
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from content.model.faults.faults import Fault
from content.transfer.blobs import BlobStore
from hub import rights
from hub.authoring import bank_editing
from hub.context.open_hub import Hub
from hub.errors import NoSuchBank
from hub.imports import imports, jobs
from hub.materials.import_report import ImportedThing, ImportReport, ImportTarget
from hub.rights import Actor, Deed
from hub.store import banks, json_values, materials, units
from hub.store.banks import QuestionFilter
from hub.store.engine import reading, writing
from hub.store.migrations.versions import m0010_reports
from hub.store.scope import whole
from tests.content.conftest import PDF, PNG, mp4, webm
from tests.content.docx import docx, p, picture
from tests.hub.actors import actor
from tests.hub.conftest import Clock
from tests.hub.people.test_unit_tree import table

SAMPLES = Path(__file__).parents[3] / "content" / "samples"
SHARED = Path(__file__).parents[4] / "shared" / "testdata"
ME = actor("boss")
GIFT = "::一::进货查验看什么？ {=票证 ~天气}\n\n::二::二加二等于几？ {#4}\n\n::坏:: {\n"


@pytest.fixture
def hub(sqlite_hub: Hub) -> Hub:
    """On one database; what both must do alike is in ``test_author_and_reviewer``."""
    return sqlite_hub


def put(tmp_path: Path, name: str, raw: bytes) -> Path:
    file = tmp_path / name
    file.write_bytes(raw)
    return file


def take(
    hub: Hub,
    tmp_path: Path,
    name: str,
    raw: bytes,
    by: Actor = ME,
    target: ImportTarget | None = None,
) -> ImportReport:
    report = imports.import_file(hub, put(tmp_path, "given", raw), name, by, target)
    assert report.imported + report.same + report.refused == report.total
    return report


def listed(hub: Hub, by: Actor = ME) -> list[str]:
    with reading(hub.engine) as connection:
        rows = materials.listed(connection, rights.scope(by, Deed.SHARE), "", "", 99, 0)[1]
    return [row.title for row in rows]


def zipped(files: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "raw", "kind"),
    [("课.mp4", mp4(9), "film"), ("课.webm", webm(9), "film"), ("义.pdf", PDF, "pdf")],
)
def test_a_file_goes_in_once(hub: Hub, tmp_path: Path, name: str, raw: bytes, kind: str) -> None:
    first, again = take(hub, tmp_path, name, raw), take(hub, tmp_path, "又" + name, raw)
    assert (first.what, first.imported, again.imported, again.same) == (kind, 1, 0, 1)
    assert first.made == again.made
    assert listed(hub) == [name[0]]


def test_subtitles_and_poster_go_to_the_film_of_their_name(hub: Hub, tmp_path: Path) -> None:
    take(hub, tmp_path, "第一讲.mp4", mp4(9))
    srt = "1\n00:00:01,000 --> 00:00:02,000\n一\n".encode("gb18030")
    assert take(hub, tmp_path, "第一讲.zh.srt", srt).imported == 1
    assert take(hub, tmp_path, "第一讲.png", PNG).imported == 1
    assert take(hub, tmp_path, "第一讲.srt", srt).same == 1
    lost = take(hub, tmp_path, "第二讲.srt", srt)
    assert [fault.code for fault in lost.faults] == ["subtitles-no-film"]
    alone = take(hub, tmp_path, "图.png", PNG)
    assert [fault.code for fault in alone.faults] == ["picture-no-film"]
    with reading(hub.engine) as connection:
        [row] = materials.listed(connection, rights.scope(ME, Deed.SHARE), "", "", 9, 0)[1]
    item = row.item
    assert item.subtitles is not None
    assert item.poster is not None
    assert hub.blobs.read(item.subtitles.sha256, 99).startswith(b"WEBVTT")


def test_films_come_before_what_goes_with_them() -> None:
    assert imports.in_order(["a.srt", "a.png", "a.mp4", "b.gift"]) == [2, 3, 0, 1]


def test_a_zip_of_pages_reports_page_by_page(hub: Hub, tmp_path: Path) -> None:
    raw = zipped({"a.html": b"<p>1</p>", "b.md": b"# 2", "c.html": b"<script>1</script>"})
    report = take(hub, tmp_path, "站.zip", raw)
    assert (report.what, report.imported, report.refused, report.total) == ("pages", 2, 1, 3)
    assert [(fault.code, fault.file) for fault in report.faults] == [("page-empty", "c.html")]
    assert take(hub, tmp_path, "站.zip", raw).same == 2


def test_a_course_folder_becomes_materials_and_banks(hub: Hub, tmp_path: Path) -> None:
    shutil.make_archive(str(tmp_path / "c"), "zip", SAMPLES / "food-inspection")
    report = take(hub, tmp_path, "c.zip", (tmp_path / "c.zip").read_bytes())
    assert report.what == "course"
    assert report.refused == 0
    assert [entry.kind for entry in report.made] == ["material"] * 3 + ["bank"] * 2 + ["draft"]
    again = take(hub, tmp_path, "c.zip", (tmp_path / "c.zip").read_bytes())
    assert (again.imported, again.same) == (0, report.total)
    assert len(listed(hub)) == 3


@pytest.mark.parametrize(
    ("name", "code"), [("x.docx", "word-damaged"), ("x.exe", "material-unknown")]
)
def test_what_cannot_go_in_leaves_nothing_behind(
    hub: Hub, tmp_path: Path, name: str, code: str
) -> None:
    office = zipped({"[Content_Types].xml": b"", "word/document.xml": b""})
    raw = office if name.endswith("docx") else b"MZ\x00\x01"
    report = take(hub, tmp_path, name, raw)
    assert (report.refused, report.faults[0].code) == (1, code)
    assert listed(hub) == []
    assert hub.blobs.names() == set()


def test_a_report_is_kept_as_it_is() -> None:
    fault = Fault("page-empty", "a.html", 3, "x", {"path": "a.html"})
    report = ImportReport("a", "bank", 3, 1, 1, 1, (ImportedThing("bank", "1", "库"),), (fault,))
    assert json_values.read(ImportReport, json_values.written(report)) == report


def test_reports_of_the_release_before_are_read(sqlite_hub: Hub) -> None:
    old = {
        "name": "a", "what": "bank", "total": 3, "imported": 1, "same": 1, "refused": 1,
        "made": [["bank", "1", "库"]], "faults": [["page-empty", "a.html", 3, "x", {"path": "a"}]],
        "remarks": [], "headings": ["题"], "mapping": {"text": "题"}, "asks": False,
    }  # fmt: skip
    fault = Fault("page-empty", "a.html", 3, "x", {"path": "a"})
    things = (ImportedThing("bank", "1", "库"),)
    report = json_values.read(ImportReport, m0010_reports._named(json.dumps(old)))
    assert report == ImportReport(
        "a", "bank", 3, 1, 1, 1, things, (fault,), (), ("题",), {"text": "题"}
    )
    assert m0010_reports._named(json_values.written(report)) == json_values.written(report)


# Question banks


def _bank(hub: Hub, report: ImportReport) -> int:
    return int(report.made[0].id)


def test_questions_go_into_the_bank_of_the_files_name_once(hub: Hub, tmp_path: Path) -> None:
    first = take(hub, tmp_path, "题.gift", GIFT.encode())
    assert (first.what, first.imported, first.refused, first.total) == ("bank", 2, 1, 3)
    assert first.made[0].title == "题"
    more = GIFT.replace("::坏:: {", "::三::一加一？ {#2}")
    again = take(hub, tmp_path, "题.gift", more.encode())
    assert (again.imported, again.same, again.refused) == (1, 2, 0)
    with reading(hub.engine) as connection:
        questions = banks.questions(connection, _bank(hub, first))
    assert [question.type for question in questions] == ["single", "numeric", "numeric"]
    assert len({question.id for question in questions}) == 3


def test_questions_are_found_by_what_they_say_and_are(hub: Hub, tmp_path: Path) -> None:
    bank = _bank(hub, take(hub, tmp_path, "题.gift", GIFT.encode()))
    with reading(hub.engine) as connection:

        def found(wanted: QuestionFilter) -> int:
            return banks.page(connection, bank, wanted, 9, 0)[0]

        assert found(QuestionFilter()) == 2
        assert found(QuestionFilter(text="票证")) == 1
        assert found(QuestionFilter(text="%")) == 0
        assert found(QuestionFilter(type="numeric")) == 1
        assert found(QuestionFilter(difficulty=3)) == 0
        shape = [(row.type, row.count) for row in banks.shape(connection, bank)]
        assert shape == [("numeric", 1), ("single", 1)]


def test_a_changed_or_removed_question_comes_back(hub: Hub, tmp_path: Path) -> None:
    from dataclasses import replace

    bank = _bank(hub, take(hub, tmp_path, "题.gift", GIFT.encode()))
    with reading(hub.engine) as connection:
        first, second = banks.questions(connection, bank)
    bank_editing.change(hub, ME, bank, first.id, replace(first, text="换了"))
    number = bank_editing.remove(hub, ME, bank, second.id)
    with reading(hub.engine) as connection:
        assert [question.text for question in banks.questions(connection, bank)] == ["换了"]
        [changed] = banks.befores(connection, bank, first.id)
    assert bank_editing.bring_back(hub, ME, bank, number) == second.id
    assert bank_editing.bring_back(hub, ME, bank, changed.id) == first.id
    with reading(hub.engine) as connection:
        assert banks.questions(connection, bank) == (first, second)
        assert len(banks.befores(connection, bank)) == 3


def test_a_county_uses_what_is_above_it_and_changes_only_its_own(hub: Hub, tmp_path: Path) -> None:
    from hub.people import unit_tree

    unit_tree.import_org(hub, table(tmp_path, "code,name,parent\n43,云岭,\n44,海南,\n"), actor("t"))
    with reading(hub.engine) as connection:
        by_code = units.all_by_code(connection)
    here, there = (actor(code, unit=by_code[code]) for code in ("43", "44"))
    whole = _bank(hub, take(hub, tmp_path, "总.gift", GIFT.encode()))
    own = _bank(hub, take(hub, tmp_path, "题.gift", GIFT.encode(), here))
    take(hub, tmp_path, "课.mp4", mp4(9), here)
    assert listed(hub, here) == ["课"]
    assert listed(hub, there) == []
    assert listed(hub) == ["课"]
    assert take(hub, tmp_path, "课.mp4", mp4(9), there).imported == 1
    with reading(hub.engine) as connection:
        titles = [row.title for row in banks.listed(connection, rights.scope(there, Deed.SHARE))]
    assert titles == []
    bank_editing.set_open(hub, ME, whole, True)
    with reading(hub.engine) as connection:
        seen = banks.listed(connection, rights.scope(there, Deed.SHARE))
    assert [row.title for row in seen] == ["总"]
    with pytest.raises(NoSuchBank):
        bank_editing.rename(hub, here, whole, "我的")
    with pytest.raises(NoSuchBank):
        bank_editing.rename(hub, there, own, "我的")


def test_a_code_that_is_taken_gets_a_number_behind_it() -> None:
    assert banks.free_code("q", {"q", "q-2"}) == "q-3"
    assert len(banks.free_code("a" * 40, {"a" * 40})) <= 40


def test_columns_are_remembered_by_their_headings(hub: Hub) -> None:
    with writing(hub.engine) as connection:
        banks.remember_mapping(connection, "k", {"text": "甲"}, 1, "t")
        banks.remember_mapping(connection, "k", {"text": "乙"}, 2, "t")
        assert banks.mapping(connection, "k") == {"text": "乙"}
        assert banks.mapping(connection, "other") == {}


ODD = "甲,乙,丙,丁\n二加二？,4,5,A\n三加三？,6,7,A\n"
COLUMNS = {"text": "甲", "option_a": "乙", "option_b": "丙", "answer": "丁"}


def test_a_table_of_unusual_columns_asks_once(hub: Hub, tmp_path: Path) -> None:
    raw = ODD.encode("gb18030")
    asked = take(hub, tmp_path, "题.csv", raw)
    assert (asked.asks, asked.imported, asked.headings) == (True, 0, ("甲", "乙", "丙", "丁"))
    answered = take(hub, tmp_path, "题.csv", raw, target=ImportTarget(columns=COLUMNS))
    assert (answered.asks, answered.imported, answered.refused) == (False, 2, 0)
    known = take(hub, tmp_path, "题.csv", (ODD + "四加四？,8,9,A\n").encode())
    assert (known.imported, known.same, known.refused) == (1, 2, 0)


@pytest.mark.parametrize("kind", sorted(bank_editing.FORMATS))
def test_a_bank_that_is_exported_and_imported_is_the_same(
    sqlite_hub: Hub, tmp_path: Path, kind: str
) -> None:
    bank = _bank(sqlite_hub, take(sqlite_hub, tmp_path, "题.gift", GIFT.encode()))
    with reading(sqlite_hub.engine) as connection:
        before = banks.questions(connection, bank)
    raw, left_out = bank_editing.exported(sqlite_hub, before, kind, "题")
    assert left_out == ()
    name = f"题{bank_editing.FORMATS[kind][2]}"
    again = take(sqlite_hub, tmp_path, name, raw, target=ImportTarget(bank))
    assert (again.what, again.imported, again.same) == ("bank", 0, 2), again.faults
    new = take(sqlite_hub, tmp_path, name, raw, target=ImportTarget(bank_title="另一个"))
    with reading(sqlite_hub.engine) as connection:
        after = banks.questions(connection, _bank(sqlite_hub, new))
    assert after == before


# Jobs


def _job(hub: Hub, raw: bytes, name: str) -> int:
    from hub.materials import uploads

    token, file = uploads.keep(hub, BytesIO(raw), jobs.KIND)
    return jobs.add(hub, ME, name, file.stat().st_size, token, ImportTarget())


def _state(hub: Hub, number: int) -> tuple[str, ImportReport | None]:
    with reading(hub.engine) as connection:
        row = materials.job(connection, whole(connection), number)
    assert row is not None
    return row.state, json_values.read(ImportReport, row.report) if row.report else None


def test_a_job_leaves_its_report_and_no_upload(hub: Hub) -> None:
    number = _job(hub, PDF, "义.pdf")
    assert _state(hub, number) == ("waiting", None)
    worker = jobs.Worker()
    worker.give(lambda: jobs.run(hub, number, ME))
    assert worker.rest(10)
    state, report = _state(hub, number)
    assert state == "done"
    assert report is not None
    assert report.imported == 1
    assert list((hub.config.data / "uploads").iterdir()) == []


def test_a_job_whose_upload_is_gone_says_so(hub: Hub) -> None:
    number = _job(hub, PDF, "义.pdf")
    shutil.rmtree(hub.config.data / "uploads")
    report = jobs.run(hub, number, ME)
    assert report.faults[0].code == "upload-cut"


def test_a_job_that_breaks_says_so_and_the_next_goes_on(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, worker = sqlite_hub, jobs.Worker()
    first, second = _job(hub, PDF, "义.pdf"), _job(hub, mp4(9), "课.mp4")
    with monkeypatch.context() as broken:
        broken.setattr(BlobStore, "add_file", lambda *_: 1 / 0)
        worker.give(lambda: jobs.run(hub, first, ME))
        assert worker.rest(10)
    worker.give(lambda: jobs.run(hub, second, ME))
    assert worker.rest(10)
    state, report = _state(hub, first)
    assert report is not None
    assert (state, report.faults[0].code) == ("done", "import-broke")
    assert _state(hub, second)[0] == "done"


def test_values_come_back_as_they_were(sqlite_hub: Hub, clock: Clock) -> None:
    from content.source.folder import read_folder

    course = read_folder(SAMPLES / "food-inspection").course
    assert json_values.read(type(course), json_values.written(course)) == course


# Files that nobody on this project wrote


@pytest.mark.skipif(not SHARED.exists(), reason=f"no test data at {SHARED}")
def test_every_question_bank_goes_in_and_its_report_adds_up(sqlite_hub: Hub) -> None:
    files = [p for p in (SHARED / "questions").rglob("*") if p.suffix in (".txt", ".xml", ".zip")]
    files += list((SHARED / "questions" / "xlsx").glob("试题*.xlsx"))
    for path in sorted(files):
        report = imports.import_file(sqlite_hub, path, path.name, ME)
        assert report.what == "bank", (path.name, report)
        assert report.imported + report.same + report.refused == report.total, path.name
        assert report.imported + report.same, (path.name, report.faults)
        again = imports.import_file(sqlite_hub, path, path.name, ME)
        assert again.imported == 0, path.name


@pytest.mark.skipif(not SHARED.exists(), reason=f"no test data at {SHARED}")
def test_every_file_of_the_media_folder_goes_in_or_says_why(
    sqlite_hub: Hub, tmp_path: Path
) -> None:
    files = [p for p in (SHARED / "media").rglob("*") if p.suffix in (".mp4", ".pdf")]
    reports = {p.name: imports.import_file(sqlite_hub, p, p.name, ME) for p in files}
    refused = {
        name: [f.code for f in report.faults] for name, report in reports.items() if report.refused
    }
    assert refused == {"libreoffice-writer-password.pdf": ["pdf-encrypted"]}
    assert len(reports) == 8


@pytest.mark.skipif(not SHARED.exists(), reason=f"no test data at {SHARED}")
def test_every_scorm_package_goes_in_or_says_why(sqlite_hub: Hub) -> None:
    files = sorted((SHARED / "scorm").rglob("*.zip"))
    reports = {p.name: imports.import_file(sqlite_hub, p, p.name, ME) for p in files}
    taken = {name for name, report in reports.items() if report.imported}
    refused = {name for name, report in reports.items() if report.refused and report.faults}
    assert "RuntimeBasicCalls_SCORM12.zip" in taken
    assert {"badscorm.zip", "invalid.zip", "validscorm.zip"} <= refused
    assert taken | refused == set(reports)


def test_a_bank_in_word_goes_in_once_and_a_handout_is_a_page(hub: Hub, tmp_path: Path) -> None:
    asked = [p("一、单选题"), p("1. 看图（A）", picture()), p("A. 秤 B. 尺"), p("2. 称重（ ）")]
    raw = docx(*asked, p("A. 一 B. 二"), parts={"word/media/a.png": PNG})
    first, again = take(hub, tmp_path, "题库.docx", raw), take(hub, tmp_path, "题库.docx", raw)
    assert (first.what, first.imported, first.refused) == ("bank", 1, 1)
    assert (again.imported, again.same, again.refused) == (0, 1, 1)
    assert "题库.docx 第 4 段（一、2. 称重（ ））" in first.faults[0].text()
    page = take(hub, tmp_path, "讲义.docx", docx(p("先看票证，再看标签。")))
    assert (page.what, page.imported, page.made[0].title) == ("word", 1, "讲义")
