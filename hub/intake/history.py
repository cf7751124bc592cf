"""History: the rules by which a request continues what the hub knows of a node (SPEC.md §11).

A node names the starts of its program. A restored backup and a copied folder name starts that do
not follow the last one that the hub has heard of; an old parcel that came late names an earlier
one. Nothing is read or written here: ``hub.intake.classify`` reads the database and combines these
rules; the table of §11.6 is its test.
"""

from dataclasses import dataclass
from enum import Enum

from hub.facts import clock_skew
from hub.store.batches import Chain
from hub.store.boots import Last
from hub.store.nodes import Node
from hub.store.units import Unit
from sync.exchange import Request
from sync.identity import Identity


class Verdict(Enum):
    """How a request fits the history that the hub knows."""

    CONTINUES = "continues"
    LATE = "late"  # an old parcel: what it says of the node is not believed
    ANSWERED = "answered"  # it was answered before, and a newer epoch was heard of since
    OTHER = "other-history"
    CLONED = "cloned"
    FROZEN = "frozen"
    REVOKED = "revoked"

    @property
    def refusal(self) -> str:
        """The code with which such a request is refused; "" if it is not."""
        return _REFUSALS.get(self, "")


_REFUSALS = {
    Verdict.ANSWERED: "old-epoch",
    Verdict.OTHER: "other-history",
    Verdict.CLONED: "cloned",
    Verdict.FROZEN: "frozen",
    Verdict.REVOKED: "revoked",
}


@dataclass(frozen=True, slots=True)
class Received:
    """A request that was opened: the name of its parcel, who signed it, and when it came.

    ``direct``: it came as soon as it was sent; ``at``: by the hub's clock, in seconds.
    """

    name: bytes
    request: Request
    sender: Identity
    direct: bool
    at: int

    @property
    def just_said(self) -> bool:
        """§11.2  Whether it was sent just now: it came directly, and its own clock agrees."""
        return self.direct and abs(self.request.at // 1000 - self.at) <= clock_skew.FAULT_S


@dataclass(frozen=True, slots=True)
class KnownNode:
    """What the hub knows of a node when a request of it comes.

    ``newest``: its newest chain with a batch; ``chain``: the end of the chain that the request
    would continue; ``epoch``: the newest epoch that was heard of; ``last``: the last start that
    was confirmed; ``known_starts``: how many of the starts named were confirmed, from the first;
    ``heard``: whether the last one named was.
    """

    node: Node
    unit: Unit
    newest: Chain | None
    chain: Chain
    epoch: int
    last: Last | None
    known_starts: int
    heard: bool


def newest_epoch(node: Node, held: int) -> int:
    """The newest epoch of a node that the hub has heard of; ``held``: the newest with a batch."""
    return max(held, node.epoch, node.ended_epoch)


def by_starts(known: KnownNode, received: Received) -> Verdict:
    """What the starts and the counts of a request say, before its batches are looked at (§11.2)."""
    request, last = received.request, known.last
    # §11.3  The first request of a new epoch is believed whatever starts it names.
    if not request.boots or last is None or request.epoch > known.epoch:
        return Verdict.CONTINUES
    if request.epoch < known.epoch and not known.heard:
        return Verdict.OTHER
    if last.boot in request.boots and _nothing_is_missing(known, request):
        return Verdict.CONTINUES
    if not known.heard:
        return Verdict.OTHER
    return Verdict.LATE if request.contact < last.contact else Verdict.CLONED


def _nothing_is_missing(known: KnownNode, request: Request) -> bool:
    """§11.2  Whether nothing lies between what was heard and a request that names the last start.

    If the last start that it names is known, it may be an old parcel. A new start must have counted
    on: a backup of the running program names the last confirmed start, too.
    """
    counted = known.node.contact
    if known.chain.next_seq - 1 <= request.head:
        return known.heard or request.contact > counted
    return known.heard and request.contact <= counted


def may_be_a_repeat(known: KnownNode, received: Received, verdict: Verdict) -> bool:
    """§11.3  Whether a request has to be looked up among those that were told ``other-history``,
    after which a newer epoch was heard of."""
    request = received.request
    own = verdict is Verdict.CONTINUES and request.epoch >= known.epoch
    return bool(request.boots) and not own and known.epoch > known.node.ended_epoch


def by_records(known: KnownNode, received: Received, verdict: Verdict, is_news: bool) -> Verdict:
    """The verdict on a request of an earlier start, by its records and by what people decided.

    ``is_news``: it has records that are not held. If it has none and was not sent just now, anybody
    may have sent an old request again (§11.2). A request that a stick or a relay brings and that is
    older than one already heard is no sign of a copy at work.
    """
    request, node = received.request, known.node
    if not is_news and (verdict is Verdict.LATE or not received.just_said):
        return Verdict.LATE
    # §11.4  People let the node work again: a request of an earlier epoch goes on apart.
    if request.epoch <= node.parted_epoch:
        return Verdict.OTHER
    if not received.direct and request.contact <= node.contact:
        return Verdict.LATE
    return verdict


def is_over(known: KnownNode, epoch: int) -> bool:
    """§11.3  Whether an epoch takes repeats only: a later one has begun or will begin."""
    return epoch < known.epoch or epoch <= known.node.ended_epoch


def contradicting(known: KnownNode, received: Received, verdict: Verdict) -> Verdict:
    """§11.5  The verdict on a request under whose numbers other records are held."""
    if verdict is not Verdict.CONTINUES and not received.direct:
        return Verdict.OTHER  # a copy that is not at work will not hear of it
    # A start that the hub knows cannot contradict itself; a new one may be of a backup.
    request = received.request
    new_start = known.known_starts < len(request.boots)
    apart = new_start or request.epoch <= known.node.parted_epoch
    return Verdict.OTHER if apart else Verdict.CLONED


def too_late(known: KnownNode, received: Received, verdict: Verdict, is_news: bool) -> Verdict:
    """§11.3  The verdict on a request with other batches of an epoch that is over.

    ``is_news``: it has records that are not held.
    """
    behind = verdict is Verdict.CONTINUES and received.request.epoch < known.epoch
    left_behind = behind and received.just_said  # its own start has gone on without it
    if is_news and left_behind:
        return contradicting(known, received, verdict)
    if is_news or left_behind:
        return Verdict.OTHER  # a node at work in it begins the next; no other will hear of it
    return verdict


def is_overtaken(known: KnownNode, received: Received, verdict: Verdict) -> bool:
    """Whether the node has said something newer of itself before."""
    counted_less = received.request.contact < known.node.contact
    return verdict is Verdict.LATE or (not received.direct and counted_less)


def counted(known: KnownNode, request: Request, verdict: Verdict) -> int:
    """The greatest contact of the history that is believed, after this request.

    A new epoch counts from its own first request: a restored backup counts again from less.
    """
    before = known.node.contact
    if verdict is not Verdict.CONTINUES or request.epoch < known.epoch:
        return before
    return request.contact if request.epoch > known.epoch else max(before, request.contact)
