"""The facts are the same in whatever order batches come, and when rebuilt from the batches."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.facts import codec, derive, merge, rebuild
from hub.reports import status
from hub.reports.duty import DAY_S
from hub.store import facts, results
from hub.store.engine import reading, writing
from hub.store.schema import batch, setting
from sync.errors import BadSignature
from sync.facts import Facts, day_of, starts_at
from sync.records import Record
from tests.hub.conftest import (
    NOW,
    Clock,
    Station,
    course,
    join_station,
    open_new,
    practice,
    publish_course,
    sitting,
    study,
)

PEOPLE = ("L1", "L2", "L3")

records = st.one_of(
    st.builds(
        lambda who, start, length: study(who, start, start + length),
        st.sampled_from(PEOPLE),
        st.integers(0, 90),
        st.integers(1, 30),
    ),
    st.builds(
        practice, st.sampled_from(PEOPLE), st.sampled_from(("food/p1", "food/p2")), st.booleans()
    ),
)


def everything(hub: Hub) -> tuple[str, list[object], list[object]]:
    with reading(hub.engine) as connection:
        people = [who for rows in facts.every(connection) for who, _ in rows]
        graded = sorted(results.of_learners(connection, people), key=lambda row: row.key)
        far = [row for who in people for row in results.progress_of(connection, who)]
    return rebuild.digest(hub), [*graded], [*far]


def test_a_rebuild_ends_with_the_same_facts_results_and_progress(
    hub: Hub, station: Station, clock: Clock
) -> None:
    publish_course(hub)
    other = join_station(hub, "110101002")
    station.send(station.seal(study("L1", 0, 60), *sitting("L1", wrong=4)))
    other.send(other.seal(study("L1", 50, 100), *sitting("L2")))
    clock.at += 3_600
    station.send(station.seal(*sitting("L1", attempt=2), practice("L3", "food/p1", False)))
    before = everything(hub)
    clock.at += 3_600
    done = rebuild.rebuild(hub, "test")
    assert done.before == done.after == before[0]
    assert done.records == 1 + 7 + 1 + 7 + 7 + 1
    assert everything(hub) == before


def test_a_rebuild_repairs_facts_that_were_changed_by_hand(hub: Hub, station: Station) -> None:
    publish_course(hub)
    station.send(station.seal(study("L1", 0, 60), *sitting("L1")))
    before = everything(hub)
    with writing(hub.engine) as connection:
        facts.forget_all(connection)
        results.forget_results(connection)
    done = rebuild.rebuild(hub, "test")
    assert done.before != done.after == before[0]
    assert everything(hub)[:2] == before[:2]


def test_a_rebuild_holds_few_learners_in_memory_and_ends_the_same(
    hub: Hub, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in range(9):
        station.send(station.seal(study(f"L{who}", 0, 30), study(f"L{who % 2}", 30, 60)))
    before = rebuild.digest(hub)
    monkeypatch.setattr(rebuild, "MAX_LEARNERS", 2)
    assert rebuild.rebuild(hub, "test").after == before


def test_a_rebuild_names_a_stored_batch_that_was_changed_and_changes_nothing(
    hub: Hub, station: Station
) -> None:
    raw = station.seal(study("L1", 0, 30))
    station.send(raw)
    before = rebuild.digest(hub)
    for at in (10, len(raw) - 1):
        flipped = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with writing(hub.engine) as connection:
            connection.execute(update(batch).values(bytes=flipped))
        with pytest.raises(BadSignature):
            rebuild.rebuild(hub, "test")
    assert rebuild.digest(hub) == before


def test_a_new_version_counts_progress_again(hub: Hub, station: Station) -> None:
    publish_course(hub)
    station.send(station.seal(study("L1", 0, 100), *sitting("L1")))
    publish_course(hub, course(version=2, seconds=200))
    with reading(hub.engine) as connection:
        [row] = results.progress_of(connection, "L1")
    assert (row.version, row.done, row.percent) == (2, 1, 75)
    assert (row.completed_at, row.completed_version) == (starts_at(day_of(NOW)), 1)
    assert rebuild.rebuild(hub, "test").after == rebuild.digest(hub)
    with reading(hub.engine) as connection:
        assert results.progress_of(connection, "L1") == [row]


def test_a_new_version_binds_who_is_not_done_and_takes_nothing_away(
    hub: Hub, station: Station, clock: Clock
) -> None:
    publish_course(hub)
    station.send(station.seal(study("L1", 0, 100), *sitting("L1"), study("L2", 0, 50)))
    clock.at = NOW + 5 * DAY_S
    publish_course(hub, course(version=2, seconds=200))
    # L3 had done it before version 2, and the records come late; L2 goes on after the grace.
    clock.at = late = NOW + 60 * DAY_S
    station.send(
        station.seal(study("L3", 0, 100, NOW + DAY_S), *sitting("L3", at=NOW + DAY_S)),
        station.seal(study("L2", 50, 100, late), *sitting("L2", at=late)),
    )
    assert done_of(hub, "L1", "L2", "L3") == [(0, 1), None, (1, 1)]
    station.send(station.seal(study("L2", 100, 190, late)))
    before = done_of(hub, "L1", "L2", "L3")
    assert before == [(0, 1), (60, 2), (1, 1)]
    clock.at += DAY_S
    rebuild.rebuild(hub, "test")
    assert done_of(hub, "L1", "L2", "L3") == before


def done_of(hub: Hub, *people: str) -> list[tuple[int, int] | None]:
    """How many days after ``NOW`` each was done, and by which version."""
    with reading(hub.engine) as connection:
        rows = [results.progress_of(connection, who)[0] for who in people]
    return [
        None
        if row.completed_at is None
        else (day_of(row.completed_at) - day_of(NOW), row.completed_version or 0)
        for row in rows
    ]


def test_the_first_rebuild_after_an_upgrade_finds_the_days_and_what_was_erased(
    hub: Hub, station: Station, clock: Clock
) -> None:
    publish_course(hub)
    station.send(station.seal(study("L1", 0, 100), *sitting("L1")))
    clock.at = NOW + 10 * DAY_S
    publish_course(hub, course(version=2, seconds=200))
    clock.at = NOW + 40 * DAY_S
    station.send(station.seal(study("L1", 0, 100, clock.at)))
    assert done_of(hub, "L1") == [(0, 1)]
    exact = rebuild.digest(hub)
    # As a release without days left it: everything of the last day, and no completion.
    with writing(hub.engine) as connection:
        undated = Facts.from_bytes(merge.of_learner(connection, "L1").to_bytes(days=False))
        facts.put(connection, {"L1": codec.pack(undated)})
        connection.execute(insert(setting).values(key=facts.UNDATED, value="1"))
        derive.judge(hub, connection, {"L1": undated}, (), [("L1", "food")])
    assert done_of(hub, "L1") == [None]
    assert status.REBUILD in status.lines(hub)
    done = rebuild.rebuild(hub, "test")
    assert done.before == done.after, "in all but the days nothing changed"
    assert rebuild.digest(hub) == exact
    assert done_of(hub, "L1") == [(0, 1)]
    assert status.REBUILD not in status.lines(hub)


def cut(whole: Sequence[Record], places: list[int]) -> list[Sequence[Record]]:
    """``whole`` in pieces that begin at ``places``."""
    ends = sorted({place % (len(whole) + 1) for place in places} | {0, len(whole)})
    return [whole[a:b] for a, b in zip(ends, ends[1:], strict=False)]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(records, min_size=1, max_size=20),
    st.lists(records, min_size=1, max_size=20),
    st.lists(st.integers(0, 20), max_size=4),
    st.lists(st.integers(0, 20), max_size=4),
    st.randoms(use_true_random=False),
)
def test_any_splitting_repetition_and_interleaving_gives_the_same_facts(
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: Path,
    first: list[Record],
    second: list[Record],
    first_cuts: list[int],
    second_cuts: list[int],
    random: object,
) -> None:
    """The chain fixes the order within a node; the rest is random."""
    new = partial(copytree, sqlite_template)
    plain = digest_of(new(tmp_path_factory.mktemp("a") / "hub"), [[first], [second]], None)
    parts = [cut(first, first_cuts), cut(second, second_cuts)]
    assert digest_of(new(tmp_path_factory.mktemp("b") / "hub"), parts, random) == plain


def digest_of(folder: Path, parts: list[list[Sequence[Record]]], random: object) -> str:
    """A hub's digest after two nodes sent ``parts``, interleaved and repeated by ``random``."""
    hub = open_hub.open_hub(folder, Clock())
    nodes = [join_station(hub, "s1"), join_station(hub, "s2")]
    sealed = [[node.seal(*part) for part in own] for node, own in zip(nodes, parts, strict=True)]
    sent = [0, 0]
    while any(done < len(own) for done, own in zip(sent, sealed, strict=True)):
        open_ones = [n for n in (0, 1) if sent[n] < len(sealed[n])]
        which = random.choice(open_ones) if random else open_ones[0]  # type: ignore[attr-defined]
        again = random.randrange(3) if random else 0  # type: ignore[attr-defined]
        begin = max(0, sent[which] - again)
        answer = nodes[which].send(*sealed[which][begin : sent[which] + 1])
        assert answer.refusal == ""
        sent[which] += 1
    digest = rebuild.digest(hub)
    assert rebuild.rebuild(hub, "test").after == digest
    hub.close()
    return digest


def test_the_digest_is_the_same_on_both_databases_and_at_the_node(
    hub: Hub, station: Station, tmp_path: Path, clock: Clock
) -> None:
    studied = [study(who, n, n + 5) for n, who in enumerate(("b", "A", "ä", "中", "a"))]
    station.send(station.seal(*studied))
    twin = open_new(tmp_path / "twin", clock)
    same = join_station(twin, "110101001")
    same.send(same.seal(*studied))
    assert rebuild.digest(hub) == rebuild.digest(twin)
    mine = Facts()
    mine.add(station.node, 1, studied[0]._replace(seq=1))
    with reading(hub.engine) as connection:
        assert merge.of_learner(connection, "b").digest() == mine.digest()
    twin.close()
