"""One exchange with the hub: what is asked, and what its answer changes here (SPEC.md §5).

Carrying the bytes is ``node.link.http_client``; when to do it is ``node.courier.courier``.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from node.clock import Clock
from node.config import Config
from node.errors import ForeignReceipt, HubRefused, NotJoined, NotTheHub, OutboxMoved
from node.exchange import lineage
from node.exchange.lineage import ReceiptMark
from node.exchange.node_keys import load_keys
from node.link.backoff import MOST_RECORDS
from node.link.http_client import HubConnection
from node.store import boots, epochs, handed, journal, meta, orders, outbox
from node.store.boots import Boot
from node.store.db import Store
from node.store.handed import Handed
from node.store.meta import NodeIdentity
from node.store.outbox import End
from sync.errors import PeerError
from sync.exchange import Answer, Request, receipt_of, seal_request, unseal_answer
from sync.parcel import MAX_PARCEL_BYTES, parcel_name, successors
from sync.receipt import Receipt

log = logging.getLogger(__name__)
EXCHANGE_PATH = "/x"
# What a relay brings was written a while ago: its time says nothing about the clock.
LATE_PATH = "/x/late"
OTHER_HISTORY, SEQUENCE_GAP = "other-history", "sequence-gap"
# With these refusals the hub may say what it holds of another life of this station.
TWO_HISTORIES = frozenset({"cloned", "frozen", "revoked", "fork", "old-epoch"})
# §2.6  The hub knows older keys of this node than it did: it was restored from a backup.
LOST_TRACK = frozenset({"bad-signature", "broken-succession"})
MB = 1_000_000
# Of a parcel's 2,500,000 bytes, the share of batches; certificates and frame need the rest.
MAX_BATCHES_BYTES = 2_300_000


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What an exchange achieved."""

    receipted: int  # records that the hub holds now and did not before
    orders: int
    refusal: str
    again_s: int
    more: bool  # orders wait at the hub
    asked: bytes = b""  # the parcel that was answered
    heeded: bool = True  # False: it was meant for an earlier life, and is ignored


class Exchange:
    """Exchanges of one node."""

    def __init__(self, config: Config, store: Store, clock: Clock, identity: NodeIdentity) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._identity = identity
        self._keys = load_keys(config.data)
        self._brought = 0  # the last record that the last request brought, or that has a receipt
        self._all_asked_for = False  # the hub can decide only when it sees everything that waits
        self._tells_all_keys = False  # the hub did not know the keys that it should know

    @property
    def epoch(self) -> int:
        """The epoch in which the node notes records now, as far as this exchange knows."""
        return self._identity.epoch

    def seal(self, max_records: int) -> bool:
        """Seal the next records and store the batch; False when there are none.

        The batch is made here, not in the writer's thread: learners' answers need not wait for it.
        """
        conn, epoch = self._store.read(), self._identity.epoch
        generation = self._chain_key(conn, epoch)
        draft = outbox.draft(conn, self._identity, self._keys.keys[generation], max_records)
        if draft is None:
            return False
        now = self._clock.now()

        def keep(conn: sqlite3.Connection) -> None:
            outbox.keep(conn, epoch, draft, now)
            meta.put(conn, meta.CHAIN_KEY, str(generation))

        self._store.write(keep)
        return True

    def seal_all(self) -> None:
        """Seal whatever waits: slow carriers take as much as there is."""
        with suppress(OutboxMoved):
            while self.seal(MOST_RECORDS):
                pass

    def unsealed(self) -> tuple[int, int]:
        """How many records are not sealed, and how many of them up to the last exam handed in."""
        conn, epoch = self._store.read(), self._identity.epoch
        sealed = outbox.sealed_to(conn, epoch).seq
        exam = journal.last_hand_in(conn, epoch, sealed)
        return journal.head(conn, epoch) - sealed, max(0, exam - sealed)

    def run(self, line: HubConnection, max_bytes: int) -> Exchanged:
        """Send sealed batches of ``max_bytes`` (0: none), and take in what the hub answers.

        Raises:
            LineError: nobody answered, or not the hub; everything stays as it was.
            ForeignReceipt: the hub holds what this node never sealed.
        """
        raw = self.ask(max_bytes)
        try:
            came = line.post(EXCHANGE_PATH, raw, MAX_PARCEL_BYTES)
        except HubRefused as error:
            # Nobody signs such a refusal, so it changes nothing here: it costs one more request.
            if error.reason not in LOST_TRACK or self._tells_all_keys or not self._keys.generation:
                raise
            log.warning("the hub does not know the keys of this node: telling it all")
            self._tells_all_keys = True
            raw = self.ask(max_bytes)
            came = line.post(EXCHANGE_PATH, raw, MAX_PARCEL_BYTES)
        return self.take(came, raw)

    def ask(self, max_bytes: int, way: str = "") -> bytes:
        """Draw up a request with sealed batches of ``max_bytes`` (0: none).

        ``way``: the slow carrier that takes it; its answer may come much later.
        """
        if self._all_asked_for:
            self.seal_all()
            max_bytes = MAX_BATCHES_BYTES
        # Counted before the starts are read: a later start never counts less than an earlier one.
        contact = lineage.next_contact(self._store)
        conn, me = self._store.read(), self._identity
        batches = outbox.waiting(conn, me.epoch, max_bytes) if max_bytes else []
        named = boots.since_confirmed(conn)
        request = Request(
            node=me.node,
            epoch=me.epoch,
            at=self._clock.now() * 1000,
            head=journal.head(conn, me.epoch),
            orders=orders.mark(conn),
            disk_free_mb=shutil.disk_usage(self._config.data).free // MB,
            hub_generation=me.hub.generation,
            contact=contact,
            boots=tuple(boot.boot for boot in named),
            batches=tuple(batch.bytes for batch in batches),
        )
        self._brought = batches[-1].end.seq if batches else outbox.receipted(conn, me.epoch).seq
        raw = seal_request(request, self._keys.current, me.hub, self._certificates(conn, way))
        if way:
            handed_over = Handed(
                name=parcel_name(raw).hex(),
                way=way,
                epoch=me.epoch,
                first=named[0].boot.hex() if named else "",
                last=named[-1].boot.hex() if named else "",
                end=self._brought,
                orders=request.orders,
                at=self._clock.now(),
            )
            self._store.write(lambda conn: handed.note(conn, handed_over))
        return raw

    def take(self, came: bytes, asked: bytes = b"") -> Exchanged:
        """Take in a parcel of the hub, by whatever way it came; ``asked``: what was just sent.

        Raises:
            NotTheHub: it is not the hub's parcel to this node.
            ForeignReceipt: the hub holds what this node never sealed.
        """
        try:
            box, sealed_to = self._keys.box_for(came)
            answer, hub = unseal_answer(came, box, self._identity.hub)
            # A course may be signed with a key that the hub used only while this node was off.
            hubs = () if hub == self._identity.hub else successors(came, box, self._identity.hub)
        except PeerError as error:
            raise NotTheHub(f"{error.code}: {error}") from error
        if asked and answer.asked != parcel_name(asked):
            raise NotTheHub("an answer to another request")
        if hubs:
            self._identity = replace(self._identity, hubs=(*self._identity.hubs, *hubs))
        done = self._store.write(lambda conn: self._keep(conn, answer, fresh=bool(asked)))
        known = meta.number(self._store.read(), meta.KNOWN_KEY)
        if asked and not answer.refusal and sealed_to != known:
            # The hub answers to the new keys: from now on it need not be told of them.
            self._store.write(lambda conn: meta.put(conn, meta.KNOWN_KEY, str(sealed_to)))
        me = self._identity = self._identity_now()
        held = outbox.receipted(self._store.read(), me.epoch)
        lineage.keep_mark(self._config.data, ReceiptMark(me.epoch, held.seq))
        return replace(done, asked=answer.asked)

    def _certificates(self, conn: sqlite3.Connection, way: str) -> Sequence[bytes]:
        """What leads to the key that signs, from the one by which the hub should know us."""
        # §2.6  By a slow carrier no refusal comes back, after which it could be told more.
        tells_all = self._tells_all_keys or bool(way)
        return self._keys.since(0 if tells_all else meta.number(conn, meta.KNOWN_KEY))

    def _chain_key(self, conn: sqlite3.Connection, epoch: int) -> int:
        """The generation that signs this epoch's batches: the one that signed its first."""
        begun = outbox.sealed_to(conn, epoch).seq > 0
        return meta.number(conn, meta.CHAIN_KEY) if begun else self._keys.generation

    def _identity_now(self) -> NodeIdentity:
        identity = meta.identity(self._store.read())
        if identity is None:
            raise NotJoined(str(self._config.data))
        return identity

    def _keep(self, conn: sqlite3.Connection, answer: Answer, *, fresh: bool) -> Exchanged:
        """Store all that the answer says, in one transaction."""
        earlier = None if fresh else handed.find(conn, answer.asked)
        if fresh:
            # Only an answer to what was just asked says what time it is.
            meta.put(conn, meta.SKEW, str(self._clock.hear(answer.at)))
        now = self._clock.now()
        heard = meta.number(conn, meta.HUB_AT)
        known = max(heard, answer.at // 1000)
        meta.put(conn, meta.HUB_AT, str(known))
        meta.put_hubs(conn, self._identity.hubs)
        named = boots.since_confirmed(conn)
        if answer.refusal and not fresh:
            # Meant for an earlier epoch, or for a history that a backup replaced, it is ignored.
            if earlier is None or earlier.epoch != self._identity.epoch:
                return Exchanged(0, 0, "", 0, False, heeded=False)
            handed.refused(conn, earlier)
            named = boots.since(conn, bytes.fromhex(earlier.first))
        if answer.refusal == OTHER_HISTORY or (fresh and self._fell_back(conn, answer)):
            return self._go_on_in_new_epoch(conn, answer, earlier, named, now)
        held = 0
        receipt, raw = self._receipt(conn, answer)
        if receipt is not None:
            held = self._hold(conn, receipt, raw, now)
        applied = orders.apply(conn, answer.orders, answer.since, now)
        if not answer.refusal and named:
            last = named[-1].boot.hex() if fresh else earlier.last if earlier else ""
            if last in {boot.boot.hex() for boot in named}:
                boots.confirm(conn, bytes.fromhex(last))
        if fresh or known > heard:
            meta.put(conn, meta.REFUSAL, answer.refusal)
        return Exchanged(held, applied, answer.refusal, answer.again_s, answer.more)

    def _go_on_in_new_epoch(
        self, conn: sqlite3.Connection, answer: Answer, earlier: Handed | None,
        named: Sequence[Boot], now: int,
    ) -> Exchanged:  # fmt: skip
        """Begin the epoch after the hub's, unless it has to see first what all is here (§11.3)."""
        brought = earlier.end if earlier else self._brought
        is_told = epochs.tells_what_is_held(conn, answer, named, brought)
        if not is_told and not self._all_asked_for:
            self._all_asked_for = True
            return Exchanged(0, 0, "", 0, True)
        self._all_asked_for = False
        epoch = epochs.begin_epoch(conn, answer, named, brought, now)
        log.warning("the hub knows another history of this node: epoch %s begins", epoch)
        return Exchanged(0, 0, "", 0, True)

    def _fell_back(self, conn: sqlite3.Connection, answer: Answer) -> bool:
        """§11.7  Whether the hub says that it lacks what it has receipted."""
        me = self._identity
        if answer.refusal != SEQUENCE_GAP or answer.epoch != me.epoch:
            return False
        # Of a later epoch nothing at all is held: the answer does not say what that began on.
        names_end = answer.held > 0 or me.epoch == 1
        return names_end and answer.held < outbox.receipted(conn, me.epoch).seq

    def _receipt(self, conn: sqlite3.Connection, answer: Answer) -> tuple[Receipt | None, bytes]:
        """The hub's word on what it holds: its receipt, or what the signed answer says itself."""
        me = self._identity
        if answer.epoch != me.epoch or not answer.held:
            return None, b""
        receipt, raw = receipt_of(answer, me.hub), answer.receipt
        if receipt is None:
            at, held, raw = answer.at, answer.held, b""
            receipt = Receipt(me.node, me.epoch, held, answer.held_hash, at, 0, b"")
        if receipt.node != me.node:
            raise ForeignReceipt(f"receipt for node {receipt.node}")
        if answer.refusal in TWO_HISTORIES and not self._is_ours(conn, receipt):
            return None, b""
        return receipt, raw

    @staticmethod
    def _is_ours(conn: sqlite3.Connection, receipt: Receipt) -> bool:
        return outbox.is_ours(conn, receipt.epoch, End(receipt.seq, receipt.hash))

    def _hold(self, conn: sqlite3.Connection, receipt: Receipt, raw: bytes, now: int) -> int:
        before = outbox.receipted(conn, receipt.epoch)
        if receipt.seq < before.seq:
            log.warning("hub holds %s, had receipted %s", receipt.seq, before.seq)
            return 0
        if not self._is_ours(conn, receipt):
            raise ForeignReceipt(f"hub holds {receipt.seq} of epoch {receipt.epoch}")
        if receipt.seq > before.seq or raw:
            outbox.take_receipt(conn, receipt, raw, now)
        return receipt.seq - before.seq
