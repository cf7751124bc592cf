"""Column choices: what people said that the columns of a table are, by its headings.

Rosters and tables of units; those of banks are in ``hub.store.banks``. All are in one table, under
a hash of their headings and of what kind of table it is.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from hub.store.contents import column_mapping
from hub.store.dialect import insert as upsert


def of(connection: Connection, kind: str, rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """The choice for the first of these rows that were headings earlier; {} if none was."""
    keys = [_key(kind, row) for row in rows]
    query = select(column_mapping.c.headings, column_mapping.c.mapping)
    found = connection.execute(query.where(column_mapping.c.headings.in_(keys))).all()
    stored = {key: mapping for key, mapping in found}
    return next((dict(json.loads(stored[key])) for key in keys if key in stored), {})


def remember(
    connection: Connection, kind: str, headings: Sequence[str], chosen: Mapping[str, str],
    at: int, by: str,
) -> None:  # fmt: skip
    """Understand tables with these headings like this from now on."""
    body = json.dumps(dict(chosen), ensure_ascii=False, sort_keys=True)
    row = {"mapping": body, "at": at, "by": by}
    connection.execute(
        upsert(connection, column_mapping)
        .values(headings=_key(kind, headings), **row)
        .on_conflict_do_update(index_elements=["headings"], set_=row)
    )


def _key(kind: str, headings: Sequence[str]) -> str:
    text = "\n".join((kind, *(heading.strip() for heading in headings))).rstrip("\n")
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
