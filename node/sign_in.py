"""Signing in: numbers, PINs and passwords, and what guessing costs.

Delays grow with each failure, per account and per source, and are kept on disk, so neither a
restart nor another PC shortens them. An account locks after ``LOCK_AFTER`` failures until the
keeper lifts it. An unknown number takes as long and gets the same answer as a wrong PIN.
"""

from __future__ import annotations

import sqlite3
from enum import Enum, auto
from functools import lru_cache

from node.errors import (
    AccountLocked,
    TooManyTries,
    UnfitSecret,
    WrongOldPassword,
    WrongPassword,
    WrongSecret,
)
from node.runtime import NodeRuntime
from node.store import failures, keepers, learners
from node.store.failures import Failures
from sync.secrets import hash_secret, random_token, secret_matches

PIN_DIGITS = 6
MIN_PASSWORD_CHARS = 8
# The first mistakes of a person are free; then each costs twice the last, up to a quarter hour.
FREE_TRIES = 3
FIRST_DELAY_S = 2
MAX_DELAY_S = 900
# Ten guesses in a million, then somebody has to look.
LOCK_AFTER = 10
# A shared PC signs many people in: a source gets more free tries and is never locked.
FREE_TRIES_OF_SOURCE = 20
# Failures of yesterday are forgotten, unless they lock.
FORGET_AFTER_S = 86_400


class Outcome(Enum):
    """How a learner's sign-in went, when it was not refused."""

    SIGNED_IN = auto()
    FIRST = auto()  # no PIN yet: it is to be set


def learner(runtime: NodeRuntime, number: str, pin: str, source: str) -> Outcome:
    """Check a learner's number and PIN.

    Raises:
        WrongSecret, TooManyTries, AccountLocked: refused.
    """
    subject = f"learner {number}"
    _may_try(runtime, subject, source)
    conn = runtime.store.read()
    known = learners.find(conn, number)
    if known is not None and not known.has_pin:
        return Outcome.FIRST
    stored = learners.pin(conn, number) or _decoy()
    if not secret_matches(pin, stored):
        _failed(runtime, subject, source)
        raise WrongSecret(f"learner {number}")
    _succeeded(runtime, subject)
    return Outcome.SIGNED_IN


def first_pin(runtime: NodeRuntime, number: str, pin: str, again: str) -> None:
    """Set a learner's first PIN.

    Raises:
        UnfitSecret: it is not six digits, too easy, or the two differ.
        WrongSecret: the learner is unknown or has a PIN already.
    """
    check_pin(pin, again)
    stored, now = hash_secret(pin), runtime.clock.now()

    def store(conn: sqlite3.Connection) -> None:
        known = learners.find(conn, number)
        if known is None or known.has_pin:
            raise WrongSecret(f"learner {number} may not set a first PIN")
        learners.set_pin(conn, number, stored, now)

    runtime.store.write(store)


def check_pin(pin: str, again: str) -> None:
    """Raise ``UnfitSecret`` unless ``pin`` will do."""
    if len(pin) != PIN_DIGITS or not (pin.isascii() and pin.isdigit()):
        raise UnfitSecret("密码要 6 位数字。")
    if len(set(pin)) == 1 or pin in "0123456789" or pin in "9876543210":
        raise UnfitSecret("这个密码太容易猜到，请换一个。")
    if pin != again:
        raise UnfitSecret("两次输入的密码不一样，请重新输入。")


def keeper(runtime: NodeRuntime, name: str, password: str, source: str) -> None:
    """Check a keeper's name and password.

    Raises:
        WrongPassword, TooManyTries: refused. A keeper is never locked out, only slowed.
    """
    subject = f"keeper {name}"
    _may_try(runtime, subject, source)
    stored = keepers.password(runtime.store.read(), name)
    if not secret_matches(password, stored or _decoy()):
        _failed(runtime, subject, source, locks=False)
        raise WrongPassword(f"keeper {name}")
    _succeeded(runtime, subject)


def change_password(runtime: NodeRuntime, name: str, old: str, new: str, again: str) -> None:
    """Change a keeper's password.

    Raises:
        WrongOldPassword: the old one is wrong.
        UnfitSecret: the new one is too short or the two differ.
    """
    if not secret_matches(old, keepers.password(runtime.store.read(), name) or _decoy()):
        raise WrongOldPassword(f"keeper {name}")
    if len(new) < MIN_PASSWORD_CHARS:
        raise UnfitSecret("新密码至少要 8 个字。")
    if new != again:
        raise UnfitSecret("两次输入的密码不一样，请重新输入。")
    stored, now = hash_secret(new), runtime.clock.now()
    runtime.store.write(lambda conn: keepers.set_password(conn, name, stored, now))


def reset_pin(runtime: NodeRuntime, number: str) -> None:
    """Let the learner set a new PIN at the next sign-in; ends their sessions, lifts a lock."""
    now = runtime.clock.now()

    def store(conn: sqlite3.Connection) -> None:
        learners.set_pin(conn, number, "", now)
        failures.forgive(conn, f"learner {number}")

    runtime.store.write(store)
    runtime.sessions.end_all(learner=number)


def unlock(runtime: NodeRuntime, number: str) -> None:
    """Lift a lock; the PIN stays."""
    runtime.store.write(lambda conn: failures.forgive(conn, f"learner {number}"))


def _may_try(runtime: NodeRuntime, subject: str, source: str) -> None:
    conn, now = runtime.store.read(), runtime.clock.now()
    account = failures.of(conn, subject)
    if account.locked:
        raise AccountLocked(subject)
    wait = max(account.until, failures.of(conn, f"source {source}").until) - now
    if wait > 0:
        raise TooManyTries(wait)


def _failed(runtime: NodeRuntime, subject: str, source: str, *, locks: bool = True) -> None:
    now = runtime.clock.now()

    def store(conn: sqlite3.Connection) -> None:
        failures.forget_before(conn, now - FORGET_AFTER_S)
        for who, free, may_lock in (
            (subject, FREE_TRIES, locks),
            (f"source {source}", FREE_TRIES_OF_SOURCE, False),
        ):
            count = failures.of(conn, who).count + 1
            failures.put(
                conn,
                who,
                Failures(count, now, now + delay_s(count, free), may_lock and count >= LOCK_AFTER),
            )

    runtime.store.write(store)


def _succeeded(runtime: NodeRuntime, subject: str) -> None:
    """Forgive the account, not the source: guessing others must not be reset by one's own PIN."""
    if failures.of(runtime.store.read(), subject).count:
        runtime.store.write(lambda conn: failures.forgive(conn, subject))


def delay_s(count: int, free: int) -> int:
    """How long to wait after the ``count``-th failure when ``free`` are forgiven."""
    if count <= free:
        return 0
    return min(MAX_DELAY_S, FIRST_DELAY_S << min(count - free - 1, 20))


@lru_cache(maxsize=1)
def _decoy() -> str:
    """A stored secret nobody knows, so that unknown accounts take as long as known ones."""
    return hash_secret(random_token())
