"""Courier: when the node talks to the hub, and in which order (SPEC.md §5).

Records and orders first (``node.exchange.exchange``), content after them (``node.courses.fetch``).
How often and how much follows from how the line behaves (``node.link.backoff``), what others need
(``node.link.policy``).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from threading import Lock
from typing import TypeVar

from content.transfer.blobs import BlobStore
from node.clock import Clock
from node.config import Config
from node.courier.scheduler import Timetable
from node.courses.disk_space import CourseStorage
from node.courses.fetch import Fetch
from node.courses.release_trust import Trust
from node.courses.sources import BlobSource, every_way
from node.errors import (
    ContentWaits,
    ForeignReceipt,
    HubBusy,
    HubRefused,
    LineError,
    MachineError,
    NodeError,
    NotJoined,
    OutboxMoved,
)
from node.exchange.exchange import Exchange, Exchanged
from node.link.backoff import FIRST_RETRY_S, LAST_RETRY_S, Pace
from node.link.http_client import HubConnection
from node.link.policy import LinePolicy, Why
from node.link.progress import SyncProgress, SyncStep
from node.relay import relay
from node.relay.parcel_store import ParcelStore
from node.store import boots, courses, journal, meta, outbox, tries
from node.store.db import Store
from node.store.tries import Try
from node.threads import ThreadState

log = logging.getLogger(__name__)
T = TypeVar("T")

# Somebody waits for a result or pressed the button; a whole class hands in within seconds.
NUDGE_S = 2.0
# After a failure, more than this is not sent again blindly: first ask what arrived.
ASK_FIRST_BYTES = 1_500


@dataclass(frozen=True, slots=True)
class CourierState:
    """How the last sync went; ``fault`` is why it did not go well."""

    ok: bool = False
    last_sync_at: int = 0
    fault: NodeError | None = None
    running: bool = False


class Courier:
    """Carries records out and orders and courses in."""

    def __init__(
        self,
        config: Config,
        store: Store,
        clock: Clock,
        blobs: BlobStore,
        shelf: ParcelStore | None = None,
    ) -> None:
        self.config = config
        self.store = store
        self.clock = clock
        self._records, self._content = SyncProgress(), SyncProgress()
        self.trust = Trust(store, clock, relays=shelf is not None)
        self.storage = CourseStorage(store, clock, blobs, config.content_mb)
        self._fetch = Fetch(store, clock, blobs, self._content, self.trust, self.storage)
        self._shelf = shelf
        self._pace, self._content_pace = Pace(), Pace()
        self.policy = LinePolicy(config, store, clock)
        self._content_came = False
        self._looked_through = (0, 0)
        self._asked_for = False  # a person pressed the button: whatever the hours
        self._again_s = 0  # what the hub said last of the next contact, 0 when it said nothing
        self._ticket = ""  # for the slot that it gave when it turned this node away
        self._forward_from = 0.0  # monotonic s: before that the hub takes no others' parcels
        self._sync_lock, self._fetch_lock, self._forward_lock = Lock(), Lock(), Lock()
        self._timetable = Timetable()
        ok = any(not one.outcome for one in tries.newest(store.read(), 1))
        self.state = CourierState(ok=ok, last_sync_at=tries.last_good(store.read()))

    @property
    def step(self) -> SyncStep:
        """What goes over the line at this moment."""
        return self._records.now if self._records.now.phase else self._content.now

    def start(self) -> None:
        """Begin to sync by itself."""
        if not self.config.hub_url and not self.config.relay_url:
            return
        self.policy.start()
        self._timetable.start()
        self._plan(self._sync_job, NUDGE_S)

    def stop(self) -> None:
        """Stop syncing; what is under way ends with its request, or with its next piece."""
        if self._timetable.runs:
            self.policy.stop()
        self._timetable.stop()

    def thread_state(self) -> ThreadState:
        """Whether what is planned is done when it is due."""
        return self._timetable.state()

    def apply_config(self, config: Config) -> None:
        """Keep to other limits of the line and of the disk, and use other sources, at once."""
        self.config = config
        self.policy.apply_config(config)
        self.storage.set_limit(config.content_mb)
        if courses.missing(self.store.read()):
            self._plan(self._fetch_job, NUDGE_S)
        if not self._ticket:
            self._plan(self._sync_job, NUDGE_S)

    def check_submissions(self) -> None:
        """Sync soon if an exam was handed in since the last look: its result is waited for.

        Not while the line is known to be down or the hub gave a slot.
        """
        self._looked_through, handed_in = journal.handed_in_after(
            self.store.read(), self._looked_through
        )
        if handed_in and not self._pace.failures and not self._ticket:
            self._plan(self._sync_job, NUDGE_S)

    def sync_now(self) -> None:
        """Sync at once, whatever was planned: the keeper pressed the button."""
        self._asked_for = True
        self._plan(self._sync_job, 0)

    def forward_soon(self) -> None:
        """Bring other stations' parcels to the hub soon: this relay was just given one."""
        wait_s = max(NUDGE_S, self._forward_from - time.monotonic())
        self._timetable.plan(self._forward_job, wait_s, or_sooner=True)

    def clock_was_set(self) -> None:
        """Plan anew: the scheduler counts by the PC's clock, which somebody has just moved."""
        self._plan(self._sync_job, NUDGE_S)

    def sync(self) -> int:
        """Exchange until nothing waits on either side; how many records the hub took.

        Raises:
            NodeError: it could not be finished; ``state`` says so too.
        """
        with self._sync_lock, self.policy.going_first():
            self.state = replace(self.state, running=True)
            began, at = time.monotonic(), self.clock.now()
            taken, outcome = 0, ""
            urgent = journal.exam_waits(self.store.read())
            line = self._line(self.config.hub_url, urgent, self._ticket)
            try:
                taken = self._by_any_way(line)
            except NodeError as error:
                outcome = error.code
                self._failed(error, line.reached)
                raise
            finally:
                self._records.end()
                took_ms = int((time.monotonic() - began) * 1000)
                self._note(Try(at, took_ms, outcome, taken, line.bytes_up, line.bytes_down))
            self._ticket = ""
            self.state = CourierState(ok=True, last_sync_at=self.clock.now())
            return taken

    def forward(self) -> int:
        """Bring what lies on this relay's shelf to the hub; how many parcels that were.

        Raises:
            LineError: it cannot be reached; what is left waits.
        """
        if self._shelf is None:
            return 0
        with (
            self._forward_lock,
            self.policy.going_first(),
            self._line(self.config.hub_url) as line,
        ):
            return relay.forward(line, self._shelf)

    def fetch_content(self, ask_hours: bool = False) -> int:
        """Bring and install the courses that are missing; how many that were.

        ``ask_hours``: nobody asked for them, so the keeper's hours count.

        Raises:
            ContentWaits: it is not the time for it; what came is kept.
            NodeError: it could not be finished; what came is kept.
        """
        with self._fetch_lock:
            fault = ""
            try:
                return self._fetch_by_any_way(lambda: self.policy.give_way(ask_hours))
            except ContentWaits:
                raise
            except NodeError as error:
                fault = error.code
                raise
            finally:
                self._content_came = self._content.now.bytes_down > 0
                self._content.end()
                self.store.write(lambda conn: meta.put(conn, meta.CONTENT_FAULT, fault))

    def by_hand(self, carry: Callable[[Exchange], T]) -> T:
        """Let ``carry`` exchange parcels some other way, while no sync does.

        Raises:
            NotJoined: this node belongs to no station yet.
        """
        with self._sync_lock:
            return carry(self._exchange())

    def fetch_from(self, source: BlobSource) -> int:
        """Install what is missing and complete at ``source``; how many courses that were."""
        with self._fetch_lock:
            try:
                return self._fetch.run_what_is_there(source)
            finally:
                self._content.end()

    def lacking(self) -> list[str]:
        """The blobs that missing courses need."""
        return self._fetch.lacking()

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
        except (HubBusy, HubRefused, ForeignReceipt):
            raise  # it was the hub that spoke
        except LineError as error:
            log.info("by relay, because: %s", error)
            with self._line(self.config.relay_url) as other:
                try:
                    done = relay.hand_over(other, self.store, self.clock, self._exchange())
                finally:
                    line.bytes_up += other.bytes_up
                    line.bytes_down += other.bytes_down
            if done.refusal:
                raise HubRefused(done.refusal) from error
            return done.receipted

    def _fetch_by_any_way(self, give_way: Callable[[], None]) -> int:
        give_way()
        with ExitStack() as lines:
            sources = every_way(self.config, lines, lambda url: self._line(url, content=True))
            return self._fetch.run(sources, give_way)

    def _line(
        self, url: str, urgent: bool = False, ticket: str = "", *, content: bool = False
    ) -> HubConnection:
        throttle = self.policy.for_content() if content else self.policy.for_records()
        return HubConnection(url, urgent, ticket, throttle=throttle, ca=self.config.hub_ca)

    def _exchange(self) -> Exchange:
        identity = meta.identity(self.store.read())
        if identity is None:
            raise NotJoined(str(self.config.data))
        return Exchange(self.config, self.store, self.clock, identity)

    def _rounds(self, line: HubConnection) -> int:
        """Seal and exchange until nothing waits; one round when there is nothing to say."""
        exchange = self._exchange()
        waiting = journal.waiting(self.store.read()).count
        self._records.begin("records" if waiting else "orders", waiting)
        taken = 0
        # After a new start records go at once: they show whether this is a backup (§11).
        ask_first = self._pace.unsure and len(boots.since_confirmed(self.store.read())) < 2
        while True:
            pace = self._pace.within(self.policy.bytes_per_s)
            self._seal(exchange, pace)
            sealed = outbox.waiting(self.store.read(), exchange.epoch, pace.max_bytes)
            asking = ask_first and sum(len(one.bytes) for one in sealed) > ASK_FIRST_BYTES
            ask_first = False
            done = self._one(line, exchange, 0 if asking else pace.max_bytes)
            taken += done.receipted
            self._again_s = done.again_s
            if done.refusal:
                raise HubRefused(done.refusal)
            left = journal.waiting(self.store.read()).count
            if not done.more and not asking and (not left or not done.receipted):
                return taken

    def _one(self, line: HubConnection, exchange: Exchange, max_bytes: int) -> Exchanged:
        up, down, began = line.bytes_up, line.bytes_down, time.monotonic()
        done = exchange.run(line, max_bytes)
        up, down = line.bytes_up - up, line.bytes_down - down
        self._pace = self._pace.went_well(up + down, time.monotonic() - began)
        self._records.more(done.receipted, up, down)
        return done

    def _seal(self, exchange: Exchange, pace: Pace) -> None:
        """Seal what waits, as long as the sealed batches fit into a request."""
        try:
            exchange.seal(pace.batch_records(*exchange.unsealed()))
        except OutboxMoved:
            log.info("sealed by another process in between")

    def _failed(self, error: NodeError, reached: bool) -> None:
        if isinstance(error, HubBusy) and error.again_s:
            self._pace = self._pace.turned_away()
            self._again_s, self._ticket = error.again_s, error.ticket
        elif isinstance(error, HubRefused):
            self._pace = self._pace.failed(carried=False)
        else:
            self._pace = self._pace.failed(carried=reached)
            self._again_s = 0
        self.state = replace(self.state, ok=False, fault=_without_frames(error), running=False)
        log.warning("sync: %s (%s)", error.code, error)

    def _note(self, one: Try) -> None:
        try:
            self.store.write(lambda conn: tries.add(conn, one))
        except MachineError as error:
            log.warning("try not noted: %s", error.code)

    def _sync_job(self) -> None:
        """What the scheduler runs: one sync, then plans for content and for the next."""
        asked_for, self._asked_for = self._asked_for, False
        until = 0 if asked_for else self.policy.records_wait()
        if until:
            self._plan(self._sync_job, self.policy.look_again_s(until))
            return
        wait_s = 0.0
        try:
            self.sync()
        except (LineError, MachineError):
            pass  # noted in state and in the tries; the pace says when to go again
        else:
            if courses.missing(self.store.read()) or self.trust.is_old():
                self._plan(self._fetch_job, 0)
            if self._shelf is not None:
                self.forward_soon()
            if self._asked_for or journal.exam_waits(self.store.read()):
                wait_s = NUDGE_S  # asked for, or handed in, while this sync was under way
        wait_s = wait_s or self._pace.wait_s(self.config.sync_every_s, self._again_s)
        self._plan(self._sync_job, wait_s)

    def _forward_job(self) -> None:
        try:
            self.forward()
        except HubBusy as error:
            # The hub said when: not sooner because a station has brought something meanwhile.
            self._forward_from = time.monotonic() + max(error.again_s, FIRST_RETRY_S)
            self.forward_soon()
        except (LineError, MachineError) as error:
            log.warning("relay: %s (%s)", error.code, error)
            self._plan(self._forward_job, LAST_RETRY_S)

    def _fetch_job(self) -> None:
        """Bring content; after a cut go on soon, and less soon when nothing came at all."""
        wait = self.policy.content_waits()
        if wait is not None and wait.why is not Why.RECORDS:
            self._plan(self._fetch_job, self.policy.look_again_s(wait.until))
            return
        try:
            self.fetch_content(ask_hours=True)
        except ContentWaits as error:
            log.info("content waits: %s", error)
            wait = self.policy.content_waits()
            self._plan(self._fetch_job, self.policy.look_again_s(wait.until if wait else 0))
        except LineError as error:
            log.warning("content: %s (%s)", error.code, error)
            self._content_pace = (Pace() if self._content_came else self._content_pace).failed()
            self._plan(self._fetch_job, self._content_pace.wait_s(self.config.sync_every_s, 0))
        except MachineError as error:
            log.warning("content: %s (%s)", error.code, error)

    def _plan(self, job: Callable[[], None], wait_s: float) -> None:
        self._timetable.plan(job, wait_s)


def _without_frames(error: NodeError) -> NodeError:
    """The error without the stack that it came through: it is kept for days, the buffers not."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
