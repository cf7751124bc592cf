"""Budget: whom a relay keeps parcels for, and how many that nobody wants it passes on (§12.4).

A relay cannot read a parcel; what it is worth, it learns from the hub. A *source* is the address
that a parcel came from, empty where a person brought it on a stick or it lay here before this
start. A source from which the hub answered a parcel of a station has an *account* of its own for
that station; all else that it gives goes on one account. What the hub does not want is a debt of
its account, which passes in a day. All of this is in memory: after a start it is learnt anew.
Where parcels lie is ``node.relay.parcel_store``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from node.errors import NoSuchStation, ShelfFull

# By hand, or from before this start: nobody can give more of it over the network.
BY_HAND = ""
DAY_S = 86_400
# What the hub may find unreadable of one account within a day, before its others have to wait: a
# station that was set up wrongly sends less, and a parcel's frames are a kilobyte on the line.
UNWANTED, UNWANTED_BYTES = 16, 3_000_000
# The same for all sources together that the hub has answered nothing of.
UNWANTED_OF_ALL, UNWANTED_OF_ALL_BYTES = 1_000, 10_000_000
# What waits here of one such source: a county behind one address, before its first answers.
MOST_OF_SOURCE, MOST_OF_SOURCE_BYTES = 512, 40_000_000
# What waits here of all of them: three quarters of the shelf are for stations that are known.
MOST_OF_STRANGERS, MOST_OF_STRANGERS_BYTES = 4_000, 100_000_000
# The hub did not know a station: for so long it is not asked again. It may join meanwhile.
UNKNOWN_S = 3_600
# A number as it stands in a file's name (§12.3).
MOST_NODE = 9_999_999_999
# A station that comes from many addresses is known by the last of these.
SOURCES_OF_ONE = 4
# More is not remembered; the oldest goes.
MOST_REMEMBERED = 20_000

K = TypeVar("K")
V = TypeVar("V")
Account = tuple[str, int]  # a source, and the station that it is known for; 0: none
ALL: Account = ("all", -1)


@dataclass(slots=True)
class _Debt:
    """What the hub did not want of an account, as it was at a moment."""

    at: float = 0.0
    parcels: float = 0.0
    size: float = 0.0


class Budget:
    """What one relay has learnt of stations and sources since its start."""

    def __init__(self, ran_s: Callable[[], float]) -> None:
        self._ran_s = ran_s
        self._sources: dict[int, list[str]] = {}
        self._unknown: dict[int, float] = {}
        self._answered: dict[str, None] = {}
        self._debts: dict[Account, _Debt] = {}

    def account(self, node: int, source: str) -> Account:
        """On whose account a parcel goes."""
        known = source == BY_HAND or source in self._sources.get(node, ())
        return (source, node if known else 0)

    def check(self, node: int, source: str) -> None:
        """Whether a parcel of ``node`` may be given at all.

        Raises:
            NoSuchStation: no station can have this number, or the hub just said that none has.
            ShelfFull: the hub wanted too little of what came from this source before.
        """
        since = self._unknown.get(node)
        if node > MOST_NODE or (since is not None and 0 <= self._ran_s() - since < UNKNOWN_S):
            raise NoSuchStation(f"station {node}")
        account = self.account(node, source)
        # Of a station that is known something is kept in any case, and waits.
        if not account[1] and self._is_spent(account):
            raise ShelfFull(f"too much of {source} was unreadable")

    def has_to_wait(self, account: Account) -> bool:
        """Whether what is on this account may not go over the line now."""
        if self._is_spent(account):
            return True
        of_all = self._debt(ALL)
        return not account[1] and _over(of_all, UNWANTED_OF_ALL, UNWANTED_OF_ALL_BYTES)

    def was_answered(self, name: str) -> bool:
        """Whether the hub has answered this very parcel: it is not to be sent once more."""
        return name in self._answered

    def note_answer(self, node: int, source: str, name: str) -> None:
        """The hub answered a parcel: its station exists, and speaks from this source."""
        _remember(self._answered, name, None)
        self._unknown.pop(node, None)
        if source == BY_HAND:
            return
        others = [known for known in self._sources.get(node, ()) if known != source]
        _remember(self._sources, node, [*others, source][-SOURCES_OF_ONE:])

    def note_unwanted(self, node: int, source: str, size: int, *, no_station: bool) -> None:
        """The hub refused a parcel for ever; ``no_station``: it knows no such station."""
        account = self.account(node, source)
        for debtor in (account,) if account[1] else (account, ALL):
            debt = self._debt(debtor)
            _remember(self._debts, debtor, _Debt(debt.at, debt.parcels + 1, debt.size + size))
        if no_station:
            _remember(self._unknown, node, self._ran_s())

    def may_forget(self, node: int, source: str) -> bool:
        """Whether this source may say which answers the station has taken in."""
        known = self._sources.get(node)
        return known is None or source == BY_HAND or source in known

    def _is_spent(self, account: Account) -> bool:
        return _over(self._debt(account), UNWANTED, UNWANTED_BYTES)

    def _debt(self, account: Account) -> _Debt:
        """The debt as it is now; it passes evenly, a whole budget in a day."""
        now, debt = self._ran_s(), self._debts.get(account)
        if debt is None:
            return _Debt(now)
        parcels, size = UNWANTED, UNWANTED_BYTES
        if account == ALL:
            parcels, size = UNWANTED_OF_ALL, UNWANTED_OF_ALL_BYTES
        passed = max(0.0, now - debt.at) / DAY_S
        return _Debt(
            now, max(0.0, debt.parcels - parcels * passed), max(0.0, debt.size - size * passed)
        )


def _over(debt: _Debt, parcels: int, size: int) -> bool:
    return debt.parcels > parcels - 1 or debt.size >= size


def _remember(where: dict[K, V], key: K, value: V) -> None:
    where.pop(key, None)
    where[key] = value
    if len(where) > MOST_REMEMBERED:
        del where[next(iter(where))]
