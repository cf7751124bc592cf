"""Slips: a learner's number and a one-time word on paper, for signing in without a PIN.

A number alone is no secret: it stands on lists. So the first sign-in, and the first after a reset,
needs the word too. It is made when the slip is printed, shown then and never again; printing again
voids the older one. A first slip does not expire: it may lie in an envelope for a term. One after
a reset holds a day: somebody waits for it.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from node.errors import NotFound
from node.runtime import NodeRuntime
from node.sign_in import guessing, learner_account
from node.sign_in.errors import SlipExpired, WrongWord
from node.sign_in.guessing import Source
from node.sign_in.one_time import as_printed, one_time_word
from node.store import known_browsers, learners, slips
from node.store.learners import Learner
from node.store.slips import SignInSlip
from sync.secrets import hash_secret, secret_matches

log = logging.getLogger(__name__)

# 39.6 bits, ten tries from a source: as good as never, and short enough to be typed.
GROUPS = 2
AFTER_RESET_S = 86_400
# Each word costs some 64 ms on a station PC; the page must answer before the browser gives up.
MOST_AT_ONCE = 60


@dataclass(frozen=True, slots=True)
class PrintedSlip:
    """What is on the paper."""

    learner: Learner
    word: str
    holds_until: int  # 0: it does not expire


@dataclass(frozen=True, slots=True)
class SlipNeeds:
    """Learners without a PIN: those who were given no slip yet, and all of them."""

    without_slip: tuple[Learner, ...]
    everyone: tuple[Learner, ...]


def waiting(runtime: NodeRuntime) -> SlipNeeds:
    """Who needs a slip."""
    conn, now = runtime.store.read(), runtime.clock.now()
    everyone = tuple(learner for learner in learners.all(conn) if not learner.has_pin)
    kept = slips.all(conn)
    without = tuple(
        learner
        for learner in everyone
        if learner.number not in kept or kept[learner.number].is_over(now)
    )
    return SlipNeeds(without, everyone)


def make(runtime: NodeRuntime, wanted: Iterable[Learner]) -> list[PrintedSlip]:
    """Slips for learners; older ones are void. Who has a PIN needs none and gets none."""
    new = []
    for learner in wanted:
        word = one_time_word(GROUPS)
        new.append((learner.number, word, hash_secret(word)))
    now = runtime.clock.now()

    def store(conn: sqlite3.Connection) -> list[PrintedSlip]:
        printed = []
        for number, word, stored in new:
            learner = learners.find(conn, number)
            if learner is None or learner.has_pin:
                continue
            had_pin = learners.pin_set_at(conn, number) > 0
            until = now + AFTER_RESET_S if had_pin else 0
            slips.put(conn, SignInSlip(number, stored, now, until))
            guessing.forgive(conn, guessing.learner(number))
            printed.append(PrintedSlip(learner, word, until))
        return printed

    return runtime.store.write(store)


def void_all(runtime: NodeRuntime) -> None:
    """No slip that was printed holds any more."""
    runtime.store.write(slips.void_all)


def reset_pin(runtime: NodeRuntime, number: str, by: str) -> PrintedSlip:
    """Take a learner's PIN away and make a slip; ends their sign-ins, lifts locks and delays.

    The learner is told of it at the next sign-in, by ``learner_account.take_notice``.

    Raises:
        NotFound: no such learner here.
    """
    now, account = runtime.clock.now(), guessing.learner(number)

    def take_away(conn: sqlite3.Connection) -> Learner:
        learners.set_pin(conn, number, "", now)
        learners.note_reset(conn, number, by, now)
        known_browsers.forget_account(conn, account)
        learner = learners.find(conn, number)
        if learner is None:
            raise NotFound(f"learner {number}")
        return learner

    learner = runtime.store.write(take_away)
    runtime.sessions.end_all(learner=number)
    log.warning("PIN of learner %r reset by %r", number, by)
    [slip] = make(runtime, [learner])
    return slip


def sign_in(runtime: NodeRuntime, number: str, word: str, source: Source) -> str:
    """Check a learner's number and word; a mark of the slip, for ``first_pin``.

    Raises:
        WrongWord, SlipExpired, TooManyTries, AccountLocked: refused.
    """
    with guessing.counted(runtime, guessing.learner(number), source, by_word=True):
        slip = _of_learner(runtime.store.read(), number)
        stored = slip.word if slip is not None else guessing.decoy()
        if not secret_matches(as_printed(learner_account.read(word)), stored) or slip is None:
            raise WrongWord(f"learner {number}")
        if slip.is_over(runtime.clock.now()):
            raise SlipExpired(f"slip of learner {number}")
    return _mark(slip)


def first_pin(runtime: NodeRuntime, number: str, mark: str, pin: str, again: str) -> None:
    """Set a learner's PIN and use the slip up.

    Raises:
        UnfitSecret: it is not six digits, too easy, or the two differ.
        WrongWord: the slip was used, or another printed meanwhile.
        SlipExpired: it was too old by the time the PIN came.
    """
    pin = learner_account.read(pin)
    learner_account.check_pin(pin, learner_account.read(again))
    stored, now = hash_secret(pin), runtime.clock.now()

    def store(conn: sqlite3.Connection) -> None:
        slip = _of_learner(conn, number)
        if slip is None or _mark(slip) != mark:
            raise WrongWord(f"another slip of learner {number}")
        if slip.is_over(now):
            raise SlipExpired(f"slip of learner {number}")
        learners.set_pin(conn, number, stored, now)
        slips.use_up(conn, number)

    runtime.store.write(store)


def _of_learner(conn: sqlite3.Connection, number: str) -> SignInSlip | None:
    """The slip of a learner who is on the roster and has no PIN."""
    known = learners.find(conn, number)
    return None if known is None or known.has_pin else slips.find(conn, number)


def _mark(slip: SignInSlip) -> str:
    """Names a slip and gives nothing of its word away."""
    return hashlib.sha256(slip.word.encode()).hexdigest()
