"""Banking: question banks at the hub: import, look up, change and undo, export.

Formats are ``content.questions``; rows are ``hub.store.banks``.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection

from content import questions
from content.model.checks.markup import visible_text
from content.model.course import Question
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.model.limits import MAX_TITLE_CHARS
from content.questions import Imported
from content.questions.table.columns import option_field
from content.source.material import title_of
from content.transfer.blobs import BlobStore
from hub import rights
from hub.authoring import bank_preview
from hub.context.open_hub import Hub
from hub.errors import NoSuchBank
from hub.materials import uploads
from hub.materials.import_report import (
    MAX_FAULTS,
    ImportedThing,
    ImportReport,
    ImportTarget,
    KeepRows,
)
from hub.rights import Actor, Deed
from hub.store import audit, banks
from hub.store.banks import Bank, IndexedQuestion
from hub.store.engine import reading, writing
from hub.store.scope import Scope

# What a table's columns may be: the field, and its name on pages.
FIELDS: tuple[tuple[str, str], ...] = (
    ("text", "题干"),
    ("answer", "答案"),
    ("type", "题型"),
    (option_field(0), "选项 A"),
    (option_field(1), "选项 B"),
    (option_field(2), "选项 C"),
    (option_field(3), "选项 D"),
    (option_field(4), "选项 E"),
    (option_field(5), "选项 F"),
    ("options", "全部选项在一列"),
    ("explain", "解析"),
    ("difficulty", "难度"),
    ("chapter", "章节"),
)
# By name of a format: its title on pages, its media type, the ending of its files.
FORMATS: dict[str, tuple[str, str, str]] = {
    "xlsx": (
        "Excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".xlsx",
    ),
    "gift": ("GIFT", "text/plain", ".gift.txt"),
    "moodle-xml": ("Moodle XML", "application/xml", ".xml"),
    "qti3": ("QTI 3.0", "application/zip", ".zip"),
}
# The fault of a table whose question column is not known.
_NO_COLUMNS = "sheet-columns"
_TEXT_TABLES = (".csv", ".tsv")


def import_bank(hub: Hub, path: Path, name: str, by: Actor, target: ImportTarget) -> KeepRows:
    """Read the questions of a file. Those that the bank already has are only counted.

    Raises:
        ContentFaults: nothing in the file can be read.
    """
    if target.look:
        return _look(hub, path, name, by, target)
    imported = _read(hub, path, name, target, hub.blobs)
    if imported.headings and any(each.code == _NO_COLUMNS for each in imported.refused):
        return lambda _connection: _asking(name, imported)
    return lambda connection: take_questions(hub, connection, imported, name, by, target)


def _look(hub: Hub, path: Path, name: str, by: Actor, target: ImportTarget) -> KeepRows:
    """Show what would go in. Where nothing would, nothing has to be decided."""
    kept = uploads.find(hub, target.look, uploads.CONTENT)
    imported = _read(hub, path, name, target, bank_preview.files_beside(kept))
    if imported.headings and any(each.code == _NO_COLUMNS for each in imported.refused):
        return lambda _connection: _asking(name, imported)

    def keep_rows(connection: Connection) -> ImportReport:
        bank = _bank_there(connection, name, by, target)
        there = banks.questions(connection, bank.id) if bank else ()
        title = bank.title if bank else _title(name, target)
        preview = bank_preview.preview_of(imported, title, there, is_there=bank is not None)
        if preview.fresh:
            bank_preview.keep(kept, preview)
        return replace(_report(name, imported, bank, preview.fresh), looks=bool(preview.fresh))

    return keep_rows


def take_questions(
    hub: Hub, connection: Connection, imported: Imported, name: str, by: Actor, target: ImportTarget
) -> ImportReport:
    """Put the questions that were read into the bank that ``target`` names.

    Raises:
        NoSuchBank: as ``own``.
    """
    bank = _bank(hub, connection, name, by, target)
    fresh = imported.fresh(banks.fingerprints(connection, bank.id))
    indexed = [indexed_question(question) for question in fresh]
    banks.add(connection, bank.id, indexed, hub.now(), by.name)
    if target.columns and imported.headings:
        mapping, key = dict(target.columns), questions.headings_key(imported.headings)
        banks.remember_mapping(connection, key, mapping, hub.now(), by.name)
    return _report(name, imported, bank, len(fresh))


def _read(hub: Hub, path: Path, name: str, target: ImportTarget, blobs: BlobStore) -> Imported:
    """Read a file. A table with known headings is read with the mapping of last time."""
    try:
        imported = questions.read(path, blobs, dict(target.columns) or None, name)
    except ContentFaults as faults:
        # A text table without a known heading looks like any text; only its name tells.
        if faults.faults[0].code != "bank-format" or not name.lower().endswith(_TEXT_TABLES):
            raise
        imported = questions.read(path, blobs, {"text": ""}, name)
    if target.columns or not imported.headings:
        return imported
    with reading(hub.engine) as connection:
        known = banks.mapping(connection, questions.headings_key(imported.headings))
    if not known or known == dict(imported.mapping):
        return imported
    return questions.read(path, blobs, known, name)


def _title(name: str, target: ImportTarget) -> str:
    return (target.bank_title.strip() or title_of(name))[:MAX_TITLE_CHARS]


def _bank_there(connection: Connection, name: str, by: Actor, target: ImportTarget) -> Bank | None:
    """The bank that questions go into; ``None`` where it is still to be begun."""
    scope = rights.scope(by, Deed.WRITE)
    if target.bank_id:
        return own(connection, scope, target.bank_id)
    return banks.titled(connection, scope, _title(name, target))


def _bank(hub: Hub, connection: Connection, name: str, by: Actor, target: ImportTarget) -> Bank:
    bank = _bank_there(connection, name, by, target)
    if bank is None:
        unit, title = rights.home(by, Deed.WRITE).id, _title(name, target)
        number = banks.make(connection, unit, title, hub.now(), by.name)
        return own(connection, rights.scope(by, Deed.WRITE), number)
    return bank


def _report(name: str, imported: Imported, bank: Bank | None, fresh: int) -> ImportReport:
    return ImportReport(
        name,
        total=imported.total,
        imported=fresh,
        same=len(imported.questions) - fresh,
        refused=imported.total - len(imported.questions),
        made=(ImportedThing("bank", str(bank.id), bank.title),) if bank else (),
        faults=imported.refused[:MAX_FAULTS],
        remarks=imported.remarks[:MAX_FAULTS],
        headings=imported.headings,
        mapping=dict(imported.mapping),
    )


def _asking(name: str, imported: Imported) -> ImportReport:
    """The report of a table whose columns a person must name first: nothing is stored yet."""
    return ImportReport(
        name,
        total=imported.total,
        refused=imported.total,
        faults=imported.refused[:MAX_FAULTS],
        headings=imported.headings,
        mapping=dict(imported.mapping),
        asks=True,
    )


def exported(
    hub: Hub, chosen: Sequence[Question], kind: str, title: str
) -> tuple[bytes, tuple[Fault, ...]]:
    """The questions as a file of one of ``FORMATS``, and why some were left out."""
    with TemporaryDirectory(prefix="xuezhan-bank-") as folder:
        path = Path(folder) / f"bank{FORMATS[kind][2]}"
        faults = questions.write(chosen, kind, path, hub.blobs)
        return path.read_bytes(), tuple(replace(fault, file=title) for fault in faults)


def own(connection: Connection, scope: Scope, number: int) -> Bank:
    """The bank, if it belongs to a unit of this scope.

    Raises:
        NoSuchBank: there is none, or it belongs to others.
    """
    bank = banks.get(connection, scope, number)
    if bank is None or not scope.holds(bank.path):
        raise NoSuchBank(number)
    return bank


def indexed_question(question: Question) -> IndexedQuestion:
    """A question with the text that a search looks through, and its fingerprint."""
    texts = [question.text, *question.options, *question.prompts, question.explain]
    seen = " ".join(visible_text(each) if question.rich else each for each in texts)
    folded = unicodedata.normalize("NFKC", seen).casefold()
    return IndexedQuestion(question, folded, questions.fingerprint(question))


def begin(hub: Hub, by: Actor, title: str) -> int:
    """Begin an empty bank and return its number; 0 when there is a bank with this title."""
    with writing(hub.engine) as connection:
        scope = rights.scope(by, Deed.WRITE)
        if banks.titled(connection, scope, title) is not None:
            return 0
        number = banks.make(connection, rights.home(by, Deed.WRITE).id, title, hub.now(), by.name)
        audit.note(connection, hub.now(), by.name, "bank begin", bank=number, title=title)
    return number


def add(hub: Hub, by: Actor, bank_id: int, new: Question) -> tuple[str, bool]:
    """Add a question at the end: its id and True, or the id of the same one there and False.

    Raises:
        NoSuchBank: as ``own``.
    """
    indexed = indexed_question(new)
    with writing(hub.engine) as connection:
        own(connection, rights.scope(by, Deed.WRITE), bank_id)
        existing = banks.same(connection, bank_id, indexed.fingerprint)
        if existing:
            return existing, False
        code = banks.add(connection, bank_id, [indexed], hub.now(), by.name)[0]
        audit.note(connection, hub.now(), by.name, "question add", bank=bank_id, question=code)
    return code, True


def change(hub: Hub, by: Actor, bank_id: int, code: str, new: Question) -> None:
    """Change a question; the old version can be brought back.

    Raises:
        NoSuchBank: as ``own``.
    """
    with writing(hub.engine) as connection:
        own(connection, rights.scope(by, Deed.WRITE), bank_id)
        banks.change(connection, bank_id, code, indexed_question(new), hub.now(), by.name)
        audit.note(connection, hub.now(), by.name, "question change", bank=bank_id, question=code)


def remove(hub: Hub, by: Actor, bank_id: int, code: str) -> int:
    """Take a question out; returns the number that brings it back."""
    with writing(hub.engine) as connection:
        own(connection, rights.scope(by, Deed.WRITE), bank_id)
        number = banks.remove(connection, bank_id, code, hub.now(), by.name)
        audit.note(connection, hub.now(), by.name, "question remove", bank=bank_id, question=code)
    return number


def bring_back(hub: Hub, by: Actor, bank_id: int, number: int) -> str:
    """Put a question back to its state before a change; returns its id."""
    with writing(hub.engine) as connection:
        own(connection, rights.scope(by, Deed.WRITE), bank_id)
        row = banks.before(connection, bank_id, number)
        if row is None:
            raise NoSuchBank(bank_id)
        indexed = indexed_question(row.question)
        banks.bring_back(connection, bank_id, number, indexed, hub.now(), by.name)
        audit.note(connection, hub.now(), by.name, "question back", bank=bank_id, question=row.code)
        return row.code


def rename(hub: Hub, by: Actor, bank_id: int, title: str) -> None:
    """Give a bank another title."""
    with writing(hub.engine) as connection:
        own(connection, rights.scope(by, Deed.WRITE), bank_id)
        banks.put(connection, bank_id, title=title)
        audit.note(connection, hub.now(), by.name, "bank rename", bank=bank_id, title=title)


def set_open(hub: Hub, by: Actor, bank_id: int, is_open: bool) -> None:
    """Let units below look at a bank and use it, or let them no more; none serves for exams then.

    Courses that have questions of it keep them.
    """
    with writing(hub.engine) as connection:
        bank = own(connection, rights.scope(by, Deed.WRITE), bank_id)
        banks.put(connection, bank_id, open=is_open)
        event = "bank open" if is_open else "bank close"
        audit.note(connection, hub.now(), by.name, event, title=bank.title)


def archive(hub: Hub, by: Actor, bank_id: int) -> None:
    """Put a bank away: it is no longer offered. Courses that use it keep their questions."""
    with writing(hub.engine) as connection:
        bank = own(connection, rights.scope(by, Deed.WRITE), bank_id)
        banks.put(connection, bank_id, active=False)
        audit.note(connection, hub.now(), by.name, "bank away", title=bank.title)


def unarchive(hub: Hub, by: Actor, bank_id: int) -> None:
    """Offer a bank that was put away again.

    Raises:
        NoSuchBank: no bank with this number is put away that this person may change.
    """
    with writing(hub.engine) as connection:
        rows = {row.id: row for row in banks.away(connection, rights.scope(by, Deed.WRITE))}
        if bank_id not in rows:
            raise NoSuchBank(bank_id)
        banks.put(connection, bank_id, active=True)
        audit.note(connection, hub.now(), by.name, "bank back", title=rows[bank_id].title)
