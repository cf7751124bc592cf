"""Void: a version that was published by mistake counts for nobody, from its first day on.

Completions by it are judged again by the versions that are left. A dated decision of a person, with
a reason; stations learn of it with the order of the course.
"""

import json
from dataclasses import replace

from sqlalchemy import Connection

from hub import orders, rights
from hub.context.open_hub import Hub
from hub.errors import NotAllowed
from hub.publishing.errors import NotVoidable
from hub.publishing.publish import count_again
from hub.rights import Actor, Deed
from hub.store import audit, courses, ledger, results
from hub.store import orders as stored_orders
from hub.store.courses import Voided
from hub.store.engine import writing

MAX_WHY_CHARS = 200


def check(connection: Connection, course_id: str, version: int, actor: Actor) -> None:
    """Return if ``actor`` may void this version now.

    Raises:
        NotAllowed: the course is not theirs.
        NotVoidable: it is the newest, there is none, or it was voided already.
    """
    owner = courses.owner(connection, course_id)
    if owner is None or not rights.may(actor, Deed.VOID, owner.unit.path):
        raise NotAllowed()
    left = [each.version for each in courses.dated(connection, course_id)]
    if version not in left[:-1]:
        raise NotVoidable(course_id, version)


def void(hub: Hub, course_id: str, version: int, why: str, actor: Actor) -> int:
    """Void a version and judge again; return how many had done the course by it.

    Raises:
        NotAllowed, NotVoidable: as ``check``; NotVoidable also without a reason.
    """
    why = why.strip()[:MAX_WHY_CHARS]
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        check(connection, course_id, version, actor)
        if not why:
            raise NotVoidable(course_id, version)
        had = results.learners_of(connection, course_id, completed_by=version)
        courses.void(connection, course_id, version, Voided(hub.now(), actor.name, why))
        count_again(hub, connection, course_id, had)
        audit.note(
            connection, hub.now(), actor.name, "course void",
            course=course_id, version=version, why=why,
        )  # fmt: skip
        _tell_stations(connection, course_id)
    return len(had)


def _tell_stations(connection: Connection, course_id: str) -> None:
    """Order what is ordered once more, with the days of the versions that are left."""
    days = orders.days_of(courses.dated(connection, course_id))
    placed = []
    for row in stored_orders.of_kind(connection, "course", [course_id]):
        if row.body and row.scope != stored_orders.LICENSED:
            body = json.loads(row.body) | {"versions": days}
            placed.append(replace(row, body=orders.body_of(body)))
    stored_orders.put(connection, placed)
