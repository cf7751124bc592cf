"""Drafts of courses, what became of them, shared modules, lecturers (``hub.store.contents``)."""

import json
from collections.abc import Iterable

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from hub.store.contents import draft, draft_event, lecturer, material, shared_module
from hub.store.dialect import number_of
from hub.store.schema import course, unit
from hub.store.scope import Scope


def add(
    connection: Connection, draft_id: str, unit_id: int, title: str, body: str, at: int, by: str
) -> None:
    """Keep a new draft."""
    connection.execute(
        insert(draft).values(
            id=draft_id, unit_id=unit_id, title=title, state="draft", edition=1, body=body,
            authors=json.dumps([by]), digest="", changed_at=at, changed_by=by,
        )
    )  # fmt: skip


def get(connection: Connection, scope: Scope, draft_id: str) -> RowMapping | None:
    """One draft, with its unit's path."""
    query = _drafts().where(draft.c.id == draft_id, scope.units())
    return connection.execute(query).mappings().first()


def held(connection: Connection, scope: Scope, draft_id: str) -> RowMapping | None:
    """As ``get``; nobody else changes the draft until this transaction ends."""
    query = _drafts().where(draft.c.id == draft_id, scope.units()).with_for_update(of=draft)
    return connection.execute(query).mappings().first()


def taken(connection: Connection, course_id: str) -> bool:
    """Whether a draft or a published course has this id."""
    for column in (draft.c.id, course.c.id):
        if connection.execute(select(column).where(column == course_id).limit(1)).first():
            return True
    return False


def listed(connection: Connection, scope: Scope) -> list[RowMapping]:
    """All drafts of the scope with their newest published version, those to be reviewed first."""
    newest = (
        select(course.c.id, func.max(course.c.version).label("version"))
        .group_by(course.c.id)
        .subquery()
    )
    query = (
        _drafts()
        .add_columns(newest.c.version)
        .outerjoin(newest, newest.c.id == draft.c.id)
        .where(scope.units())
        .order_by((draft.c.state == "review").desc(), draft.c.changed_at.desc(), draft.c.id)
    )
    return list(connection.execute(query).mappings())


def put(connection: Connection, draft_id: str, edition: int, **changed: object) -> bool:
    """Change a draft that is still as of ``edition``; False when somebody else was quicker."""
    if "authors" in changed:
        changed["authors"] = json.dumps(changed["authors"], ensure_ascii=False)
    done = connection.execute(
        update(draft)
        .where(draft.c.id == draft_id, draft.c.edition == edition)
        .values(edition=edition + 1, **changed)
    )
    return done.rowcount == 1


def forget(connection: Connection, draft_id: str) -> None:
    """Remove a draft and its history."""
    connection.execute(delete(draft_event).where(draft_event.c.draft_id == draft_id))
    connection.execute(delete(draft).where(draft.c.id == draft_id))


def authors_of(row: RowMapping) -> list[str]:
    """Who changed the draft since it was last published."""
    return list(json.loads(row["authors"]))


def note(
    connection: Connection, draft_id: str, at: int, by: str, what: str, comment: str = ""
) -> None:
    """Note what was done with a draft."""
    values = {"draft_id": draft_id, "at": at, "by": by, "what": what, "comment": comment}
    connection.execute(insert(draft_event).values(**values))


def events(connection: Connection, draft_id: str) -> list[RowMapping]:
    """What was done with a draft, newest first."""
    query = select(draft_event).where(draft_event.c.draft_id == draft_id)
    return list(connection.execute(query.order_by(draft_event.c.id.desc()).limit(60)).mappings())


def shared(connection: Connection, scope: Scope) -> list[RowMapping]:
    """Modules that were shared with the scope, by title."""
    query = (
        select(shared_module, unit.c.path, unit.c.name.label("unit_name"))
        .join(unit, unit.c.id == shared_module.c.unit_id)
        .where(scope.shared())
        .order_by(shared_module.c.title, shared_module.c.id)
    )
    return list(connection.execute(query).mappings())


def share(connection: Connection, unit_id: int, title: str, body: str, at: int, by: str) -> int:
    """Share a module; its number is returned."""
    values = {"unit_id": unit_id, "title": title, "edition": 1, "body": body}
    values |= {"changed_at": at, "changed_by": by}
    return number_of(connection.execute(insert(shared_module).values(**values)))


def share_again(
    connection: Connection, number: int, title: str, body: str, at: int, by: str
) -> None:
    """Give a shared module another content; courses that have it are told."""
    values = {"title": title, "body": body, "changed_at": at, "changed_by": by}
    connection.execute(
        update(shared_module)
        .where(shared_module.c.id == number)
        .values(edition=shared_module.c.edition + 1, **values)
    )


def lecturers(connection: Connection, scope: Scope) -> list[RowMapping]:
    """The lecturers that the scope knows, by name."""
    query = (
        select(lecturer, unit.c.path)
        .join(unit, unit.c.id == lecturer.c.unit_id)
        .where(scope.shared(), lecturer.c.active)
        .order_by(lecturer.c.name, lecturer.c.id)
    )
    return list(connection.execute(query).mappings())


def put_lecturer(connection: Connection, unit_id: int, number: int, **values: object) -> None:
    """Add a lecturer (number 0) or change one of this unit."""
    if not number:
        connection.execute(insert(lecturer).values(unit_id=unit_id, active=True, **values))
        return
    where = (lecturer.c.id == number) & (lecturer.c.unit_id == unit_id)
    connection.execute(update(lecturer).where(where).values(**values))


def of_materials(connection: Connection, numbers: Iterable[int]) -> dict[int, RowMapping]:
    """Materials by number, put away or not."""
    query = select(material).where(material.c.id.in_(list(numbers)))
    return {row["id"]: row for row in connection.execute(query).mappings()}


def _drafts() -> Select[tuple[object, ...]]:
    return select(draft, unit.c.path, unit.c.name.label("unit_name")).join(
        unit, unit.c.id == draft.c.unit_id
    )
