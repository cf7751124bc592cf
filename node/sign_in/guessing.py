"""What guessing costs: each try is counted on disk before anything is compared.

A try is counted for the pair of account and source; from a source that never signed this account
in well also for the account over all such sources, and for the source over all accounts. Each of
the three has its own brake. A success takes its try back, so that forty wrong PINs at once get no
more than forty one after the other. Which secret belongs to an account is for
``learner_account`` and ``keeper_accounts``.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache

from node.errors import InputError
from node.runtime import NodeRuntime
from node.sign_in.errors import AccountLocked, TooManyTries
from node.store import failures, known_browsers
from node.store.failures import Failures, Subject
from sync.secrets import hash_secret, random_token

log = logging.getLogger(__name__)

DAY_S = 86_400
# Nobody's name or number is longer; what a form sends instead must not fill the disk.
MOST_ACCOUNT_CHARS = 60
# Where the keeper of the PC itself is counted.
HERE = "here"


@dataclass(frozen=True, slots=True)
class Brake:
    """How dear failures are: some are free, then each costs twice the last, up to ``most_s``."""

    free: int
    first_s: int
    most_s: int
    forget_s: int
    lock_after: int = 0  # 0: never

    def delay_s(self, count: int) -> int:
        """How long to wait after the ``count``-th failure."""
        if count <= self.free:
            return 0
        return min(self.most_s, self.first_s << min(count - self.free - 1, 20))


# What these numbers are worth. A PIN is one of a million.
# All 10,000 PINs that somebody thinks likely against one account: a source is locked for it after
# 10. From any number of sources the account lets 10 through at once and 20 on the first day, then
# 4 a day: 10,000 take 6.8 years, all million 684.
# One PIN against all accounts: a source has 20 free, then one each quarter hour, so 400 accounts
# take it 4 days a PIN. From any number of sources each account still lets 4 a day through: 400
# accounts, 1,600 guesses a day at a million; the keeper's page says so from the first hour.
# A browser that is known for N accounts has 10 guesses at each of these, and at no other.
LEARNER = Brake(free=3, first_s=2, most_s=900, forget_s=DAY_S, lock_after=10)
KEEPER = Brake(free=3, first_s=2, most_s=900, forget_s=DAY_S)
# Who sits at the PC could as well carry it away: this one only stops a child at play.
KEEPER_HERE = Brake(free=3, first_s=1, most_s=5, forget_s=DAY_S)
# Over all sources that are not known for the account. A quiet day must not make ten more free.
ACCOUNT = Brake(free=10, first_s=60, most_s=6 * 3600, forget_s=7 * DAY_S)
# A shared PC signs many people in: it gets more free tries and is never locked.
SOURCE = Brake(free=20, first_s=2, most_s=900, forget_s=DAY_S)
# A lock of a pair that nobody asked to lift is of no use after so long.
FORGET_LOCK_S = 30 * DAY_S


@dataclass(frozen=True, slots=True)
class Source:
    """Where a try comes from. ``browser`` is what its long cookie names, "" if there is none."""

    address: str
    browser: str = ""
    here: bool = False  # this PC itself


@dataclass(frozen=True, slots=True)
class CountedTry:
    """One counted try: the pair first, then the totals, each as it was ``before``."""

    account: str
    source: Source
    before: tuple[tuple[Subject, Failures], ...]


def learner(number: str) -> str:
    """The account of a learner."""
    return f"learner {number}"[:MOST_ACCOUNT_CHARS]


def keeper(name: str) -> str:
    """The account of a keeper."""
    return f"keeper {name}"[:MOST_ACCOUNT_CHARS]


@contextmanager
def counted(
    runtime: NodeRuntime, account: str, source: Source, *, by_word: bool = False
) -> Iterator[None]:
    """Count a try for the block; if the block raises nothing, take it back.

    ``by_word``: the secret is a one-time word, which no number of sources guesses, so a stranger
    who holds the account's total at its brake does not keep the learner with the slip out.

    Raises:
        TooManyTries, AccountLocked: not yet, or not from there; the block does not run.
    """
    tried = _admit(runtime, account, source, by_word=by_word)
    try:
        yield
    except InputError:
        log.warning("sign-in failed: %r from %s", account, source.address)
        raise
    _take_back(runtime, tried)


def forgive(conn: sqlite3.Connection, account: str) -> None:
    """Lift the locks and delays of an account, from everywhere."""
    failures.forgive_account(conn, account)


def _brakes(
    account: str, source: Source, *, known: bool, by_word: bool
) -> tuple[tuple[Subject, Brake], ...]:
    """What a try is counted for."""
    of_keeper = account.startswith("keeper ")
    pair = KEEPER if of_keeper else LEARNER
    if of_keeper and source.here:
        return ((Subject(account, HERE), KEEPER_HERE),)
    if known:
        return ((Subject(account, f"browser {known_browsers.id_of(source.browser)}"), pair),)
    own = (Subject(account, source.address), pair), (Subject("", source.address), SOURCE)
    return own if by_word else (*own, (Subject(account, ""), ACCOUNT))


def _admit(runtime: NodeRuntime, account: str, source: Source, *, by_word: bool) -> CountedTry:
    now = runtime.clock.now()
    known = known_browsers.knows(runtime.store.read(), source.browser, account)
    brakes = _brakes(account, source, known=known, by_word=by_word)
    subjects = [subject for subject, _brake in brakes]
    # Most refusals are made here, so that a flood of tries does not hold the writer up.
    _refuse(runtime.store.read(), subjects, now)

    def count(conn: sqlite3.Connection) -> CountedTry:
        before = _refuse(conn, subjects, now)
        for (subject, brake), old in zip(brakes, before, strict=True):
            failed = (old.count if old.last_at >= now - brake.forget_s else 0) + 1
            failures.put(
                conn,
                subject,
                Failures(
                    failed,
                    now,
                    now + brake.delay_s(failed),
                    bool(brake.lock_after) and failed >= brake.lock_after,
                ),
            )
        failures.forget_before(conn, now - ACCOUNT.forget_s, now - FORGET_LOCK_S)
        return CountedTry(account, source, tuple(zip(subjects, before, strict=True)))

    return runtime.store.write(count)


def _refuse(conn: sqlite3.Connection, subjects: list[Subject], now: int) -> list[Failures]:
    """The failures of ``subjects``, if none of them forbids a try now."""
    so_far = [failures.of(conn, subject) for subject in subjects]
    if any(old.locked for old in so_far):
        raise AccountLocked(subjects[0].account)
    wait = max(old.until for old in so_far) - now
    if wait > 0:
        raise TooManyTries(wait)
    return so_far


def _take_back(runtime: NodeRuntime, tried: CountedTry) -> None:
    """Forget the pair; of the totals only what this pair had added: guesses at others stay."""
    (pair, old), *totals = tried.before
    now = runtime.clock.now()

    def store(conn: sqlite3.Connection) -> None:
        own = failures.of(conn, pair).count
        failures.forgive(conn, pair)
        for subject, before in totals:
            row = failures.of(conn, subject)
            # If nobody was counted since, the delay is this try's own and goes with it.
            until = before.until if row.count == before.count + 1 else row.until
            left = max(0, row.count - max(own, 1))
            failures.put(conn, subject, replace(row, count=left, until=until))
        known_browsers.remember(conn, tried.source.browser, tried.account, now)

    runtime.store.write(store)


@lru_cache(maxsize=1)
def decoy() -> str:
    """A stored secret nobody knows, so that unknown accounts take as long as known ones."""
    return hash_secret(random_token())
