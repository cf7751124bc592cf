"""Parcel store: parcels of other stations that this relay keeps, on disk and over restarts (§12.4).

It can read only who a parcel is from and to. What lies here is limited for each station and in
all: a station that is refused still has everything, and comes again. The age of a parcel is counted
in time that the relay ran, not by a clock that somebody can set; the files carry it as their time
of change.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from content.model.errors import StickError
from content.transfer.stick_folder import Lying, Stick
from node.errors import DiskFault, ShelfFull
from sync.parcel import parcel_name

FOLDER = "relay"
# A later parcel of a station says the same and more: only a few older ones are needed.
KEPT_OF_ONE = 8
MAX_OF_ONE_BYTES = 6_000_000
# 5,000 stations with a term each.
MAX_BYTES = 400_000_000
# A station that fetched no answer in two months of running has found another way.
MAX_AGE_S = 60 * 86_400


@dataclass(frozen=True, slots=True)
class KeptParcel:
    """A parcel on the shelf: since when, in seconds that the relay has run, and how large it is."""

    lying: Lying
    at: float
    size: int


@dataclass(frozen=True, slots=True)
class Waits:
    """What waits on both sides, for the keeper."""

    to_hub: int
    to_hub_s: int  # how long the relay has run since the oldest came; 0 when nothing waits
    to_nodes: int
    stations: int
    bytes: int


class ParcelStore:
    """The parcels that lie at one relay."""

    def __init__(self, data: Path, ran_s: Callable[[], float] = time.monotonic) -> None:
        """``ran_s``: seconds that the relay has run, over every start; nothing sets it back."""
        data.mkdir(parents=True, exist_ok=True)
        self._ran_s = ran_s
        self._disk = Stick(data, make=True, top=FOLDER)
        self._disk.sweep()
        self._lock = Lock()
        self._open = True
        up = self._disk.to_hub()
        down = [
            Lying(node, file.partition(".")[0])
            for node in self._disk.answered()
            for file in self._disk.to_node(node)
        ]
        self._up = self._kept(up, down=False)
        self._down = self._kept(down, down=True)

    def close(self) -> None:
        """Let go of the folder.

        Work at the disk ends first. A later call, also one of a forwarding that is under way,
        raises ``DiskFault``. The descriptor of a closed folder is soon used for another file, and
        nothing may be written there.
        """
        with self._lock:
            self._open = False
            self._disk.close()

    def take(self, node: int, raw: bytes) -> None:
        """Keep a parcel of ``node`` to the hub; once this returns it is on disk.

        Raises:
            ShelfFull: there is no room for more.
            DiskFault: the disk does not take it.
        """
        lying = Lying(node, parcel_name(raw).hex())
        with self._lock:
            if lying in self._up:
                return
            self._make_room(self._up, node, len(raw))
            at = self._ran_s()
            with self._at_disk() as disk:
                disk.put_to_hub(node, raw, at)
            self._up[lying] = KeptParcel(lying, at, len(raw))

    def to_hub(self) -> list[Lying]:
        """The parcels to the hub, the oldest first."""
        with self._lock:
            return [
                parcel.lying for parcel in sorted(self._up.values(), key=lambda parcel: parcel.at)
            ]

    def read_to_hub(self, lying: Lying) -> bytes | None:
        """A parcel to the hub; None when it has gone or is damaged, and then it is forgotten.

        Raises:
            DiskFault: the shelf was closed.
        """
        with self._lock, self._at_disk() as disk:
            try:
                return disk.read_to_hub(lying)
            except StickError:
                self._drop_up(lying)
                return None

    def drop(self, lying: Lying) -> None:
        """Forget a parcel to the hub: it was answered, or the hub does not want it."""
        with self._lock:
            self._drop_up(lying)

    def keep_answer(self, node: int, raw: bytes) -> None:
        """Keep a parcel of the hub for ``node``.

        Raises:
            DiskFault: the disk does not take it.
        """
        lying = Lying(node, parcel_name(raw).hex())
        with self._lock:
            if lying in self._down:
                return
            self._make_room(self._down, node, len(raw))
            at = self._ran_s()
            with self._at_disk() as disk:
                disk.put_to_node(node, f"{lying.name}.xze", raw, at)
            self._down[lying] = KeptParcel(lying, at, len(raw))

    def answers(self, node: int, most: int) -> list[bytes]:
        """The parcels for ``node``, oldest first, as many as ``most`` bytes hold.

        Raises:
            DiskFault: the shelf was closed.
        """
        parcels: list[bytes] = []
        with self._lock, self._at_disk() as disk:
            for parcel in sorted(self._of(self._down, node), key=lambda parcel: parcel.at):
                most -= parcel.size + 9
                if parcels and most < 0:
                    break
                try:
                    parcels.append(disk.read_to_node(node, f"{parcel.lying.name}.xze"))
                except StickError:
                    self._drop_down(parcel.lying)
        return parcels

    def forget(self, node: int, names: Iterable[bytes]) -> None:
        """Forget the answers that ``node`` has taken in."""
        with self._lock:
            for name in names:
                self._drop_down(Lying(node, name.hex()))

    def all_answers(self) -> list[Lying]:
        """All that waits for stations."""
        with self._lock:
            return sorted(self._down)

    def drop_old(self) -> None:
        """Forget what nobody came for in a long time."""
        oldest = self._ran_s() - MAX_AGE_S
        with self._lock:
            for old in [parcel for parcel in self._up.values() if parcel.at < oldest]:
                self._drop_up(old.lying)
            for old in [parcel for parcel in self._down.values() if parcel.at < oldest]:
                self._drop_down(old.lying)

    def waits(self) -> Waits:
        """What waits on both sides."""
        with self._lock:
            now = self._ran_s()
            both = [*self._up.values(), *self._down.values()]
            return Waits(
                to_hub=len(self._up),
                to_hub_s=int(max((now - parcel.at for parcel in self._up.values()), default=0)),
                to_nodes=len(self._down),
                stations=len({parcel.lying.node for parcel in both}),
                bytes=sum(parcel.size for parcel in both),
            )

    def by_station(self) -> list[tuple[int, int, int]]:
        """Of each station: its number, how many parcels wait for the hub and how many for it."""
        with self._lock:
            up = Counter(lying.node for lying in self._up)
            down = Counter(lying.node for lying in self._down)
        return [(node, up[node], down[node]) for node in sorted(up | down)]

    def _make_room(self, where: dict[Lying, KeptParcel], node: int, size: int) -> None:
        mine = sorted(self._of(where, node), key=lambda parcel: parcel.at)
        there = sum(parcel.size for parcel in mine)
        while mine and (len(mine) >= KEPT_OF_ONE or there + size > MAX_OF_ONE_BYTES):
            oldest = mine.pop(0)
            there -= oldest.size
            (self._drop_up if where is self._up else self._drop_down)(oldest.lying)
        whole = sum(parcel.size for parcel in (*self._up.values(), *self._down.values()))
        if whole + size > MAX_BYTES:
            raise ShelfFull(f"{whole} bytes lie here")

    @staticmethod
    def _of(where: dict[Lying, KeptParcel], node: int) -> list[KeptParcel]:
        return [parcel for lying, parcel in where.items() if lying.node == node]

    def _drop_up(self, lying: Lying) -> None:
        if self._up.pop(lying, None) is not None:
            with self._at_disk() as disk:
                disk.drop_to_hub(lying)

    def _drop_down(self, lying: Lying) -> None:
        if self._down.pop(lying, None) is not None:
            with self._at_disk() as disk:
                disk.drop_to_node(lying.node, f"{lying.name}.xze")

    def _kept(self, parcels: Iterable[Lying], *, down: bool) -> dict[Lying, KeptParcel]:
        """What lay here before this start, oldest first. One with a later date came just now."""
        dated = [(self._disk.age_and_size(lying, down=down), lying) for lying in parcels]
        now = self._ran_s()
        return {lying: KeptParcel(lying, min(at, now), size) for (at, size), lying in sorted(dated)}

    @contextmanager
    def _at_disk(self) -> Iterator[Stick]:
        """The folder, for a caller that holds the lock; its faults are raised as ``DiskFault``."""
        if not self._open:
            raise DiskFault("shelf: closed")
        try:
            yield self._disk
        except StickError as error:
            raise DiskFault(f"shelf: {error}") from error
