"""Published courses and classes (tables ``course``, ``class``, ``class_course``)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, insert, select

from content.face.spoken import ZONE
from hub.store import counters, dialect
from hub.store.schema import (
    class_,
    class_course,
    course,
    course_owner,
    unit,
    voided_version,
)
from hub.store.units import Unit

CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Published:
    """One version of a course. ``exam_key`` never leaves the hub."""

    id: str
    version: int
    title: str
    category: str
    required: bool
    hours: str
    credits: str
    manifest_sha: str
    size: int
    exam_key: Mapping[str, str]
    published_at: int
    published_by: str


@dataclass(frozen=True, slots=True)
class Class:
    """A dated run of courses for a unit and all below it; dates as "2026-11-21".

    ``state``: open | ended (before its time) | cancelled; whose doing that was, and why.
    """

    id: str
    title: str
    unit_id: int
    opens: str
    closes: str
    courses: tuple[str, ...]
    state: str = "open"
    over_at: int | None = None
    over_by: str = ""
    reason: str = ""

    @property
    def span(self) -> tuple[int, int]:
        """From when to when, in Unix seconds, by the offices' days; the end is not part of it."""
        begins, last = (datetime.fromisoformat(day) for day in (self.opens, self.closes))
        ends = last + timedelta(days=1)
        return int(begins.replace(tzinfo=ZONE).timestamp()), int(
            ends.replace(tzinfo=ZONE).timestamp()
        )


@dataclass(frozen=True, slots=True)
class CourseOwner:
    """Whose a course is. ``copied_from``: the course and version it began as a copy of, or ""."""

    unit: Unit
    copied_from: str


def owner(connection: Connection, course_id: str, *, held: bool = False) -> CourseOwner | None:
    """Whose the course is; None before it was published.

    ``held``: nobody else who asks so goes on before this transaction ends.
    """
    query = (
        select(unit, course_owner.c.copied_from)
        .join(course_owner, course_owner.c.unit_id == unit.c.id)
        .where(course_owner.c.course_id == course_id)
    )
    row = connection.execute(query.with_for_update(of=course_owner) if held else query).first()
    if row is None:
        return None
    at = Unit(row.id, row.parent_id, row.code, row.name, row.level, row.path)
    return CourseOwner(at, row.copied_from)


def owners(connection: Connection) -> dict[str, CourseOwner]:
    """Whose each course is, by course."""
    query = select(course_owner, unit).join(unit, course_owner.c.unit_id == unit.c.id)
    return {
        row.course_id: CourseOwner(
            Unit(row.id, row.parent_id, row.code, row.name, row.level, row.path), row.copied_from
        )
        for row in connection.execute(query)
    }


def put_owner(connection: Connection, course_id: str, unit_id: int, copied_from: str) -> None:
    """Say whose a course is that nobody published before."""
    values = {"course_id": course_id, "unit_id": unit_id, "copied_from": copied_from}
    connection.execute(insert(course_owner).values(**values))


def add(connection: Connection, new: Published) -> None:
    """Keep a new version."""
    key = json.dumps(dict(new.exam_key), ensure_ascii=False, sort_keys=True)
    values = {name: getattr(new, name) for name in Published.__slots__ if name != "exam_key"}
    connection.execute(insert(course).values(**values, exam_key=key))


def version(connection: Connection, course_id: str, number: int) -> Published | None:
    """One version."""
    query = select(course).where(course.c.id == course_id, course.c.version == number)
    row = connection.execute(query).first()
    return _published(row) if row else None


def newest(connection: Connection, course_id: str) -> Published | None:
    """The version in force."""
    query = select(course).where(course.c.id == course_id).order_by(course.c.version.desc())
    row = connection.execute(query.limit(1)).first()
    return _published(row) if row else None


@dataclass(frozen=True, slots=True)
class DatedVersion:
    """A version, the name of its manifest, and when it came into force."""

    version: int
    manifest_sha: str
    since: int


_DATED = (
    select(course.c.version, course.c.manifest_sha, course.c.published_at)
    .outerjoin(
        voided_version,
        and_(
            voided_version.c.course_id == course.c.id,
            voided_version.c.version == course.c.version,
        ),
    )
    .where(course.c.id == bindparam("course_id"), voided_version.c.version.is_(None))
    .order_by(course.c.version)
)


def dated(connection: Connection, course_id: str) -> list[DatedVersion]:
    """All versions that were not voided, the newest last; every sync asks for it."""
    return [DatedVersion(*row) for row in connection.execute(_DATED, {"course_id": course_id})]


def every_version(connection: Connection, course_id: str) -> list[tuple[int, str]]:
    """All versions of a course with their manifests, voided ones too, the newest first."""
    query = select(course.c.version, course.c.manifest_sha).where(course.c.id == course_id)
    rows = connection.execute(query.order_by(course.c.version.desc()))
    return [(row.version, row.manifest_sha) for row in rows]


@dataclass(frozen=True, slots=True)
class Voided:
    """When a version was voided, by whom and why."""

    at: int
    by: str
    why: str


def voided(connection: Connection, course_id: str) -> dict[int, Voided]:
    """The versions of a course that were voided, by number."""
    query = select(voided_version).where(voided_version.c.course_id == course_id)
    return {
        row.version: Voided(row.voided_at, row.voided_by, row.why)
        for row in connection.execute(query)
    }


def void(connection: Connection, course_id: str, version: int, new: Voided) -> None:
    """Let a version count for nobody."""
    values = {"voided_at": new.at, "voided_by": new.by, "why": new.why}
    row = {"course_id": course_id, "version": version, **values}
    connection.execute(insert(voided_version).values(**row))


_HEAD = (
    select(course.c.version, course.c.manifest_sha)
    .where(course.c.id == bindparam("course_id"))
    .order_by(course.c.version.desc())
    .limit(1)
)


def newest_head(connection: Connection, course_id: str) -> tuple[int, str] | None:
    """Number and manifest of the version in force; every sync asks for it."""
    row = connection.execute(_HEAD, {"course_id": course_id}).first()
    return (row.version, row.manifest_sha) if row else None


def versions(connection: Connection, course_id: str) -> list[int]:
    """The numbers of all versions, ascending."""
    query = select(course.c.version).where(course.c.id == course_id).order_by(course.c.version)
    return list(connection.execute(query).scalars())


def manifest_of(connection: Connection, course_id: str, number: int) -> str | None:
    """The manifest of one version."""
    query = select(course.c.manifest_sha).where(course.c.id == course_id)
    return connection.execute(query.where(course.c.version == number)).scalar()


def every(connection: Connection) -> list[Published]:
    """The newest version of each course, by id."""
    rows = connection.execute(select(course).order_by(course.c.id, course.c.version))
    return list({row.id: _published(row) for row in rows}.values())


def manifests(connection: Connection) -> list[list[str]]:
    """The manifests of each course's versions, the newest first."""
    query = select(course.c.id, course.c.manifest_sha)
    by_course: dict[str, list[str]] = {}
    for row in connection.execute(query.order_by(course.c.id, course.c.version.desc())):
        by_course.setdefault(row.id, []).append(row.manifest_sha)
    return list(by_course.values())


def class_unit(connection: Connection, class_id: str) -> str | None:
    """The path of the unit whose class this is; None when there is no such class."""
    query = select(unit.c.path).join(class_, class_.c.unit_id == unit.c.id)
    return connection.scalar(query.where(class_.c.id == class_id))


def put_class(connection: Connection, study_class: Class) -> None:
    """Make the class, or change the one with this id into this."""
    values = {name: getattr(study_class, name) for name in _CLASS}
    connection.execute(
        dialect.insert(connection, class_)
        .values(id=study_class.id, **values)
        .on_conflict_do_update(index_elements=["id"], set_=values)
    )
    connection.execute(delete(class_course).where(class_course.c.class_id == study_class.id))
    rows = [
        {"class_id": study_class.id, "course_id": course_id, "place": place}
        for place, course_id in enumerate(study_class.courses)
    ]
    if rows:
        connection.execute(insert(class_course), rows)


_CLASS = ("title", "unit_id", "opens", "closes", "state", "over_at", "over_by", "reason")
_COURSES = select(class_course).order_by(class_course.c.place, class_course.c.course_id)


def get_class(connection: Connection, class_id: str) -> Class | None:
    """The class with this id; one that is over or cancelled, too."""
    row = connection.execute(select(class_).where(class_.c.id == class_id)).first()
    if row is None:
        return None
    courses = connection.execute(_COURSES.where(class_course.c.class_id == class_id))
    return _class(row, [each.course_id for each in courses])


def new_class_id(connection: Connection) -> str:
    """An id that no class ever had; those that are made by hand may look alike."""
    while True:
        class_id = f"k{counters.take(connection, 'class')}"
        if class_unit(connection, class_id) is None:
            return class_id


def classes(connection: Connection) -> list[Class]:
    """All classes that were not cancelled, the latest to open first."""
    courses: dict[str, list[str]] = {}
    for row in connection.execute(_COURSES):
        courses.setdefault(row.class_id, []).append(row.course_id)
    query = select(class_).where(class_.c.state != CANCELLED)
    rows = connection.execute(query.order_by(class_.c.opens.desc(), class_.c.id))
    return [_class(row, courses.get(row.id, [])) for row in rows]


def classes_of_unit(connection: Connection, unit_id: int) -> list[Class]:
    """The classes of a unit itself, cancelled ones too."""
    query = select(class_.c.id).where(class_.c.unit_id == unit_id).order_by(class_.c.id)
    found = (get_class(connection, class_id) for class_id in connection.execute(query).scalars())
    return [each for each in found if each is not None]


def moved_class(connection: Connection, study_class: Class, unit_id: int) -> Class:
    """Make a class another unit's; the class as it is then."""
    moved = replace(study_class, unit_id=unit_id)
    put_class(connection, moved)
    return moved


def _class(row: Row[Any], courses: Sequence[str]) -> Class:
    values = {name: getattr(row, name) for name in _CLASS}
    return Class(id=row.id, courses=tuple(courses), **values)


def _published(row: Row[Any]) -> Published:
    values = row._asdict()
    return Published(**{**values, "exam_key": json.loads(values["exam_key"])})
