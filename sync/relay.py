"""Relay: what a station says to a relay and what it answers, around parcels (SPEC.md §12.4).

Nothing here is signed: a relay is a carrier, and both parcels speak for themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sync.errors import MalformedBytes, TooLarge, WrongNode
from sync.parcel import HUB, MAX_PARCEL_BYTES, NAME_BYTES, read_address
from sync.wire import Reader, Writer

# §12.4  More answers than this do not wait for one station; a relay keeps eight.
MAX_TAKEN = 64
MAX_ASK_BYTES = MAX_PARCEL_BYTES + MAX_TAKEN * NAME_BYTES + 32
# §12.4  One large answer, or many small ones; the rest comes with the next request.
MAX_ANSWERS_BYTES = MAX_PARCEL_BYTES + 100_000


@dataclass(frozen=True, slots=True)
class Ask:
    """A station's half: ``parcel`` to the hub (empty: only asking), and the names of the answers
    that it has taken in."""

    node: int
    parcel: bytes
    taken: tuple[bytes, ...] = ()


def write_ask(ask: Ask) -> bytes:
    """The bytes of ``ask``."""
    out = Writer()
    out.varint(ask.node)
    out.counted(ask.parcel)
    for name in ask.taken[:MAX_TAKEN]:
        out.raw(name)
    return out.done()


def read_ask(raw: bytes) -> Ask:
    """Check what a station says, as far as a carrier can.

    Raises:
        TooLarge, MalformedBytes: it is not such a message.
        WrongNode: the parcel is another's, or not to the hub.
    """
    # §12.4  Bounded before it is read; the names fill the rest, eight bytes each.
    if len(raw) > MAX_ASK_BYTES:
        raise TooLarge("a request to a relay", MAX_ASK_BYTES)
    reader = Reader(raw)
    node, parcel, packed_names = reader.varint(), reader.counted(), reader.rest()
    too_many = len(packed_names) > MAX_TAKEN * NAME_BYTES
    if node == HUB or too_many or len(packed_names) % NAME_BYTES:
        raise MalformedBytes(f"node {node}, {len(packed_names)} bytes of names")
    if parcel:
        address = read_address(parcel)
        # §12.4  As far as the clear address tells: nothing more can be known of a parcel here.
        if (address.to, address.sender) != (HUB, node):
            raise WrongNode(node, address.sender)
    names = tuple(
        packed_names[at : at + NAME_BYTES] for at in range(0, len(packed_names), NAME_BYTES)
    )
    return Ask(node, parcel, names)


def write_answers(parcels: Sequence[bytes]) -> bytes:
    """The parcels that a relay holds for the one who asked."""
    out = Writer()
    for parcel in parcels:
        out.counted(parcel)
    return out.done()


def read_answers(raw: bytes) -> list[bytes]:
    """The parcels in a relay's answer; the receiver checks who they are from.

    Raises:
        MalformedBytes: something else answered, or it was cut.
    """
    reader, parcels = Reader(raw), list[bytes]()
    while reader.at < len(raw):
        parcels.append(reader.counted())
    return parcels
