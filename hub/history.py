"""History: whether a request continues what the hub knows of a node (SPEC.md §11).

A node names the starts of its program. A restored backup and a copied folder name starts that do
not lead on from the last one the hub has heard of; an old parcel that came late names one that it
has heard of, from before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Connection

from hub.store import boots
from hub.store.nodes import Node
from sync.exchange import Request


class Verdict(Enum):
    """What a request is to the history that the hub knows."""

    OURS = ""
    LATE = "late"  # an old parcel of the same history: good for repeats only
    OTHER = "other-history"
    CLONED = "cloned"


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict, and how many of the starts that were named the hub knows (from the first)."""

    verdict: Verdict
    known: int


def judge(
    connection: Connection, node: Node, request: Request, newest_epoch: int, held: int
) -> Judged:
    """Judge ``request``; nothing is stored. ``held``: what the hub holds of the request's epoch."""
    named = request.boots
    if not named:
        return Judged(Verdict.OURS, 0)
    known = boots.known(connection, node.id, named)
    in_front = _leading(named, known)
    last = boots.last(connection, node.id)
    if last is None or request.epoch > newest_epoch:
        return Judged(Verdict.OURS, in_front)
    if last.boot in named and (held <= request.head or request.contact <= node.contact):
        return Judged(Verdict.OURS, in_front)
    if named[-1] not in known:
        return Judged(Verdict.OTHER, in_front)
    if request.contact < last.contact:
        return Judged(Verdict.LATE, in_front)
    return Judged(Verdict.CLONED, in_front)


def goes_on(connection: Connection, node: Node, request: Request) -> bool:
    """Whether the node still has the start that was heard of last: it has lost nothing."""
    last = boots.last(connection, node.id)
    return last is not None and last.boot in request.boots


def confirm(connection: Connection, node: Node, request: Request) -> None:
    """Note the starts of a request that is the node's own."""
    last = boots.last(connection, node.id)
    named = request.boots
    if not named or (last is not None and last.boot == named[-1]):
        return
    after = named.index(last.boot) + 1 if last is not None and last.boot in named else 0
    boots.add(connection, node.id, named[after:], request.contact)


def _leading(named: Sequence[bytes], known: set[bytes]) -> int:
    count = 0
    for boot in named:
        if boot not in known:
            break
        count += 1
    return count
