"""Documents: how they enter a volume of a library that is being written, and change there.

Every change names what it changes and applies to the library as it is now, in one transaction, so
that imports and people who edit at the same time do not undo each other. Reading a text file is in
``content.source.documents``, the order of documents in a volume in
``hub.authoring.volume_editing``.
"""

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from posixpath import commonpath, dirname

from sqlalchemy import Connection

from content.model import limits
from content.model.checks.paths import human_size
from content.model.errors import ContentFaults, MalformedManifest
from content.model.faults.faults import Fault
from content.model.volume import Document, write_volume
from content.source.documents import ENDINGS, document_of, word_document_of
from content.source.files import IGNORED
from content.text import zips
from content.text.encodings import decoded
from hub import rights
from hub.authoring import draft_editing, volume_editing
from hub.authoring.draft_plan import DocumentPlan, Plan, VolumePlan
from hub.authoring.errors import NoSuchDraft, NotNow
from hub.authoring.volume_editing import Joined
from hub.context.open_hub import Hub
from hub.materials.import_report import (
    MAX_FAULTS,
    ImportedThing,
    ImportReport,
    ImportTarget,
    KeepRows,
)
from hub.rights import Actor, Deed
from hub.store import drafts, json_values
from hub.store.engine import writing

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
# Word up to 2003 and RTF.
_OLD_OFFICE = (b"\xd0\xcf\x11\xe0", b"{\\rtf")
_PAGE = re.compile(r"\s*<(?:!doctype html|html|head|body|meta)\b", re.IGNORECASE)
# A document is a line of a volume; its file may be half as long (content.source.files).
MAX_FILE_BYTES = limits.MAX_DOCUMENT_BYTES // 2


def change(hub: Hub, by: Actor, draft_id: str, volume_id: str,
           how: Callable[[VolumePlan], VolumePlan]) -> VolumePlan:  # fmt: skip
    """Change a volume of a draft as it is now, and return it.

    Raises:
        NoSuchDraft: this person may change no such draft or volume.
        NotNow: it is being reviewed.
    """
    with writing(hub.engine) as connection:
        return _change(hub, connection, by, draft_id, volume_id, how)


def rewrite(hub: Hub, by: Actor, draft_id: str, step: Callable[[Plan], Plan]) -> Plan:
    """Change the plan of a draft as it is now, and return it. Raises as ``change``."""
    with writing(hub.engine) as connection:
        return _rewrite(hub, connection, by, draft_id, step)


def _change(hub: Hub, connection: Connection, by: Actor, draft_id: str, volume_id: str,
            how: Callable[[VolumePlan], VolumePlan]) -> VolumePlan:  # fmt: skip
    def settle(volume: VolumePlan) -> VolumePlan:
        return volume_editing.settled(hub.blobs, how(volume))

    def step(plan: Plan) -> Plan:
        if plan.volume(volume_id) is None:
            raise NoSuchDraft(f"{draft_id}/{volume_id}")
        return volume_editing.changed(plan, volume_id, settle)

    volume = _rewrite(hub, connection, by, draft_id, step).volume(volume_id)
    assert volume is not None  # noqa: S101  # otherwise ``step`` has raised
    return volume


def _rewrite(
    hub: Hub, connection: Connection, by: Actor, draft_id: str, step: Callable[[Plan], Plan]
) -> Plan:
    row = drafts.held(connection, rights.scope(by, Deed.WRITE), draft_id)
    if row is None:
        raise NoSuchDraft(draft_id)
    before = json_values.read(Plan, row.body)
    plan = step(before)
    if plan != before:
        draft_editing.save_within(hub, connection, by, draft_id, row.edition, plan)
    return plan


def take(hub: Hub, path: Path, name: str, by: Actor, target: ImportTarget) -> KeepRows:
    """Read a file, or every file of a zip, for the volume that ``target`` names.

    A third part of that name is the document that a single text replaces.

    Raises:
        ContentFaults: nothing in it can be taken. The returned function raises it too.
    """
    documents: list[Document] = []
    refused: list[Fault] = []
    for result in _documents(path, name):
        if isinstance(result, Fault):
            refused.append(result)
        else:
            documents.append(result)
    draft_id, volume_id, key = [*target.volume.split("/"), "", ""][:3]
    if key and len(documents) == 1:  # it replaces this document, whatever its file's name
        documents = [replace(documents[0], id=key)]
    if not documents:
        nothing = ImportReport(
            name, total=len(refused), refused=len(refused), faults=tuple(refused[:MAX_FAULTS])
        )
        return lambda _connection: nothing
    new = _kept(hub, documents, name)

    def keep_rows(connection: Connection) -> ImportReport:
        joined = _put(hub, connection, by, draft_id, volume_id, new, name)
        return _report(name, f"{draft_id}/{volume_id}", joined, len(documents), refused)

    return keep_rows


def _report(
    name: str, volume: str, joined: Joined, documents: int, faults: Sequence[Fault]
) -> ImportReport:
    full = Fault("volume-full", values={"limit": limits.MAX_DOCUMENTS})
    refused = [*faults, *[full] * joined.left]
    replaced = Fault("document-replaced", values={"count": joined.replaced})
    return ImportReport(
        name,
        total=documents + len(faults),
        imported=joined.added + joined.replaced,
        same=joined.same,
        refused=len(refused),
        made=(ImportedThing("volume", volume, joined.volume.title),),
        faults=tuple(refused[:MAX_FAULTS]),
        remarks=(replaced,) if joined.replaced else (),
    )


def _kept(hub: Hub, documents: list[Document], name: str) -> tuple[DocumentPlan, ...]:
    """Put the texts into the blobs and return the documents. Raises ``ContentFaults``."""
    try:
        sha = hub.blobs.add_bytes(write_volume("", documents))
        return volume_editing.read(hub.blobs, sha)
    except MalformedManifest as fault:
        shown = {"path": name[:120]}
        raise ContentFaults([Fault("document-no-text", values=shown)]) from fault


def _put(hub: Hub, connection: Connection, by: Actor, draft_id: str, volume_id: str,
         new: Sequence[DocumentPlan], name: str) -> Joined:  # fmt: skip
    """Put documents into a volume. Raises ``ContentFaults`` when it cannot be changed now."""
    joined: list[Joined] = []

    def join(volume: VolumePlan) -> VolumePlan:
        joined[:] = [volume_editing.joined(volume, new)]
        return joined[0].volume

    try:
        _change(hub, connection, by, draft_id, volume_id, join)
    except (NoSuchDraft, NotNow) as fault:
        raise ContentFaults([Fault("volume-closed", values={"path": name[:120]})]) from fault
    return joined[0]


def _documents(path: Path, name: str) -> Iterator[Document | Fault]:
    """Each text of a file as document or fault. Raises ``ContentFaults`` for the whole file."""
    with path.open("rb") as file:
        head = file.read(8)
    if not head:
        raise ContentFaults([Fault("file-empty", values={"path": name[:120]})])
    if not head.startswith(_ZIP):
        yield _document(path, PurePosixPath(name.replace("\\", "/")).name)
        return
    if _is_office(path):
        yield _document(path, PurePosixPath(name.replace("\\", "/")).name)
        return
    with tempfile.TemporaryDirectory(prefix="xuezhan-documents-") as temporary:
        root = zips.unpack(path, Path(temporary) / "zip", "")
        files = sorted(
            entry.relative_to(root).as_posix()
            for entry in root.rglob("*")
            if entry.is_file() and entry.name not in IGNORED
        )
        files = [
            inside for inside in files if not any(p.startswith(".") for p in inside.split("/"))
        ]
        if not files:
            raise ContentFaults([Fault("file-empty", values={"path": name[:120]})])
        # The common folder of all files is not part of their names.
        above = len(commonpath([dirname(inside) for inside in files]))
        for inside in files:
            yield _document(root / inside, inside[above:].lstrip("/"))


def _document(path: Path, name: str) -> Document | Fault:
    """A document by what is in its file; its name tells Markdown from plain text only."""
    values: dict[str, str | int] = {"path": name[:120]}
    with path.open("rb") as file:
        head = file.read(1024)
    if head.startswith(_ZIP):
        return _word(path, name) if _is_office(path) else Fault("document-kind", values=values)
    if head.startswith(_OLD_OFFICE):
        return Fault("word-old", values=values)
    ending = PurePosixPath(name).suffix.lower()
    if b"%PDF-" in head or ending not in (*ENDINGS, ""):
        return Fault("document-kind", values=values)
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        sizes = {"size": human_size(size), "limit": human_size(MAX_FILE_BYTES)}
        return Fault("document-too-large", values=values | sizes)
    text = decoded(path.read_bytes())
    if text is None:
        return Fault("document-no-text", values=values)
    if ending != ".md":  # a page that was saved under the name of a text
        ending = ".html" if _PAGE.match(text) else ending
    document = document_of(PurePosixPath(name), text.encode(), ending)
    return document if document.text.strip() else Fault("page-empty", values=values)


def _word(path: Path, name: str) -> Document | Fault:
    try:
        document = word_document_of(PurePosixPath(name), path)
    except ContentFaults as error:
        return replace(error.faults[0], file=error.faults[0].file or name[:120])
    return document if document.text.strip() else Fault("page-empty", values={"path": name[:120]})


def _is_office(path: Path) -> bool:
    """Whether a zip is a document of an office program."""
    try:
        with zips.opened(path) as archive:
            names = set(archive.namelist())
    except ContentFaults:
        return False  # unpacking it says what is wrong
    return bool(names & {"[Content_Types].xml", "mimetype"})
