"""Question banks (tables ``bank``, ``question``, ``question_before``, ``column_mapping``)."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, insert, select, update

from content.model.course import Question
from hub.store import json_values
from hub.store.contents import bank, column_mapping, question, question_before
from hub.store.dialect import insert as upsert
from hub.store.dialect import number_of
from hub.store.schema import unit
from hub.store.scope import Scope

# Rows of one INSERT: SQLite limits the number of values.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Bank:
    """A question bank, with its unit's path and name. ``open``: units below may use it."""

    id: int
    title: str
    made_at: int
    open: bool
    path: str
    unit_name: str


@dataclass(frozen=True, slots=True)
class ListedBank:
    """A bank in the list of all: how many questions it holds, and when one last changed."""

    id: int
    title: str
    made_at: int
    open: bool
    path: str
    unit_name: str
    questions: int
    changed_at: int | None


@dataclass(frozen=True, slots=True)
class StoredQuestion:
    """A question at its place in a bank; ``code`` is its own id."""

    place: int
    code: str
    question: Question
    changed_at: int
    changed_by: str


@dataclass(frozen=True, slots=True)
class QuestionBefore:
    """What a question was before it was changed or removed: ``what`` says which."""

    id: int
    code: str
    place: int
    what: str
    at: int
    by: str
    question: Question


@dataclass(frozen=True, slots=True)
class QuestionCount:
    """How many questions of a bank are of one chapter, type and difficulty."""

    chapter: str
    type: str
    difficulty: int
    count: int


@dataclass(frozen=True, slots=True)
class IndexedQuestion:
    """A question with what searches use: its plain text and its fingerprint."""

    question: Question
    text: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class QuestionFilter:
    """Which questions of a bank are asked for; "" and 0 ask for all."""

    text: str = ""
    type: str = ""
    chapter: str = ""
    difficulty: int = 0


def make(connection: Connection, unit_id: int, title: str, at: int, by: str) -> int:
    """Make an empty bank and return its number."""
    row = {"unit_id": unit_id, "title": title, "made_at": at, "made_by": by}
    row |= {"active": True, "open": False}
    return number_of(connection.execute(insert(bank).values(**row)))


def get(connection: Connection, scope: Scope, number: int) -> Bank | None:
    """One bank with its unit's path."""
    row = connection.execute(_banks(scope).where(bank.c.id == number)).first()
    return Bank(*row) if row else None


def is_open(connection: Connection, number: int) -> bool:
    """Whether units below may use this bank."""
    return bool(connection.scalar(select(bank.c.open).where(bank.c.id == number)))


def titled(connection: Connection, scope: Scope, title: str) -> Bank | None:
    """The bank of this title that the scope may change."""
    query = _banks(scope).where(bank.c.title == title, scope.units()).order_by(bank.c.id)
    row = connection.execute(query.limit(1)).first()
    return Bank(*row) if row else None


def listed(connection: Connection, scope: Scope) -> list[ListedBank]:
    """All banks with how many questions they hold, by title."""
    counts = (
        select(
            question.c.bank_id,
            func.count().label("questions"),
            func.max(question.c.changed_at).label("changed_at"),
        )
        .group_by(question.c.bank_id)
        .subquery()
    )
    query = (
        _banks(scope)
        .add_columns(func.coalesce(counts.c.questions, 0).label("questions"), counts.c.changed_at)
        .outerjoin(counts, counts.c.bank_id == bank.c.id)
        .order_by(bank.c.title, bank.c.id)
    )
    return [ListedBank(*row) for row in connection.execute(query)]


def away(connection: Connection, scope: Scope) -> list[Bank]:
    """The banks that the scope may change and that were put away, by title."""
    query = _banks(scope, active=False).where(scope.units()).order_by(bank.c.title, bank.c.id)
    return [Bank(*row) for row in connection.execute(query)]


def put(connection: Connection, number: int, **changed: object) -> None:
    """Rename a bank or put it away."""
    connection.execute(update(bank).where(bank.c.id == number).values(**changed))


def fingerprints(connection: Connection, bank_id: int) -> set[str]:
    """The fingerprints of all questions of a bank."""
    query = select(question.c.fingerprint).where(question.c.bank_id == bank_id)
    return set(connection.execute(query).scalars())


def same(connection: Connection, bank_id: int, fingerprint: str) -> str:
    """The id of a question that is the same as one with this fingerprint; "" if there is none."""
    query = select(question.c.code).where(
        question.c.bank_id == bank_id, question.c.fingerprint == fingerprint
    )
    return str(connection.execute(query.limit(1)).scalar() or "")


def add(
    connection: Connection, bank_id: int, new: Sequence[IndexedQuestion], at: int, by: str
) -> list[str]:
    """Add questions at the end; one whose id is taken gets another. Returns their ids."""
    last = select(func.coalesce(func.max(question.c.place), 0)).where(question.c.bank_id == bank_id)
    place = int(connection.execute(last).scalar_one())
    codes = set(_codes(connection, bank_id))
    rows = []
    for indexed in new:
        place += 1
        code = free_code(indexed.question.id or "q", codes)
        codes.add(code)
        indexed = replace(indexed, question=replace(indexed.question, id=code))
        rows.append(_row(indexed, at, by) | {"bank_id": bank_id, "place": place, "code": code})
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(insert(question), rows[start : start + _AT_ONCE])
    return [str(row["code"]) for row in rows]


def free_code(wanted: str, taken: Collection[str]) -> str:
    """``wanted``, or with the first number behind it that nobody has."""
    code, number = wanted, 1
    while code in taken:
        number += 1
        code = f"{wanted[: 39 - len(str(number))]}-{number}"
    return code


def change(
    connection: Connection, bank_id: int, code: str, indexed: IndexedQuestion, at: int, by: str
) -> None:
    """Give a question another content; what it was is kept."""
    _remember(connection, bank_id, code, "changed", at, by)
    where = (question.c.bank_id == bank_id) & (question.c.code == code)
    connection.execute(update(question).where(where).values(**_row(indexed, at, by)))


def remove(connection: Connection, bank_id: int, code: str, at: int, by: str) -> int:
    """Take a question out; returns the number under which it can be brought back."""
    number = _remember(connection, bank_id, code, "removed", at, by)
    where = (question.c.bank_id == bank_id) & (question.c.code == code)
    connection.execute(delete(question).where(where))
    return number


def before(connection: Connection, bank_id: int, number: int) -> QuestionBefore | None:
    """What a question was before a change."""
    row = connection.execute(_befores(bank_id).where(question_before.c.id == number)).first()
    return _question_before(row) if row else None


def befores(connection: Connection, bank_id: int, code: str = "") -> list[QuestionBefore]:
    """What was changed or removed in a bank, or of one question; newest first."""
    query = _befores(bank_id)
    if code:
        query = query.where(question_before.c.code == code)
    rows = connection.execute(query.order_by(question_before.c.id.desc()).limit(50))
    return [_question_before(row) for row in rows]


def bring_back(
    connection: Connection, bank_id: int, number: int, indexed: IndexedQuestion, at: int, by: str
) -> None:
    """Put a question back to where and what it was before; what it is now is kept too."""
    row = before(connection, bank_id, number)
    if row is None:
        return
    if row.code in _codes(connection, bank_id):
        change(connection, bank_id, row.code, indexed, at, by)
        return
    values = _row(indexed, at, by) | {"bank_id": bank_id, "place": row.place, "code": row.code}
    connection.execute(insert(question).values(**values))


def one(connection: Connection, bank_id: int, code: str) -> StoredQuestion | None:
    """One question of a bank."""
    query = _questions(bank_id, QuestionFilter()).where(question.c.code == code)
    row = connection.execute(query).first()
    return _stored(row) if row else None


def page(
    connection: Connection, bank_id: int, wanted: QuestionFilter, limit: int, offset: int
) -> tuple[int, list[StoredQuestion]]:
    """How many questions are as wanted, and one page of them in the bank's order."""
    query = _questions(bank_id, wanted)
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = connection.execute(
        query.order_by(question.c.place, question.c.id).limit(limit).offset(offset)
    )
    return total, [_stored(row) for row in rows]


def questions(
    connection: Connection, bank_id: int, wanted: QuestionFilter | None = None
) -> tuple[Question, ...]:
    """The questions of a bank that are as wanted, in its order."""
    query = _questions(bank_id, wanted or QuestionFilter()).order_by(
        question.c.place, question.c.id
    )
    return tuple(_stored(row).question for row in connection.execute(query))


def shape(connection: Connection, bank_id: int) -> list[QuestionCount]:
    """How many questions a bank has of each chapter, type and difficulty."""
    columns = (question.c.chapter, question.c.type, question.c.difficulty)
    query = select(*columns, func.count().label("count")).where(question.c.bank_id == bank_id)
    rows = connection.execute(query.group_by(*columns).order_by(*columns))
    return [QuestionCount(*row) for row in rows]


def has_blob(connection: Connection, scope: Scope, sha256: str) -> bool:
    """Whether a question that the scope sees shows this file."""
    query = (
        select(question.c.id)
        .join(bank, bank.c.id == question.c.bank_id)
        .join(unit, unit.c.id == bank.c.unit_id)
        .where(_seen(scope), question.c.body.contains(sha256, autoescape=True))
    )
    return connection.execute(query.limit(1)).first() is not None


def mapping(connection: Connection, headings: str) -> dict[str, str]:
    """How columns under these headings were understood last time; {} if never."""
    query = select(column_mapping.c.mapping).where(column_mapping.c.headings == headings)
    stored = connection.execute(query).scalar()
    return dict(json.loads(stored)) if stored else {}


def remember_mapping(
    connection: Connection, headings: str, how: Mapping[str, str], at: int, by: str
) -> None:
    """Understand columns under these headings like this from now on."""
    row = {"mapping": json.dumps(dict(how), ensure_ascii=False, sort_keys=True), "at": at, "by": by}
    connection.execute(
        upsert(connection, column_mapping)
        .values(headings=headings, **row)
        .on_conflict_do_update(index_elements=["headings"], set_=row)
    )


def _row(indexed: IndexedQuestion, at: int, by: str) -> dict[str, object]:
    content = indexed.question
    return {
        "type": content.type,
        "chapter": content.chapter,
        "difficulty": content.difficulty,
        "text": indexed.text,
        "fingerprint": indexed.fingerprint,
        "body": json_values.written(content),
        "changed_at": at,
        "changed_by": by,
    }


def _remember(connection: Connection, bank_id: int, code: str, what: str, at: int, by: str) -> int:
    query = select(question.c.place, question.c.body)
    query = query.where(question.c.bank_id == bank_id, question.c.code == code)
    row = connection.execute(query).first()
    if row is None:
        return 0
    values = {"bank_id": bank_id, "code": code, "place": row.place, "body": row.body}
    inserted = connection.execute(insert(question_before).values(**values, what=what, at=at, by=by))
    return number_of(inserted)


def _codes(connection: Connection, bank_id: int) -> Iterable[str]:
    return (
        connection.execute(select(question.c.code).where(question.c.bank_id == bank_id))
        .scalars()
        .all()
    )


def _questions(bank_id: int, wanted: QuestionFilter) -> Select[tuple[Any, ...]]:
    names = ("place", "code", "body", "changed_at", "changed_by")
    query = select(*(question.c[name] for name in names)).where(question.c.bank_id == bank_id)
    if wanted.text:
        query = query.where(question.c.text.contains(wanted.text.casefold(), autoescape=True))
    if wanted.type:
        query = query.where(question.c.type == wanted.type)
    if wanted.chapter:
        query = query.where(question.c.chapter == wanted.chapter)
    if wanted.difficulty:
        query = query.where(question.c.difficulty == wanted.difficulty)
    return query


def _stored(row: Row[Any]) -> StoredQuestion:
    body = json_values.read(Question, row.body)
    return StoredQuestion(row.place, row.code, body, row.changed_at, row.changed_by)


def _befores(bank_id: int) -> Select[tuple[Any, ...]]:
    names = ("id", "code", "place", "what", "at", "by", "body")
    columns = (question_before.c[name] for name in names)
    return select(*columns).where(question_before.c.bank_id == bank_id)


def _question_before(row: Row[Any]) -> QuestionBefore:
    body = json_values.read(Question, row.body)
    return QuestionBefore(row.id, row.code, row.place, row.what, row.at, row.by, body)


def _banks(scope: Scope, *, active: bool = True) -> Select[tuple[Any, ...]]:
    return (
        select(bank.c.id, bank.c.title, bank.c.made_at, bank.c.open, unit.c.path, unit.c.name)
        .join(unit, unit.c.id == bank.c.unit_id)
        .where(bank.c.active == active, _seen(scope))
    )


def _seen(scope: Scope) -> ColumnElement[bool]:
    """Condition: a bank of the scope, or one of a unit above that is open to it."""
    return scope.units() | (bank.c.open & scope.shared())
