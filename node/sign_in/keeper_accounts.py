"""Keepers' accounts: name and password (what guessing costs: ``node.sign_in.guessing``).

Who holds the station's PC may add keepers, give one a new password and hand over, by the command
``xuezhan-node keeper``; so nobody who forgot a password loses the station.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable

from node.errors import NotFound, NotJoined
from node.runtime import NodeRuntime
from node.sign_in import guessing
from node.sign_in.errors import UnfitKeeper, UnfitSecret, WrongOldPassword, WrongPassword
from node.sign_in.guessing import Source
from node.sign_in.one_time import one_time_word
from node.store import keepers, known_browsers, meta
from sync.secrets import hash_secret, secret_matches

log = logging.getLogger(__name__)

MIN_PASSWORD_CHARS = 8
MOST_NAME_CHARS = 20
# 59 bits: nobody guesses it before it is changed.
GROUPS = 3


def sign_in(runtime: NodeRuntime, name: str, password: str, source: Source) -> None:
    """Check a keeper's name and password.

    Raises:
        WrongPassword, TooManyTries: refused. A keeper is never locked out, only slowed, and from
            the PC itself by seconds.
    """
    with guessing.counted(runtime, guessing.keeper(name), source):
        if not _matches(runtime, name, password):
            raise WrongPassword(f"keeper {name}")


def change_password(
    runtime: NodeRuntime, name: str, old: str, new: str, again: str, source: Source
) -> None:
    """Change a keeper's password.

    Raises:
        WrongOldPassword, TooManyTries: the old one is wrong, or was too often.
        UnfitSecret: the new one is too short, the old one again, or the two differ.
    """
    confirm(runtime, name, old, source)
    if len(new) < MIN_PASSWORD_CHARS:
        raise UnfitSecret("新密码至少要 8 个字。")
    if new != again:
        raise UnfitSecret("两次输入的密码不一样，请重新输入。")
    if new == old:
        raise UnfitSecret("新密码要和现在的不一样。")
    fresh, now = hash_secret(new), runtime.clock.now()
    runtime.store.write(lambda conn: keepers.set_password(conn, name, fresh, now))


def confirm(runtime: NodeRuntime, name: str, password: str, source: Source) -> None:
    """Check that the one who is signed in as ``name`` is that keeper.

    Raises:
        WrongOldPassword, TooManyTries: refused.
    """
    with guessing.counted(runtime, guessing.keeper(name), source):
        if not _matches(runtime, name, password):
            raise WrongOldPassword(f"keeper {name}")


def add(runtime: NodeRuntime, name: str, by: str) -> str:
    """Make another keeper; the password for the first sign-in, which is shown once.

    Raises:
        UnfitKeeper: the name is empty, too long or taken.
        NotJoined: there is no station to keep yet.
    """
    name = _fit_name(name)

    def change(conn: sqlite3.Connection, stored: str, now: int) -> None:
        _must_be_new(conn, name)
        keepers.set_password(conn, name, stored, now, initial=True)

    password = _with_password(runtime, change)
    log.warning("keeper %r added by %r", name, by)
    return password


def reset(runtime: NodeRuntime, name: str, by: str) -> str:
    """Give a keeper a new password, shown once; ends the keeper's sign-ins, lifts delays.

    Raises:
        NotFound: no such keeper here.
    """

    def change(conn: sqlite3.Connection, stored: str, now: int) -> None:
        _must_be_here(conn, name)
        keepers.set_password(conn, name, stored, now, initial=True)
        _end(conn, name, now)

    password = _with_password(runtime, change)
    runtime.sessions.end_all(keeper=name)
    log.warning("password of keeper %r reset by %r", name, by)
    return password


def hand_over(runtime: NodeRuntime, old: str, new: str, by: str) -> str:
    """Make keeper ``new`` and close ``old``, both or neither; the new one's first password.

    Raises:
        NotFound: there is no keeper ``old`` here.
        UnfitKeeper: the name ``new`` is empty, too long or taken.
    """
    new = _fit_name(new)

    def change(conn: sqlite3.Connection, stored: str, now: int) -> None:
        _must_be_here(conn, old)
        _must_be_new(conn, new)
        keepers.set_password(conn, new, stored, now, initial=True)
        keepers.close(conn, old, now)
        _end(conn, old, now)

    password = _with_password(runtime, change)
    runtime.sessions.end_all(keeper=old)
    log.warning("keeper %r handed over to %r by %r", old, new, by)
    return password


def close(runtime: NodeRuntime, name: str, by: str) -> None:
    """Let a keeper sign in no more, and end the keeper's sign-ins.

    Raises:
        NotFound: no such keeper here.
        UnfitKeeper: it is the one who asks, who would be the last.
    """
    now = runtime.clock.now()

    def change(conn: sqlite3.Connection) -> None:
        _must_be_here(conn, name)
        _must_be_here(conn, by)  # two who close each other: one stays
        if name == by:
            raise UnfitKeeper("不能关闭自己的账号。请另一位管理员来做。")
        keepers.close(conn, name, now)
        _end(conn, name, now)

    runtime.store.write(change)
    runtime.sessions.end_all(keeper=name)
    log.warning("keeper %r closed by %r", name, by)


def _matches(runtime: NodeRuntime, name: str, password: str) -> bool:
    stored = keepers.password(runtime.store.read(), name) or guessing.decoy()
    return secret_matches(password, stored)


def _with_password(
    runtime: NodeRuntime, change: Callable[[sqlite3.Connection, str, int], None]
) -> str:
    """Make a password, and let ``change`` keep its stored form."""
    if meta.identity(runtime.store.read()) is None:
        raise NotJoined(str(runtime.config.data))
    password = one_time_word(GROUPS)
    stored, now = hash_secret(password), runtime.clock.now()
    runtime.store.write(lambda conn: change(conn, stored, now))
    return password


def _end(conn: sqlite3.Connection, name: str, now: int) -> None:
    account = guessing.keeper(name)
    keepers.end_sign_ins(conn, name, now)
    guessing.forgive(conn, account)
    known_browsers.forget_account(conn, account)


def _fit_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= MOST_NAME_CHARS or not name.isprintable():
        raise UnfitKeeper("名字要 1 到 20 个字。")
    return name


def _must_be_new(conn: sqlite3.Connection, name: str) -> None:
    if keepers.find(conn, name) is not None:
        raise UnfitKeeper("已经有叫这个名字的管理员，请换一个名字。")


def _must_be_here(conn: sqlite3.Connection, name: str) -> None:
    if keepers.find(conn, name) is None:
        raise NotFound(f"keeper {name}")
