"""Learners as rows of a file: what the columns of their list hold, in words and numbers."""

from collections.abc import Iterator

from sqlalchemy import Connection

from content.face.spoken import moment
from hub.reports.learners import Person
from hub.reports.table_export import Cell
from hub.store.scope import Scope, words_of
from hub.web import labels


def learner_cells(
    connection: Connection, scope: Scope, people: list[Person]
) -> Iterator[dict[str, Cell]]:
    """Each learner's cells, by the key of the column."""
    above = words_of(connection, scope, [person.path for person in people])
    for person in people:
        yield {
            "name": person.name,
            "number": person.number,
            "unit": person.unit_name,
            "place": above[person.path],
            "post": person.post,
            "share": f"{person.percent}% {person.done}/{person.due}" if person.due else None,
            "state": labels.standing(person.state, person.last_at)[1],
            "best": person.best,
            "last": moment(person.last_at) if person.last_at else None,
        }
