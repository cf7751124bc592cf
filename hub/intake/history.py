"""History: whether a request continues what the hub knows of a node (SPEC.md §11).

A node names the starts of its program. A restored backup and a copied folder name starts that do
not lead on from the last one the hub has heard of; an old parcel that came late names one that it
has heard of, from before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from sqlalchemy import Connection

from hub.store import boots
from hub.store.boots import Last
from hub.store.nodes import Node
from sync.exchange import Request


class Verdict(Enum):
    """What a request is to the history that the hub knows."""

    CONTINUES = ""
    LATE = "late"  # an old parcel: nothing is believed that it says of the node
    ANSWERED = "answered"  # it was answered before, and somebody has gone on since
    OTHER = "other-history"
    CLONED = "cloned"


FROZEN, REVOKED = "frozen", "revoked"
# With these nothing that the request says of the node is believed.
NOT_BELIEVED = frozenset({Verdict.OTHER.value, Verdict.CLONED.value, FROZEN, REVOKED})


@dataclass(frozen=True, slots=True)
class Classification:
    """The verdict, how many of the starts that were named the hub knows (from the first), and the
    last one that it had heard of."""

    verdict: Verdict
    known: int
    last: Last | None = None


def judge(
    connection: Connection, node: Node, request: Request, newest_epoch: int, held: int
) -> Classification:
    """Judge ``request``; nothing is stored. ``held``: what the hub holds of the request's epoch."""
    named = request.boots
    if not named:
        return Classification(Verdict.CONTINUES, 0)
    known = boots.known(connection, node.id, named)
    in_front = _leading(named, known)
    last = boots.last(connection, node.id)
    if last is None or request.epoch > newest_epoch:
        return Classification(Verdict.CONTINUES, in_front, last)
    heard = named[-1] in known
    if request.epoch < newest_epoch and not heard:
        return Classification(Verdict.OTHER, in_front, last)
    if last.boot in named and _leads_on(node, request, held, heard):
        return Classification(Verdict.CONTINUES, in_front, last)
    if not heard:
        return Classification(Verdict.OTHER, in_front, last)
    if request.contact < last.contact:
        return Classification(Verdict.LATE, in_front, last)
    return Classification(Verdict.CLONED, in_front, last)


def with_news(
    judged: Classification,
    node: Node,
    request: Request,
    is_news: bool,
    direct: bool,
    just_said: bool,
) -> Classification:
    """What a request of another start than the last is, by what it brings and by what people said.

    ``is_news``: records that are not held. Without, and unless it was just said, anybody may have
    sent again what was taken long ago. What a stick or a relay brings from before something that
    was heard since is no copy at work.
    """
    if not is_news and (judged.verdict is Verdict.LATE or not just_said):
        return replace(judged, verdict=Verdict.LATE)
    if request.epoch <= node.parted_epoch:
        return replace(judged, verdict=Verdict.OTHER)
    if not direct and request.contact <= node.contact:
        return replace(judged, verdict=Verdict.LATE)
    return judged


def contradicts(judged: Classification, node: Node, request: Request, direct: bool) -> Verdict:
    """What a request is under whose numbers other records are held."""
    if judged.verdict is not Verdict.CONTINUES and not direct:
        return Verdict.OTHER  # who is not at work will not hear of it
    # A start that the hub knows cannot contradict itself; a new one may be of a backup.
    apart = judged.known < len(request.boots) or request.epoch <= node.parted_epoch
    return Verdict.OTHER if apart else Verdict.CLONED


def too_late(
    judged: Classification,
    node: Node,
    request: Request,
    newest_epoch: int,
    is_news: bool,
    just_said: bool,
) -> Verdict:
    """What a request is that brings batches of an epoch which is over.

    ``is_news``: with records that are not held.
    """
    behind = judged.verdict is Verdict.CONTINUES and request.epoch < newest_epoch
    left_behind = behind and just_said  # its own start has gone on without it
    if is_news and left_behind:
        return contradicts(judged, node, request, direct=True)
    if is_news or left_behind:
        return Verdict.OTHER  # who is at work in it begins the next; who is not will not hear of it
    return Verdict.LATE


def _leads_on(node: Node, request: Request, held: int, heard: bool) -> bool:
    """Whether nothing is missing between what was heard and a request that names the last start.

    ``heard``: its final start is known, so it may be an old parcel. A start that first speaks now
    must have counted on: a backup of the running program names the last start, too.
    """
    if heard:
        return held <= request.head or request.contact <= node.contact
    return held <= request.head and request.contact > node.contact


def counted(
    node: Node, judged: Classification, request: Request, newest_epoch: int, refusal: str
) -> int:
    """The greatest contact of the history that is believed, after this request.

    A new epoch counts from its own first request: a restored backup counts again from less.
    """
    if judged.verdict is not Verdict.CONTINUES or refusal in NOT_BELIEVED:
        return node.contact
    if request.epoch > newest_epoch:
        return request.contact
    return max(node.contact, request.contact) if request.epoch == newest_epoch else node.contact


def newest_epoch(node: Node, held: int) -> int:
    """The newest epoch of a node that the hub has heard of; ``held``: the newest with a batch."""
    return max(held, node.epoch, node.ended_epoch)


def goes_on(judged: Classification, request: Request) -> bool:
    """Whether the node still has the start that was heard of last: it has lost nothing."""
    return judged.last is not None and judged.last.boot in request.boots


def confirm(connection: Connection, node: Node, judged: Classification, request: Request) -> None:
    """Note the starts of a request that is the node's own."""
    last, named = judged.last, request.boots
    if not named or (last is not None and last.boot == named[-1]):
        return
    if last is None:
        boots.add(connection, node.id, named, request.contact, 0)
        return
    after = named.index(last.boot) + 1 if last.boot in named else 0
    boots.add(connection, node.id, named[after:], request.contact, last.place)


def _leading(named: Sequence[bytes], known: set[bytes]) -> int:
    count = 0
    for boot in named:
        if boot not in known:
            break
        count += 1
    return count
