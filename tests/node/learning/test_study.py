import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.model.course import Course, Item
from node.errors import DiskFull
from node.learning.study import IDLE_S, Beat
from node.runtime import NodeRuntime
from node.store import journal, sittings
from sync.facts.spans import covered
from tests.node.conftest import LEARNER, OTHER, FakeTime

FILM, NOTES = "food/film", "food/notes"


@pytest.fixture
def film(course: Course) -> Item:
    return course.item("film")


def beat(*spans: tuple[float, float], item: str = FILM, tab: str = "t1", **more: bool) -> Beat:
    return Beat(LEARNER, item, tab, spans, **more)


def records(runtime: NodeRuntime) -> list[tuple[str, tuple[int, ...]]]:
    noted = journal.of_learner(runtime.store.read(), LEARNER)
    return [(record.object, record.numbers) for record in noted]


def play(runtime: NodeRuntime, pc: FakeTime, film: Item, begin: float, end: float) -> None:
    while begin < end:
        pc.go_on(10)
        runtime.study.hear(beat((begin, min(end, begin + 10))), film)
        begin += 10


def test_a_sitting_of_many_heartbeats_becomes_one_record_when_playing_stops(
    runtime: NodeRuntime, pc: FakeTime, film: Item
) -> None:
    play(runtime, pc, film, 0, 60)
    assert records(runtime) == []
    runtime.study.hear(beat((60, 64.4), stops=True), film)
    assert records(runtime) == [(FILM, (0, 64))]
    assert sittings.open_of(runtime.store.read(), LEARNER) == []


def test_a_heartbeat_counts_before_it_is_a_record(
    runtime: NodeRuntime, pc: FakeTime, film: Item
) -> None:
    play(runtime, pc, film, 0, 30)
    facts = runtime.facts.of(LEARNER)
    assert facts.watched(FILM) == [(0, 30)]
    assert facts.position(FILM) == 30


def test_another_place_begins_another_sitting(
    runtime: NodeRuntime, pc: FakeTime, film: Item
) -> None:
    play(runtime, pc, film, 0, 20)
    play(runtime, pc, film, 90, 110)
    assert records(runtime) == [(FILM, (0, 20))]
    assert runtime.facts.of(LEARNER).watched(FILM) == [(0, 20), (90, 110)]


def test_a_pause_shorter_than_a_minute_stays_one_sitting_and_a_longer_one_ends_it(
    runtime: NodeRuntime, pc: FakeTime, film: Item
) -> None:
    play(runtime, pc, film, 0, 20)
    pc.go_on(IDLE_S - 15)
    assert runtime.study.close_idle() == 0
    play(runtime, pc, film, 20, 40)
    pc.go_on(IDLE_S + 1)
    assert runtime.study.close_idle() == 1
    assert records(runtime) == [(FILM, (0, 40))]


def test_the_start_after_a_power_cut_makes_records_of_what_was_open(
    runtime: NodeRuntime, pc: FakeTime, film: Item
) -> None:
    play(runtime, pc, film, 0, 50)
    cut = NodeRuntime.open(runtime.config, pc.clock())  # the power failed without warning
    try:
        assert cut.facts.of(LEARNER).position(FILM) == 50
        assert cut.study.close_all() == 1
        assert records(cut) == [(FILM, (0, 50))]
    finally:
        cut.close()


def test_the_start_makes_records_of_what_a_clock_ahead_of_the_present_one_left_open(
    runtime: NodeRuntime, pc: FakeTime, film: Item
) -> None:
    play(runtime, pc, film, 0, 50)
    runtime.store.write(lambda conn: conn.execute("UPDATE sitting SET touched_at = touched_at + 9"))
    cut = NodeRuntime.open(runtime.config, pc.clock())
    try:
        assert cut.study.close_all() == 1
        assert [span for _item, span in records(cut)] == [(0, 50)]
    finally:
        cut.close()


def test_more_than_can_have_been_played_is_owed_and_not_kept(
    runtime: NodeRuntime, pc: FakeTime, film: Item
) -> None:
    runtime.study.arrive(LEARNER)
    heard = runtime.study.hear(beat((0, 120)), film)
    [(begin, end)] = heard.owed
    assert 0 < begin < 30
    assert end == 120
    assert runtime.facts.of(LEARNER).watched(FILM) == [(0, round(begin))]


def test_a_page_is_read_in_real_time_and_a_video_at_most_twice_as_fast(
    runtime: NodeRuntime, pc: FakeTime, course: Course, film: Item
) -> None:
    runtime.study.hear(beat((0, 100)), film)  # uses up a newcomer's credit
    pc.go_on(10)
    watched = runtime.study.hear(beat((50, 110), tab="t1"), film)
    assert watched.owed == ((70.0, 110.0),)
    pc.go_on(10)
    read = runtime.study.hear(beat((0, 60), item=NOTES), course.item("notes"))
    assert read.owed == ((10.0, 60.0),)


def test_two_tabs_do_not_double(runtime: NodeRuntime, pc: FakeTime, course: Course) -> None:
    film, notes = course.item("film"), course.item("notes")
    runtime.study.hear(beat(tab="office", takes_over=True), film)
    runtime.study.hear(beat(item=NOTES, tab="phone", takes_over=True), notes)
    for at in range(0, 60, 10):
        pc.go_on(10)
        office = runtime.study.hear(beat((at, at + 10), tab="office"), film)
        phone = runtime.study.hear(beat((at, at + 10), item=NOTES, tab="phone"), notes)
        assert office.elsewhere
        assert not phone.elsewhere
    facts = runtime.facts.of(LEARNER)
    assert facts.seconds(FILM) == 0
    assert facts.seconds(NOTES) == 60


def test_an_interval_that_is_said_twice_costs_nothing_and_counts_once(
    runtime: NodeRuntime, pc: FakeTime, film: Item
) -> None:
    play(runtime, pc, film, 0, 60)
    for _again in range(20):
        assert runtime.study.hear(beat((50, 60)), film).owed == ()
    pc.go_on(5)
    assert runtime.study.hear(beat((50, 70)), film).owed == ()
    assert runtime.facts.of(LEARNER).watched(FILM) == [(0, 70)]


def test_nothing_beyond_the_end_of_the_video_is_kept(
    runtime: NodeRuntime, pc: FakeTime, film: Item
) -> None:
    runtime.study.hear(beat((115, 130), (500, 505), (-5, 2), stops=True), film)
    assert runtime.facts.of(LEARNER).watched(FILM) == [(0, 2), (115, 120)]


def test_what_could_not_be_stored_is_not_spent(
    runtime: NodeRuntime, film: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime.study.arrive(LEARNER)

    def full(_work: object) -> None:
        raise DiskFull

    with monkeypatch.context() as patch:
        patch.setattr(runtime.store, "write", full)
        for _again in range(5):
            with pytest.raises(DiskFull):
                runtime.study.hear(beat((0, 20)), film)
    assert runtime.study.hear(beat((0, 20)), film).owed == ()


def test_gaps_between_the_spans_of_a_heartbeat_are_paid_for(
    runtime: NodeRuntime, pc: FakeTime, film: Item
) -> None:
    runtime.study.hear(beat((0, 100)), film)  # uses up a newcomer's credit
    spent = runtime.facts.of(LEARNER).seconds(FILM)
    pc.go_on(10)
    crumbs = tuple((at * 2.0, at * 2.0 + 0.6) for at in range(30, 60))
    runtime.study.hear(beat(*crumbs, stops=True), film)
    assert runtime.facts.of(LEARNER).seconds(FILM) <= spent + 20


def test_learners_have_sittings_of_their_own(
    runtime: NodeRuntime, pc: FakeTime, film: Item
) -> None:
    runtime.study.hear(beat((0, 10)), film)
    runtime.study.hear(Beat(OTHER, FILM, "t2", ((40, 50),)), film)
    assert runtime.facts.of(LEARNER).watched(FILM) == [(0, 10)]
    assert runtime.facts.of(OTHER).watched(FILM) == [(40, 50)]
    since = sittings.touched_since(runtime.store.read(), runtime.clock.now())
    assert {sitting.learner for sitting in since} == {LEARNER, OTHER}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.floats(0, 130), st.floats(0, 40), st.floats(0, 30), st.booleans()),
        max_size=12,
    )
)
def test_whatever_is_claimed_the_journal_never_says_more_than_went_by(
    runtime: NodeRuntime, pc: FakeTime, film: Item, claims: list[tuple[float, float, float, bool]]
) -> None:
    who = f"L{pc.steady_s}"
    began = pc.steady_s
    runtime.study.arrive(who)
    for at, length, wait, stops in claims:
        pc.go_on(wait)
        runtime.study.hear(Beat(who, FILM, "t", ((at, at + length),), stops=stops), film)
    runtime.study.close_all()
    noted = journal.of_learner(runtime.store.read(), who)
    spans = runtime.facts.of(who).studied.get(FILM, [])
    rounding = len(claims)
    assert covered(spans) <= 2 * (pc.steady_s - began + 13) + rounding
    assert all(0 <= begin < end <= 120 for begin, end in (record.numbers for record in noted))
    pc.go_on(1000)
