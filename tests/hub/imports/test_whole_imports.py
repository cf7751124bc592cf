"""An import is complete with its audit line, or leaves nothing but bytes without a row."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from content.source import material
from hub import rights
from hub.context.open_hub import Hub
from hub.imports import imports
from hub.materials.import_report import ImportReport, ImportTarget
from hub.rights import Deed
from hub.store import audit, banks, contents, drafts, materials
from hub.store.engine import reading
from tests.content.conftest import PDF, PNG, mp4
from tests.content.docx import docx, p
from tests.hub.actors import actor
from tests.hub.imports.test_imports import GIFT, SAMPLES, zipped
from tests.hub.visitors import visitor

AUTHOR = actor("作者")
TABLES = (contents.material, contents.bank, contents.question, contents.draft, contents.draft_event)
SRT = b"1\n00:00:01,000 --> 00:00:02,000\na\n"


class Cut(BaseException):
    """The process ends here: nothing after it runs, and no code handles it."""


@pytest.fixture
def hub(sqlite_hub: Hub) -> Hub:
    """A hub with a film and a library, to which other files are added."""
    visitor(sqlite_hub, "作者", "author").post("/library/new", category="食品安全", id="laws")
    return sqlite_hub


@pytest.fixture
def film(hub: Hub, tmp_path: Path) -> None:
    give(hub, tmp_path, "第一讲.mp4", mp4(9))


def give(
    hub: Hub, folder: Path, name: str, raw: bytes, target: ImportTarget | None = None
) -> ImportReport:
    file = folder / "given"
    file.write_bytes(raw)
    return imports.import_file(hub, file, name, AUTHOR, target)


def rows(hub: Hub) -> list[list[object]]:
    """All that an import writes, and the audit."""
    with reading(hub.engine) as connection:
        held = [list[object](connection.execute(table.select())) for table in TABLES]
        return [*held, list[object](audit.latest(connection))]


def course_zip(folder: Path) -> bytes:
    shutil.make_archive(str(folder / "c"), "zip", SAMPLES / "food-inspection")
    return (folder / "c.zip").read_bytes()


def at_call(number: int, done: Callable[..., Any]) -> Callable[..., Any]:
    """``done``, but the process ends after the call with this number."""
    calls = []

    def cut(*arguments: Any, **named: Any) -> Any:
        calls.append(done(*arguments, **named))
        if len(calls) == number:
            raise Cut
        return calls[-1]

    return cut


@pytest.mark.parametrize(
    ("module", "step", "call"),
    [
        (materials, "add", 1),
        (materials, "add", 3),
        (banks, "add", 1),
        (banks, "make", 2),
        (drafts, "add", 1),
        (drafts, "note", 1),
        (audit, "note", 1),
        (audit, "note", 2),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_course_that_is_cut_off_leaves_nothing_and_comes_in_again(
    hub: Hub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    step: str,
    call: int,
) -> None:
    raw, before = course_zip(tmp_path), rows(hub)
    with monkeypatch.context() as broken:
        broken.setattr(module, step, at_call(call, getattr(module, step)))
        with pytest.raises(Cut):
            give(hub, tmp_path, "c.zip", raw)
    assert rows(hub) == before
    report = give(hub, tmp_path, "c.zip", raw)
    assert (report.imported, report.same, report.refused) == (report.total, 0, 0)
    assert audit_line(hub) == counted("c.zip", report.total, 0, report.total)


FILES = {
    "第二讲.mp4": mp4(8),
    "义.pdf": PDF,
    "页.html": b"<p>1</p>",
    "讲义.docx": docx(p("先看票证，再看标签。")),
    "站.zip": zipped({"a.html": b"<p>1</p>", "b.md": b"# 2"}),
    "第一讲.srt": SRT,
    "第一讲.png": PNG,
    "题.gift": GIFT.encode(),
    "甲.md": b"# 1\n\n2",
}


@pytest.mark.parametrize("name", FILES)
def test_whatever_comes_in_has_its_line_in_the_audit(
    hub: Hub, film: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    target = ImportTarget(volume="laws/v1") if name == "甲.md" else None
    before, note = rows(hub), audit.note

    def cut(connection: Any, at: int, by: str, what: str, /, **parameters: str | int) -> None:
        note(connection, at, by, what, **parameters)
        if what == "content import":
            raise Cut

    with monkeypatch.context() as broken:
        broken.setattr(audit, "note", cut)
        with pytest.raises(Cut):
            give(hub, tmp_path, name, FILES[name], target)
    assert rows(hub) == before
    report = give(hub, tmp_path, name, FILES[name], target)
    assert report.imported
    assert report.same == 0
    assert audit_line(hub) == counted(name, report.imported, report.refused, report.total)


def test_what_was_refused_has_its_line_too(hub: Hub, tmp_path: Path) -> None:
    assert give(hub, tmp_path, "x.exe", b"MZ\x00\x01").refused == 1
    assert audit_line(hub) == counted("x.exe", 0, 1, 1)


def test_subtitles_that_come_while_a_poster_does_do_not_undo_it(
    hub: Hub, film: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = material.take_subtitles

    def meanwhile(*arguments: Any) -> Any:
        give(hub, tmp_path, "第一讲.png", PNG)
        return take(*arguments)

    (tmp_path / "s").write_bytes(SRT)
    with monkeypatch.context() as slow:
        slow.setattr(material, "take_subtitles", meanwhile)
        imports.import_file(hub, tmp_path / "s", "第一讲.srt", AUTHOR)
    with reading(hub.engine) as connection:
        row = materials.film_named(connection, rights.scope(AUTHOR, Deed.SHARE), "第一讲.srt")
    assert row is not None
    item = row.item
    assert item.poster is not None
    assert item.subtitles is not None


def audit_line(hub: Hub) -> dict[str, str | int]:
    with reading(hub.engine) as connection:
        lines = audit.latest(connection)
    return dict(next(line.parameters for line in lines if line.what == "content import"))


def counted(file: str, imported: int, refused: int, total: int) -> dict[str, str | int]:
    return {"file": file, "imported": imported, "same": 0, "refused": refused, "total": total}
