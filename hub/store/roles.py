"""Which roles people hold at which units (table ``user_role``). What they allow: ``hub.rights``."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from hub.store.schema import unit, user_role
from hub.store.units import Unit


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that somebody holds at a unit and for all below it."""

    role: str
    unit: Unit


def of_user(connection: Connection, user_id: int) -> tuple[HeldRole, ...]:
    """The roles of one account, the highest unit first."""
    return of_users(connection, [user_id]).get(user_id, ())


def of_users(connection: Connection, user_ids: Iterable[int]) -> dict[int, tuple[HeldRole, ...]]:
    """The roles of several accounts, by account; one that holds none is left out."""
    query = (
        select(user_role.c.user_id, user_role.c.role, unit)
        .join(unit, unit.c.id == user_role.c.unit_id)
        .where(user_role.c.user_id.in_(list(user_ids)))
        .order_by(unit.c.level, unit.c.path, user_role.c.role)
    )
    held: dict[int, tuple[HeldRole, ...]] = {}
    for row in connection.execute(query):
        at = Unit(row.id, row.parent_id, row.code, row.name, row.level, row.path)
        held[row.user_id] = (*held.get(row.user_id, ()), HeldRole(row.role, at))
    return held


def hold(connection: Connection, role: str, unit_id: int) -> None:
    """Nobody else changes who holds this role at this unit before this transaction ends."""
    where = (user_role.c.role == role) & (user_role.c.unit_id == unit_id)
    query = select(user_role.c.user_id).where(where).order_by(user_role.c.user_id)
    connection.execute(query.with_for_update()).all()


def put(connection: Connection, user_id: int, roles: Iterable[HeldRole]) -> None:
    """Give an account exactly these roles."""
    connection.execute(delete(user_role).where(user_role.c.user_id == user_id))
    rows = {(held.role, held.unit.id) for held in roles}
    if rows:
        connection.execute(
            insert(user_role),
            [{"user_id": user_id, "role": role, "unit_id": at} for role, at in sorted(rows)],
        )
