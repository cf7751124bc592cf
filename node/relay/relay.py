"""Relay, both ends: a station hands its parcels over, a relay brings them to the hub (§12.4).

A relay trusts nobody: it passes on what has the form of a parcel, to the address in it, and no more
of a source than ``node.relay.budget`` allows once the hub did not want it. Where the parcels lie
meanwhile is ``node.relay.parcel_store``.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from content.transfer.stick_folder import Lying
from node.clock import Clock
from node.errors import ForeignReceipt, HubFailed, HubRefused, LineError, NotTheHub
from node.exchange.exchange import LATE_PATH, Exchange, Exchanged
from node.link.http_client import HubConnection
from node.relay.parcel_store import ParcelStore
from node.store import boots, handed, meta, orders, outbox
from node.store.db import Store
from sync.errors import PeerError
from sync.parcel import HUB, MAX_PARCEL_BYTES, parcel_name, read_address
from sync.relay import MAX_ANSWERS_BYTES, Ask, read_answers, write_ask

log = logging.getLogger(__name__)

RELAY_PATH = "/relay"
# A county's network carries so much in a short time.
MAX_BYTES = 400_000
# The relay may lose a parcel with its disk: it is given again after so long.
AGAIN_S = 6 * 3_600
# Orders of a whole county come in several answers; there is always a next sync.
MOST_ROUNDS = 8
NO_STATION = "unknown-station"
# With these codes the hub says that it will never take a parcel.
HOPELESS = frozenset(
    {
        "malformed",
        "too-large",
        "not-for-us",
        "bad-signature",
        NO_STATION,
        "broken-succession",
        "weak-key",
    }
)


# So many refused in a row are the fault of the line, not of the parcels.
MOST_FAILED = 3


def hand_over(line: HubConnection, store: Store, clock: Clock, exchange: Exchange) -> Exchanged:
    """Give the relay what the hub lacks, and take in what it holds for this node.

    Raises:
        LineError: there is no relay; everything stays as it was.
        ForeignReceipt: all that the relay held is about what this node never sealed. It is not
            given again: it was meant for a life that a restored backup has ended.
    """
    me = meta.number(store.read(), meta.NODE)
    taken, names = Exchanged(0, 0, "", 0, False), list[bytes]()
    foreign, understood = None, False
    for turn in range(MOST_ROUNDS):
        exchange.seal_all()
        parcel = exchange.ask(MAX_BYTES, handed.RELAY) if _is_news(store, clock, taken) else b""
        if turn and not parcel and not names:
            break
        body = write_ask(Ask(me, parcel, tuple(names)))
        names, taken = [], replace(taken, more=False)
        for raw in _answers(line.post(RELAY_PATH, body, MAX_ANSWERS_BYTES)):
            names.append(parcel_name(raw))
            try:
                done = exchange.take(raw)
            except NotTheHub as error:
                log.warning("the relay held what is not for us: %s", error)
                continue
            except ForeignReceipt as error:
                log.warning("the relay held what was said to another life: %s", error)
                foreign = error
                continue
            understood = True
            taken = Exchanged(
                taken.receipted + done.receipted,
                taken.orders + done.orders,
                done.refusal if done.heeded else taken.refusal,
                0,
                taken.more or done.more,
            )
    if foreign is not None and not understood:
        raise foreign
    return taken


def forward(line: HubConnection, shelf: ParcelStore) -> int:
    """Bring what lies on the shelf to the hub and put its answers there; return how many.

    A parcel without a proper answer waits, and does not hold up the others. One from a source that
    gave too much of what the hub does not want waits too.

    Raises:
        LineError: the hub cannot be reached, or did not take all; what is left waits.
        DiskFault: an answer cannot be kept; its parcel is sent again.
    """
    count, in_a_row = 0, 0
    first: LineError | None = None
    for lying in shelf.to_hub():
        raw = None if shelf.is_held(lying) else shelf.read_to_hub(lying)
        if raw is None:
            continue
        try:
            count += _pass_on(line, shelf, lying, raw)
            in_a_row = 0
        except (HubFailed, HubRefused, NotTheHub) as error:
            log.warning("%s waits: %s (%s)", lying.file, error.code, error)
            first, in_a_row = first or error, in_a_row + 1
            if in_a_row == MOST_FAILED:
                break
    shelf.drop_old()
    if first is not None:
        raise first
    return count


def _pass_on(line: HubConnection, shelf: ParcelStore, lying: Lying, raw: bytes) -> bool:
    """Bring one parcel to the hub; False if it will never be taken, and is forgotten."""
    try:
        answer = line.post(LATE_PATH, raw, MAX_PARCEL_BYTES)
    except HubRefused as error:
        if error.reason not in HOPELESS:
            raise
        log.warning("the hub does not want %s: %s", lying.file, error.reason)
        shelf.drop_unwanted(lying, no_station=error.reason == NO_STATION)
        return False
    _is_answer(answer, lying.node)
    shelf.keep_answer(lying.node, answer)
    shelf.drop_answered(lying)
    return True


def _is_news(store: Store, clock: Clock, taken: Exchanged) -> bool:
    """Whether the relay has to be given a new parcel."""
    conn = store.read()
    last, epoch = handed.newest(conn, handed.RELAY), meta.number(conn, meta.EPOCH, 1)
    if last is None or last.epoch != epoch or taken.more:
        return True
    started = boots.since_confirmed(conn)
    return (
        last.end < outbox.sealed_to(conn, epoch).seq
        or last.orders < orders.mark(conn)
        or bool(started and last.last != started[-1].boot.hex())
        or not 0 <= clock.now() - last.at < AGAIN_S
    )


def _answers(raw: bytes) -> list[bytes]:
    try:
        return read_answers(raw)
    except PeerError as error:
        raise NotTheHub(f"relay: {error}") from error


def _is_answer(raw: bytes, node: int) -> None:
    """Check that the hub answered: after a captive portal's page the parcel has to wait."""
    try:
        address = read_address(raw)
    except PeerError as error:
        raise NotTheHub(f"{error.code}: {error}") from error
    if (address.to, address.sender) != (node, HUB):
        raise NotTheHub(f"from {address.sender} to {address.to}")
