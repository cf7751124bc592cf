"""Accounts: logging in with delays after wrong passwords, passwords, who may see what.

Accounts are kept in ``hub.store.users``, sessions in ``hub.store.sessions``, tries in
``hub.store.brakes``, where a restart does not reset them. Cookies and pages are in
``hub.web.people.auth``.
"""

from hub.context.open_hub import Hub
from hub.errors import NameTaken, NotYourUnit, TooMany, WeakPassword, WrongPassword
from hub.store import audit, brakes, sessions, units, users
from hub.store.engine import reading, writing
from hub.store.users import User
from sync.secrets import hash_secret, random_token, secret_matches

# Enough for a person who mistypes; a guesser gets twenty an hour.
NAME_TRIES = 5
# A whole office sits behind one address.
SOURCE_TRIES = 40
WINDOW_S = 900
MIN_PASSWORD_CHARS = 8
MAX_PASSWORD_CHARS = 200
MAX_NAME_CHARS = 40
# Even a copied cookie that is used every day is worth nothing after a month.
MAX_SESSION_S = 31 * 86_400

# Compared when the name is unknown, so that an answer takes as long as for a known one.
_NOBODY = hash_secret("nobody has this password")


def log_in(hub: Hub, name: str, password: str, source: str) -> User:
    """The account, when the password is right.

    Raises:
        TooMany: too many wrong passwords for this name or from this source; says how long.
        WrongPassword: name or password is wrong; which of them is not told.
    """
    name, now = name.strip()[:MAX_NAME_CHARS], hub.now()
    keys = {f"login name {name}": NAME_TRIES, f"login from {source}": SOURCE_TRIES}
    with writing(hub.engine) as connection:
        waits = (brakes.again_s(connection, key, now, WINDOW_S, n) for key, n in keys.items())
        wait = max(waits)
        if not wait:
            # Counted before the password is checked: parallel requests get no more tries.
            for key in keys:
                brakes.tried(connection, key, now, WINDOW_S)
        user = users.by_name(connection, name)
    if wait:
        raise TooMany(wait)
    if not secret_matches(password[:MAX_PASSWORD_CHARS], user.password if user else _NOBODY):
        raise WrongPassword()
    if user is None or not user.active:
        raise WrongPassword()
    with writing(hub.engine) as connection:
        brakes.release(connection, keys)
        audit.note(connection, now, user.name, "log in", source=source)
    return user


def begin_session(hub: Hub, user: User) -> str:
    """Begin a session of an account; return its secret, for the cookie and nobody else.

    Raises:
        WrongPassword: the account was closed or got another password since ``user`` was read.
    """
    token, now = random_token(), hub.now()
    with writing(hub.engine) as connection:
        if users.get(connection, user.id, held=True) != user:
            raise WrongPassword()
        sessions.forget_before(connection, now - MAX_SESSION_S)
        sessions.begin(connection, token, user.id, now)
    return token


def of_session(hub: Hub, token: str) -> User | None:
    """The account whose session this is; None when it was ended, here or in another process."""
    with reading(hub.engine) as connection:
        user = sessions.user_of(connection, token, hub.now() - MAX_SESSION_S)
    return user if user and user.active else None


def end_session(hub: Hub, token: str) -> None:
    """Log out; every copy of the cookie ends too."""
    with writing(hub.engine) as connection:
        sessions.end(connection, token)


def change_password(hub: Hub, user: User, old: str, new: str) -> User:
    """Give the account another password; all its sessions end, this one too.

    Raises:
        WrongPassword: ``old`` is not the password.
        WeakPassword: ``new`` is too short, or the same.
    """
    if not secret_matches(old[:MAX_PASSWORD_CHARS], user.password):
        raise WrongPassword()
    _check(new, user.name)
    if new == old:
        raise WeakPassword()
    with writing(hub.engine) as connection:
        users.put(connection, user.name, hash_secret(new), user.role, user.unit_id)
        sessions.end_all(connection, user.id)
        audit.note(connection, hub.now(), user.name, "password changed")
        changed = users.by_name(connection, user.name)
    return changed or user


def add(hub: Hub, by: User, name: str, password: str, role: str, unit_code: str) -> None:
    """Make an account for a unit; an empty ``unit_code`` means headquarters.

    Raises:
        NameTaken: there is an account of this name.
        WeakPassword: the password is too short.
        NotYourUnit: there is no such unit.
    """
    name = name.strip()[:MAX_NAME_CHARS]
    _check(password, name)
    hashed = hash_secret(password)
    with writing(hub.engine) as connection:
        unit = units.by_code(connection, unit_code) if unit_code else None
        if unit_code and unit is None:
            raise NotYourUnit(unit_code)
        if not name or users.by_name(connection, name) is not None:
            raise NameTaken(name)
        users.put(connection, name, hashed, role, unit.id if unit and unit.parent_id else None)
        audit.note(
            connection, hub.now(), by.name, "account add", account=name, role=role, unit=unit_code
        )


def set_active(hub: Hub, by: User, user_id: int, active: bool) -> None:
    """Close an account, whose sessions end at once, or open it again. Nobody closes their own."""
    with writing(hub.engine) as connection:
        user = users.get(connection, user_id)
        if user is None or user.id == by.id:
            return
        users.set_active(connection, user.id, active)
        sessions.end_all(connection, user.id)
        event = "account open" if active else "account close"
        audit.note(connection, hub.now(), by.name, event, account=user.name)


def everyone(hub: Hub) -> list[tuple[User, str]]:
    """All accounts with the name of their unit ("" is headquarters)."""
    with reading(hub.engine) as connection:
        return users.with_units(connection)


def _check(password: str, name: str) -> None:
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS or password == name:
        raise WeakPassword()
