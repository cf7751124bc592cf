"""Kept: which parcels lie on one side of a relay, by station and source, and how much that is.

Only their names, ages and sizes, in memory; the bytes are on disk (``node.relay.parcel_store``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from content.transfer.stick_folder import Lying

# What is kept of one station from one source. A later parcel says the same as those before it and
# more; the oldest says since when somebody waits. When there are too many, one between them goes.
KEPT_OF_ONE = 8
MAX_OF_ONE_BYTES = 6_000_000


@dataclass(frozen=True, slots=True)
class KeptParcel:
    """A parcel that lies here: since when, in seconds that the relay has run, how large it is, and
    the address that it came from."""

    lying: Lying
    at: float
    size: int
    source: str = ""


class KeptParcels:
    """The parcels of one side, each once."""

    def __init__(self, parcels: Iterable[KeptParcel] = ()) -> None:
        self._all: dict[Lying, KeptParcel] = {}
        self._of: dict[int, dict[Lying, KeptParcel]] = defaultdict(dict)
        self._from: dict[str, dict[Lying, KeptParcel]] = defaultdict(dict)
        self.bytes = 0
        for parcel in parcels:
            self.add(parcel)

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[KeptParcel]:
        return iter(self._all.values())

    def __contains__(self, lying: Lying) -> bool:
        return lying in self._all

    def get(self, lying: Lying) -> KeptParcel | None:
        """What is known of this one."""
        return self._all.get(lying)

    def of(self, node: int) -> list[KeptParcel]:
        """Those of a station, the oldest first."""
        return sorted(self._of.get(node, {}).values(), key=lambda parcel: parcel.at)

    def given_by(self, source: str) -> list[KeptParcel]:
        """Those that came from an address."""
        return list(self._from.get(source, {}).values())

    def add(self, parcel: KeptParcel) -> None:
        """One more, which is not here yet."""
        for where in self._places(parcel):
            where[parcel.lying] = parcel
        self.bytes += parcel.size

    def pop(self, lying: Lying) -> KeptParcel | None:
        """Strike one off; None when it is not here."""
        parcel = self._all.get(lying)
        if parcel is None:
            return None
        for where in self._places(parcel):
            del where[lying]
        if not self._of[lying.node]:
            del self._of[lying.node]
        if not self._from[parcel.source]:
            del self._from[parcel.source]
        self.bytes -= parcel.size
        return parcel

    def in_the_way(self, node: int, source: str, size: int) -> list[Lying]:
        """What has to go before a station's next parcel of ``size`` comes from ``source``.

        The oldest and the newest stay, whatever comes between; what came from elsewhere is not
        touched.
        """
        mine = [parcel for parcel in self.of(node) if parcel.source == source]
        there, going = sum(parcel.size for parcel in mine), list[Lying]()
        while len(mine) > 1 and (len(mine) >= KEPT_OF_ONE or there + size > MAX_OF_ONE_BYTES):
            middle = mine.pop(len(mine) // 2)
            there -= middle.size
            going.append(middle.lying)
        return going

    def _places(self, parcel: KeptParcel) -> tuple[dict[Lying, KeptParcel], ...]:
        return self._all, self._of[parcel.lying.node], self._from[parcel.source]
