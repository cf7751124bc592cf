"""A learner's account: number and PIN (what guessing costs: ``node.sign_in.guessing``).

An unknown number takes as long and gets the same answer as a wrong PIN.
"""

from __future__ import annotations

import sqlite3
from enum import Enum, auto

from node.errors import UnfitSecret, WrongSecret
from node.runtime import NodeRuntime
from node.sign_in import guessing
from node.sign_in.guessing import Source
from node.store import known_browsers, learners
from sync.secrets import hash_secret, secret_matches

PIN_DIGITS = 6


class Outcome(Enum):
    """How a learner's sign-in went, when it was not refused."""

    SIGNED_IN = auto()
    FIRST = auto()  # no PIN yet: it is to be set


def sign_in(runtime: NodeRuntime, number: str, pin: str, source: Source) -> Outcome:
    """Check a learner's number and PIN.

    Raises:
        WrongSecret, TooManyTries, AccountLocked: refused.
    """
    known = learners.find(runtime.store.read(), number)
    if known is not None and not known.has_pin:
        return Outcome.FIRST
    with guessing.counted(runtime, guessing.learner(number), source):
        stored = learners.pin(runtime.store.read(), number) or guessing.decoy()
        if not secret_matches(pin, stored):
            raise WrongSecret(f"learner {number}")
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


def reset_pin(runtime: NodeRuntime, number: str) -> None:
    """Let the learner set a new PIN at the next sign-in; ends their sessions, lifts locks."""
    now, account = runtime.clock.now(), guessing.learner(number)

    def store(conn: sqlite3.Connection) -> None:
        learners.set_pin(conn, number, "", now)
        guessing.forgive(conn, account)
        known_browsers.forget_account(conn, account)

    runtime.store.write(store)
    runtime.sessions.end_all(learner=number)


def unlock(runtime: NodeRuntime, number: str) -> None:
    """Lift locks and delays; the PIN stays."""
    runtime.store.write(lambda conn: guessing.forgive(conn, guessing.learner(number)))
