"""Materials and imports (tables ``material``, ``import_job``)."""

import json
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    func,
    insert,
    or_,
    select,
    update,
)

from content.model.course import Item
from hub.store import json_values
from hub.store.contents import import_job, material
from hub.store.dialect import number_of
from hub.store.schema import unit
from hub.store.scope import Scope

# Asks for what was put away, in the place of a kind.
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


def add(connection: Connection, new: NewMaterial) -> int:
    """Keep a material and return its number."""
    row = {name: getattr(new, name) for name in NewMaterial.__slots__}
    row |= {"item": json_values.written(new.item), "kind": new.item.kind, "active": True}
    done = connection.execute(insert(material).values(**row))
    return number_of(done)


def find_same(connection: Connection, scope: Scope, sha256: str) -> RowMapping | None:
    """The material with this content, if there is one that the scope sees."""
    query = _seen(scope).where(material.c.sha256 == sha256).order_by(material.c.id)
    return connection.execute(query.limit(1)).mappings().first()


def get(connection: Connection, scope: Scope, number: int) -> RowMapping | None:
    """One material, put away or not, with its unit's path."""
    query = _with_unit().where(material.c.id == number, scope.shared())
    return connection.execute(query).mappings().first()


def listed(
    connection: Connection, scope: Scope, text: str, kind: str, limit: int, offset: int
) -> tuple[int, list[RowMapping]]:
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
    return total, list(connection.execute(page).mappings())


def film_named(connection: Connection, scope: Scope, name: str) -> RowMapping | None:
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
            return row
    return None


def item_of(row: RowMapping) -> Item:
    """The item that a row of ``material`` holds."""
    return json_values.read(Item, row["item"])


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


def job(connection: Connection, scope: Scope, number: int) -> RowMapping | None:
    """One import."""
    query = _jobs(scope).where(import_job.c.id == number)
    return connection.execute(query).mappings().first()


def jobs(
    connection: Connection, scope: Scope, limit: int, offset: int
) -> tuple[int, list[RowMapping]]:
    """How many imports there were, and one page of them, newest first."""
    query = _jobs(scope)
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    page = query.order_by(import_job.c.id.desc()).limit(limit).offset(offset)
    return total, list(connection.execute(page).mappings())


def jobs_into(connection: Connection, scope: Scope, volume: str, limit: int) -> list[RowMapping]:
    """The newest imports into a volume of a library (``hub.imports.jobs`` wrote where they go)."""
    said = f'"volume": {json.dumps(volume, ensure_ascii=False)}'.removesuffix('"')
    ways = (import_job.c.target.contains(f"{said}{end}", autoescape=True) for end in '"/')
    query = _jobs(scope).where(or_(*ways))
    rows = connection.execute(query.order_by(import_job.c.id.desc()).limit(limit))
    return list(rows.mappings())


def put_job(connection: Connection, number: int, **changed: object) -> None:
    """Note how far an import is."""
    connection.execute(update(import_job).where(import_job.c.id == number).values(**changed))


def _jobs(scope: Scope) -> Select[tuple[object, ...]]:
    return select(import_job).join(unit, unit.c.id == import_job.c.unit_id).where(scope.units())


def _with_unit() -> Select[tuple[object, ...]]:
    return select(material, unit.c.path, unit.c.name.label("unit_name")).join(
        unit, unit.c.id == material.c.unit_id
    )


def _seen(scope: Scope, *, active: bool = True) -> Select[tuple[object, ...]]:
    condition: ColumnElement[bool] = scope.shared()
    return _with_unit().where(material.c.active == active, condition)
