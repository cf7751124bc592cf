"""Question banks (tables ``bank``, ``question``, ``question_before``, ``column_mapping``)."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from content.model.course import Question
from hub.store import json_values
from hub.store.contents import bank, column_mapping, question, question_before
from hub.store.dialect import insert as upsert
from hub.store.dialect import number_of
from hub.store.schema import unit
from hub.store.scope import Scope

# Rows of one INSERT: below what SQLite takes in values.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class IndexedQuestion:
    """A question with what is looked for: its plain text and its fingerprint."""

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
    row = {"unit_id": unit_id, "title": title, "made_at": at, "made_by": by, "active": True}
    return number_of(connection.execute(insert(bank).values(**row)))


def get(connection: Connection, scope: Scope, number: int) -> RowMapping | None:
    """One bank with its unit's path."""
    query = _banks(scope).where(bank.c.id == number)
    return connection.execute(query).mappings().first()


def titled(connection: Connection, scope: Scope, title: str) -> RowMapping | None:
    """The bank of this title that the scope may change."""
    query = _banks(scope).where(bank.c.title == title, scope.units()).order_by(bank.c.id)
    return connection.execute(query.limit(1)).mappings().first()


def listed(connection: Connection, scope: Scope) -> list[RowMapping]:
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
    return list(connection.execute(query).mappings())


def away(connection: Connection, scope: Scope) -> list[RowMapping]:
    """The banks that the scope may change and that were put away, by title."""
    query = _banks(scope, active=False).where(scope.units()).order_by(bank.c.title, bank.c.id)
    return list(connection.execute(query).mappings())


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
    for kept in new:
        place += 1
        code = free_code(kept.question.id or "q", codes)
        codes.add(code)
        kept = replace(kept, question=replace(kept.question, id=code))
        rows.append(_row(kept, at, by) | {"bank_id": bank_id, "place": place, "code": code})
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
    connection: Connection, bank_id: int, code: str, kept: IndexedQuestion, at: int, by: str
) -> None:
    """Give a question another content; what it was is kept."""
    _remember(connection, bank_id, code, "changed", at, by)
    where = (question.c.bank_id == bank_id) & (question.c.code == code)
    connection.execute(update(question).where(where).values(**_row(kept, at, by)))


def remove(connection: Connection, bank_id: int, code: str, at: int, by: str) -> int:
    """Take a question out; returns the number under which it can be brought back."""
    number = _remember(connection, bank_id, code, "removed", at, by)
    where = (question.c.bank_id == bank_id) & (question.c.code == code)
    connection.execute(delete(question).where(where))
    return number


def before(connection: Connection, bank_id: int, number: int) -> RowMapping | None:
    """What a question was before a change."""
    query = select(question_before).where(
        question_before.c.bank_id == bank_id, question_before.c.id == number
    )
    return connection.execute(query).mappings().first()


def befores(connection: Connection, bank_id: int, code: str = "") -> list[RowMapping]:
    """What was changed or removed in a bank, or of one question; newest first."""
    query = select(question_before).where(question_before.c.bank_id == bank_id)
    if code:
        query = query.where(question_before.c.code == code)
    rows = connection.execute(query.order_by(question_before.c.id.desc()).limit(50))
    return list(rows.mappings())


def bring_back(
    connection: Connection, bank_id: int, number: int, kept: IndexedQuestion, at: int, by: str
) -> None:
    """Put a question back to where and what it was before; what it is now is kept too."""
    row = before(connection, bank_id, number)
    if row is None:
        return
    if row["code"] in _codes(connection, bank_id):
        change(connection, bank_id, row["code"], kept, at, by)
        return
    values_ = _row(kept, at, by) | {"bank_id": bank_id, "place": row["place"], "code": row["code"]}
    connection.execute(insert(question).values(**values_))


def one(connection: Connection, bank_id: int, code: str) -> RowMapping | None:
    """One question of a bank."""
    query = select(question).where(question.c.bank_id == bank_id, question.c.code == code)
    return connection.execute(query).mappings().first()


def page(
    connection: Connection, bank_id: int, wanted: QuestionFilter, limit: int, offset: int
) -> tuple[int, list[RowMapping]]:
    """How many questions are as wanted, and one page of them in the bank's order."""
    query = _questions(bank_id, wanted)
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    found = connection.execute(
        query.order_by(question.c.place, question.c.id).limit(limit).offset(offset)
    )
    return total, list(found.mappings())


def questions(
    connection: Connection, bank_id: int, wanted: QuestionFilter | None = None
) -> tuple[Question, ...]:
    """The questions of a bank that are as wanted, in its order."""
    query = _questions(bank_id, wanted or QuestionFilter()).order_by(
        question.c.place, question.c.id
    )
    return tuple(question_of(row) for row in connection.execute(query).mappings())


def shape(connection: Connection, bank_id: int) -> list[RowMapping]:
    """How many questions a bank has of each chapter, type and difficulty."""
    columns = (question.c.chapter, question.c.type, question.c.difficulty)
    query = select(*columns, func.count().label("count")).where(question.c.bank_id == bank_id)
    rows = connection.execute(query.group_by(*columns).order_by(*columns))
    return list(rows.mappings())


def has_blob(connection: Connection, scope: Scope, sha256: str) -> bool:
    """Whether a question that the scope sees shows this file."""
    query = (
        select(question.c.id)
        .join(bank, bank.c.id == question.c.bank_id)
        .join(unit, unit.c.id == bank.c.unit_id)
        .where(scope.shared(), question.c.body.contains(sha256, autoescape=True))
    )
    return connection.execute(query.limit(1)).first() is not None


def question_of(row: RowMapping) -> Question:
    """The question that a row holds."""
    return json_values.read(Question, row["body"])


def mapping(connection: Connection, headings: str) -> dict[str, str]:
    """How columns under these headings were understood last time; {} if never."""
    query = select(column_mapping.c.mapping).where(column_mapping.c.headings == headings)
    found = connection.execute(query).scalar()
    return dict(json.loads(found)) if found else {}


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


def _row(kept: IndexedQuestion, at: int, by: str) -> dict[str, object]:
    one = kept.question
    return {
        "type": one.type,
        "chapter": one.chapter,
        "difficulty": one.difficulty,
        "text": kept.text,
        "fingerprint": kept.fingerprint,
        "body": json_values.written(one),
        "changed_at": at,
        "changed_by": by,
    }


def _remember(connection: Connection, bank_id: int, code: str, what: str, at: int, by: str) -> int:
    row = one(connection, bank_id, code)
    if row is None:
        return 0
    kept = {"bank_id": bank_id, "code": code, "place": row["place"], "body": row["body"]}
    made = connection.execute(insert(question_before).values(**kept, what=what, at=at, by=by))
    return number_of(made)


def _codes(connection: Connection, bank_id: int) -> Iterable[str]:
    return (
        connection.execute(select(question.c.code).where(question.c.bank_id == bank_id))
        .scalars()
        .all()
    )


def _questions(bank_id: int, wanted: QuestionFilter) -> Select[tuple[object, ...]]:
    query = select(question).where(question.c.bank_id == bank_id)
    if wanted.text:
        query = query.where(question.c.text.contains(wanted.text.casefold(), autoescape=True))
    if wanted.type:
        query = query.where(question.c.type == wanted.type)
    if wanted.chapter:
        query = query.where(question.c.chapter == wanted.chapter)
    if wanted.difficulty:
        query = query.where(question.c.difficulty == wanted.difficulty)
    return query


def _banks(scope: Scope, *, active: bool = True) -> Select[tuple[object, ...]]:
    return (
        select(bank, unit.c.path, unit.c.name.label("unit_name"))
        .join(unit, unit.c.id == bank.c.unit_id)
        .where(bank.c.active == active, scope.shared())
    )
