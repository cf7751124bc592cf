"""Materials and imports (tables ``material``, ``import_job``)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)  # fmt: skip

from content.model.course import Item
from hub.store import json_values
from hub.store.contents import import_job, material
from hub.store.dialect import number_of
from hub.store.schema import unit
from hub.store.scope import Scope

# In the place of a kind: asks for what was put away.
AWAY = "away"


@dataclass(frozen=True, slots=True)
class NewMaterial:
    """Something that was taken in, before it has a number."""

    unit_id: int
    title: str
    source: str
    size: int
    sha256: str
    item: Item
    added_at: int
    added_by: str


@dataclass(frozen=True, slots=True)
class StoredMaterial:
    """A material, with its unit's path and name; ``active`` is false when it was put away."""

    id: int
    unit_id: int
    kind: str
    title: str
    source: str
    size: int
    sha256: str
    item: Item
    added_at: int
    added_by: str
    active: bool
    path: str
    unit_name: str


@dataclass(frozen=True, slots=True)
class ImportJob:
    """An import and how far it is. ``target`` and ``report`` are JSON (``hub.imports.jobs``)."""

    id: int
    unit_id: int
    at: int
    by: str
    name: str
    size: int
    token: str
    target: str
    state: str
    beat_at: int
    report: str
    percent: int


def add(connection: Connection, new: NewMaterial) -> int:
    """Keep a material and return its number."""
    row = {name: getattr(new, name) for name in NewMaterial.__slots__}
    row |= {"item": json_values.written(new.item), "kind": new.item.kind, "active": True}
    done = connection.execute(insert(material).values(**row))
    return number_of(done)


def find_same(connection: Connection, scope: Scope, sha256: str) -> StoredMaterial | None:
    """The material with this content, if there is one that the scope sees."""
    query = _seen(scope).where(material.c.sha256 == sha256).order_by(material.c.id)
    row = connection.execute(query.limit(1)).mappings().first()
    return _stored(row) if row else None


def get(connection: Connection, scope: Scope, number: int) -> StoredMaterial | None:
    """One material, put away or not, with its unit's path."""
    query = _with_unit().where(material.c.id == number, scope.shared())
    row = connection.execute(query).mappings().first()
    return _stored(row) if row else None


def among(connection: Connection, numbers: Iterable[int]) -> dict[int, StoredMaterial]:
    """Materials by number, put away or not."""
    query = _with_unit().where(material.c.id.in_(list(numbers)))
    return {row["id"]: _stored(row) for row in connection.execute(query).mappings()}


def listed(
    connection: Connection, scope: Scope, text: str, kind: str, limit: int, offset: int
) -> tuple[int, list[StoredMaterial]]:
    """How many materials name ``text``, and one page of them, newest first.

    ``kind`` "away" asks for those that were put away, whatever they are.
    """
    query = _seen(scope, active=kind != AWAY)
    if text:
        query = query.where(
            material.c.title.contains(text, autoescape=True)
            | material.c.source.contains(text, autoescape=True)
        )
    if kind and kind != AWAY:
        query = query.where(material.c.kind == kind)
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    page = query.order_by(material.c.id.desc()).limit(limit).offset(offset)
    return total, [_stored(row) for row in connection.execute(page).mappings()]


def film_named(connection: Connection, scope: Scope, name: str) -> StoredMaterial | None:
    """The newest film that was handed in under the same name as ``name``, endings apart.

    "lecture.srt" and "lecture.zh.srt" both go with "lecture.mp4".
    """
    stem = PurePosixPath(name.replace("\\", "/")).name
    stems = []
    while (shorter := PurePosixPath(stem).stem) != stem:
        stem = shorter
        stems.append(stem)
    query = _seen(scope).where(material.c.kind == "video").order_by(material.c.id.desc())
    for row in connection.execute(query).mappings():
        if PurePosixPath(row["source"].replace("\\", "/")).stem in stems:
            return _stored(row)
    return None


def put_item(connection: Connection, number: int, item: Item, size: int) -> None:
    """Give a material another item: with subtitles, or a poster."""
    row = {"item": json_values.written(item), "title": item.title, "size": size}
    connection.execute(update(material).where(material.c.id == number).values(**row))


def set_active(connection: Connection, number: int, active: bool) -> None:
    """Put a material away, or take it out again."""
    connection.execute(update(material).where(material.c.id == number).values(active=active))


def has_blob(connection: Connection, scope: Scope, sha256: str) -> bool:
    """Whether a file belongs to a material that the scope sees: for showing it."""
    query = _with_unit().where(scope.shared(), material.c.item.contains(sha256, autoescape=True))
    return connection.execute(query.limit(1)).first() is not None


def add_job(
    connection: Connection, unit_id: int, at: int, by: str, name: str, size: int, **more: str
) -> int:
    """Keep an import that is to be done (or was done) and return its number."""
    row = {"unit_id": unit_id, "at": at, "by": by, "name": name, "size": size, "beat_at": at}
    row |= {"token": "", "target": "{}", "state": "waiting", "report": ""} | more
    done = connection.execute(insert(import_job).values(**row))
    return number_of(done)


def job(connection: Connection, scope: Scope, number: int) -> ImportJob | None:
    """One import."""
    row = connection.execute(_jobs(scope).where(import_job.c.id == number)).first()
    return ImportJob(*row) if row else None


def jobs(
    connection: Connection, scope: Scope, limit: int, offset: int
) -> tuple[int, list[ImportJob]]:
    """How many imports there were, and one page of them, newest first."""
    query = _jobs(scope)
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    page = query.order_by(import_job.c.id.desc()).limit(limit).offset(offset)
    return total, [ImportJob(*row) for row in connection.execute(page)]


def jobs_into(connection: Connection, scope: Scope, volume: str, limit: int) -> list[ImportJob]:
    """The newest imports into a volume of a library (``hub.imports.jobs`` wrote where they go)."""
    written = f'"volume": {json.dumps(volume, ensure_ascii=False)}'.removesuffix('"')
    ways = (import_job.c.target.contains(f"{written}{end}", autoescape=True) for end in '"/')
    query = _jobs(scope).where(or_(*ways))
    rows = connection.execute(query.order_by(import_job.c.id.desc()).limit(limit))
    return [ImportJob(*row) for row in rows]


def put_job(connection: Connection, number: int, **changed: object) -> None:
    """Note how far an import is."""
    connection.execute(update(import_job).where(import_job.c.id == number).values(**changed))


def move_job(connection: Connection, seen: ImportJob, **changed: object) -> bool:
    """Note it if the import still stands as it was seen; False where somebody was quicker."""
    statement = update(import_job).where(_as_seen(seen)).values(**changed)
    return connection.execute(statement).rowcount > 0


def drop_job(connection: Connection, seen: ImportJob) -> bool:
    """Forget an import from which nothing came, if it still stands as it was seen."""
    return connection.execute(delete(import_job).where(_as_seen(seen))).rowcount > 0


def _as_seen(seen: ImportJob) -> ColumnElement[bool]:
    return and_(
        import_job.c.id == seen.id,
        import_job.c.state == seen.state,
        import_job.c.beat_at == seen.beat_at,
    )


def _jobs(scope: Scope) -> Select[tuple[Any, ...]]:
    return select(import_job).join(unit, unit.c.id == import_job.c.unit_id).where(scope.units())


def _with_unit() -> Select[tuple[Any, ...]]:
    return select(material, unit.c.path, unit.c.name.label("unit_name")).join(
        unit, unit.c.id == material.c.unit_id
    )


def _seen(scope: Scope, *, active: bool = True) -> Select[tuple[Any, ...]]:
    return _with_unit().where(material.c.active == active, scope.shared())


def _stored(row: RowMapping) -> StoredMaterial:
    return StoredMaterial(**{**row, "item": json_values.read(Item, row["item"])})
