"""Stations as the pages show them: lists with search and pages, and one station's contacts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    exists,
    func,
    not_,
    or_,
    select,
)

from hub.store.aside import WAITING
from hub.store.lists import ordered, parts
from hub.store.schema import (
    aside,
    aside_beyond,
    fork,
    join_code,
    learner,
    node,
    orders,
    progress,
    unit,
    user,
    user_role,
)
from hub.store.scope import Scope, named
from hub.store.units import Unit

# A clock that is further off is worth a telephone call, because exams close by it. The node
# corrects itself by the hub's time, but with a dead battery it loses it at each power cut.
CLOCK_SKEW_S = 600
# A term's courses of a station take a few hundred MB, and the system wants room too.
LITTLE_DISK_MB = 2_000
GONE = "gone"
# More than any disk has: a station that said nothing of its own comes last.
MAX_DISK_MB = 10**9


@dataclass(frozen=True, slots=True)
class ListedStation:
    """A station as it was last heard of, and the unit where it stands."""

    id: int
    unit_id: int
    generation: int  # of its keys
    state: str  # waiting | active | frozen | revoked
    added_at: int
    joined_at: int | None
    last_seen_at: int | None
    clock_skew_s: int | None
    epoch: int
    head_seq: int
    held_seq: int
    orders_mark: int
    disk_free_mb: int | None
    software: str
    refusal: str
    refusal_at: int | None
    code: str
    unit_name: str
    path: str

    @property
    def waits(self) -> bool:
        """Whether its code was not used yet."""
        return self.state == "waiting"


_PLACED = node.join(unit, unit.c.id == node.c.unit_id)
_STATIONS: Select[Any] = select(
    node.c.id,
    node.c.unit_id,
    node.c.generation,
    node.c.state,
    node.c.added_at,
    node.c.joined_at,
    node.c.last_seen_at,
    node.c.clock_skew_s,
    node.c.epoch,
    node.c.head_seq,
    node.c.held_seq,
    node.c.orders_mark,
    node.c.disk_free_mb,
    node.c.software,
    node.c.refusal,
    node.c.refusal_at,
    unit.c.code,
    unit.c.name.label("unit_name"),
    unit.c.path,
).select_from(_PLACED)


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A one-time code of a station, without its secret."""

    made_at: int
    expires_at: int
    used_at: int | None


def conditions(state: str, silent_before: int, now: int) -> ColumnElement[bool]:
    """The stations of a tab: waiting, expired, silent, refused, gone, or any that counts."""
    refused = and_(node.c.state != "revoked", or_(node.c.state == "frozen", node.c.refusal != ""))
    live = select(join_code.c.node_id).where(
        join_code.c.used_at.is_(None), join_code.c.expires_at > now
    )
    # What was revoked, or stands at a closed unit, is in no list but its own.
    if state == GONE:
        return or_(node.c.state == "revoked", unit.c.closed_at.is_not(None))
    counted = unit.c.closed_at.is_(None)
    known: Mapping[str, ColumnElement[bool]] = {
        "waiting": node.c.state == "waiting",
        "expired": and_(node.c.state == "waiting", node.c.id.not_in(live)),
        "silent": and_(
            node.c.state == "active",
            func.coalesce(node.c.last_seen_at, 0) < silent_before,
            not_(refused),
        ),
        "refused": refused,
        "stuck": and_(
            node.c.state != "revoked",
            or_(
                refused,
                and_(
                    node.c.state == "active",
                    func.coalesce(node.c.last_seen_at, 0) < silent_before,
                ),
            ),
        ),
        "active": node.c.state == "active",
        "disk": and_(node.c.state == "active", node.c.disk_free_mb < LITTLE_DISK_MB),
        "clock": and_(
            node.c.state == "active",
            func.abs(func.coalesce(node.c.clock_skew_s, 0)) > CLOCK_SKEW_S,
        ),
        "behind": and_(node.c.state == "active", exists(_newer_course())),
        "aside": or_(
            node.c.id.in_(select(aside.c.node_id).where(aside.c.state == WAITING)),
            node.c.id.in_(select(aside_beyond.c.node_id)),
        ),
    }
    return and_(known.get(state, node.c.state != "revoked"), counted)


# What a list of stations is sorted by. Silence: since it was heard of, or added.
ORDERS: Mapping[str, ColumnElement[Any]] = {
    "heard": func.coalesce(node.c.last_seen_at, node.c.added_at),
    "name": unit.c.name,
    "code": unit.c.code,
    "place": unit.c.path,
    "waiting": node.c.head_seq - node.c.held_seq,
    "disk": func.coalesce(node.c.disk_free_mb, MAX_DISK_MB),
    "joined": func.coalesce(node.c.joined_at, 0),
    "number": node.c.id,
}


def count_stations(
    connection: Connection, scope: Scope, condition: ColumnElement[bool], text: str = ""
) -> int:
    """How many stations of the scope fulfil the condition."""
    query = select(func.count()).select_from(_PLACED).where(_matches(scope, condition, text))
    return connection.execute(query).scalar_one()


def counts(
    connection: Connection, scope: Scope, tabs: Sequence[str], silent_before: int, now: int
) -> dict[str, int]:
    """How many stations of the scope are in each tab: all are looked at once."""
    sums = (
        func.coalesce(func.sum(case((conditions(tab, silent_before, now), 1), else_=0)), 0)
        for tab in tabs
    )
    row = connection.execute(select(*sums).select_from(_PLACED).where(scope.units())).one()
    return {tab: int(count) for tab, count in zip(tabs, row, strict=True)}


def list_stations(
    connection: Connection,
    scope: Scope,
    condition: ColumnElement[bool],
    text: str = "",
    limit: int = 50,
    offset: int = 0,
    order: str = "heard",
) -> list[ListedStation]:
    """One page of the stations, in an order of ``ORDERS``: those silent longest first.

    Their numbers are put in order, and only those of the page are read whole.
    """
    numbers = (
        select(node.c.id)
        .select_from(_PLACED)
        .where(_matches(scope, condition, text))
        .order_by(*ordered(ORDERS, order, node.c.id))
        .limit(limit)
        .offset(offset)
    )
    page = list(connection.execute(numbers).scalars())
    rows = connection.execute(_STATIONS.where(node.c.id.in_(page)))
    by_number = {row.id: ListedStation(*row) for row in rows}
    return [by_number[number] for number in page]


def every_station(
    connection: Connection,
    scope: Scope,
    condition: ColumnElement[bool],
    text: str = "",
    order: str = "heard",
) -> Iterator[list[ListedStation]]:
    """All of them in that order, a few hundred at a time."""
    query = _STATIONS.where(_matches(scope, condition, text))
    query = query.order_by(*ordered(ORDERS, order, node.c.id))
    for rows in parts(connection, query):
        yield [ListedStation(*row) for row in rows]


def _matches(scope: Scope, condition: ColumnElement[bool], text: str) -> ColumnElement[bool]:
    if not text:
        return and_(scope.units(), condition)
    is_named = named(text) | node.c.name.contains(text, autoescape=True)
    return and_(scope.units(), condition, is_named)


def station(connection: Connection, scope: Scope, node_id: int) -> ListedStation | None:
    """One station with its unit's code, name and path, if it is inside the scope."""
    row = connection.execute(_STATIONS.where(scope.units(), node.c.id == node_id)).first()
    return ListedStation(*row) if row else None


def among(connection: Connection, scope: Scope, node_ids: list[int]) -> list[ListedStation]:
    """Those of these stations that are inside the scope, by their place."""
    query = _STATIONS.where(scope.units(), node.c.id.in_(node_ids)).order_by(unit.c.path)
    return [ListedStation(*row) for row in connection.execute(query)]


def state_at(connection: Connection, unit_id: int) -> str:
    """The state of the station at a unit itself; "" where there is none."""
    query = select(node.c.state).where(node.c.unit_id == unit_id, node.c.state != "revoked")
    return connection.execute(query.order_by(node.c.id.desc()).limit(1)).scalar() or ""


def station_of_unit(connection: Connection, scope: Scope, unit_id: int) -> int | None:
    """The station at a unit itself."""
    query = _STATIONS.where(scope.units(), node.c.unit_id == unit_id, node.c.state != "revoked")
    row = connection.execute(query.order_by(node.c.id.desc())).first()
    return int(row.id) if row else None


def keepers(connection: Connection, unit_ids: Iterable[int]) -> dict[int, str]:
    """Whom to call at each of these units: an account with a role there that has a telephone."""
    query = (
        select(user_role.c.unit_id, user.c.real_name, user.c.telephone)
        .join(user, user.c.id == user_role.c.user_id)
        .where(user_role.c.unit_id.in_(sorted(unit_ids)), user.c.active, user.c.telephone != "")
        .order_by(user.c.id.desc())
    )
    rows = connection.execute(query)
    return {row.unit_id: f"{row.real_name} {row.telephone}".strip() for row in rows}


def codes(connection: Connection, node_id: int) -> list[IssuedCode]:
    """The one-time codes made for a station, newest first."""
    query = (
        select(join_code.c.made_at, join_code.c.expires_at, join_code.c.used_at)
        .where(join_code.c.node_id == node_id)
        .order_by(join_code.c.made_at.desc())
    )
    return [IssuedCode(*row) for row in connection.execute(query)]


def forks(connection: Connection, node_id: int) -> list[int]:
    """When batches came that contradict accepted ones: the station's disk was cloned."""
    query = select(fork.c.received_at).where(fork.c.node_id == node_id)
    return list(connection.execute(query.order_by(fork.c.received_at)).scalars())


def orders_waiting(connection: Connection, node_id: int, path: str, mark: int) -> dict[str, int]:
    """Orders newer than ``mark`` that a station at ``path`` has not taken, by kind."""
    above = [int(number) for number in path.strip("/").split("/")]
    below = select(unit.c.id).where(unit.c.path.startswith(path, autoescape=True))
    query = (
        select(orders.c.kind, func.count().label("count"))
        .where(
            orders.c.mark > mark,
            or_(
                and_(orders.c.scope == "down", orders.c.unit_id.in_(above)),
                and_(orders.c.scope == "up", orders.c.unit_id.in_(below)),
                and_(orders.c.scope == "node", orders.c.node_id == node_id),
            ),
        )
        .group_by(orders.c.kind)
    )
    return {kind: int(many) for kind, many in connection.execute(query)}


def _newer_course() -> Select[tuple[int]]:
    """For each ``node`` (with its ``unit``): a course order that it has not taken."""
    place = unit.alias("place")
    return (
        select(orders.c.mark)
        .outerjoin(place, place.c.id == orders.c.unit_id)
        .where(
            orders.c.kind == "course",
            orders.c.body != b"",
            orders.c.mark > node.c.orders_mark,
            or_(
                and_(orders.c.scope == "down", unit.c.path.startswith(place.c.path)),
                and_(orders.c.scope == "node", orders.c.node_id == node.c.id),
            ),
        )
        .correlate(node, unit)
    )


def people_of(connection: Connection, unit_path: str, scope: Scope) -> int:
    """Active learners at or below a unit."""
    query = (
        select(func.count())
        .select_from(learner)
        .join(unit, unit.c.id == learner.c.unit_id)
        .where(learner.c.active, scope.below(unit_path))
    )
    return connection.execute(query).scalar_one()


def last_study(connection: Connection, unit_path: str, scope: Scope) -> int | None:
    """When somebody of a unit last studied, as far as is known here."""
    query = (
        select(func.max(progress.c.last_at))
        .select_from(progress)
        .join(learner, learner.c.number == progress.c.learner)
        .join(unit, unit.c.id == learner.c.unit_id)
        .where(scope.below(unit_path))
    )
    at: int | None = connection.execute(query).scalar_one()
    return at


def serving(connection: Connection, at: Unit) -> ListedStation | None:
    """The station that serves a unit: its own, or the nearest above it."""
    query = _STATIONS.where(node.c.unit_id.in_(at.ancestors), node.c.state != "revoked")
    row = connection.execute(query.order_by(unit.c.level.desc(), node.c.id.desc())).first()
    return ListedStation(*row) if row else None


def heard(connection: Connection, paths: Iterable[str], since: int) -> dict[str, bool]:
    """Whether the station that serves each path was heard of at or after ``since``."""
    above = {path: [int(n) for n in path.strip("/").split("/")] for path in paths}
    ids = {number for numbers in above.values() for number in numbers}
    query = select(node.c.unit_id, node.c.last_seen_at).where(
        node.c.unit_id.in_(ids), node.c.state != "revoked"
    )
    seen = {row.unit_id: row.last_seen_at or 0 for row in connection.execute(query)}
    return {
        path: next((seen[n] >= since for n in reversed(numbers) if n in seen), False)
        for path, numbers in above.items()
    }
