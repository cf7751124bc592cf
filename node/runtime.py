"""Runtime: one running node, put together: settings, store, clock, facts, content, courier."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from content.face.words import gettext as _
from content.transfer.blobs import BlobStore
from content.transfer.serve import ConcurrencyLimit
from node.clock import Clock
from node.config import Config
from node.courier.courier import Courier
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
from node.threads import DutyThread, ThreadState

# What a power cut may take from an exam's clock at most: the gap is given back from the last mark.
ALIVE_EVERY_S = 5
# After so many rounds of the alive thread the PC's clock is read again, while no hub was heard.
ROUNDS_TO_CLOCK = 60
# At most so many nodes take courses from here at once: learners' films come from the same disk.
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
    play_port: int = 0  # the port that serves SCORM packages; 0: none yet
    _alive: DutyThread | None = None
    _rounds: int = 0

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
        """Note on disk that the node runs now; the first time also how long it had stood still.

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

        The newest try decides: it may be that of a command beside the running node.
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

    def watch_clock(self) -> None:
        """Read the PC's clock again where somebody set it, and now and then."""
        self._rounds += 1
        was_set = self.clock.was_set()
        if was_set or self._rounds % ROUNDS_TO_CLOCK == 0:
            self.clock.recheck_clock()
        if was_set:
            self.courier.clock_was_set()
