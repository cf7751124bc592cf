"""Long lists: their order as an address names it, all rows a few at a time, days to count by."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select

# Days are those of the offices, who keep Chinese time the whole year.
DAY_S = 86_400
ZONE_S = 8 * 3600
# Rows in memory at a time, of lists that go into files.
CHUNK = 1_000


def ordered(
    orders: Mapping[str, ColumnElement[Any]], order: str, *then: ColumnElement[Any]
) -> list[ColumnElement[Any]]:
    """What to sort by: "name", or "-name" from the last to the first; ``then`` parts equals.

    ``orders`` holds all that there are: a word from an address never reaches a statement.
    """
    column = orders[order.removeprefix("-")]
    return [column.desc() if order.startswith("-") else column, *then]


def parts(connection: Connection, query: Select[Any]) -> Iterator[Sequence[Any]]:
    """The rows of a query, ``CHUNK`` at a time."""
    answer = connection.execute(query, execution_options={"yield_per": CHUNK})
    yield from answer.partitions(CHUNK)
