"""Parcel store: parcels of other stations that this relay keeps, on disk and over restarts (§12.4).

It can read only who a parcel is from and to. What lies here is limited for each station and source
(``node.relay.kept``), for each source (``node.relay.budget``) and in all: a station that is refused
still has everything, and comes again. The age of a parcel is counted in time that the relay ran,
not by a clock that somebody can set; the files carry it as their time of change.
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
from node.relay import budget
from node.relay.budget import BY_HAND, Budget
from node.relay.kept import KeptParcel, KeptParcels
from sync.parcel import parcel_name

FOLDER = "relay"
# 5,000 stations with a term each.
MAX_BYTES = 400_000_000
# Each way. A folder with more than 20,000 entries is not read again after a restart (§12.3).
MAX_PARCELS = 16_000
# A station that fetched no answer in two months of running has found another way.
MAX_AGE_S = 60 * 86_400


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
        self._budget = Budget(ran_s)
        up = self._disk.to_hub()
        down = [
            Lying(node, file.partition(".")[0])
            for node in self._disk.answered()
            for file in self._disk.to_node(node)
        ]
        self._up = KeptParcels(self._kept(up, down=False))
        self._down = KeptParcels(self._kept(down, down=True))

    def close(self) -> None:
        """Let go of the folder.

        Work at the disk ends first. A later call, also one of a forwarding that is under way,
        raises ``DiskFault``. The descriptor of a closed folder is soon used for another file, and
        nothing may be written there.
        """
        with self._lock:
            self._open = False
            self._disk.close()

    def take(self, node: int, raw: bytes, source: str = BY_HAND) -> None:
        """Keep a parcel of ``node`` to the hub, given from the address ``source``.

        Once this returns it is on disk, unless the hub has answered this very parcel before.

        Raises:
            NoSuchStation: the hub knows no such station.
            ShelfFull: there is no room for more, or none for more from there.
            DiskFault: the disk does not take it.
        """
        lying = Lying(node, parcel_name(raw).hex())
        with self._lock:
            if lying in self._up or self._budget.was_answered(lying.name):
                return
            self._budget.check(node, source)
            going = self._up.in_the_way(node, source, len(raw))
            self._check_source(node, source, len(raw), going)
            self._check_room(self._up, len(raw), len(going))
            at = self._ran_s()
            with self._at_disk() as disk:
                disk.put_to_hub(node, raw, at)
            self._up.add(KeptParcel(lying, at, len(raw), source))
            for older in going:
                self._drop_up(older)

    def to_hub(self) -> list[Lying]:
        """The parcels to the hub: of stations that the hub answered before, then the oldest."""
        with self._lock:
            return [parcel.lying for parcel in sorted(self._up, key=self._rank)]

    def is_held(self, lying: Lying) -> bool:
        """Whether it has to wait, because the hub wanted too little of what came with it."""
        with self._lock:
            parcel = self._up.get(lying)
            return parcel is not None and self._budget.has_to_wait(
                self._budget.account(lying.node, parcel.source)
            )

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
        """Forget a parcel to the hub."""
        with self._lock:
            self._drop_up(lying)

    def drop_answered(self, lying: Lying) -> None:
        """Forget a parcel to the hub that it answered, and remember whom it is worth asking for."""
        with self._lock:
            parcel = self._up.get(lying)
            if parcel is not None:
                self._budget.note_answer(lying.node, parcel.source, lying.name)
            self._drop_up(lying)

    def drop_unwanted(self, lying: Lying, *, no_station: bool = False) -> None:
        """Forget a parcel that the hub will never take; it counts against its source.

        ``no_station``: the hub knows no such station. Whatever else is of it goes too.
        """
        with self._lock:
            parcel = self._up.get(lying)
            if parcel is not None:
                self._budget.note_unwanted(
                    lying.node, parcel.source, parcel.size, no_station=no_station
                )
            for each in self._up.of(lying.node) if no_station else ():
                self._drop_up(each.lying)
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
            going = self._down.in_the_way(node, BY_HAND, len(raw))
            self._check_room(self._down, len(raw), len(going))
            at = self._ran_s()
            with self._at_disk() as disk:
                disk.put_to_node(node, f"{lying.name}.xze", raw, at)
            self._down.add(KeptParcel(lying, at, len(raw)))
            for older in going:
                self._drop_down(older)

    def answers(self, node: int, most: int) -> list[bytes]:
        """The parcels for ``node``, oldest first, as many as ``most`` bytes hold.

        Raises:
            DiskFault: the shelf was closed.
        """
        parcels: list[bytes] = []
        with self._lock, self._at_disk() as disk:
            for parcel in self._down.of(node):
                most -= parcel.size + 9
                if parcels and most < 0:
                    break
                try:
                    parcels.append(disk.read_to_node(node, f"{parcel.lying.name}.xze"))
                except StickError:
                    self._drop_down(parcel.lying)
        return parcels

    def forget(self, node: int, names: Iterable[bytes], source: str = BY_HAND) -> None:
        """Forget the answers that ``node`` has taken in, if this source may speak for it."""
        with self._lock:
            if self._budget.may_forget(node, source):
                for name in names:
                    self._drop_down(Lying(node, name.hex()))

    def all_answers(self) -> list[Lying]:
        """All that waits for stations."""
        with self._lock:
            return sorted(parcel.lying for parcel in self._down)

    def drop_old(self) -> None:
        """Forget what nobody came for in a long time."""
        oldest = self._ran_s() - MAX_AGE_S
        with self._lock:
            for old in [parcel for parcel in self._up if parcel.at < oldest]:
                self._drop_up(old.lying)
            for old in [parcel for parcel in self._down if parcel.at < oldest]:
                self._drop_down(old.lying)

    def waits(self) -> Waits:
        """What waits on both sides."""
        with self._lock:
            now = self._ran_s()
            both = [*self._up, *self._down]
            return Waits(
                to_hub=len(self._up),
                to_hub_s=int(max((now - parcel.at for parcel in self._up), default=0)),
                to_nodes=len(self._down),
                stations=len({parcel.lying.node for parcel in both}),
                bytes=self._up.bytes + self._down.bytes,
            )

    def by_station(self) -> list[tuple[int, int, int]]:
        """Of each station: its number, how many parcels wait for the hub and how many for it."""
        with self._lock:
            up = Counter(parcel.lying.node for parcel in self._up)
            down = Counter(parcel.lying.node for parcel in self._down)
        return [(node, up[node], down[node]) for node in sorted(up | down)]

    def _rank(self, parcel: KeptParcel) -> tuple[bool, float]:
        return not self._budget.account(parcel.lying.node, parcel.source)[1], parcel.at

    def _check_source(self, node: int, source: str, size: int, going: list[Lying]) -> None:
        """Whether a source may give one more that the hub has not answered it for.

        Raises:
            ShelfFull: too much waits of it, or of all such sources.
        """
        if self._budget.account(node, source)[1]:
            return
        freed = sum(parcel.size for each in going if (parcel := self._up.get(each)))
        many, large = self._strange(self._up.given_by(source))
        if (
            many - len(going) >= budget.MOST_OF_SOURCE
            or large - freed + size > budget.MOST_OF_SOURCE_BYTES
        ):
            raise ShelfFull(f"{many} parcels of {source} wait, {large} bytes")
        if (
            len(self._up) < budget.MOST_OF_STRANGERS
            and self._up.bytes + size <= budget.MOST_OF_STRANGERS_BYTES
        ):
            return
        many, large = self._strange(self._up)
        if (
            many - len(going) >= budget.MOST_OF_STRANGERS
            or large - freed + size > budget.MOST_OF_STRANGERS_BYTES
        ):
            raise ShelfFull(f"{many} parcels of strangers wait, {large} bytes")

    def _strange(self, parcels: Iterable[KeptParcel]) -> tuple[int, int]:
        """How many of these the hub has answered nothing of, and how large they are together."""
        sizes = [
            parcel.size
            for parcel in parcels
            if not self._budget.account(parcel.lying.node, parcel.source)[1]
        ]
        return len(sizes), sum(sizes)

    def _check_room(self, side: KeptParcels, size: int, going: int) -> None:
        """Whether one more fits, ``going`` parcels of this side going.

        Raises:
            ShelfFull: it does not.
        """
        whole = self._up.bytes + self._down.bytes
        if whole + size > MAX_BYTES or len(side) - going >= MAX_PARCELS:
            raise ShelfFull(f"{whole} bytes lie here, {len(side)} parcels this way")

    def _drop_up(self, lying: Lying) -> None:
        if self._up.pop(lying) is not None:
            with self._at_disk() as disk:
                disk.drop_to_hub(lying)

    def _drop_down(self, lying: Lying) -> None:
        if self._down.pop(lying) is not None:
            with self._at_disk() as disk:
                disk.drop_to_node(lying.node, f"{lying.name}.xze")

    def _kept(self, parcels: Iterable[Lying], *, down: bool) -> list[KeptParcel]:
        """What lay here before this start, oldest first. One with a later date came just now."""
        dated = [(self._disk.age_and_size(lying, down=down), lying) for lying in parcels]
        now = self._ran_s()
        return [KeptParcel(lying, min(at, now), size) for (at, size), lying in sorted(dated)]

    @contextmanager
    def _at_disk(self) -> Iterator[Stick]:
        """The folder, for a caller that holds the lock; its faults are raised as ``DiskFault``."""
        if not self._open:
            raise DiskFault("shelf: closed")
        try:
            yield self._disk
        except StickError as error:
            raise DiskFault(f"shelf: {error}") from error
