"""Importing: one file that people have goes in, and a report says what became of it.

What a file is says ``content.source.file_kind``; how each kind is judged is
``content.source.material``, ``content.questions``, ``content.scorm`` and ``content.source.folder``.
Imports that wait for their turn are ``hub.imports.jobs``.
"""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from content.model.course import Item
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.packs import pack
from content.questions import Imported
from content.source import folder, material
from content.source.file_kind import What, recognise
from content.source.material import Taken
from hub.authoring import bank_editing
from hub.context.open_hub import Hub
from hub.errors import UnknownUnit
from hub.store import audit, materials, units
from hub.store.engine import reading, writing
from hub.store.materials import NewMaterial
from hub.store.scope import Scope, of_account

# Reasons that are kept for one file; a longer list nobody reads before mending it.
MAX_FAULTS = 1_000


@dataclass(frozen=True, slots=True)
class Target:
    """What the person said about a file: the bank for questions, what columns mean.

    ``volume``: the volume of a library ("draft/volume") whose document the file is to be.
    """

    bank_id: int = 0
    bank_title: str = ""
    volume: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a file: a material, a bank or a draft, by number and title."""

    kind: str
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one file: ``imported + same + refused == total``, always.

    ``same`` were there already. ``faults`` say why something was refused, ``remarks`` what was
    left out of what came in. ``headings`` and ``mapping`` are a table's; ``asks`` says that its
    columns were not understood and somebody has to say what they are.
    """

    name: str
    what: str = ""
    total: int = 1
    imported: int = 0
    same: int = 0
    refused: int = 0
    made: tuple[Made, ...] = ()
    faults: tuple[Fault, ...] = ()
    remarks: tuple[Fault, ...] = ()
    headings: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    asks: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing was refused."""
        return not self.refused


@dataclass(frozen=True, slots=True)
class Comer:
    """Whose import it is: the name for the log, the unit whose things they become."""

    name: str
    unit_id: int | None = None

    def place(self, connection: Connection) -> Scope:
        """What this person sees, at and below the own unit."""
        return of_account(connection, self.unit_id)


def import_file(hub: Hub, path: Path, name: str, by: Comer, target: Target | None = None) -> Report:
    """Take a file in. Whatever is wrong with it stands in the report; nothing is half done."""
    target = target or Target()
    try:
        report = _taken(hub, path, name, by, target)
    except ContentFaults as found:
        report = refusal(name, found)
    with writing(hub.engine) as connection:
        said = f"{name[:80]} {report.imported}+{report.same}+{report.refused}={report.total}"
        audit.note(connection, hub.now(), by.name, "content import", said)
    return report


def _taken(hub: Hub, path: Path, name: str, by: Comer, target: Target) -> Report:
    if target.volume:
        from hub.authoring import volume_documents  # here: it knows of reports

        return replace(volume_documents.take(hub, path, name, by, target), what="document")
    what = recognise(path, name)
    return replace(_TAKERS[what](hub, path, name, by, target), what=what.value)


def refusal(name: str, found: ContentFaults) -> Report:
    """The report of a file of which nothing came in."""
    faults = tuple(replace(each, file=each.file or "") for each in found.faults[:MAX_FAULTS])
    return Report(name, refused=1, faults=faults)


def to_text(report: Report) -> str:
    """A report as JSON, to be kept."""
    values: dict[str, Any] = {name: getattr(report, name) for name in Report.__slots__}
    values["made"] = [[one.kind, one.id, one.title] for one in report.made]
    for name in ("faults", "remarks"):
        values[name] = [
            [one.code, one.file, one.line, one.key, dict(one.values)] for one in values[name]
        ]
    values["mapping"] = dict(report.mapping)
    return json.dumps(values, ensure_ascii=False)


def from_text(text: str) -> Report:
    """The report that ``to_text`` wrote."""
    values = json.loads(text)
    values["made"] = tuple(Made(*one) for one in values["made"])
    for name in ("faults", "remarks"):
        values[name] = tuple(Fault(*one) for one in values[name])
    values["headings"] = tuple(values["headings"])
    return Report(**values)


def keep(
    hub: Hub, connection: Connection, taken: Taken, source: str, by: Comer
) -> tuple[Made, bool]:
    """Keep what was taken in as a material; True when it was there already."""
    scope = by.place(connection)
    known = materials.find_same(connection, scope, taken.sha256)
    if known is not None:
        return Made("material", str(known["id"]), known["title"]), True
    item = taken.item
    new = NewMaterial(
        scope.top.id, item.title, source[:300], taken.size, taken.sha256, item, hub.now(), by.name
    )
    return Made("material", str(materials.add(connection, new)), item.title), False


def _one(hub: Hub, taken: Taken, name: str, by: Comer) -> Report:
    with writing(hub.engine) as connection:
        made, same = keep(hub, connection, taken, name, by)
    counts = {"same": 1} if same else {"imported": 1}
    return Report(name, made=(made,), remarks=taken.notes, **counts)  # type: ignore[arg-type]


def _film(hub: Hub, path: Path, name: str, by: Comer, _target: Target) -> Report:
    return _one(hub, material.take_film(path, name, hub.blobs), name, by)


def _pdf(hub: Hub, path: Path, name: str, by: Comer, _target: Target) -> Report:
    return _one(hub, material.take_pdf(path, name, hub.blobs), name, by)


def _page(hub: Hub, path: Path, name: str, by: Comer, _target: Target) -> Report:
    return _one(hub, material.take_page(path, name, hub.blobs), name, by)


def _word(hub: Hub, path: Path, name: str, by: Comer, _target: Target) -> Report:
    return _one(hub, material.take_word(path, name, hub.blobs), name, by)


def _pages(hub: Hub, path: Path, name: str, by: Comer, _target: Target) -> Report:
    """Every page of a zip for itself: one that cannot be shown does not hold the others up."""
    whole = Report(name, total=0)
    for inside, taken in material.take_pages(path, hub.blobs):
        if isinstance(taken, ContentFaults):
            told = tuple(replace(each, file=each.file or inside) for each in taken.faults)
            one = Report(name, refused=1, faults=told)
        else:
            one = _one(hub, taken, f"{name}/{inside}", by)
        whole = joined(whole, one)
    return whole


def joined(one: Report, other: Report) -> Report:
    """Two reports about the same file as one."""
    return replace(
        one,
        total=one.total + other.total,
        imported=one.imported + other.imported,
        same=one.same + other.same,
        refused=one.refused + other.refused,
        made=one.made + tuple(made for made in other.made if made not in one.made),
        faults=(one.faults + other.faults)[:MAX_FAULTS],
        remarks=(one.remarks + other.remarks)[:MAX_FAULTS],
    )


def _subtitles(hub: Hub, path: Path, name: str, by: Comer, _target: Target) -> Report:
    """Subtitles go to the film of the same name."""

    def put(item: Item) -> Item:
        ref = material.take_subtitles(path, name, item.seconds, hub.blobs)
        return replace(item, subtitles=ref)

    return _beside_film(hub, name, by, put, Fault("subtitles-no-film", values={"path": name[:120]}))


def _picture(hub: Hub, path: Path, name: str, by: Comer, _target: Target) -> Report:
    """A picture is the poster of the film of the same name."""

    def put(item: Item) -> Item:
        return replace(item, poster=material.take_picture(path, name, hub.blobs))

    return _beside_film(hub, name, by, put, Fault("picture-no-film", values={"path": name[:120]}))


def _beside_film(
    hub: Hub, name: str, by: Comer, put: Callable[[Item], Item], missing: Fault
) -> Report:
    with reading(hub.engine) as connection:
        row = materials.film_named(connection, by.place(connection), name)
    if row is None:
        raise ContentFaults([missing])
    return add_to_film(hub, row["id"], name, by, put)


def add_to_film(hub: Hub, number: int, name: str, by: Comer, put: Callable[[Item], Item]) -> Report:
    """Give a film what ``put`` adds to it: subtitles or a poster. Raises ``ContentFaults``."""
    with reading(hub.engine) as connection:
        row = materials.get(connection, by.place(connection), number)
    if row is None or row["kind"] != "video":
        raise ContentFaults([Fault("subtitles-no-film", values={"path": name[:120]})])
    before = materials.item_of(row)
    after = put(before)
    made = (Made("material", str(number), row["title"]),)
    if after == before:
        return Report(name, same=1, made=made)
    with writing(hub.engine) as connection:
        size = sum(ref.size for ref in after.files())
        materials.put_item(connection, number, after, size)
    return Report(name, imported=1, made=made)


def _bank(hub: Hub, path: Path, name: str, by: Comer, target: Target) -> Report:
    return bank_editing.import_bank(hub, path, name, by, target)


def _course(hub: Hub, path: Path, name: str, by: Comer, _target: Target) -> Report:
    """The zip of a course folder: its items become materials and banks, a draft holds them."""
    from hub.authoring import draft_editing  # here: a draft knows of imports

    whole, numbers = Report(name, total=0), dict[str, int]()
    with tempfile.TemporaryDirectory(prefix="folder-", dir=hub.config.data) as made:
        read = folder.read_zip(path, Path(made) / "folder")
        pack.keep_files(read, hub.blobs)
    for item in read.course.items:
        source = f"{name}/{item.id}"
        if item.questions:
            target = Target(bank_title=f"{read.course.title} · {item.title}")
            found = Imported("course", item.questions, len(item.questions))
            one = bank_editing.take_questions(hub, found, source, by, target)
        else:
            one = _one(hub, material.taken_from(item), source, by)
        numbers[item.id] = int(one.made[0].id)
        whole = joined(whole, one)
    draft = draft_editing.from_folder(hub, by, read.course, numbers)
    documents = sum(one.documents for one in read.course.volumes)
    if draft is None:
        if not documents:
            return whole
        there: dict[str, str | int] = {"id": read.course.id, "count": documents}
        fault = Fault("library-there", values=there)
        return joined(whole, Report(name, total=documents, refused=documents, faults=(fault,)))
    begun = Made("draft", draft, read.course.title)
    return joined(whole, Report(name, total=documents, imported=documents, made=(begun,)))


def _scorm(hub: Hub, path: Path, name: str, by: Comer, _target: Target) -> Report:
    return _one(hub, material.take_scorm(path, name, hub.blobs), name, by)


_TAKERS: Mapping[What, Callable[[Hub, Path, str, Comer, Target], Report]] = {
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
