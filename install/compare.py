"""A station's own figures beside the hub's: what the demonstration prints and is judged by.

Each side is read by its own code from its own database; ``digest`` covers every fact of every
learner, so two equal digests say more than all other lines together.
"""

from __future__ import annotations

import unicodedata
from dataclasses import astuple, dataclass
from hashlib import sha256
from pathlib import Path

from hub.context.open_hub import Hub
from hub.facts import merge
from hub.store import batches, results
from hub.store.engine import reading
from node.learning.facts import FactsOf
from node.store import journal, learners, meta
from node.store import results as node_results
from node.store.db import Store
from sync.facts import Facts

# How the lines of the table read, in the order of the fields below.
LINES = ("学习记录", "在学学员", "学习时长", "练习题数", "已交试卷", "已评成绩", "成绩", "事实摘要")


@dataclass(frozen=True, slots=True)
class Figures:
    """One side's figures of one station."""

    records: int
    learners: int
    studied: str
    practised: int
    handed_in: int
    graded: int
    scores: str
    digest: str


@dataclass(frozen=True, slots=True)
class Station:
    """Where a station's own data are, and which node of the hub it is."""

    name: str
    data: Path
    numbers: tuple[str, ...]


def at_station(station: Station) -> Figures:
    """The station's own figures."""
    store = Store.open(station.data)
    try:
        conn = store.read()
        known = FactsOf(store)
        folded = {learner.number: known.of(learner.number) for learner in learners.all(conn)}
        scores = {
            f"{number} {result.score}"
            for number in folded
            for result in node_results.of_learner(conn, number)
        }
        return _figures(journal.head(conn, meta.number(conn, meta.EPOCH)), folded, scores)
    finally:
        store.close()


def at_hub(hub: Hub, station: Station) -> Figures:
    """The hub's figures of the same station."""
    store = Store.open(station.data)
    node = meta.number(store.read(), meta.NODE)
    store.close()
    with reading(hub.engine) as connection:
        folded = {number: merge.of_learner(connection, number) for number in station.numbers}
        graded = results.of_learners(connection, station.numbers)
        end = batches.newest(connection, node)
    scores = {f"{result.learner} {result.score}" for result in graded}
    return _figures(end.next_seq - 1 if end else 0, folded, scores)


def _figures(records: int, folded: dict[str, Facts], scores: set[str]) -> Figures:
    digests = sorted((number, known.digest()) for number, known in folded.items())
    attempts = [attempt for known in folded.values() for attempt in known.attempts.values()]
    seconds = sum(known.seconds(item) for known in folded.values() for item in known.studied)
    return Figures(
        records=records,
        learners=sum(known.digest() != Facts().digest() for known in folded.values()),
        studied=f"{seconds // 60} 分 {seconds % 60} 秒",
        practised=sum(len(known.practised) for known in folded.values()),
        handed_in=sum(attempt.submission is not None for attempt in attempts),
        graded=len(scores),
        scores=" ".join(sorted(score.rpartition(" ")[2] for score in scores)),
        digest=sha256(repr(digests).encode()).hexdigest()[:16],
    )


def table(stations: list[tuple[Station, Figures, Figures]]) -> str:
    """Both sides next to each other, a line for each figure, with a verdict."""
    lines = []
    for station, own, central in stations:
        heads = _pad(station.name, 12) + _pad("站点机 node", 24) + _pad("枢纽 hub", 24)
        lines += ["", heads, "─" * 66]
        for name, left, right in zip(LINES, astuple(own), astuple(central), strict=True):
            verdict = "=" if left == right else "≠"
            lines.append(_pad(name, 12) + _pad(str(left), 24) + _pad(str(right), 24) + verdict)
    return "\n".join(lines)


def _pad(text: str, width: int) -> str:
    """``text`` padded to ``width`` columns of a terminal, where a hanzi takes two."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return text + " " * max(1, width - len(text) - wide)
