"""Placing: results of exams go as orders to the stations that they are for."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from hub import orders
from hub.store import learners, units
from hub.store import orders as stored_orders
from hub.store.orders import Placed
from hub.store.results import ResultRow
from hub.store.units import Unit


def order_results(connection: Connection, changed: Sequence[ResultRow], at: Unit) -> None:
    """Order results that a station at ``at`` sent; the last that a transaction does."""
    stored_orders.put(connection, _placed(connection, changed, at))


def withdraw_results(connection: Connection, gone: Iterable[ResultRow], at: Unit) -> None:
    """Withdraw results that a station at ``at`` sent and that do not count any more."""
    placed = _placed(connection, list(gone), at)
    stored_orders.put(connection, [replace(each, body=orders.WITHDRAWN) for each in placed])


def _placed(connection: Connection, rows: Sequence[ResultRow], at: Unit) -> list[Placed]:
    people = learners.among(connection, {row.learner for row in rows})
    homes = {number: units.get(connection, person.unit_id) for number, person in people.items()}
    return [order for row in rows for order in orders.result(row, homes.get(row.learner), at)]
