"""Accounts: who is somebody at the hub, with which roles; made, changed and reset by people above.

Whoever keeps accounts (``hub.rights``) does so below, and never gives or takes what they do not
hold. Logging in is ``hub.people.log_in``; roles are kept in ``hub.store.roles``.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from hub import rights
from hub.context.open_hub import Hub
from hub.errors import NameTaken, NotAllowed, NotYourUnit
from hub.people.errors import LastAdministrator, NoSuchAccount
from hub.people.log_in import (
    MAX_NAME_CHARS,
    MAX_SESSION_S,
    check_password,
    one_time_password,
)
from hub.rights import Actor, Role
from hub.store import audit, ledger, roles, sessions, units, users
from hub.store.engine import reading, writing
from hub.store.roles import HeldRole
from hub.store.units import Unit
from hub.store.users import User
from sync.secrets import hash_secret

MAX_REAL_NAME_CHARS = 40
MAX_TELEPHONE_CHARS = 30


@dataclass(frozen=True, slots=True)
class Account:
    """An account and the roles that it holds."""

    user: User
    roles: tuple[HeldRole, ...]

    @property
    def actor(self) -> Actor:
        """Who this is when something is done."""
        return Actor(self.user.name, self.roles)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What is said of a person who gets an account. An empty ``unit_code`` is the top unit."""

    name: str
    password: str
    role: str
    unit_code: str = ""
    real_name: str = ""
    telephone: str = ""


def of_session(hub: Hub, token: str) -> Account | None:
    """Whose session this is; None when it was ended, here or in another process."""
    with reading(hub.engine) as connection:
        user = sessions.user_of(connection, token, hub.now() - MAX_SESSION_S)
        if user is None or not user.active:
            return None
        return Account(user, roles.of_user(connection, user.id))


def kept_by(hub: Hub, by: Actor) -> list[Account]:
    """The accounts that somebody may reset and close, by name."""
    with reading(hub.engine) as connection:
        people = users.every(connection)
        held = roles.of_users(connection, [user.id for user in people])
    everyone = (Account(user, held.get(user.id, ())) for user in people)
    return [each for each in everyone if rights.may_keep(by, each.roles)]


def get(hub: Hub, by: Actor, user_id: int) -> Account:
    """An account that somebody may keep.

    Raises:
        NoSuchAccount: there is none, or it is above what this person keeps.
    """
    with reading(hub.engine) as connection:
        return _kept(connection, by, user_id, held=False)


def add(hub: Hub, by: Actor, new: NewAccount) -> int:
    """Make an account; its owner chooses another password at the first log-in.

    Raises:
        NameTaken: there is an account of this name.
        WeakPassword: the password is too short.
        NotYourUnit: there is no such unit below, or this role is not theirs to give there.
    """
    name = new.name.strip()[:MAX_NAME_CHARS]
    check_password(new.password, name)
    hashed = hash_secret(new.password)
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        held = _role(connection, by, new.role, new.unit_code)
        if not name or users.by_name(connection, name) is not None:
            raise NameTaken(name)
        user_id = users.add(
            connection, name, hashed, must_change=True,
            real_name=new.real_name.strip()[:MAX_REAL_NAME_CHARS],
            telephone=new.telephone.strip()[:MAX_TELEPHONE_CHARS],
        )  # fmt: skip
        roles.put(connection, user_id, [held])
        audit.note(
            connection, hub.now(), by.name, "account add",
            account=name, role=new.role, unit=new.unit_code,
        )  # fmt: skip
    return user_id


def set_details(hub: Hub, by: Actor, user_id: int, real_name: str, telephone: str) -> None:
    """Say who has an account. Raises ``NoSuchAccount`` as ``get``."""
    with writing(hub.engine) as connection:
        account = _kept(connection, by, user_id)
        users.put(
            connection, user_id, real_name=real_name.strip()[:MAX_REAL_NAME_CHARS],
            telephone=telephone.strip()[:MAX_TELEPHONE_CHARS],
        )  # fmt: skip
        audit.note(connection, hub.now(), by.name, "account details", account=account.user.name)


def give_role(hub: Hub, by: Actor, user_id: int, role: str, unit_code: str) -> None:
    """Give an account one more role; nobody gives one to themselves.

    Raises:
        NoSuchAccount: as ``get``.
        NotYourUnit: there is no such unit below, or this role is not theirs to give there.
        NotAllowed: it is the own account.
    """
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        _hold_governing(connection)
        account = _others(connection, by, user_id)
        held = _role(connection, by, role, unit_code)
        roles.put(connection, user_id, [*account.roles, held])
        audit.note(
            connection, hub.now(), by.name, "role give",
            account=account.user.name, role=role, unit=held.unit.code,
        )  # fmt: skip


def take_role(hub: Hub, by: Actor, user_id: int, role: str, unit_id: int) -> None:
    """Take a role from an account; its sessions go on, with what is left.

    Raises:
        NoSuchAccount: as ``get``.
        NotAllowed: it is the own account.
        LastAdministrator: nobody would be left who governs the hub.
    """
    with writing(hub.engine) as connection:
        ledger.hold(connection)  # who merges a unit ends the roles at it
        _hold_governing(connection)
        account = _others(connection, by, user_id)
        left = [held for held in account.roles if (held.role, held.unit.id) != (role, unit_id)]
        if len(left) == len(account.roles):
            return
        roles.put(connection, user_id, left)
        _check_governed(connection)
        unit = units.get(connection, unit_id)
        audit.note(
            connection, hub.now(), by.name, "role take",
            account=account.user.name, role=role, unit=unit.code if unit else "",
        )  # fmt: skip


def set_active(hub: Hub, by: Actor, user_id: int, active: bool) -> None:
    """Close an account, whose sessions end at once, or open it again.

    Raises:
        NoSuchAccount: as ``get``.
        NotAllowed: it is the own account.
        LastAdministrator: nobody would be left who governs the hub.
    """
    with writing(hub.engine) as connection:
        _hold_governing(connection)
        account = _others(connection, by, user_id)
        users.put(connection, user_id, active=active)
        sessions.end_all(connection, user_id)
        _check_governed(connection)
        event = "account open" if active else "account close"
        audit.note(connection, hub.now(), by.name, event, account=account.user.name)


def end_sessions(hub: Hub, by: Actor, user_id: int) -> None:
    """Log an account out everywhere. Raises ``NoSuchAccount`` as ``get``."""
    with writing(hub.engine) as connection:
        account = _kept(connection, by, user_id)
        sessions.end_all(connection, user_id)
        audit.note(connection, hub.now(), by.name, "session end", account=account.user.name)


def reset(hub: Hub, by: Actor, user_id: int) -> str:
    """Give an account a password for one log-in and return it; it must be changed then.

    The second factor is gone with it, and all sessions end: it was lost, or somebody has it.

    Raises:
        NoSuchAccount: as ``get``.
        NotAllowed: it is the own account.
    """
    password = one_time_password()
    hashed = hash_secret(password)
    with writing(hub.engine) as connection:
        account = _others(connection, by, user_id)
        users.put(connection, user_id, password=hashed, must_change=True, totp="", totp_step=0)
        sessions.end_all(connection, user_id)
        audit.note(connection, hub.now(), by.name, "account reset", account=account.user.name)
    return password


def by_name(hub: Hub, name: str) -> Account:
    """The account of this name, for whoever holds the hub's folder. Raises ``NoSuchAccount``."""
    with reading(hub.engine) as connection:
        user = users.by_name(connection, name)
        if user is None:
            raise NoSuchAccount(name)
        return Account(user, roles.of_user(connection, user.id))


def may_give(by: Actor) -> list[Role]:
    """The roles that somebody may give to others somewhere, the smallest first."""
    held = {Role(each.role) for each in by.roles}
    return [role for role in Role if any(role in rights.GIVES.get(mine, ()) for mine in held)]


def _kept(connection: Connection, by: Actor, user_id: int, *, held: bool = True) -> Account:
    """The account; ``held``: nobody else changes it before this transaction ends."""
    user = users.get(connection, user_id, held=held)
    own_roles = roles.of_user(connection, user_id)
    if user is None or not rights.may_keep(by, own_roles):
        raise NoSuchAccount(str(user_id))
    return Account(user, own_roles)


def _others(connection: Connection, by: Actor, user_id: int) -> Account:
    """As ``_kept``, but never the own account: nobody shuts themselves out by mistake."""
    account = _kept(connection, by, user_id)
    if account.user.name == by.name:
        raise NotAllowed()
    return account


def _role(connection: Connection, by: Actor, role: str, unit_code: str) -> HeldRole:
    code = unit_code.strip()
    unit = units.by_code(connection, code) if code else units.root(connection)
    if unit is None or role not in set(Role) or not rights.may_give(by, role, unit.path):
        raise NotYourUnit(unit_code)
    return HeldRole(role, unit)


def _hold_governing(connection: Connection) -> None:
    """Of two administrators who close each other at the same time, the second is too late."""
    top = units.root(connection)
    if top is not None:
        roles.hold(connection, Role.ADMINISTRATOR, top.id)


def _check_governed(connection: Connection) -> None:
    """Somebody must be left who governs the hub."""
    top = units.root(connection)
    active = [user.id for user in users.every(connection) if user.active]
    held = roles.of_users(connection, active).values()
    if top and not _governs(top, [each for account in held for each in account]):
        raise LastAdministrator()


def _governs(top: Unit, held: Iterable[HeldRole]) -> bool:
    return any((each.role, each.unit.id) == (Role.ADMINISTRATOR.value, top.id) for each in held)
