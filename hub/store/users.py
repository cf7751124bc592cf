"""People who sign in at the hub (table ``user``); their roles are ``hub.store.roles``."""

from dataclasses import dataclass

from sqlalchemy import Connection, Row, insert, select, update

from hub.store.dialect import number_of
from hub.store.schema import user


@dataclass(frozen=True, slots=True)
class User:
    """One account. ``password`` is hashed; ``totp`` is "" without a second factor."""

    id: int
    name: str
    password: str
    active: bool
    real_name: str
    telephone: str
    must_change: bool
    totp: str
    totp_step: int


def add(
    connection: Connection, name: str, password: str, *, real_name: str = "", telephone: str = "",
    must_change: bool = False,
) -> int:  # fmt: skip
    """Make an account with a password that is hashed already; returns its number."""
    values = {
        "name": name, "password": password, "active": True, "real_name": real_name,
        "telephone": telephone, "must_change": must_change, "totp": "", "totp_step": 0,
    }  # fmt: skip
    return number_of(connection.execute(insert(user).values(**values)))


def put(connection: Connection, user_id: int, **changed: object) -> None:
    """Change an account."""
    connection.execute(update(user).where(user.c.id == user_id).values(**changed))


def by_name(connection: Connection, name: str) -> User | None:
    """The account with this name."""
    row = connection.execute(select(user).where(user.c.name == name)).first()
    return _user(row) if row else None


def get(connection: Connection, user_id: int, *, held: bool = False) -> User | None:
    """The account with this id; ``held``: nobody changes it before this transaction ends."""
    query = select(user).where(user.c.id == user_id)
    row = connection.execute(query.with_for_update() if held else query).first()
    return _user(row) if row else None


def every(connection: Connection) -> list[User]:
    """All accounts by name."""
    return [_user(row) for row in connection.execute(select(user).order_by(user.c.name))]


def _user(row: Row[tuple[object, ...]]) -> User:
    values = {name: getattr(row, name) for name in User.__slots__}
    return User(**values)
