"""Transport: what one sync does: records and orders, courses, other stations' parcels.

Only the steps, in their order (SPEC.md §5): first the hub itself, then the relay if the line does
not lead to the hub. ``node.courier.timing`` says when; ``node.courier.courier`` makes sure that no
two run at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack

from content.transfer.blobs import BlobStore
from node.clock import Clock
from node.config import Config
from node.courier.timing import Timing
from node.courses import film_size
from node.courses.disk_space import CourseStorage
from node.courses.fetch import Fetch
from node.courses.release_trust import Trust
from node.courses.sources import BlobSource, every_way
from node.errors import (
    ContentWaits,
    ForeignReceipt,
    HubBusy,
    HubFailed,
    HubRefused,
    LineError,
    MachineError,
    NodeError,
    NotJoined,
    OutboxMoved,
)
from node.exchange.exchange import Exchange, Exchanged
from node.link.backoff import Pace
from node.link.http_client import HubConnection
from node.link.policy import LinePolicy
from node.link.progress import SyncProgress, SyncStep
from node.relay import relay
from node.relay.parcel_store import ParcelStore
from node.store import boots, journal, meta, outbox, tries
from node.store.db import Store
from node.store.tries import Try

log = logging.getLogger(__name__)

# After a failure, do not send more than this again before asking what arrived.
ASK_FIRST_BYTES = 1_500


class Transport:
    """The ways to the hub and what goes over them. ``timing`` is told how each went."""

    def __init__(
        self,
        config: Config,
        store: Store,
        clock: Clock,
        blobs: BlobStore,
        shelf: ParcelStore | None,
        policy: LinePolicy,
        timing: Timing,
    ) -> None:
        self.config = config
        self.records, self.content = SyncProgress(), SyncProgress()
        self.trust = Trust(store, clock, relays=shelf is not None)
        self.storage = CourseStorage(store, clock, blobs, config.content_mb)
        self.fetch = Fetch(
            store, clock, blobs, self.content, self.trust, self.storage, self._wants_large
        )
        self.some_content_came = False  # in the fetch that ended last
        self._store, self._clock, self._shelf = store, clock, shelf
        self._policy, self._timing = policy, timing

    def _wants_large(self) -> bool:
        return film_size.wants_large(self.config, self._store)

    @property
    def step(self) -> SyncStep:
        """What goes over the line at this moment."""
        return self.records.now if self.records.now.phase else self.content.now

    def sync(self) -> int:
        """Exchange until nothing waits on either side; return how many records the hub took.

        Raises:
            NodeError: it could not be finished; the try is noted either way.
        """
        began, at = time.monotonic(), self._clock.now()
        taken, outcome = 0, NodeError.code
        urgent = journal.exam_waits(self._store.read())
        line = self._line(self.config.hub_url, urgent, self._timing.ticket)
        try:
            taken = self._by_any_way(line)
            outcome = ""
        except NodeError as error:
            outcome = error.code
            self._timing.sync_failed(error, line.reached)
            raise
        finally:
            self.records.end()
            took_ms = int((time.monotonic() - began) * 1000)
            self._note(Try(at, took_ms, outcome, taken, line.bytes_up, line.bytes_down))
        self._timing.sync_went_well()
        return taken

    def forward(self) -> int:
        """Bring the parcels on this relay's shelf to the hub; return how many.

        Raises:
            LineError: it cannot be reached; what is left waits.
        """
        if self._shelf is None:
            return 0
        with self._line(self.config.hub_url) as line:
            return relay.forward(line, self._shelf)

    def fetch_content(self, give_way: Callable[[], None]) -> int:
        """Fetch and install the courses that are missing; return how many.

        ``give_way`` is called before and between pieces.

        Raises:
            ContentWaits: it is not the time for it; what came is kept.
            NodeError: it could not be finished; what came is kept.
        """
        fault = ""
        try:
            give_way()
            with ExitStack() as lines:
                sources = every_way(self.config, lines, lambda url: self._line(url, content=True))
                return self.fetch.run(sources, give_way)
        except ContentWaits:
            raise
        except NodeError as error:
            fault = error.code
            raise
        finally:
            self.some_content_came = self.content.now.bytes_down > 0
            self.content.end()
            self._store.write(lambda conn: meta.put(conn, meta.CONTENT_FAULT, fault))

    def fetch_from(self, source: BlobSource) -> int:
        """Install the missing courses that are complete at ``source``; return how many."""
        try:
            return self.fetch.run_what_is_there(source)
        finally:
            self.content.end()

    def exchange(self) -> Exchange:
        """This node's side of an exchange of parcels, whoever carries them.

        Raises:
            NotJoined: this node belongs to no station yet.
        """
        identity = meta.identity(self._store.read())
        if identity is None:
            raise NotJoined(str(self.config.data))
        return Exchange(self.config, self._store, self._clock, identity)

    def _by_any_way(self, line: HubConnection) -> int:
        """Exchange over the line; where it does not lead to the hub, through the relay."""
        if not self.config.relay_url:
            with line:
                return self._rounds(line)
        try:
            if not self.config.hub_url:
                raise LineError("no hub is set")
            with line:
                return self._rounds(line)
        except (HubBusy, HubFailed, HubRefused, ForeignReceipt):
            raise  # the hub itself answered
        except LineError as error:
            log.info("by relay, because: %s", error)
            with self._line(self.config.relay_url) as other:
                try:
                    done = relay.hand_over(other, self._store, self._clock, self.exchange())
                finally:
                    line.bytes_up += other.bytes_up
                    line.bytes_down += other.bytes_down
            if done.refusal:
                raise HubRefused(done.refusal) from error
            return done.receipted

    def _line(
        self, url: str, urgent: bool = False, ticket: str = "", *, content: bool = False
    ) -> HubConnection:
        throttle = self._policy.for_content() if content else self._policy.for_records()
        return HubConnection(url, urgent, ticket, throttle=throttle, ca=self.config.hub_ca)

    def _rounds(self, line: HubConnection) -> int:
        """Seal and exchange until nothing waits; one round at least."""
        exchange = self.exchange()
        waiting = journal.waiting(self._store.read()).count
        self.records.begin("records" if waiting else "orders", waiting)
        taken = 0
        # After a new start records go at once: they show if this is a restored backup (§11).
        unsure = self._timing.pace.unsure
        ask_first = unsure and len(boots.since_confirmed(self._store.read())) < 2
        while True:
            pace = self._timing.pace.within(self._policy.bytes_per_s)
            self._seal(exchange, pace)
            sealed = outbox.waiting(self._store.read(), exchange.epoch, pace.max_bytes)
            asking = ask_first and sum(len(batch.bytes) for batch in sealed) > ASK_FIRST_BYTES
            ask_first = False
            done = self._request(line, exchange, 0 if asking else pace.max_bytes)
            taken += done.receipted
            if done.refusal:
                raise HubRefused(done.refusal)
            left = journal.waiting(self._store.read()).count
            if not done.more and not asking and (not left or not done.receipted):
                return taken

    def _request(self, line: HubConnection, exchange: Exchange, max_bytes: int) -> Exchanged:
        up, down, began = line.bytes_up, line.bytes_down, time.monotonic()
        done = exchange.run(line, max_bytes)
        up, down = line.bytes_up - up, line.bytes_down - down
        self._timing.exchanged(up + down, time.monotonic() - began, done.again_s)
        self.records.more(done.receipted, up, down)
        return done

    def _seal(self, exchange: Exchange, pace: Pace) -> None:
        """Seal what waits, as long as the sealed batches fit into a request."""
        try:
            exchange.seal(pace.batch_records(*exchange.unsealed()))
        except OutboxMoved:
            log.info("sealed by another process in between")

    def _note(self, attempt: Try) -> None:
        try:
            self._store.write(lambda conn: tries.add(conn, attempt))
        except MachineError as error:
            log.warning("try not noted: %s", error.code)
