"""People who sign in at the hub (table ``user``)."""

from dataclasses import dataclass

from sqlalchemy import Connection, Row, select, update

from hub.store.dialect import insert
from hub.store.schema import unit, user


@dataclass(frozen=True, slots=True)
class User:
    """One account; ``unit_id`` None means headquarters."""

    id: int
    name: str
    password: str
    unit_id: int | None
    role: str
    active: bool


def put(connection: Connection, name: str, password: str, role: str, unit_id: int | None) -> None:
    """Make the account, or give it this password (already hashed), role and unit."""
    values = {"password": password, "role": role, "unit_id": unit_id, "active": True}
    connection.execute(
        insert(connection, user)
        .values(name=name, **values)
        .on_conflict_do_update(index_elements=["name"], set_=values)
    )


def by_name(connection: Connection, name: str) -> User | None:
    """The account with this name."""
    row = connection.execute(select(user).where(user.c.name == name)).first()
    return _user(row) if row else None


def get(connection: Connection, user_id: int, *, held: bool = False) -> User | None:
    """The account with this id; ``held``: nobody changes it before this transaction ends."""
    query = select(user).where(user.c.id == user_id)
    row = connection.execute(query.with_for_update() if held else query).first()
    return _user(row) if row else None


def set_active(connection: Connection, user_id: int, active: bool) -> None:
    """Open or close an account."""
    connection.execute(update(user).where(user.c.id == user_id).values(active=active))


def with_units(connection: Connection) -> list[tuple[User, str]]:
    """Every account with the name of its unit ("" is headquarters), by name."""
    query = (
        select(user, unit.c.name.label("unit_name"))
        .outerjoin(unit, unit.c.id == user.c.unit_id)
        .order_by(user.c.name)
    )
    return [(_user(row), row.unit_name or "") for row in connection.execute(query)]


def _user(row: Row[tuple[object, ...]]) -> User:
    return User(row.id, row.name, row.password, row.unit_id, row.role, row.active)
