"""Runtime: one running node, put together: settings, store, clock, facts, content, courier."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread

from content.face.words import gettext as _
from content.transfer.blobs import BlobStore
from content.transfer.serve import ConcurrencyLimit
from node.clock import Clock
from node.config import Config
from node.courier.courier import Courier
from node.errors import MachineError
from node.exchange import lineage
from node.learning.exams import exam
from node.learning.facts import FactsOf
from node.learning.library import Library
from node.learning.study import Study
from node.learning.uptime import Moment, Running
from node.relay.parcel_store import ParcelStore
from node.stick.job import Job
from node.stick.stick_carrier import StickCarrier
from node.store import attempts, journal, meta, tries
from node.store.db import Store
from node.store.sessions import Sessions

log = logging.getLogger(__name__)

# What a power cut may take from an exam's clock at most: the gap is given back from the last mark.
ALIVE_EVERY_S = 5
# How often the PC's clock is read again while the hub was not heard.
LOOK_EVERY_S = 300
# So many other nodes take courses from here at once: learners' films come from the same disk.
MOST_TAKERS = 4


@dataclass(frozen=True, slots=True)
class LineState:
    """What the line strip says."""

    ok: bool
    last_sync_at: int  # 0: never
    waiting_count: int
    waiting_since: int
    code: str = ""  # why not, as a code and in a sentence
    words: str = ""


@dataclass
class NodeRuntime:
    """The parts of a node. ``gap_s`` is how long it was off before this start."""

    config: Config
    store: Store
    clock: Clock
    facts: FactsOf
    courier: Courier
    stick: StickCarrier
    carrying: Job
    blobs: BlobStore
    sessions: Sessions
    running: Running
    study: Study
    library: Library
    shelf: ParcelStore | None = None  # of a relay
    doors: ConcurrencyLimit = field(default_factory=lambda: ConcurrencyLimit(MOST_TAKERS))
    gap_s: int = 0
    play_port: int = 0  # where packages of others are served from; 0: nowhere, nothing serves yet
    _stop: Event = field(default_factory=Event)
    _thread: Thread | None = None

    @classmethod
    def open(cls, config: Config, clock: Clock | None = None) -> NodeRuntime:
        """Open the data folder; nothing runs by itself before ``start``."""
        store = Store.open(config.data)
        conn = store.read()
        alive, skew = meta.number(conn, meta.ALIVE), meta.number(conn, meta.SKEW)
        floor = max(alive, meta.number(conn, meta.HUB_AT))
        clock = clock or Clock(floor, skew)
        blobs = BlobStore(config.data / "blobs")
        lineage.ensure_started(store, config.data, clock.now())
        running = Running.resume(store, clock.monotonic)
        shelf = ParcelStore(config.data, running.now_s) if config.relay else None
        courier = Courier(config, store, clock, blobs, shelf)
        stick = StickCarrier(courier, store, clock, shelf)
        return cls(
            config=config,
            store=store,
            clock=clock,
            facts=FactsOf(store),
            courier=courier,
            stick=stick,
            carrying=Job(stick),
            shelf=shelf,
            blobs=blobs,
            sessions=Sessions(store, config.session_idle_s),
            running=running,
            study=Study(store, clock),
            library=Library(config.data, store, blobs),
            gap_s=max(0, clock.now() - alive) if alive else 0,
        )

    def start(self) -> None:
        """Begin to keep the alive mark and to sync by itself."""
        self._try(lambda: lineage.start(self.store, self.clock.now()))
        self._try(self.mark_alive)
        self._try(self.study.close_all)
        self._thread = Thread(target=self._keep_alive, name="alive", daemon=True)
        self._thread.start()
        self.courier.start()

    def close(self) -> None:
        """Stop what runs and close the files."""
        self._stop.set()
        self.courier.stop()
        self.carrying.wait()
        self.library.wait()
        if self._thread is not None:
            self._thread.join()
        self.store.close()
        if self.shelf is not None:
            self.shelf.close()

    def mark_alive(self) -> None:
        """Note on disk that the node was running now; the first time, what it had stood still.

        Exams whose time was over before the node stood still are handed in.
        """
        moment, gap_s = self.moment(), self.gap_s

        def mark(conn: sqlite3.Connection) -> None:
            exam.hand_in_what_is_over(conn, moment)
            if gap_s:
                attempts.give_back(conn, gap_s)
            meta.put(conn, meta.ALIVE, str(moment.at))
            self.running.mark(conn)

        self.store.write(mark)
        self.gap_s = 0

    def moment(self) -> Moment:
        """Now, for exams."""
        return Moment(self.clock.now(), self.running.now_ms(), self.clock.by_hub())

    def line(self) -> LineState:
        """Whether the line is up, and what waits for it.

        The newest try decides: it may be that of a command line beside the running node.
        """
        conn = self.store.read()
        waiting, newest = journal.waiting(conn), tries.newest(conn, 1)
        state = self.courier.state
        ok = newest[0].outcome == "" if newest else state.ok
        fault = None if ok else state.fault
        return LineState(
            ok=ok,
            last_sync_at=tries.last_good(conn),
            waiting_count=waiting.count,
            waiting_since=waiting.since,
            code=fault.code if fault else "",
            words=_(fault.words, **fault.values) if fault else "",
        )

    def _keep_alive(self) -> None:
        beats = 0
        while not self._stop.wait(ALIVE_EVERY_S):
            self._try(self.mark_alive)
            self._try(self.study.close_idle)
            self._try(self.courier.check_submissions)
            self._try(self.library.index_if_changed)
            self._try(self.store.checkpoint)
            beats += 1
            was_set = self.clock.was_set()
            if was_set or beats % (LOOK_EVERY_S // ALIVE_EVERY_S) == 0:
                self.clock.recheck_clock()
            if was_set:
                self.courier.clock_was_set()

    def _try(self, duty: Callable[[], object]) -> None:
        """Do what is due; a full disk must not stop the pages, and it is due again soon."""
        try:
            duty()
        except (MachineError, sqlite3.Error) as error:
            log.warning("%s not done: %r", duty.__name__, error)
