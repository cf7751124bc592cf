"""Banking: question banks at the hub — importing, looking up, changing with a way back, exporting.

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
from hub.context.open_hub import Hub
from hub.errors import NoSuchBank, NotYourUnit
from hub.materials.import_report import (
    MAX_FAULTS,
    Actor,
    ImportedThing,
    ImportReport,
    ImportTarget,
    KeepRows,
)
from hub.store import audit, banks
from hub.store.banks import Bank, IndexedQuestion
from hub.store.engine import reading, writing
from hub.store.scope import Scope

# What a table's columns may be: the field, and what it is called on pages.
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
# Name of a format: what it is called, its type, the ending of its files.
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
# The fault of a table of which nobody knows which column is the question.
_NO_COLUMNS = "sheet-columns"
_TEXT_TABLES = (".csv", ".tsv")


def import_bank(hub: Hub, path: Path, name: str, by: Actor, target: ImportTarget) -> KeepRows:
    """Read the questions of a file; those that the bank has already will only be counted.

    Raises:
        ContentFaults: nothing of the file can be read.
    """
    found = _read(hub, path, name, target)
    if found.headings and {fault.code for fault in found.refused} == {_NO_COLUMNS}:
        return lambda _connection: _asking(name, found)
    return lambda connection: take_questions(hub, connection, found, name, by, target)


def take_questions(
    hub: Hub, connection: Connection, found: Imported, name: str, by: Actor, target: ImportTarget
) -> ImportReport:
    """Put questions that were read into the bank that ``target`` says.

    Raises:
        NoSuchBank, NotYourUnit: as ``own``.
    """
    bank = _bank(hub, connection, name, by, target)
    fresh = found.fresh(banks.fingerprints(connection, bank.id))
    kept = [indexed_question(one) for one in fresh]
    banks.add(connection, bank.id, kept, hub.now(), by.name)
    if target.columns and found.headings:
        how, key = dict(target.columns), questions.headings_key(found.headings)
        banks.remember_mapping(connection, key, how, hub.now(), by.name)
    return _report(name, found, bank, len(fresh))


def _read(hub: Hub, path: Path, name: str, target: ImportTarget) -> Imported:
    """Read a file, a table as these columns were understood last time."""
    try:
        found = questions.read(path, hub.blobs, dict(target.columns) or None, name)
    except ContentFaults as faults:
        # A text table of which no heading is known looks like any text, but for its name.
        if faults.faults[0].code != "bank-format" or not name.lower().endswith(_TEXT_TABLES):
            raise
        found = questions.read(path, hub.blobs, {"text": ""}, name)
    if target.columns or not found.headings:
        return found
    with reading(hub.engine) as connection:
        known = banks.mapping(connection, questions.headings_key(found.headings))
    if not known or known == dict(found.mapping):
        return found
    return questions.read(path, hub.blobs, known, name)


def _bank(hub: Hub, connection: Connection, name: str, by: Actor, target: ImportTarget) -> Bank:
    scope = by.place(connection)
    if target.bank_id:
        return own(connection, scope, target.bank_id)
    title = (target.bank_title.strip() or title_of(name))[:MAX_TITLE_CHARS]
    found = banks.titled(connection, scope, title)
    if found is None:
        number = banks.make(connection, scope.top.id, title, hub.now(), by.name)
        return own(connection, scope, number)
    return found


def _report(name: str, found: Imported, bank: Bank, fresh: int) -> ImportReport:

    return ImportReport(
        name,
        total=found.total,
        imported=fresh,
        same=len(found.questions) - fresh,
        refused=found.total - len(found.questions),
        made=(ImportedThing("bank", str(bank.id), bank.title),),
        faults=found.refused[:MAX_FAULTS],
        remarks=found.remarks[:MAX_FAULTS],
        headings=found.headings,
        mapping=dict(found.mapping),
    )


def _asking(name: str, found: Imported) -> ImportReport:
    """The report of a table whose columns somebody has to name: nothing was taken in yet."""

    return ImportReport(
        name,
        total=found.total,
        refused=found.total,
        faults=found.refused[:MAX_FAULTS],
        headings=found.headings,
        mapping=dict(found.mapping),
        asks=True,
    )


def exported(
    hub: Hub, found: Sequence[Question], kind: str, title: str
) -> tuple[bytes, tuple[Fault, ...]]:
    """The questions as a file of one of ``FORMATS``, and why some were left out."""
    with TemporaryDirectory(prefix="xuezhan-bank-") as folder:
        path = Path(folder) / f"bank{FORMATS[kind][2]}"
        faults = questions.write(found, kind, path, hub.blobs)
        return path.read_bytes(), tuple(replace(one, file=title) for one in faults)


def own(connection: Connection, scope: Scope, number: int) -> Bank:
    """The bank, if this scope may change it.

    Raises:
        NoSuchBank: there is none that the scope sees.
        NotYourUnit: it belongs to a unit above, which lets it only be used.
    """
    found = banks.get(connection, scope, number)
    if found is None:
        raise NoSuchBank(number)
    if not scope.holds(found.path):
        raise NotYourUnit(found.unit_name)
    return found


def indexed_question(question: Question) -> IndexedQuestion:
    """A question with what is looked for in it."""
    texts = [question.text, *question.options, *question.prompts, question.explain]
    seen = " ".join(visible_text(each) if question.rich else each for each in texts)
    folded = unicodedata.normalize("NFKC", seen).casefold()
    return IndexedQuestion(question, folded, questions.fingerprint(question))


def begin(hub: Hub, by: Actor, title: str) -> int:
    """Begin an empty bank and return its number; 0 when one of this title is there already."""
    with writing(hub.engine) as connection:
        scope = by.place(connection)
        if banks.titled(connection, scope, title) is not None:
            return 0
        number = banks.make(connection, scope.top.id, title, hub.now(), by.name)
        audit.note(connection, hub.now(), by.name, "bank begin", bank=number, title=title)
    return number


def add(hub: Hub, by: Actor, bank_id: int, new: Question) -> tuple[str, bool]:
    """Add one question at the end and return its id; False with that of the same one there.

    Raises:
        NoSuchBank, NotYourUnit: as ``own``.
    """
    kept = indexed_question(new)
    with writing(hub.engine) as connection:
        own(connection, by.place(connection), bank_id)
        there = banks.same(connection, bank_id, kept.fingerprint)
        if there:
            return there, False
        code = banks.add(connection, bank_id, [kept], hub.now(), by.name)[0]
        audit.note(connection, hub.now(), by.name, "question add", bank=bank_id, question=code)
    return code, True


def change(hub: Hub, by: Actor, bank_id: int, code: str, new: Question) -> None:
    """Give a question another content; what it was can be brought back.

    Raises:
        NoSuchBank, NotYourUnit: as ``own``.
    """
    with writing(hub.engine) as connection:
        own(connection, by.place(connection), bank_id)
        banks.change(connection, bank_id, code, indexed_question(new), hub.now(), by.name)
        audit.note(connection, hub.now(), by.name, "question change", bank=bank_id, question=code)


def remove(hub: Hub, by: Actor, bank_id: int, code: str) -> int:
    """Take a question out; returns the number to bring it back by."""
    with writing(hub.engine) as connection:
        own(connection, by.place(connection), bank_id)
        number = banks.remove(connection, bank_id, code, hub.now(), by.name)
        audit.note(connection, hub.now(), by.name, "question remove", bank=bank_id, question=code)
    return number


def bring_back(hub: Hub, by: Actor, bank_id: int, number: int) -> str:
    """Put a question back to what it was before a change; returns its id."""
    with writing(hub.engine) as connection:
        own(connection, by.place(connection), bank_id)
        row = banks.before(connection, bank_id, number)
        if row is None:
            raise NoSuchBank(bank_id)
        kept = indexed_question(row.question)
        banks.bring_back(connection, bank_id, number, kept, hub.now(), by.name)
        audit.note(connection, hub.now(), by.name, "question back", bank=bank_id, question=row.code)
        return row.code


def rename(hub: Hub, by: Actor, bank_id: int, title: str) -> None:
    """Give a bank another title."""
    with writing(hub.engine) as connection:
        own(connection, by.place(connection), bank_id)
        banks.put(connection, bank_id, title=title)
        audit.note(connection, hub.now(), by.name, "bank rename", bank=bank_id, title=title)


def archive(hub: Hub, by: Actor, bank_id: int) -> None:
    """Put a bank away: it is offered no more; courses that use it keep their questions."""
    with writing(hub.engine) as connection:
        found = own(connection, by.place(connection), bank_id)
        banks.put(connection, bank_id, active=False)
        audit.note(connection, hub.now(), by.name, "bank away", title=found.title)


def unarchive(hub: Hub, by: Actor, bank_id: int) -> None:
    """Offer a bank again that was put away.

    Raises:
        NoSuchBank: none of this number was put away that this person may change.
    """
    with writing(hub.engine) as connection:
        rows = {row.id: row for row in banks.away(connection, by.place(connection))}
        if bank_id not in rows:
            raise NoSuchBank(bank_id)
        banks.put(connection, bank_id, active=True)
        audit.note(connection, hub.now(), by.name, "bank back", title=rows[bank_id].title)
