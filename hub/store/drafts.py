"""Drafts of courses, what became of them, shared modules, lecturers (``hub.store.contents``)."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from hub.store import counters
from hub.store.contents import draft, draft_event, lecturer, shared_module
from hub.store.dialect import number_of
from hub.store.schema import course, unit
from hub.store.scope import Scope


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """A draft, with its unit's path and name. ``body`` is the JSON of its plan.

    ``authors`` changed it since it was last published; ``digest`` is of what was submitted.
    """

    id: str
    unit_id: int
    title: str
    state: str
    edition: int
    body: str
    authors: tuple[str, ...]
    digest: str
    changed_at: int
    changed_by: str
    copied_from: str
    path: str
    unit_name: str


@dataclass(frozen=True, slots=True)
class ListedDraft:
    """A draft in the list of all; ``version`` is the newest published one, None before the first.

    Its plan is left out: that of a library may be megabytes.
    """

    id: str
    title: str
    state: str
    changed_at: int
    changed_by: str
    unit_name: str
    version: int | None


@dataclass(frozen=True, slots=True)
class DraftEvent:
    """What was done with a draft."""

    at: int
    by: str
    what: str
    comment: str


@dataclass(frozen=True, slots=True)
class SharedModule:
    """A module that other courses may use, with its unit's path. ``body``: JSON of its plan."""

    id: int
    title: str
    edition: int
    body: str
    path: str


@dataclass(frozen=True, slots=True)
class Lecturer:
    """A lecturer in the directory, with the unit's path."""

    id: int
    name: str
    office: str
    title: str
    field: str
    path: str


def add(
    connection: Connection, draft_id: str, unit_id: int, title: str, body: str, at: int, by: str,
    copied_from: str = "",
) -> None:  # fmt: skip
    """Keep a new draft."""
    connection.execute(
        insert(draft).values(
            id=draft_id, unit_id=unit_id, title=title, state="draft", edition=1, body=body,
            authors=json.dumps([by]), digest="", changed_at=at, changed_by=by,
            copied_from=copied_from,
        )
    )  # fmt: skip


def get(connection: Connection, scope: Scope, draft_id: str) -> StoredDraft | None:
    """One draft, with its unit's path."""
    return _stored(connection, _drafts(scope).where(draft.c.id == draft_id))


def held(connection: Connection, scope: Scope, draft_id: str) -> StoredDraft | None:
    """As ``get``; nobody else changes the draft until this transaction ends."""
    query = _drafts(scope).where(draft.c.id == draft_id)
    return _stored(connection, query.with_for_update(of=draft))


def hold_ids(connection: Connection) -> None:
    """Let nobody else begin a draft until this transaction ends: an id is given once."""
    counters.hold(connection, "draft ids")


def taken(connection: Connection, course_id: str) -> bool:
    """Whether a draft or a published course has this id."""
    for column in (draft.c.id, course.c.id):
        if connection.execute(select(column).where(column == course_id).limit(1)).first():
            return True
    return False


def listed(connection: Connection, scope: Scope) -> list[ListedDraft]:
    """All drafts of the scope with their newest published version, those to be reviewed first."""
    newest = (
        select(course.c.id, func.max(course.c.version).label("version"))
        .group_by(course.c.id)
        .subquery()
    )
    query = (
        select(
            draft.c.id, draft.c.title, draft.c.state, draft.c.changed_at, draft.c.changed_by,
            unit.c.name, newest.c.version,
        )
        .join(unit, unit.c.id == draft.c.unit_id)
        .outerjoin(newest, newest.c.id == draft.c.id)
        .where(scope.units())
        .order_by((draft.c.state == "review").desc(), draft.c.changed_at.desc(), draft.c.id)
    )  # fmt: skip
    return [ListedDraft(*row) for row in connection.execute(query)]


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


def note(
    connection: Connection, draft_id: str, at: int, by: str, what: str, comment: str = ""
) -> None:
    """Note what was done with a draft."""
    values = {"draft_id": draft_id, "at": at, "by": by, "what": what, "comment": comment}
    connection.execute(insert(draft_event).values(**values))


def events(connection: Connection, draft_id: str) -> list[DraftEvent]:
    """What was done with a draft, newest first."""
    columns = (draft_event.c.at, draft_event.c.by, draft_event.c.what, draft_event.c.comment)
    query = select(*columns).where(draft_event.c.draft_id == draft_id)
    rows = connection.execute(query.order_by(draft_event.c.id.desc()).limit(60))
    return [DraftEvent(*row) for row in rows]


def shared(connection: Connection, scope: Scope) -> list[SharedModule]:
    """Modules that were shared with the scope, by title."""
    kept = shared_module.c
    query = (
        select(kept.id, kept.title, kept.edition, kept.body, unit.c.path)
        .join(unit, unit.c.id == kept.unit_id)
        .where(scope.shared())
        .order_by(kept.title, kept.id)
    )
    return [SharedModule(*row) for row in connection.execute(query)]


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


def lecturers(connection: Connection, scope: Scope, active: bool = True) -> list[Lecturer]:
    """The lecturers that the scope knows, by name; ``active`` False: also those taken out."""
    kept = lecturer.c
    query = (
        select(kept.id, kept.name, kept.office, kept.title, kept.field, unit.c.path)
        .join(unit, unit.c.id == kept.unit_id)
        .where(scope.shared(), kept.active | (not active))
        .order_by(kept.name, kept.id)
    )
    return [Lecturer(*row) for row in connection.execute(query)]


def put_lecturer(connection: Connection, unit_id: int, number: int, **values: object) -> None:
    """Add a lecturer (number 0) to this unit, or change one."""
    if not number:
        connection.execute(insert(lecturer).values(unit_id=unit_id, active=True, **values))
        return
    connection.execute(update(lecturer).where(lecturer.c.id == number).values(**values))


def _drafts(scope: Scope) -> Select[tuple[Any, ...]]:
    return (
        select(draft, unit.c.path, unit.c.name.label("unit_name"))
        .join(unit, unit.c.id == draft.c.unit_id)
        .where(scope.units())
    )


def _stored(connection: Connection, query: Select[tuple[Any, ...]]) -> StoredDraft | None:
    row = connection.execute(query).mappings().first()
    return StoredDraft(**{**row, "authors": tuple(json.loads(row["authors"]))}) if row else None
