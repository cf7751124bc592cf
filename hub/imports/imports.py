"""Importing: one file goes in, and a report says what became of it.

``content.source.file_kind`` recognises a file. The rules of each kind are in
``content.source.material``, ``content.questions``, ``content.scorm`` and ``content.source.folder``.
Imports that wait for their turn are in ``hub.imports.jobs``.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from content.model.course import Course, FileRef, Item
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.questions import Imported
from content.source import build_pack, folder, material
from content.source.file_kind import What, recognise
from content.source.material import Taken
from content.transfer.blobs import BlobStore
from hub import rights
from hub.authoring import bank_editing, draft_editing, volume_documents, volume_editing
from hub.context.open_hub import Hub
from hub.errors import UnknownUnit
from hub.imports import office_files
from hub.imports.office_files import Readable
from hub.materials.import_report import (
    ImportedThing,
    ImportReport,
    ImportTarget,
    KeepRows,
    joined,
    refusal,
)
from hub.materials.materials import keep_and_report
from hub.rights import Actor, Deed, Role
from hub.store import audit, materials, units
from hub.store.engine import reading, writing


def import_file(
    hub: Hub, path: Path, name: str, by: Actor, target: ImportTarget | None = None
) -> ImportReport:
    """Import a file. Whatever is wrong with it is in the report; nothing is half done.

    Its bytes go into the blobs first. Then all its rows and the audit event are written in one
    transaction.
    """
    target = target or ImportTarget()
    try:
        what, keep_rows = _read(hub, path, name, by, target)
        with writing(hub.engine) as connection:
            report = replace(keep_rows(connection), what=what)
            if not report.looks:  # nothing went in yet
                note_import(hub, connection, name, by, report)
    except ContentFaults as error:
        report = refusal(name, error)
        with writing(hub.engine) as connection:
            note_import(hub, connection, name, by, report)
    return report


def note_import(
    hub: Hub, connection: Connection, name: str, by: Actor, report: ImportReport
) -> None:
    """Note an import in the log of deeds."""
    audit.note(
        connection, hub.now(), by.name, "content import", file=name[:80],
        imported=report.imported, same=report.same, refused=report.refused, total=report.total,
    )  # fmt: skip


def _read(hub: Hub, path: Path, name: str, by: Actor, target: ImportTarget) -> tuple[str, KeepRows]:
    """Recognise a file and put its bytes into the blobs. Raises ``ContentFaults``."""
    if target.volume:
        return "document", volume_documents.take(hub, path, name, by, target)
    with office_files.readable(hub, path, name, recognise(path, name)) as file:
        keep_rows = _rows(hub, file, name, by, target)

    def keep_and_remark(connection: Connection) -> ImportReport:
        report = keep_rows(connection)
        return replace(report, remarks=(*file.remarks, *report.remarks))

    return file.what.value, keep_and_remark


def _rows(hub: Hub, file: Readable, name: str, by: Actor, target: ImportTarget) -> KeepRows:
    if file.what in _MATERIALS:
        taken = _MATERIALS[file.what](file.path, name, hub.blobs)
        return lambda connection: keep_and_report(hub, connection, taken, name, by)
    return _READERS[file.what](hub, file.path, name, by, target)


def _pages(hub: Hub, path: Path, name: str, by: Actor, _target: ImportTarget) -> KeepRows:
    """Every page of a zip by itself: one that cannot be shown does not stop the others."""
    pages = list(material.take_pages(path, hub.blobs))

    def keep_rows(connection: Connection) -> ImportReport:
        whole = ImportReport(name, total=0)
        for inside, taken in pages:
            if isinstance(taken, ContentFaults):
                faults = tuple(replace(fault, file=fault.file or inside) for fault in taken.faults)
                report = ImportReport(name, refused=1, faults=faults)
            else:
                report = keep_and_report(hub, connection, taken, f"{name}/{inside}", by)
            whole = joined(whole, report)
        return whole

    return keep_rows


def _subtitles(hub: Hub, path: Path, name: str, by: Actor, _target: ImportTarget) -> KeepRows:
    """Subtitles go to the film of the same name."""
    number = _film_beside(hub, name, by, "subtitles-no-film")
    return _onto_film(hub, number, name, by, partial(_as_subtitles, hub, path, name))


def _picture(hub: Hub, path: Path, name: str, by: Actor, _target: ImportTarget) -> KeepRows:
    """A picture is the poster of the film of the same name."""
    number = _film_beside(hub, name, by, "picture-no-film")
    return _onto_film(hub, number, name, by, partial(_as_poster, hub, path, name))


def _film_beside(hub: Hub, name: str, by: Actor, missing: str) -> int:
    with reading(hub.engine) as connection:
        row = materials.film_named(connection, rights.scope(by, Deed.WRITE), name)
    if row is None:
        raise ContentFaults([Fault(missing, values={"path": name[:120]})])
    return row.id


def add_subtitles(hub: Hub, number: int, path: Path, name: str, by: Actor) -> ImportReport:
    """Give a film subtitles. Raises ``ContentFaults``."""
    keep_rows = _onto_film(hub, number, name, by, partial(_as_subtitles, hub, path, name))
    with writing(hub.engine) as connection:
        return keep_rows(connection)


def add_poster(hub: Hub, number: int, path: Path, name: str, by: Actor) -> ImportReport:
    """Give a film a poster. Raises ``ContentFaults``."""
    keep_rows = _onto_film(hub, number, name, by, partial(_as_poster, hub, path, name))
    with writing(hub.engine) as connection:
        return keep_rows(connection)


# Gives the new fields of a film's item; their bytes are in the blobs.
_Take = Callable[[Item], dict[str, FileRef]]


def _as_subtitles(hub: Hub, path: Path, name: str, film: Item) -> dict[str, FileRef]:
    return {"subtitles": material.take_subtitles(path, name, film.seconds, hub.blobs)}


def _as_poster(hub: Hub, path: Path, name: str, _film: Item) -> dict[str, FileRef]:
    return {"poster": material.take_picture(path, name, hub.blobs)}


def _onto_film(hub: Hub, number: int, name: str, by: Actor, take: _Take) -> KeepRows:
    with reading(hub.engine) as connection:
        more = take(_film(connection, number, name, by)[0])

    def keep_rows(connection: Connection) -> ImportReport:
        # Read the film again: it may have changed meanwhile.
        before, title = _film(connection, number, name, by)
        after = replace(before, **more)  # type: ignore[arg-type]
        things = (ImportedThing("material", str(number), title),)
        if after == before:
            return ImportReport(name, same=1, made=things)
        materials.put_item(connection, number, after, sum(ref.size for ref in after.files()))
        return ImportReport(name, imported=1, made=things)

    return keep_rows


def _film(connection: Connection, number: int, name: str, by: Actor) -> tuple[Item, str]:
    row = materials.get(connection, rights.scope(by, Deed.WRITE), number)
    if row is None or row.kind != "video":
        raise ContentFaults([Fault("subtitles-no-film", values={"path": name[:120]})])
    return row.item, row.title


def _course(hub: Hub, path: Path, name: str, by: Actor, _target: ImportTarget) -> KeepRows:
    """The zip of a course folder: its items become materials and banks in a draft."""
    with tempfile.TemporaryDirectory(prefix="folder-", dir=hub.config.data) as temporary:
        course_folder = folder.read_zip(path, Path(temporary) / "folder")
        build_pack.keep_files(course_folder, hub.blobs)
    course = course_folder.course
    volumes = volume_editing.of_course(hub.blobs, course)

    def keep_rows(connection: Connection) -> ImportReport:
        whole, numbers = _items(hub, connection, course, name, by)
        draft = draft_editing.from_folder(hub, connection, by, course, numbers, volumes)
        return joined(whole, _draft_report(name, course, draft))

    return keep_rows


def _items(
    hub: Hub, connection: Connection, course: Course, name: str, by: Actor
) -> tuple[ImportReport, dict[str, int]]:
    """Keep the items of a course; returns the numbers of their materials and banks by item."""
    whole, numbers = ImportReport(name, total=0), dict[str, int]()
    for item in course.items:
        source = f"{name}/{item.id}"
        if item.questions:
            target = ImportTarget(bank_title=f"{course.title} · {item.title}")
            imported = Imported("course", item.questions, len(item.questions))
            report = bank_editing.take_questions(hub, connection, imported, source, by, target)
        else:
            report = keep_and_report(hub, connection, material.taken_from(item), source, by)
        numbers[item.id] = int(report.made[0].id)
        whole = joined(whole, report)
    return whole, numbers


def _draft_report(name: str, course: Course, draft: str | None) -> ImportReport:
    """What became of the documents of a course; ``draft`` is None when its id was taken."""
    documents = sum(volume.documents for volume in course.volumes)
    if draft is not None:
        begun = ImportedThing("draft", draft, course.title)
        return ImportReport(name, total=documents, imported=documents, made=(begun,))
    there: dict[str, str | int] = {"id": course.id, "count": documents}
    faults = (Fault("library-there", values=there),) if documents else ()
    return ImportReport(name, total=documents, refused=documents, faults=faults)


# Kinds that are one item of future courses.
_MATERIALS: Mapping[What, Callable[[Path, str, BlobStore], Taken]] = {
    What.FILM: material.take_film,
    What.PDF: material.take_pdf,
    What.PAGE: material.take_page,
    What.WORD: material.take_word,
    What.SOUND: material.take_sound,
    What.SCORM: material.take_scorm,
}
_READERS: Mapping[What, Callable[[Hub, Path, str, Actor, ImportTarget], KeepRows]] = {
    What.PAGES: _pages,
    What.SUBTITLES: _subtitles,
    What.PICTURE: _picture,
    What.BANK: bank_editing.import_bank,
    What.COURSE: _course,
}

# What belongs to a film is imported after the films.
_LATER = (".srt", ".vtt", ".jpg", ".jpeg", ".png")


def in_order(names: list[str]) -> list[int]:
    """The places of files in the order of their import."""
    return sorted(range(len(names)), key=lambda at: names[at].lower().endswith(_LATER))


def author_of(hub: Hub, name: str, code: str) -> Actor:
    """Somebody who writes for the unit with this code; an empty one is the top unit.

    Raises:
        UnknownUnit: there is no such unit.
    """
    with reading(hub.engine) as connection:
        unit = units.by_code(connection, code) if code else units.root(connection)
    if unit is None:
        raise UnknownUnit(code)
    return rights.at_unit(Role.AUTHOR, unit, name)
