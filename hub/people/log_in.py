"""Logging in at the hub: delays after wrong passwords, sessions, one's own password.

Tries are counted in ``hub.store.brakes``, so that a restart forgives nothing, and before the
password is compared, so that many at once get no more of them. They are counted for an account
*from a source*: strangers slow themselves down and not the person whose account it is. A browser
in which the person logged in before (``LogInTry.browser``) is a source of its own.

Who keeps the accounts of others is ``hub.people.accounts``; cookies and pages are
``hub.web.people.auth``.
"""

import secrets
from dataclasses import dataclass

from hub.context.open_hub import Hub
from hub.errors import TooMany
from hub.people.errors import WeakPassword, WrongPassword
from hub.store import audit, brakes, sessions, users
from hub.store.engine import reading, writing
from hub.store.sessions import OpenSession
from hub.store.users import User
from sync.secrets import hash_secret, random_token, secret_matches

# Five wrong passwords for a name are a person who mistypes; then a guesser gets twenty an hour.
NAME_TRIES = 5
# A whole office sits behind one address.
SOURCE_TRIES = 40
# Guesses from many addresses together, 200 an hour. Known browsers are not held up by them.
ACCOUNT_TRIES = 50
WINDOW_S = 900
MIN_PASSWORD_CHARS = 8
MAX_PASSWORD_CHARS = 200
MAX_NAME_CHARS = 40
MAX_AGENT_CHARS = 200
# A copy of a cookie that is used every day, by whomever, is worth nothing after a month.
MAX_SESSION_S = 31 * 86_400

# Letters and digits that nobody takes for another; twelve of them are 59 bits.
_SPOKEN = "abcdefghjkmnpqrstuvwxyz23456789"
# Compared when the name is unknown, so that an answer takes as long as for a known one.
_NOBODY = hash_secret("nobody has this password")


@dataclass(frozen=True, slots=True)
class LogInTry:
    """A name and a password, and where they came from.

    ``browser``: the id of a browser in which this account logged in before; "" for any other.
    """

    name: str
    password: str
    source: str
    browser: str = ""


def log_in(hub: Hub, attempt: LogInTry) -> User:
    """The account, when the password is right.

    Raises:
        TooMany: too many wrong passwords for this name or from this source; says how long.
        WrongPassword: name or password is wrong; which of them is not told.
    """
    name, now = attempt.name.strip()[:MAX_NAME_CHARS], hub.now()
    own, shared = _keys(name, attempt)
    with writing(hub.engine) as connection:
        limits = {**own, **shared}
        waits = (brakes.again_s(connection, key, now, WINDOW_S, n) for key, n in limits.items())
        wait = max(waits)
        if not wait:
            for key in limits:
                brakes.tried(connection, key, now, WINDOW_S)
        user = users.by_name(connection, name)
    if wait:
        raise TooMany(wait)
    password = attempt.password[:MAX_PASSWORD_CHARS]
    right = secret_matches(password, user.password if user else _NOBODY)
    with writing(hub.engine) as connection:
        if user is None or not user.active or not right:
            audit.note(connection, now, name, "log in refused", source=attempt.source)
        else:
            brakes.release(connection, own)
            brakes.forgive(connection, shared)  # the wrong ones of others still count
            audit.note(connection, now, user.name, "log in", source=attempt.source)
            return user
    raise WrongPassword()


def begin_session(hub: Hub, user: User, source: str = "", agent: str = "") -> str:
    """Begin a session of an account; return its secret, for the cookie and nobody else.

    Raises:
        WrongPassword: the account was closed or got another password since ``user`` was read.
    """
    token, now = random_token(), hub.now()
    with writing(hub.engine) as connection:
        current = users.get(connection, user.id, held=True)
        if current is None or (current.password, current.active) != (user.password, user.active):
            raise WrongPassword()
        sessions.forget_before(connection, now - MAX_SESSION_S)
        sessions.begin(connection, token, user.id, now, source, agent[:MAX_AGENT_CHARS])
    return token


def end_session(hub: Hub, token: str) -> None:
    """Log out: whoever copied the cookie is out too."""
    with writing(hub.engine) as connection:
        sessions.end(connection, token)


def open_sessions(hub: Hub, user_id: int) -> list[OpenSession]:
    """Where an account is logged in, newest first."""
    with reading(hub.engine) as connection:
        return sessions.of_user(connection, user_id, hub.now() - MAX_SESSION_S)


def session_of(token: str) -> str:
    """The id of the session with this secret."""
    return sessions.session_id(token)


def end_own(hub: Hub, user: User, number: str) -> None:
    """End one of one's own sessions, by its id; nothing happens when it was ended before."""
    with writing(hub.engine) as connection:
        if sessions.end_one(connection, user.id, number):
            audit.note(connection, hub.now(), user.name, "session end", account=user.name)


def spend_try(hub: Hub, key: str, tries: int) -> None:
    """Count a try before it is judged; the right one releases ``key``.

    Raises:
        TooMany: there were so many within the window; says how long to wait.
    """
    now = hub.now()
    with writing(hub.engine) as connection:
        wait = brakes.again_s(connection, key, now, WINDOW_S, tries)
        if not wait:
            brakes.tried(connection, key, now, WINDOW_S)
    if wait:
        raise TooMany(wait)


def confirm(hub: Hub, user: User, password: str) -> None:
    """Let somebody who is logged in show that they are still the one who did.

    Raises:
        TooMany: too many wrong passwords from this account; says how long.
        WrongPassword: it is not the password.
    """
    key = f"own {user.id}"
    spend_try(hub, key, NAME_TRIES)
    if not secret_matches(password[:MAX_PASSWORD_CHARS], user.password):
        raise WrongPassword()
    with writing(hub.engine) as connection:
        brakes.release(connection, [key])


def change_password(hub: Hub, user: User, old: str, new: str) -> User:
    """Give the account another password; all its sessions end, this one too.

    Raises:
        TooMany, WrongPassword: as ``confirm``.
        WeakPassword: ``new`` is too short, or the same.
    """
    confirm(hub, user, old)
    check_password(new, user.name)
    if new == old:
        raise WeakPassword()
    with writing(hub.engine) as connection:
        users.put(connection, user.id, password=hash_secret(new), must_change=False)
        sessions.end_all(connection, user.id)
        audit.note(connection, hub.now(), user.name, "password changed")
        changed = users.get(connection, user.id)
    return changed or user


def one_time_password() -> str:
    """A password for one log-in, to be read out on the telephone: "k7wq-m3tz-9hxp"."""
    return "-".join("".join(secrets.choice(_SPOKEN) for _ in range(4)) for _ in range(3))


def check_password(password: str, name: str) -> None:
    """Whether a new password will do.

    Raises:
        WeakPassword: it is too short, too long, or the name.
    """
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS or password == name:
        raise WeakPassword()


def _keys(name: str, attempt: LogInTry) -> tuple[dict[str, int], dict[str, int]]:
    """Limits of tries: those that a right password forgets, and those it only takes one from."""
    if attempt.browser:
        return {f"login {name} in {attempt.browser}": NAME_TRIES}, {}
    own = {f"login {name} from {attempt.source}": NAME_TRIES}
    shared = {f"login from {attempt.source}": SOURCE_TRIES, f"login name {name}": ACCOUNT_TRIES}
    return own, shared
