"""Which files of courses the tables name: what has to be there for them to be worth something."""

import re
from collections.abc import Iterator

from sqlalchemy import Connection, select

from hub.store.contents import material, question, question_before
from hub.store.schema import course

# In the JSON of items and questions: a file, and the list of its chunks.
_NAMED = re.compile(r'"(?:sha256|recipe)": ?"([0-9a-f]{64})"')


def of_versions(connection: Connection) -> Iterator[tuple[str, int, str]]:
    """Each version of each course, and the name of its manifest."""
    query = select(course.c.id, course.c.version, course.c.manifest_sha)
    for row in connection.execute(query.order_by(course.c.id, course.c.version)):
        yield row.id, row.version, row.manifest_sha


def of_contents(connection: Connection) -> Iterator[tuple[str, str]]:
    """What materials and questions name, with the title or text that people know them by."""
    for row in connection.execute(select(material.c.title, material.c.item)):
        yield from ((row.title, sha) for sha in _NAMED.findall(row.item))
    for table in (question, question_before):
        for row in connection.execute(select(table.c.code, table.c.body)):
            yield from ((row.code, sha) for sha in _NAMED.findall(row.body))
