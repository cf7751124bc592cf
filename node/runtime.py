"""Runtime: one running node, put together: settings, store, clock, facts, content, courier."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from content.face.words import gettext as _
from content.transfer.blobs import BlobStore
from content.transfer.serve import ConcurrencyLimit
from node.clock import Clock, boot_time
from node.config import Config
from node.courier.courier import Courier
from node.errors import DiskFull
from node.exchange import lineage
from node.learning.exams import exam
from node.learning.exams.open_pages import OpenPages
from node.learning.facts import FactsOf
from node.learning.library import Library
from node.learning.standstill import Standstill
from node.learning.study import Study
from node.learning.uptime import Moment, Running
from node.relay.parcel_store import ParcelStore
from node.stick.job import Job
from node.stick.stick_carrier import StickCarrier
from node.store import journal, meta, tries
from node.store.db import Store
from node.store.sessions import Sessions
from node.threads import DutyThread, ThreadState

# What a power cut may take from an exam's clock at most: the gap is given back from the last mark.
ALIVE_EVERY_S = 5
# After so many rounds of the alive thread the PC's clock is read again, while no hub was heard.
ROUNDS_TO_CLOCK = 60
# At most so many nodes take courses from here at once: learners' films come from the same disk.
MOST_TAKERS = 4


# A commit writes a few pages twice, into the log and into the database.
FULL_BYTES = 1_000_000


def resume_clock(
    conn: sqlite3.Connection,
    raw: Callable[[], float] = time.time,
    steady: Callable[[], float] = boot_time,
) -> Clock:
    """The clock as this node's disk knows the time: what the hub signed, and the last alive mark.

    What was noted by a clock that ran ahead keeps records in order, but says nothing of the truth.
    """
    alive, heard, skew_s, noted = (
        meta.number(conn, key) for key in (meta.ALIVE, meta.HUB_AT, meta.SKEW, meta.NOTED)
    )
    return Clock(max(alive, heard), skew_s, raw, steady, noted)


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
    """The parts of a node."""

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
    standstill: Standstill
    study: Study
    library: Library
    shelf: ParcelStore | None = None  # of a relay
    open_pages: OpenPages = field(default_factory=OpenPages)
    doors: ConcurrencyLimit = field(default_factory=lambda: ConcurrencyLimit(MOST_TAKERS))
    play_port: int = 0  # the port that serves SCORM packages; 0: none yet
    port_not_served: int = 0  # the port that should and that another program holds
    _alive: DutyThread | None = None
    _rounds: int = 0

    @classmethod
    def open(cls, config: Config, clock: Clock | None = None) -> NodeRuntime:
        """Open the data folder; nothing runs by itself before ``start``."""
        store = Store.open(config.data)
        conn = store.read()
        clock = clock or resume_clock(conn)
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
            standstill=Standstill.before(conn, clock, running.before_ms),
            study=Study(store, clock),
            library=Library(config.data, store, blobs),
        )

    def start(self) -> None:
        """Begin to keep the alive mark and to sync by itself."""
        duties = (
            self.mark_alive,
            self.study.close_idle,
            self.courier.check_submissions,
            self.library.index_if_changed,
            self.store.checkpoint,
            self.watch_clock,
        )
        self._alive = DutyThread("alive", ALIVE_EVERY_S, duties)
        for duty in (self.begin_start, self.mark_alive, self.study.close_all):
            self._alive.do(duty)
        self._alive.start()
        self.courier.start()

    def close(self) -> None:
        """Stop what runs and close the files."""
        if self._alive is not None:
            self._alive.stop()
        self.courier.stop()
        self.carrying.wait()
        self.library.wait()
        self.store.close()
        if self.shelf is not None:
            self.shelf.close()

    def threads(self) -> list[ThreadState]:
        """The threads that should run now, and what is amiss with them (``node.threads``)."""
        states = [self.store.writer_state()]
        if self._alive is not None:
            states += [self._alive.state(), self.courier.thread_state(), self.library.state()]
        return states

    def begin_start(self) -> None:
        """Note that the node started: it tells a copy of this disk from the original."""
        lineage.start(self.store, self.clock.now())

    def mark_alive(self) -> None:
        """Note on disk that the node runs now, and how long it had stood still before this start.

        Exams whose time was over before the node stood still are handed in.
        """
        moment, skew_s = self.moment(), self.clock.skew_s()
        stood_s = self.standstill.lasted_s(self.clock)

        def mark(conn: sqlite3.Connection) -> None:
            exam.hand_in_what_is_over(conn, moment)
            self.standstill.note(conn, stood_s)
            meta.put(conn, meta.NOTED, str(moment.at))
            meta.put(conn, meta.ALIVE, str(moment.day_at))
            meta.put(conn, meta.ALIVE_BY_HUB, "" if skew_s is None else "1")
            if skew_s is not None:  # the keeper may have set the PC's clock since
                meta.put(conn, meta.SKEW, str(skew_s))
            self.running.mark(conn)

        self.store.write(mark)

    def moment(self) -> Moment:
        """Now, for exams."""
        return Moment(self.clock.now(), self.running.now_ms(), self.clock.truth())

    def disk_is_full(self) -> bool:
        """Whether nothing can be stored: what every page says of the disk follows from this."""
        if isinstance(self.store.write_fault, DiskFull):
            return True
        return shutil.disk_usage(self.config.data).free < FULL_BYTES

    def line(self) -> LineState:
        """Whether the line is up, and what waits for it.

        The newest try decides: it may be that of a command beside the running node. With a full
        disk no try is made or noted, and the line is not to blame.
        """
        conn = self.store.read()
        waiting, newest = journal.waiting(conn), tries.newest(conn, 1)
        state = self.courier.state
        ok = newest[0].outcome == "" if newest else state.ok
        fault = None if ok else state.fault
        if self.disk_is_full():
            ok, fault = False, DiskFull("nothing can be stored")
        return LineState(
            ok=ok,
            last_sync_at=tries.last_good(conn),
            waiting_count=waiting.count,
            waiting_since=waiting.since,
            code=fault.code if fault else "",
            words=_(fault.words, **fault.values) if fault else "",
        )

    def watch_clock(self) -> None:
        """Read the PC's clock again where somebody set it, and now and then."""
        self._rounds += 1
        was_set = self.clock.was_set()
        if was_set or self._rounds % ROUNDS_TO_CLOCK == 0:
            self.clock.recheck_clock()
        if was_set:
            self.courier.clock_was_set()
