from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database

from node.__main__ import main
from node.errors import BadRecord, DiskFault, MachineError, NewerData, StoreBusy
from node.runtime import NodeRuntime
from node.store import journal, meta, orders, writer
from node.store.db import Store
from node.store.migrations import steps
from node.store.version import SCHEMA_VERSION
from node.store.writer import GroupWriter
from node.threads import ThreadFault
from sync.exchange import Order
from sync.facts import Facts
from sync.records import Kind, Record


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path)
    yield store
    store.close()


def put(key: str) -> Callable[[sqlite3.Connection], None]:
    return lambda conn: meta.put(conn, key, "x")


def test_what_was_written_is_there_for_another_process(store: Store) -> None:
    store.write(lambda conn: meta.put(conn, "a", "1"))
    with closing(sqlite3.connect(store.path)) as other:
        assert other.execute("SELECT value FROM meta WHERE key = 'a'").fetchone() == ("1",)


def test_each_commit_is_forced_to_the_disk(store: Store) -> None:
    answer = store.write(lambda conn: tuple(conn.execute("PRAGMA synchronous").fetchone()))
    assert answer == (2,)  # FULL
    assert store.write(lambda conn: conn.execute("PRAGMA journal_mode").fetchone()[0]) == "wal"


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        meta.put(store.read(), "a", "1")


def test_an_error_of_one_request_undoes_only_its_own_work(store: Store) -> None:
    gate = threading.Event()
    outcomes: dict[str, object] = {}

    def slow(conn: sqlite3.Connection) -> None:
        gate.wait(60)  # the others wait behind this one and share a transaction
        meta.put(conn, "slow", "1")

    def fails(conn: sqlite3.Connection) -> None:
        meta.put(conn, "bad", "1")
        raise KeyError("mine")

    def run(name: str, fn: Callable[[sqlite3.Connection], None]) -> None:
        try:
            store.write(fn)
            outcomes[name] = "stored"
        except KeyError as error:
            outcomes[name] = error.args[0]

    jobs = {"slow": slow, "good": put("good"), "bad": fails, "also good": put("also")}
    threads = [threading.Thread(target=run, args=job) for job in jobs.items()]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join()
    assert outcomes == {"slow": "stored", "good": "stored", "bad": "mine", "also good": "stored"}
    keys = {row["key"] for row in store.read().execute("SELECT key FROM meta")}
    assert keys == {"slow", "good", "also"}


@contextmanager
def writer_held(store: Store) -> Iterator[None]:
    """The writer thread is busy with one job while the block runs."""
    gate, began = threading.Event(), threading.Event()

    def hold(conn: sqlite3.Connection) -> None:
        began.set()
        gate.wait(60)

    holder = threading.Thread(target=store.write, args=(hold,))
    holder.start()
    began.wait(60)
    try:
        yield
    finally:
        gate.set()
        holder.join()


def test_many_writers_share_one_commit(store: Store) -> None:
    commits: list[str] = []
    store.write(lambda conn: conn.set_trace_callback(commits.append))
    with writer_held(store):
        others = [threading.Thread(target=store.write, args=(put(f"k{n}"),)) for n in range(30)]
        for thread in others:
            thread.start()
        while store._writer._jobs.qsize() < 30:
            pass
        commits.clear()
    for thread in others:
        thread.join()
    assert commits.count("COMMIT") == 2  # the holder's, and one for all the others


def test_a_writer_that_does_not_begin_in_time_says_that_nothing_was_stored(store: Store) -> None:
    with writer_held(store):
        store._writer._patience_s = 0.02
        with pytest.raises(StoreBusy, match="did not begin"):
            store.write(lambda conn: meta.put(conn, "late", "1"))
        store._writer._patience_s = 5
    store.write(lambda conn: None)
    assert meta.get(store.read(), "late") == ""


def test_a_job_that_has_begun_is_waited_for_however_long_it_takes(store: Store) -> None:
    store._writer._patience_s = 0.01
    began = threading.Event()

    def slow(conn: sqlite3.Connection) -> str:
        began.set()
        threading.Event().wait(0.1)
        meta.put(conn, "slow", "1")
        return "stored"

    answer = ""
    while not answer:
        try:
            answer = store.write(slow)
        except StoreBusy:  # on a busy machine it may not even have begun by then
            assert not began.is_set()
    assert answer == "stored"


def test_a_full_queue_is_refused_at_once(store: Store) -> None:
    with writer_held(store):
        store._writer._jobs.maxsize = 1
        waiter = threading.Thread(target=store.write, args=(lambda conn: None,))
        waiter.start()
        while not store._writer._jobs.full():
            pass
        with pytest.raises(StoreBusy, match="queue is full"):
            store.write(lambda conn: None)
    waiter.join()


def test_a_file_that_is_no_database_is_a_fault_of_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "node.db"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path, isolation_level=None, check_same_thread=False)

    path.write_bytes(b"not a database, and long enough to be read as one" * 100)
    group_writer = GroupWriter(connect, path)
    with pytest.raises(DiskFault, match="not a database"):
        group_writer.run(lambda conn: conn.execute("SELECT * FROM meta"))
    group_writer.close()


def test_all_tables_are_strict(store: Store) -> None:
    rows = store.read().execute("PRAGMA table_list").fetchall()
    loose = {row["name"] for row in rows if not row["strict"] and row["type"] == "table"}
    assert {name for name in loose if not name.startswith(("sqlite_", "_sqlite"))} == set()


def test_opening_again_applies_no_migration_twice(store: Store, tmp_path: Path) -> None:
    store.write(lambda conn: meta.put(conn, "a", "1"))
    again = Store.open(tmp_path)
    assert meta.get(again.read(), "a") == "1"
    version = again.read().execute("PRAGMA user_version").fetchone()[0]
    assert version == SCHEMA_VERSION
    # Each step has its own number: only the number decides whether a file is migrated.
    numbers = [int(step.name[1:4]) for step in steps.pending(Database(memory=True))]
    assert numbers == list(range(1, SCHEMA_VERSION + 1))
    again.close()


def contents(folder: Path) -> dict[str, bytes]:
    """What lies in a folder, to the byte."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_an_older_program_refuses_newer_data_and_touches_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.open(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "node.db")) as conn:
        conn.execute("CREATE TABLE of_a_newer_release (id INTEGER PRIMARY KEY) STRICT")
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = contents(tmp_path)
    with pytest.raises(NewerData, match=f"version {SCHEMA_VERSION + 1}, this program knows"):
        Store.open(tmp_path)
    monkeypatch.setattr("sys.argv", ["xuezhan-node", "status", "--data", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    sentence, code = capsys.readouterr().err.splitlines()
    assert "数据一点也没有动" in sentence
    assert code.startswith("(newer-data: ")
    assert contents(tmp_path) == before


def test_newer_data_are_refused_while_only_the_log_has_them(tmp_path: Path) -> None:
    """The power failed after the upgrade, before the log was carried into the file."""
    Store.open(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "node.db")) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        with pytest.raises(NewerData):
            Store.open(tmp_path)
        assert conn.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION + 1
    assert [file.name for file in tmp_path.iterdir()] == ["node.db"]


def test_data_of_an_older_release_are_brought_to_this_one(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "node.db")) as conn:
        steps.apply(Database(conn), stop_before="m002_practice")
        conn.execute("PRAGMA user_version = 1")
    store = Store.open(tmp_path)
    assert store.read().execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION
    assert store.read().execute("SELECT count(*) FROM star").fetchone()[0] == 0
    store.close()


def test_closing_leaves_a_read_that_is_under_way_to_its_thread(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "another")
    began, counted = threading.Event(), []

    def count() -> None:
        conn = store.read()
        numbers = conn.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
            " SELECT i FROM n"
        )
        began.set()
        counted.append(sum(1 for _ in numbers))

    reader = threading.Thread(target=count)
    reader.start()
    assert began.wait(10)
    store.close()
    reader.join()
    assert counted == [300_000]


def test_a_connection_ends_with_its_thread(store: Store) -> None:
    opened: list[sqlite3.Connection] = []
    for _ in range(30):
        thread = threading.Thread(target=lambda: opened.append(store.read()))
        thread.start()
        thread.join()
    store.read()
    for conn in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
            conn.execute("SELECT 1")
    assert store.read().execute("SELECT 1").fetchone()[0] == 1


def test_a_thread_that_still_reads_keeps_its_connection_while_others_come(store: Store) -> None:
    read, go_on, answers = threading.Event(), threading.Event(), []

    def reads_twice() -> None:
        conn = store.read()
        read.set()
        go_on.wait(60)
        answers.append(store.read() is conn and conn.execute("SELECT 7").fetchone()[0])

    reader = threading.Thread(target=reads_twice)
    reader.start()
    assert read.wait(60)
    other = threading.Thread(target=store.read)
    other.start()
    other.join()
    go_on.set()
    reader.join()
    assert answers == [7]


def test_the_writer_outlives_what_nobody_foresaw(store: Store) -> None:
    def leaves(conn: sqlite3.Connection) -> None:
        meta.put(conn, "half", "1")
        raise SystemExit(1)

    outcomes: list[str] = []

    def write() -> None:
        try:
            store.write(leaves)
        except MachineError as error:
            outcomes.append(error.code)

    caller = threading.Thread(target=write, daemon=True)
    caller.start()
    caller.join(20)
    assert outcomes == ["machine-error"]
    store.write(put("after"))
    assert meta.get(store.read(), "after") == "x"
    assert meta.get(store.read(), "half") == ""
    assert store.writer_state().fault is None


def test_a_writer_that_is_stuck_or_ended_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "LONGEST_GROUP_S", 0.0)
    assert store.writer_state().fault is None
    with writer_held(store):
        assert store.writer_state().fault is ThreadFault.STUCK
    store.write(lambda conn: None)
    store._writer._jobs.put(None)  # as closing does, but it was not closed
    store._writer._thread.join()
    assert store.writer_state().fault is ThreadFault.ENDED
    store.close()
    assert store.writer_state().fault is None


def test_records_are_numbered_without_a_gap(runtime: NodeRuntime) -> None:
    def note(conn: sqlite3.Connection) -> int:
        return journal.append(
            conn, at=1, kind=Kind.STUDY, learner="A", object="c/i", numbers=(0, 9)
        )

    def note_and_fail(conn: sqlite3.Connection) -> None:
        note(conn)
        raise KeyError("undone")

    assert runtime.store.write(note) == 1
    with pytest.raises(KeyError, match="undone"):
        runtime.store.write(note_and_fail)
    assert runtime.store.write(note) == 2
    assert [record.seq for record in journal.of_learner(runtime.store.read(), "A")] == [1, 2]


@pytest.mark.parametrize("days", [True, False], ids=["with days", "as before there were days"])
def test_facts_that_the_hub_gives_back_are_taken_in_either_form(
    runtime: NodeRuntime, days: bool
) -> None:
    lost, late = Facts(), 86_400 * 30
    lost.add(7, 1, Record(1, 86_400 * 3, Kind.STUDY, "A", "c/i", numbers=(0, 30)))
    lost.add(7, 1, Record(2, late, Kind.STUDY, "A", "c/i", numbers=(30, 60)))
    lost.add(7, 1, Record(3, late, Kind.PRACTICE, "A", "c/q", "B", numbers=(1, 5)))
    body = b'{"state":' + lost.to_bytes(days) + b"}"
    order = Order(9, "facts", "A", body)
    runtime.store.write(lambda conn: orders.apply(conn, (order,), 0, 1))
    known = runtime.facts.of("A")
    assert known.to_bytes(days=False) == lost.to_bytes(days=False)
    assert known.studied["c/i"] == ([0, 30, 3, 30, 60, 30] if days else [0, 60, 30])
    # The journal's own records come on top and make days less, never more.
    runtime.store.write(
        lambda conn: journal.append(
            conn, at=86_400 * 4, kind=Kind.STUDY, learner="A", object="c/i", numbers=(0, 60)
        )
    )
    assert runtime.facts.of("A").studied["c/i"] == ([0, 30, 3, 30, 60, 4] if days else [0, 60, 4])
    assert runtime.facts.of("A").answered_on == {"c/q": 30}


def test_a_record_that_could_not_be_sent_is_refused_before_it_is_kept(runtime: NodeRuntime) -> None:
    with pytest.raises(BadRecord, match="response"):
        runtime.store.write(
            lambda conn: journal.append(
                conn,
                at=1,
                kind=Kind.PRACTICE,
                learner="A",
                object="c/q",
                response="x" * 500,
                numbers=(1, 2),
            )
        )
    assert journal.waiting(runtime.store.read()).count == 0
