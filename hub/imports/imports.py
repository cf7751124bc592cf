"""Importing: one file that people have goes in, and a report says what became of it.

What a file is says ``content.source.file_kind``; how each kind is judged is
``content.source.material``, ``content.questions``, ``content.scorm`` and ``content.source.folder``.
Imports that wait for their turn are ``hub.imports.jobs``.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from content.model.course import Item
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.questions import Imported
from content.source import build_pack, folder, material
from content.source.file_kind import What, recognise
from hub.authoring import bank_editing, draft_editing, volume_documents
from hub.context.open_hub import Hub
from hub.errors import UnknownUnit
from hub.materials.import_report import (
    Actor,
    ImportedThing,
    ImportReport,
    ImportTarget,
    joined,
    refusal,
)
from hub.materials.materials import keep_and_report
from hub.store import audit, materials, units
from hub.store.engine import reading, writing


def import_file(
    hub: Hub, path: Path, name: str, by: Actor, target: ImportTarget | None = None
) -> ImportReport:
    """Take a file in. Whatever is wrong with it stands in the report; nothing is half done."""
    target = target or ImportTarget()
    try:
        report = _import(hub, path, name, by, target)
    except ContentFaults as found:
        report = refusal(name, found)
    with writing(hub.engine) as connection:
        said = f"{name[:80]} {report.imported}+{report.same}+{report.refused}={report.total}"
        audit.note(connection, hub.now(), by.name, "content import", said)
    return report


def _import(hub: Hub, path: Path, name: str, by: Actor, target: ImportTarget) -> ImportReport:
    if target.volume:
        return replace(volume_documents.take(hub, path, name, by, target), what="document")
    what = recognise(path, name)
    return replace(_TAKERS[what](hub, path, name, by, target), what=what.value)


def _film(hub: Hub, path: Path, name: str, by: Actor, _target: ImportTarget) -> ImportReport:
    return keep_and_report(hub, material.take_film(path, name, hub.blobs), name, by)


def _pdf(hub: Hub, path: Path, name: str, by: Actor, _target: ImportTarget) -> ImportReport:
    return keep_and_report(hub, material.take_pdf(path, name, hub.blobs), name, by)


def _page(hub: Hub, path: Path, name: str, by: Actor, _target: ImportTarget) -> ImportReport:
    return keep_and_report(hub, material.take_page(path, name, hub.blobs), name, by)


def _word(hub: Hub, path: Path, name: str, by: Actor, _target: ImportTarget) -> ImportReport:
    return keep_and_report(hub, material.take_word(path, name, hub.blobs), name, by)


def _pages(hub: Hub, path: Path, name: str, by: Actor, _target: ImportTarget) -> ImportReport:
    """Every page of a zip for itself: one that cannot be shown does not hold the others up."""
    whole = ImportReport(name, total=0)
    for inside, taken in material.take_pages(path, hub.blobs):
        if isinstance(taken, ContentFaults):
            told = tuple(replace(each, file=each.file or inside) for each in taken.faults)
            one = ImportReport(name, refused=1, faults=told)
        else:
            one = keep_and_report(hub, taken, f"{name}/{inside}", by)
        whole = joined(whole, one)
    return whole


def _subtitles(hub: Hub, path: Path, name: str, by: Actor, _target: ImportTarget) -> ImportReport:
    """Subtitles go to the film of the same name."""

    def put(item: Item) -> Item:
        ref = material.take_subtitles(path, name, item.seconds, hub.blobs)
        return replace(item, subtitles=ref)

    return _beside_film(hub, name, by, put, Fault("subtitles-no-film", values={"path": name[:120]}))


def _picture(hub: Hub, path: Path, name: str, by: Actor, _target: ImportTarget) -> ImportReport:
    """A picture is the poster of the film of the same name."""

    def put(item: Item) -> Item:
        return replace(item, poster=material.take_picture(path, name, hub.blobs))

    return _beside_film(hub, name, by, put, Fault("picture-no-film", values={"path": name[:120]}))


def _beside_film(
    hub: Hub, name: str, by: Actor, put: Callable[[Item], Item], missing: Fault
) -> ImportReport:
    with reading(hub.engine) as connection:
        row = materials.film_named(connection, by.place(connection), name)
    if row is None:
        raise ContentFaults([missing])
    return add_to_film(hub, row["id"], name, by, put)


def add_to_film(
    hub: Hub, number: int, name: str, by: Actor, put: Callable[[Item], Item]
) -> ImportReport:
    """Give a film what ``put`` adds to it: subtitles or a poster. Raises ``ContentFaults``."""
    with reading(hub.engine) as connection:
        row = materials.get(connection, by.place(connection), number)
    if row is None or row["kind"] != "video":
        raise ContentFaults([Fault("subtitles-no-film", values={"path": name[:120]})])
    before = materials.item_of(row)
    after = put(before)
    made = (ImportedThing("material", str(number), row["title"]),)
    if after == before:
        return ImportReport(name, same=1, made=made)
    with writing(hub.engine) as connection:
        size = sum(ref.size for ref in after.files())
        materials.put_item(connection, number, after, size)
    return ImportReport(name, imported=1, made=made)


def _bank(hub: Hub, path: Path, name: str, by: Actor, target: ImportTarget) -> ImportReport:
    return bank_editing.import_bank(hub, path, name, by, target)


def _course(hub: Hub, path: Path, name: str, by: Actor, _target: ImportTarget) -> ImportReport:
    """The zip of a course folder: its items become materials and banks, a draft holds them."""
    whole, numbers = ImportReport(name, total=0), dict[str, int]()
    with tempfile.TemporaryDirectory(prefix="folder-", dir=hub.config.data) as made:
        read = folder.read_zip(path, Path(made) / "folder")
        build_pack.keep_files(read, hub.blobs)
    for item in read.course.items:
        source = f"{name}/{item.id}"
        if item.questions:
            target = ImportTarget(bank_title=f"{read.course.title} · {item.title}")
            found = Imported("course", item.questions, len(item.questions))
            one = bank_editing.take_questions(hub, found, source, by, target)
        else:
            one = keep_and_report(hub, material.taken_from(item), source, by)
        numbers[item.id] = int(one.made[0].id)
        whole = joined(whole, one)
    draft = draft_editing.from_folder(hub, by, read.course, numbers)
    documents = sum(one.documents for one in read.course.volumes)
    if draft is None:
        if not documents:
            return whole
        there: dict[str, str | int] = {"id": read.course.id, "count": documents}
        fault = Fault("library-there", values=there)
        return joined(
            whole, ImportReport(name, total=documents, refused=documents, faults=(fault,))
        )
    begun = ImportedThing("draft", draft, read.course.title)
    return joined(whole, ImportReport(name, total=documents, imported=documents, made=(begun,)))


def _scorm(hub: Hub, path: Path, name: str, by: Actor, _target: ImportTarget) -> ImportReport:
    return keep_and_report(hub, material.take_scorm(path, name, hub.blobs), name, by)


_TAKERS: Mapping[What, Callable[[Hub, Path, str, Actor, ImportTarget], ImportReport]] = {
    What.FILM: _film,
    What.PDF: _pdf,
    What.PAGE: _page,
    What.PAGES: _pages,
    What.WORD: _word,
    What.SUBTITLES: _subtitles,
    What.PICTURE: _picture,
    What.BANK: _bank,
    What.COURSE: _course,
    What.SCORM: _scorm,
}

# What belongs to a film is taken in after the films.
_LATER = (".srt", ".vtt", ".jpg", ".jpeg", ".png")


def in_order(names: list[str]) -> list[int]:
    """The places of files in the order in which they are taken in."""
    return sorted(range(len(names)), key=lambda at: names[at].lower().endswith(_LATER))


def unit_of(hub: Hub, code: str) -> int | None:
    """The unit with this code as an account has it: None is headquarters.

    Raises:
        UnknownUnit: there is no such unit.
    """
    with reading(hub.engine) as connection:
        found = units.by_code(connection, code) if code else units.root(connection)
    if found is None:
        raise UnknownUnit(code)
    return found.id if found.parent_id else None
