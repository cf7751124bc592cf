"""People who sign in at the hub (table ``user``)."""

from dataclasses import dataclass

from sqlalchemy import Connection, Row, select

from hub.store.dialect import insert
from hub.store.schema import user


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


def get(connection: Connection, user_id: int) -> User | None:
    """The account with this id."""
    row = connection.execute(select(user).where(user.c.id == user_id)).first()
    return _user(row) if row else None


def _user(row: Row[tuple[object, ...]]) -> User:
    return User(row.id, row.name, row.password, row.unit_id, row.role, row.active)
