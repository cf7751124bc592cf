"""One exchange with the hub: what is asked, and what its answer changes here (SPEC.md §5).

Carrying the bytes is ``node.line``; when to do it is ``node.courier``.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
from dataclasses import dataclass

from node.clock import Clock
from node.config import Config
from node.errors import ForeignReceipt, NotTheHub
from node.identity import load_key
from node.line import Line
from node.store import journal, meta, orders, outbox
from node.store.db import Store
from node.store.meta import Identity
from node.store.outbox import End
from sync.errors import PeerError
from sync.exchange import MAX_ANSWER_BYTES, Answer, Request, seal_request, unseal_answer
from sync.receipt import Receipt, unseal_receipt
from sync.signing import VerifyKey

log = logging.getLogger(__name__)
EXCHANGE_PATH = "/x"
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What an exchange achieved."""

    receipted: int  # records that the hub holds now and did not before
    orders: int
    refusal: str
    again_s: int
    more: bool  # orders wait at the hub


class Exchange:
    """Exchanges of one node."""

    def __init__(self, config: Config, store: Store, clock: Clock, identity: Identity) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._identity = identity
        self._hub = VerifyKey.from_bytes(identity.hub_key)
        self._key = load_key(config.data)

    def seal(self, max_records: int) -> bool:
        """Seal the records that follow and store the batch; False when there are none.

        Drawn up here and not in the writer's thread: learners' answers need not wait for it.
        """
        epoch = self._identity.epoch
        draft = outbox.draft(self._store.read(), self._identity, self._key, max_records)
        if draft is None:
            return False
        now = self._clock.now()
        self._store.write(lambda conn: outbox.keep(conn, epoch, draft, now))
        return True

    def run(self, line: Line, max_bytes: int) -> Exchanged:
        """Send sealed batches of ``max_bytes`` (0: none), and take in what the hub answers.

        Raises:
            LineError: nobody answered, or not the hub; everything stays as it was.
            ForeignReceipt: the hub holds what this node never sealed.
        """
        conn, me = self._store.read(), self._identity
        batches = outbox.waiting(conn, me.epoch, max_bytes) if max_bytes else []
        request = Request(
            node=me.node,
            epoch=me.epoch,
            at=self._clock.now() * 1000,
            head=journal.head(conn, me.epoch),
            orders=orders.mark(conn),
            disk_free_mb=shutil.disk_usage(self._config.data).free // MB,
            batches=tuple(batch.bytes for batch in batches),
        )
        raw = seal_request(request, self._key)
        came = line.post(EXCHANGE_PATH, raw, MAX_ANSWER_BYTES)
        try:
            answer = unseal_answer(came, raw, self._hub)
        except PeerError as error:
            raise NotTheHub(f"{error.code}: {error}") from error
        return self._take(answer)

    def _take(self, answer: Answer) -> Exchanged:
        """Store all that the answer says, in one transaction."""
        skew = self._clock.hear(answer.at)
        now = self._clock.now()
        receipt, raw = self._receipt(answer)

        def store(conn: sqlite3.Connection) -> Exchanged:
            held = 0
            if receipt is not None:
                held = self._hold(conn, receipt, raw, now)
            applied = orders.apply(conn, answer.orders, now)
            meta.put(conn, meta.SKEW, str(skew))
            meta.put(conn, meta.HUB_AT, str(answer.at // 1000))
            meta.put(conn, meta.REFUSAL, answer.refusal)
            return Exchanged(held, applied, answer.refusal, answer.again_s, answer.more)

        return self._store.write(store)

    def _receipt(self, answer: Answer) -> tuple[Receipt | None, bytes]:
        """The hub's word on what it holds: its receipt, or what the signed answer says itself."""
        me = self._identity
        if answer.receipt:
            try:
                receipt = unseal_receipt(answer.receipt, self._hub)
            except PeerError as error:
                raise NotTheHub(f"receipt: {error}") from error
            if (receipt.node, receipt.epoch) != (me.node, me.epoch):
                raise ForeignReceipt(f"receipt for node {receipt.node} epoch {receipt.epoch}")
            return receipt, answer.receipt
        if answer.held:
            held = Receipt(me.node, me.epoch, answer.held, answer.held_hash, answer.at)
            return held, b""
        return None, b""

    def _hold(self, conn: sqlite3.Connection, receipt: Receipt, raw: bytes, now: int) -> int:
        before = outbox.receipted(conn, receipt.epoch)
        if receipt.seq < before.seq:
            log.warning("hub holds %s, had receipted %s", receipt.seq, before.seq)
            return 0
        if not outbox.is_ours(conn, receipt.epoch, End(receipt.seq, receipt.hash)):
            raise ForeignReceipt(f"hub holds {receipt.seq} of epoch {receipt.epoch}")
        if receipt.seq > before.seq or raw:
            outbox.take_receipt(conn, receipt, raw, now)
        return receipt.seq - before.seq
