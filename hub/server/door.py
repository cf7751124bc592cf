"""Door: what a request to ``/x`` costs is counted once it has come, and who it is from weighs.

A header is a claim, and so is the sender's number in it. A station is *believed* when a request of
it was answered: then it is known by its number together with the address that it came from.
Everybody else is a stranger until the answer: each address of strangers may have so many requests
under way or refuted in an interval, all strangers together so much of the hub's work, and the plea
of exam results is not heard from them. A stranger is charged what it costs to find out, and the
rest once it is believed.
``hub.server.admission`` says whether there is room; nobody is remembered after a restart.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from hub.context.visit_schedule import SLOT_S, work_of
from hub.server.admission import URGENT, AdmissionControl, Refusal, is_due
from sync.errors import PeerError
from sync.parcel import read_address

# In an interval, of one address of strangers or one believed station: so many that are under way
# or were refuted. The stations of a county behind one address are done within a minute.
MOST_CHECKS = 20
# All strangers' requests that are under way or were refuted take no more of the hub than this.
STRANGERS_SHARE = 0.1
# What it costs to find out that a request is no station's, in requests without records
# (tests/faults/test_refusals.py): its head, and its bytes.
CHECK_WORK, CHECK_BYTES_PER_WORK = 0.3, 200_000
# Stations that are remembered as believed: twice all stations of the country.
MOST_BELIEVED = 60_000
# Long enough for any address and what follows it up to the least length of a parcel.
ADDRESS_BYTES = 160
NOBODY = -1


@dataclass(frozen=True, slots=True)
class Sender:
    """The address that a request came from, and the number in it; both are claims."""

    source: str
    node: int = NOBODY


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that was let in at ``at`` and whose end is not known yet."""

    sender: Sender
    at: int
    n_bytes: int
    taken: bool
    stranger: bool


class Door:
    """The door of one hub process; safe to use from several threads."""

    def __init__(self, admission: AdmissionControl, now: Callable[[], int]) -> None:
        self._admission, self._now = admission, now
        self._lock = threading.Lock()
        self._believed: OrderedDict[Sender, None] = OrderedDict()
        self._slot = 0
        # In this interval, under way or refuted: how many of each, how much of all strangers.
        self._checks: dict[Sender, int] = {}
        self._strange = 0.0

    def announce(self, source: str, n_bytes: int, credentials: str) -> Refusal | None:
        """Before a long body is read: None if there would be room; nothing is charged."""
        with self._lock:
            now = self._roll()
            sender = Sender(source)
            if self._checks.get(sender, 0) >= MOST_CHECKS:
                return Refusal(2 * SLOT_S, "")
            refusal = self._admission.look(now, n_bytes, credentials.removeprefix(URGENT))
            if refusal is not None:
                self._count(sender, 1)  # it was promised a slot
            return refusal

    def arrive(
        self, sender: Sender, n_bytes: int, credentials: str, waiting: int = 0, held: bool = False
    ) -> Visit | Refusal:
        """A request is here, all of it; ``held``: it was announced, and is not sent again."""
        with self._lock:
            now = self._roll()
            stranger = sender not in self._believed
            key = Sender(sender.source) if stranger else sender
            if self._checks.get(key, 0) >= MOST_CHECKS or (stranger and self._full_of_strangers()):
                # Nothing is promised to it: the plan is for stations.
                return Refusal(2 * SLOT_S, "")
            self._count(key, 1)
            plea = credentials.removeprefix(URGENT) if stranger else credentials
            if held:
                refusal = None
            elif stranger:
                refusal = self._admission.look(now, n_bytes, plea, waiting)
            else:
                refusal = self._admission.admit(now, n_bytes, plea, waiting)
            if refusal is not None:
                return refusal
            if stranger:
                # Its work is charged once it is believed: until then it is only looked at.
                self._strange += check_work(n_bytes)
                self._admission.charge(now, check_work(n_bytes))
            elif held:
                self._admission.charge(now, work_of(n_bytes))
            taken = not (held or is_due(plea, now))
            return Visit(sender, now, n_bytes, taken, stranger)

    def settle(self, visit: Visit, believed: bool) -> None:
        """The request was answered, or refuted."""
        with self._lock:
            now = self._roll()
            check = check_work(visit.n_bytes)
            rest = max(0.0, work_of(visit.n_bytes) - check)
            if not believed:
                if not visit.stranger:
                    self._admission.give_back(visit.at, rest, visit.taken)
                return
            if visit.stranger:
                self._admission.charge(now, rest)
                if visit.taken:
                    self._admission.slots.use(now, work_of(visit.n_bytes))
            self._believed[visit.sender] = None
            self._believed.move_to_end(visit.sender)
            if len(self._believed) > MOST_BELIEVED:
                self._believed.popitem(last=False)
            if visit.at // SLOT_S == now // SLOT_S:
                key = Sender(visit.sender.source) if visit.stranger else visit.sender
                self._count(key, -1)
                if visit.stranger:
                    self._strange = max(0.0, self._strange - check)

    def _full_of_strangers(self) -> bool:
        whole = self._admission.slots.capacity.per_slot
        return self._strange >= STRANGERS_SHARE * whole

    def _count(self, key: Sender, by: int) -> None:
        self._checks[key] = max(0, self._checks.get(key, 0) + by)

    def _roll(self) -> int:
        now = self._now()
        if now // SLOT_S != self._slot:
            self._slot = now // SLOT_S
            self._checks.clear()
            self._strange = 0.0
        return now


def check_work(n_bytes: int) -> float:
    """What a refuted request of ``n_bytes`` costs."""
    return CHECK_WORK + n_bytes / CHECK_BYTES_PER_WORK


def claimed_node(head: bytes) -> int:
    """The number of the sender in the first bytes of a body, NOBODY if it is no parcel."""
    try:
        return read_address(head).sender
    except PeerError:
        return NOBODY
