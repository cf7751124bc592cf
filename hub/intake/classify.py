"""Classify: what one request of a node is, before anything is written (sync/SPEC.md §11).

The database is only read: ``hub.intake.apply`` stores what the classification says, and
``hub.intake.answer`` tells the node. The rules are in ``hub.intake.history``; ``hub.intake.chain``
checks the batches; ``hub.intake.divergence`` compares the records of two lives.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.errors import UnknownStation
from hub.facts import clock_skew
from hub.intake import chain, divergence, history
from hub.intake.chain import Reading
from hub.intake.divergence import Shared
from hub.intake.history import KnownNode, Received, Verdict
from hub.store import batches, boots, units
from hub.store.batches import Chain
from hub.store.nodes import Node
from sync.signing import VerifyKey

_SHUT_OUT = {"frozen": Verdict.FROZEN, "revoked": Verdict.REVOKED}


@dataclass(frozen=True, slots=True)
class Classification:
    """All that is decided of a request.

    ``overtaken``: it says nothing new of the node; ``clock_skew_s``: how far the node's clock is
    ahead, None if the request cannot tell; ``reading``: how its batches fit the chain; ``shared``:
    where two lives have parted, what of its records is held, whichever life brought them.
    """

    received: Received
    known: KnownNode
    verdict: Verdict
    overtaken: bool
    clock_skew_s: int | None
    reading: Reading
    shared: Shared | None = None

    @property
    def refusal(self) -> str:
        """The code with which the request is refused; "" if it is not."""
        return self.verdict.refusal or self.reading.refusal

    @property
    def is_believed(self) -> bool:
        """Whether what the request says of the node is noted as its own history (§11.1)."""
        return self.verdict is Verdict.CONTINUES and not self.refusal

    @property
    def begins_anew(self) -> bool:
        """Whether the node goes on in a new epoch without the start that was heard of last: it
        has lost what it knew of its learners (§11.3)."""
        request, known = self.received.request, self.known
        first = _epoch(known.newest) < request.epoch > known.node.epoch > 0
        has_lost = known.last is None or known.last.boot not in request.boots
        return self.is_believed and first and has_lost

    @property
    def new_starts(self) -> Sequence[bytes]:
        """The starts that the hub now confirms (§11.1)."""
        named, last = self.received.request.boots, self.known.last
        if not self.is_believed or (last and named and last.boot == named[-1]):
            return ()
        return named[named.index(last.boot) + 1 :] if last and last.boot in named else named

    @property
    def contact(self) -> int:
        """The greatest contact of the history that is believed, this request included."""
        return history.counted(self.known, self.received.request, self.verdict)

    @property
    def end(self) -> Chain:
        """The end of the chain that the node is told: for ``other-history`` that of the newest
        epoch with batches, from where the node goes on (§11.3)."""
        if self.verdict is Verdict.OTHER and self.known.newest is not None:
            return self.known.newest
        return self.reading.end

    @property
    def held_asked(self) -> int:
        """Up to which record of the request's epoch the hub holds what the node has (§11.3)."""
        if self.shared is not None and self.verdict is Verdict.OTHER:
            return self.shared.through + self.shared.more
        return self.reading.end.next_seq - 1


def look_up(connection: Connection, node: Node, received: Received) -> KnownNode:
    """What the hub knows of ``node``, as far as a request needs it."""
    request = received.request
    unit = units.get(connection, node.unit_id)
    if unit is None:
        raise UnknownStation(str(node.id))
    newest = batches.newest(connection, node.id)
    named = request.boots
    known_boots = boots.known(connection, node.id, named) if named else set()
    return KnownNode(
        node=node,
        unit=unit,
        newest=newest,
        chain=chain.open_chain(connection, node.id, request.epoch, received.sender, newest),
        epoch=history.newest_epoch(node, _epoch(newest)),
        last=boots.last(connection, node.id) if named else None,
        known_starts=_leading(named, known_boots),
        heard=bool(named) and named[-1] in known_boots,
    )


def classify(connection: Connection, known: KnownNode, received: Received) -> Classification:
    """Decide what a request is; a row of the table in §11.6."""
    skew_s = _clock_skew_s(known, received)
    verdict, shared = history.by_starts(known, received), None
    overtaken = history.is_overtaken(known, received, verdict)
    nothing = Reading(known.chain)
    # §11.4  For a node that is frozen or revoked nothing is compared.
    if known.node.state in _SHUT_OUT:
        shut_out = _SHUT_OUT[known.node.state]
        return Classification(received, known, shut_out, overtaken, skew_s, nothing)
    # §11.3  A request that was answered changes nothing when it comes again.
    if _was_answered(connection, known, received, verdict):
        return Classification(received, known, Verdict.ANSWERED, overtaken, skew_s, nothing)
    # §11.2  A known start that is not the last: its records decide what it is.
    if verdict in (Verdict.LATE, Verdict.CLONED):
        shared = _compare(connection, known, received)
        verdict = history.by_records(known, received, verdict, not shared.whole)
        overtaken = history.is_overtaken(known, received, verdict)
    # §4.7, §11.3, §11.5  Its batches, which may contradict what is held.
    reading = nothing
    if verdict in (Verdict.CONTINUES, Verdict.LATE):
        verdict, reading, shared = _read(connection, known, received, verdict, shared)
    # §11.3  The answer says how much of what was brought is held.
    if verdict is Verdict.OTHER and shared is None:
        shared = _compare(connection, known, received)
    return Classification(received, known, verdict, overtaken, skew_s, reading, shared)


def _clock_skew_s(known: KnownNode, received: Received) -> int | None:
    """How far the node's clock is ahead; None if the request cannot tell."""
    # A request older than one that was heard already has been under way for long.
    is_news = received.request.contact > known.node.contact
    return clock_skew.skew(received.request.at, received.at, received.direct and is_news)


def _was_answered(
    connection: Connection, known: KnownNode, received: Received, verdict: Verdict
) -> bool:
    """§11.3  Whether its start was told ``other-history`` at this contact or a later one."""
    request = received.request
    if not history.may_be_a_repeat(known, received, verdict):
        return False
    return request.contact <= boots.answered(connection, known.node.id, request.boots[-1])


def _read(
    connection: Connection,
    known: KnownNode,
    received: Received,
    verdict: Verdict,
    shared: Shared | None,
) -> tuple[Verdict, Reading, Shared | None]:
    """How the batches fit the chain, and the verdict once they are read."""
    request = received.request
    if shared is not None and shared.whole:  # held, maybe in other batches
        return verdict, Reading(known.chain, repeated=len(request.batches)), shared
    if history.is_over(known, request.epoch):
        # A parcel that was under way while a new epoch began may bring what came another way.
        reading = chain.repeats(connection, known.chain, request.batches)
        if reading.repeated < len(request.batches):
            shared = shared or _compare(connection, known, received)
            verdict = history.too_late(known, received, verdict, not shared.whole)
        return verdict, reading, shared
    skew_s = _clock_skew_s(known, received)
    reading = chain.follow(connection, known.chain, request.batches, received.at, skew_s)
    if reading.fork is not None:
        verdict = history.contradicting(known, received, verdict)
    return verdict, reading, shared


def _compare(connection: Connection, known: KnownNode, received: Received) -> Shared:
    """Compare what a request brings with what is held of the node."""
    request, key = received.request, VerifyKey.from_bytes(known.chain.public_key)
    return divergence.compare(connection, known.node.id, key, request.epoch, request.batches)


def _epoch(newest: Chain | None) -> int:
    return newest.epoch if newest is not None else 0


def _leading(named: Sequence[bytes], known: set[bytes]) -> int:
    """How many of ``named`` are known, from the first."""
    return next((place for place, start in enumerate(named) if start not in known), len(named))
