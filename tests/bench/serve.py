"""5,000 learners' sessions on one node process: ``python -m tests.bench.serve [sessions]``.

One answer or heartbeat each 30 s a session for 90 s, from another process. Then the node is
stopped and every acknowledged answer is looked for in its database: both the row that pages
read and the record that goes to the hub.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from psutil import Process

from node.store import attempts, journal
from node.store.db import Store
from sync.records import Kind
from tests.bench.figure import ROOT, Figure, report
from tests.bench.station import EXAM, running, seed, write_seats

HOW = "python -m tests.bench.serve"
SESSIONS = 5_000
ROUNDS = 3
SAMPLE_EVERY_S = 0.5


def figures(sessions: int = SESSIONS) -> list[Figure]:
    """Measure; raises if an acknowledged answer is not on disk or anything was refused."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "station"
        seats, measured = Path(folder) / "seats.json", Path(folder) / "measured.json"
        write_seats(seed(data, sessions), seats)
        with running(data) as (process, port):
            watch = _Watch(process)
            watch.start()
            load = [sys.executable, "-m", "tests.bench.load", str(seats), str(port)]
            subprocess.run([*load, str(ROUNDS), str(measured)], cwd=ROOT, check=True)
            watch.over.set()
            watch.join()
        outcome = json.loads(measured.read_text("utf-8"))
        lost = _not_on_disk(data, outcome["saved"])
    if lost or outcome["faults"]:
        raise SystemExit(f"{len(lost)} answers lost {lost[:3]}, faults {outcome['faults'][:5]}")
    answers, beats = outcome["answer_ms"], outcome["beat_ms"]
    print(
        f"{len(answers)} answers, median {statistics.median(answers):.1f} ms, all on disk; "
        f"{len(beats)} heartbeats, p99 {_p99(beats):.1f} ms; "
        f"{(len(answers) + len(beats)) / outcome['seconds']:.0f} requests/s"
    )
    name = f"node.sessions{sessions}"
    return [
        Figure(f"{name}.p99_ms", round(_p99(answers), 1), "ms", 200, "low", HOW),
        Figure(f"{name}.rss_mb", round(watch.most / 1e6, 1), "MB", None, "low", HOW),
    ]


class _Watch(threading.Thread):
    """Remembers the most memory that a process held."""

    def __init__(self, process: Process) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.most = 0
        self._process = process

    def run(self) -> None:
        while not self.over.wait(SAMPLE_EVERY_S):
            self.most = max(self.most, self._process.memory_info().rss)


def _p99(took_ms: list[float]) -> float:
    return statistics.quantiles(took_ms, n=100)[98]


def _not_on_disk(data: Path, saved: list[list[object]]) -> list[list[object]]:
    """Acknowledged answers that one of the two places in the database lacks."""
    store = Store.open(data)
    try:
        conn = store.read()
        noted = {
            (record.learner, record.object.rpartition("/")[2], record.response)
            for number in {str(answer[0]) for answer in saved}
            for record in journal.of_learner(conn, number)
            if record.kind is Kind.EXAM_ANSWER
        }
        newest = {}
        for learner in {str(answer[0]) for answer in saved}:
            attempt = attempts.find(conn, learner, EXAM, 1)
            assert attempt is not None
            newest[learner] = attempts.answers(conn, attempt)
        lost = []
        for answer in saved:
            learner, question, response, counter = (str(value) for value in answer)
            newest_answer = newest[learner].get(question)
            overtaken = newest_answer is not None and newest_answer.counter > int(counter)
            same = newest_answer is not None and newest_answer.response == response
            known = (learner, question.rpartition("/")[2], response) in noted
            if not known or not (same or overtaken):
                lost.append(answer)
        return lost
    finally:
        store.close()


if __name__ == "__main__":
    report(lambda: figures(*(int(argument) for argument in sys.argv[1:2])))
