"""Documents come into a volume of a library that is being written, and are changed there.

Every change names what it changes and is made to the library as it stands, in one transaction, so
that files which come in meanwhile and people who put them in order do not undo each other. What a
text file holds says ``content.source.documents``; how documents stand in a volume
``hub.authoring.volume_editing``.
"""

import tempfile
import zipfile
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
from content.source.documents import ENDINGS, WORD, document_of, word_document_of
from content.source.files import IGNORED
from content.text.encodings import decoded
from content.text.zips import unpack
from hub.authoring import draft_editing, volume_editing
from hub.authoring.draft_plan import DocumentPlan, Plan, VolumePlan
from hub.authoring.errors import NoSuchDraft, NotNow
from hub.authoring.volume_editing import Joined
from hub.context.open_hub import Hub
from hub.materials.import_report import (
    MAX_FAULTS,
    Actor,
    ImportedThing,
    ImportReport,
    ImportTarget,
    KeepRows,
)
from hub.store import drafts, json_values
from hub.store.engine import writing

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
# A document is a line of a volume; as a file it may be half as long (content.source.files).
MAX_FILE_BYTES = limits.MAX_DOCUMENT_BYTES // 2


def change(hub: Hub, by: Actor, draft_id: str, volume_id: str,
           how: Callable[[VolumePlan], VolumePlan]) -> VolumePlan:  # fmt: skip
    """Change a volume of a draft, as it stands now, and return it.

    Raises:
        NoSuchDraft: there is no such draft or volume that this person may change.
        NotNow: it is being reviewed.
    """
    with writing(hub.engine) as connection:
        return _change(hub, connection, by, draft_id, volume_id, how)


def rewrite(hub: Hub, by: Actor, draft_id: str, step: Callable[[Plan], Plan]) -> Plan:
    """Change the plan of a draft as it stands now, and return it. Raises as ``change``."""
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

    found = _rewrite(hub, connection, by, draft_id, step).volume(volume_id)
    assert found is not None  # noqa: S101  # step raised otherwise
    return found


def _rewrite(
    hub: Hub, connection: Connection, by: Actor, draft_id: str, step: Callable[[Plan], Plan]
) -> Plan:
    row = drafts.held(connection, by.place(connection), draft_id)
    if row is None:
        raise NoSuchDraft(draft_id)
    before = json_values.read(Plan, row.body)
    plan = step(before)
    if plan != before:
        draft_editing.save_within(hub, connection, by, draft_id, row.edition, plan)
    return plan


def take(hub: Hub, path: Path, name: str, by: Actor, target: ImportTarget) -> KeepRows:
    """Read a file, or every file of a zip, for the volume that ``target`` names.

    A third part of that name is the document whose place a single text takes.

    Raises:
        ContentFaults: nothing of it can be taken; also when the rows are written.
    """
    documents: list[Document] = []
    refused: list[Fault] = []
    for found in _documents(path, name):
        if isinstance(found, Fault):
            refused.append(found)
        else:
            documents.append(found)
    draft_id, volume_id, key = [*target.volume.split("/"), "", ""][:3]
    if key and len(documents) == 1:  # it takes the place of this one, whatever its file is called
        documents = [replace(documents[0], id=key)]
    if not documents:
        nothing = ImportReport(
            name, total=len(refused), refused=len(refused), faults=tuple(refused[:MAX_FAULTS])
        )
        return lambda _connection: nothing
    new = _kept(hub, documents, name)

    def keep_rows(connection: Connection) -> ImportReport:
        said = _put(hub, connection, by, draft_id, volume_id, new, name)
        return _report(name, f"{draft_id}/{volume_id}", said, len(documents), refused)

    return keep_rows


def _report(
    name: str, volume: str, said: Joined, documents: int, faults: Sequence[Fault]
) -> ImportReport:
    full = Fault("volume-full", values={"limit": limits.MAX_DOCUMENTS})
    refused = [*faults, *[full] * said.left]
    replaced = Fault("document-replaced", values={"count": said.replaced})
    return ImportReport(
        name,
        total=documents + len(faults),
        imported=said.added + said.replaced,
        same=said.same,
        refused=len(refused),
        made=(ImportedThing("volume", volume, said.volume.title),),
        faults=tuple(refused[:MAX_FAULTS]),
        remarks=(replaced,) if said.replaced else (),
    )


def _kept(hub: Hub, documents: list[Document], name: str) -> tuple[DocumentPlan, ...]:
    """The documents, their texts in the blobs. Raises ``ContentFaults``."""
    try:
        sha = hub.blobs.add_bytes(write_volume("", documents))
        return volume_editing.read(hub.blobs, sha)
    except MalformedManifest as fault:
        shown = {"path": name[:120]}
        raise ContentFaults([Fault("document-no-text", values=shown)]) from fault


def _put(hub: Hub, connection: Connection, by: Actor, draft_id: str, volume_id: str,
         new: Sequence[DocumentPlan], name: str) -> Joined:  # fmt: skip
    """Put documents into a volume. Raises ``ContentFaults`` where that is not open."""
    said: list[Joined] = []

    def join(volume: VolumePlan) -> VolumePlan:
        said[:] = [volume_editing.joined(volume, new)]
        return said[0].volume

    try:
        _change(hub, connection, by, draft_id, volume_id, join)
    except (NoSuchDraft, NotNow) as fault:
        raise ContentFaults([Fault("volume-closed", values={"path": name[:120]})]) from fault
    return said[0]


def _documents(path: Path, name: str) -> Iterator[Document | Fault]:
    """What each text of a file is, or why it is none. Raises ``ContentFaults`` for the whole."""
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
    with tempfile.TemporaryDirectory(prefix="xuezhan-documents-") as made:
        root = unpack(path, Path(made) / "zip", "")
        files = sorted(
            one.relative_to(root).as_posix()
            for one in root.rglob("*")
            if one.is_file() and one.name not in IGNORED
        )
        files = [one for one in files if not any(p.startswith(".") for p in one.split("/"))]
        if not files:
            raise ContentFaults([Fault("file-empty", values={"path": name[:120]})])
        # A folder that was packed whole is no part of its files' names.
        above = len(commonpath([dirname(one) for one in files]))
        for inside in files:
            yield _document(root / inside, inside[above:].lstrip("/"))


def _document(path: Path, name: str) -> Document | Fault:
    values: dict[str, str | int] = {"path": name[:120]}
    if PurePosixPath(name).suffix.lower() not in ENDINGS:
        return Fault("document-kind", values=values)
    if name.lower().endswith(WORD):
        return _word(path, name)
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        sizes = {"size": human_size(size), "limit": human_size(MAX_FILE_BYTES)}
        return Fault("document-too-large", values=values | sizes)
    text = decoded(path.read_bytes())
    if text is None:
        return Fault("document-no-text", values=values)
    made = document_of(PurePosixPath(name), text.encode())
    return made if made.text.strip() else Fault("page-empty", values=values)


def _word(path: Path, name: str) -> Document | Fault:
    try:
        made = word_document_of(PurePosixPath(name), path)
    except ContentFaults as found:
        return replace(found.faults[0], file=found.faults[0].file or name[:120])
    return made if made.text.strip() else Fault("page-empty", values={"path": name[:120]})


def _is_office(path: Path) -> bool:
    """Whether a zip is a document of an office program."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return False  # whoever unpacks it says what is wrong
    return bool(names & {"[Content_Types].xml", "mimetype"})
