"""Courier: carries records out, and orders and courses in (SPEC.md §5).

It joins when to go (``node.courier.timing``) and what to do then (``node.courier.transport``).
Each job of the scheduler waits for its hours, does its work, and plans what comes next. At most
one sync, one fetch and one forwarding run at a time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock
from typing import TypeVar

from content.transfer.blobs import BlobStore
from node.clock import Clock
from node.config import Config
from node.courier.scheduler import Timetable
from node.courier.timing import FORWARD_RETRY_S, NUDGE_S, Timing
from node.courier.transport import Transport
from node.courses.sources import BlobSource
from node.errors import ContentWaits, HubBusy, LineError, MachineError, NodeError
from node.exchange.exchange import Exchange
from node.link.policy import LinePolicy, Why
from node.link.progress import SyncStep
from node.relay.parcel_store import ParcelStore
from node.store import courses, journal, tries
from node.store.db import Store
from node.threads import ThreadState

log = logging.getLogger(__name__)
T = TypeVar("T")


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
        self.store, self.clock = store, clock
        self.policy, self.timing = LinePolicy(config, store, clock), Timing()
        self.transport = Transport(config, store, clock, blobs, shelf, self.policy, self.timing)
        self.trust, self.storage = self.transport.trust, self.transport.storage
        self._is_relay = shelf is not None
        self._looked_through = (0, 0)
        self._sync_lock, self._fetch_lock, self._forward_lock = Lock(), Lock(), Lock()
        self._timetable = Timetable()
        ok = any(not newest.outcome for newest in tries.newest(store.read(), 1))
        self.state = CourierState(ok=ok, last_sync_at=tries.last_good(store.read()))

    @property
    def config(self) -> Config:
        """The settings in force."""
        return self.transport.config

    @config.setter
    def config(self, config: Config) -> None:
        self.transport.config = config

    @property
    def step(self) -> SyncStep:
        """What goes over the line at this moment."""
        return self.transport.step

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
        """Apply new limits of the line and of the disk, and new sources, at once."""
        self.config = config
        self.policy.apply_config(config)
        self.storage.set_limit(config.content_mb)
        if courses.missing(self.store.read()):
            self._plan(self._fetch_job, NUDGE_S)
        if not self.timing.ticket:
            self._plan(self._sync_job, NUDGE_S)

    def check_submissions(self) -> None:
        """Sync soon if an exam was handed in since the last look: somebody waits for its result."""
        self._looked_through, handed_in = journal.handed_in_after(
            self.store.read(), self._looked_through
        )
        if handed_in and self.timing.may_nudge():
            self._plan(self._sync_job, NUDGE_S)

    def sync_now(self) -> None:
        """Sync at once, whatever was planned: the keeper pressed the button."""
        self.timing.ask()
        self._plan(self._sync_job, 0)

    def forward_soon(self) -> None:
        """Bring other stations' parcels to the hub soon: this relay was just given one."""
        wait_s = self.timing.next_forward_s(time.monotonic())
        self._timetable.plan(self._forward_job, wait_s, or_sooner=True)

    def clock_was_set(self) -> None:
        """Plan again: the scheduler counts by the PC's clock, which somebody has just moved."""
        self._plan(self._sync_job, NUDGE_S)

    def sync(self) -> int:
        """Exchange until nothing waits on either side; return how many records the hub took.

        Raises:
            NodeError: it could not be finished; ``state`` says so too.
        """
        with self._sync_lock, self.policy.going_first():
            self.state = replace(self.state, running=True)
            fault: NodeError | None = NodeError("the sync broke off")
            try:
                taken = self.transport.sync()
                fault = None
            except NodeError as error:
                fault = _without_frames(error)
                log.warning("sync: %s (%s)", error.code, error)
                raise
            finally:
                if fault is not None:
                    self.state = replace(self.state, ok=False, fault=fault, running=False)
            self.state = CourierState(ok=True, last_sync_at=self.clock.now())
            return taken

    def forward(self) -> int:
        """Bring the parcels on this relay's shelf to the hub; return how many.

        Raises:
            LineError: it cannot be reached; what is left waits.
        """
        with self._forward_lock, self.policy.going_first():
            return self.transport.forward()

    def fetch_content(self, ask_hours: bool = False) -> int:
        """Fetch and install the courses that are missing; return how many.

        ``ask_hours``: obey the keeper's hours, as no person asked for these courses.

        Raises:
            ContentWaits: it is not the time for it; what came is kept.
            NodeError: it could not be finished; what came is kept.
        """
        with self._fetch_lock:
            return self.transport.fetch_content(lambda: self.policy.give_way(ask_hours))

    def by_hand(self, carry: Callable[[Exchange], T]) -> T:
        """Let ``carry`` exchange parcels in another way; no sync runs meanwhile.

        Raises:
            NotJoined: this node belongs to no station yet.
        """
        with self._sync_lock:
            return carry(self.transport.exchange())

    def fetch_from(self, source: BlobSource) -> int:
        """Install the missing courses that are complete at ``source``; return how many."""
        with self._fetch_lock:
            return self.transport.fetch_from(source)

    def lacking(self) -> list[str]:
        """The blobs that missing courses need."""
        return self.transport.fetch.lacking()

    def _sync_job(self) -> None:
        """What the scheduler runs: one sync, then plans for content and for the next."""
        until = 0 if self.timing.take_ask() else self.policy.records_wait()
        if until:
            self._plan(self._sync_job, self.policy.look_again_s(until))
            return
        well, result_waits = False, False
        try:
            self.sync()
        except (LineError, MachineError):
            pass  # noted in state and in the tries; the pace says when to go again
        else:
            well, result_waits = True, journal.exam_waits(self.store.read())
            if courses.missing(self.store.read()) or self.trust.is_old():
                self._plan(self._fetch_job, 0)
            if self._is_relay:
                self.forward_soon()
        wait_s = self.timing.next_sync_s(self.config.sync_every_s, well, result_waits)
        self._plan(self._sync_job, wait_s)

    def _forward_job(self) -> None:
        try:
            self.forward()
        except HubBusy as error:
            self.timing.forward_refused(error.again_s, time.monotonic())
            self.forward_soon()
        except (LineError, MachineError) as error:
            log.warning("relay: %s (%s)", error.code, error)
            self._plan(self._forward_job, FORWARD_RETRY_S)

    def _fetch_job(self) -> None:
        """Fetch content. After a cut go on soon, or later if nothing came at all."""
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
            self.timing.content_failed(self.transport.some_content_came)
            self._plan(self._fetch_job, self.timing.next_content_s(self.config.sync_every_s))
        except MachineError as error:
            log.warning("content: %s (%s)", error.code, error)

    def _plan(self, job: Callable[[], None], wait_s: float) -> None:
        self._timetable.plan(job, wait_s)


def _without_frames(error: NodeError) -> NodeError:
    """The error without its stack: it is kept for days, and the frames would hold large buffers."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
