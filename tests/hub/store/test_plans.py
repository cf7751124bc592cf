"""By which index SQLite reads the lists of a whole country: a page must not cost the whole."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event

from hub.context.open_hub import Hub
from hub.store import contacts, marks, rosters
from hub.store.engine import reading
from hub.store.marks import ResultFilter
from hub.store.rosters import Duty, WantedLearners
from hub.store.scope import Scope, whole

LIST = dict[str, Callable[[Connection, Scope], object]]
ANYBODY = WantedLearners("/1/", Duty([], 0, {}), 0)


def _stations(connection: Connection, scope: Scope) -> object:
    return contacts.list_stations(connection, scope, contacts.conditions("", 0, 0))


LISTS: LIST = {
    "results": lambda connection, scope: marks.page(connection, scope, ResultFilter("/1/"), 50, 0),
    "stations": _stations,
    "learners": lambda connection, scope: rosters.list_learners(
        connection, scope, ANYBODY, order="number"
    ),
}


@pytest.mark.parametrize("listed", LISTS)
def test_a_page_of_the_whole_country_is_read_in_the_order_of_an_index(
    sqlite_hub: Hub, listed: str
) -> None:
    run: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, sql: str, values: Any, *_rest: object) -> None:
        run.append((sql, values))

    with reading(sqlite_hub.engine) as connection:
        scope = whole(connection)
        event.listen(sqlite_hub.engine, "before_cursor_execute", note)
        LISTS[listed](connection, scope)
        event.remove(sqlite_hub.engine, "before_cursor_execute", note)
        sql, values = next((sql, values) for sql, values in run if "ORDER BY" in sql)
        explained = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
        plan = [row.detail for row in explained]
    assert not any("TEMP B-TREE FOR ORDER BY" in step for step in plan), plan


def test_the_scope_of_the_whole_tree_asks_nothing_of_a_unit(sqlite_hub: Hub) -> None:
    with reading(sqlite_hub.engine) as connection:
        scope = whole(connection)
    assert str(scope.units()) == str(scope.below(scope.top.path)) == "true"
    assert "path" in str(scope.below("/1/5/"))
    assert "path" in str(Scope(()).below("/0/"))
