"""Reports of imports name their fields, as all kept values do."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

# What stood in lists, in their order.
_THING = ("kind", "id", "title")
_FAULT = ("code", "file", "line", "key", "values")
_ROWS_AT_ONCE = 500


def upgrade() -> None:
    """Write the reports that are kept in the new way; what they say stays."""
    table = sa.table("import_job", sa.column("id"), sa.column("report"))
    connection, last = op.get_bind(), 0
    query = sa.select(table.c.id, table.c.report).order_by(table.c.id)
    while rows := connection.execute(query.where(table.c.id > last).limit(_ROWS_AT_ONCE)).all():
        last = rows[-1].id
        for row in rows:
            if row.report:
                change = sa.update(table).where(table.c.id == row.id)
                connection.execute(change.values(report=_named(row.report)))


def _named(text: str) -> str:
    report = json.loads(text)
    for field, names in (("made", _THING), ("faults", _FAULT), ("remarks", _FAULT)):
        report[field] = [_object(each, names) for each in report[field]]
    return json.dumps(report, ensure_ascii=False, sort_keys=True)


def _object(values: Any, names: tuple[str, ...]) -> Any:
    return dict(zip(names, values, strict=True)) if isinstance(values, list) else values
