from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from content.transfer.blobs import BlobStore
from node.config import Config, UnknownSetting
from node.exchange.node_keys import make_key
from node.runtime import NodeRuntime, resume_clock
from node.store import journal, sittings, tries
from sync.records import Kind
from tests.node.conftest import HUB_KEY, LEARNER, START, FakeTime, populate
from tests.node.small_hub import SmallHub, serving

DAY_S = 86_400


@pytest.fixture
def hub(config: Config, tmp_path: Path) -> Iterator[SmallHub]:
    key = make_key(config.data)
    with serving(SmallHub(HUB_KEY, key, BlobStore(tmp_path / "hub"))) as hub:
        yield hub


def reopened(runtime: NodeRuntime, pc: FakeTime) -> NodeRuntime:
    """The same data folder after a power cut: a new process, nothing was closed."""
    clock = resume_clock(runtime.store.read(), pc.raw, pc.steady)
    return NodeRuntime.open(runtime.config, clock)


def test_the_time_without_power_is_known_after_it(runtime: NodeRuntime, pc: FakeTime) -> None:
    runtime.mark_alive()
    pc.go_on(1_800)
    again = reopened(runtime, pc)
    assert again.standstill.lasted_s(again.clock) == 1_800
    again.close()


@pytest.mark.parametrize("raw_s", [946_684_800, 2_147_483_700, START - DAY_S])
def test_records_keep_their_order_whatever_the_pcs_clock_says_after_a_restart(
    runtime: NodeRuntime, pc: FakeTime, raw_s: int
) -> None:
    def note(on: NodeRuntime) -> None:
        at = on.clock.now()
        on.store.write(
            lambda conn: journal.append(
                conn, at=at, kind=Kind.STUDY, learner=LEARNER, object="food/film", numbers=(0, 9)
            )
        )

    pc.go_on(3_600)
    note(runtime)
    runtime.mark_alive()
    pc.raw_s, pc.steady_s = float(raw_s), 5.0
    again = reopened(runtime, pc)
    note(again)
    first, second = journal.of_learner(again.store.read(), LEARNER)
    assert 0 <= second.at - first.at < DAY_S
    assert again.clock.state().wrong
    again.close()


def test_facts_follow_the_journal_and_what_still_plays(runtime: NodeRuntime) -> None:
    def study(begin: int, end: int) -> None:
        runtime.store.write(
            lambda conn: journal.append(
                conn,
                at=START,
                kind=Kind.STUDY,
                learner=LEARNER,
                object="food/film",
                numbers=(begin, end),
            )
        )

    study(0, 10)
    before = runtime.facts.of(LEARNER)
    assert before.seconds("food/film") == 10
    study(20, 30)
    runtime.store.write(lambda conn: sittings.extend(conn, LEARNER, "food/film", 40, 45, START))
    after = runtime.facts.of(LEARNER)
    assert after.seconds("food/film") == 25
    assert after.position("food/film") == 45
    assert before.seconds("food/film") == 10  # a value that was handed out is never changed
    runtime.store.write(lambda conn: sittings.close(conn, LEARNER, "food/film"))
    assert runtime.facts.of(LEARNER).seconds("food/film") == 25
    assert runtime.facts.of("nobody").seconds("food/film") == 0


def test_a_started_machine_syncs_by_itself(config: Config, hub: SmallHub) -> None:
    runtime = NodeRuntime.open(Config(data=config.data, hub_url=hub.url))
    populate(runtime)
    runtime.courier.start()
    runtime.courier.sync_now()
    _until(lambda: bool(hub.requests))
    _until(lambda: runtime.line().ok)
    runtime.close()


def test_an_exam_that_was_handed_in_makes_a_sync_come_soon(config: Config, hub: SmallHub) -> None:
    runtime = NodeRuntime.open(Config(data=config.data, hub_url=hub.url))
    populate(runtime)
    runtime.courier.start()
    runtime.courier.sync_now()
    _until(lambda: runtime.line().ok)

    def hand_in(conn: sqlite3.Connection) -> None:
        at = runtime.clock.now()
        journal.append(
            conn,
            at=at,
            kind=Kind.EXAM_SUBMIT,
            learner=LEARNER,
            object="food/final",
            numbers=(1, at, -1, 0),
        )

    runtime.store.write(hand_in)
    runtime.courier.check_submissions()
    _until(lambda: runtime.line().waiting_count == 0)
    assert len(hub.batches) == 1
    runtime.close()


def test_the_alive_thread_outlives_what_nobody_foresaw(
    config: Config, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("node.runtime.ALIVE_EVERY_S", 0.01)
    runtime = NodeRuntime.open(Config(data=config.data))
    populate(runtime)
    rounds: list[int] = []
    monkeypatch.setattr("node.store.sittings.idle_before", _broken)
    monkeypatch.setattr(runtime.courier, "check_submissions", lambda: rounds.append(1))
    runtime.start()
    _until(lambda: len(rounds) > 3)
    assert {state.fault for state in runtime.threads()} == {None}
    runtime.close()
    messages = [record.getMessage() for record in caplog.records if record.exc_info]
    assert messages == ["close_all not done", "close_idle not done"]
    assert "nobody foresaw it" in caplog.text


def test_a_start_goes_on_to_the_pages_whatever_its_first_duties_raise(
    config: Config, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    runtime = NodeRuntime.open(Config(data=config.data))
    monkeypatch.setattr("node.store.meta.put", _broken)
    runtime.start()
    runtime.close()
    assert "nobody foresaw it" in caplog.text


def test_each_thread_of_a_running_node_is_watched(config: Config) -> None:
    runtime = NodeRuntime.open(Config(data=config.data, hub_url="http://127.0.0.1:9"))
    runtime.start()
    names = [state.name for state in runtime.threads()]
    assert names == ["writer", "alive", "scheduler", "library"]
    runtime.close()


def test_a_fresh_start_remembers_how_the_last_sync_went(runtime: NodeRuntime, pc: FakeTime) -> None:
    runtime.store.write(lambda conn: tries.add(conn, tries.Try(START, 5, "", 0, 1, 1)))
    again = reopened(runtime, pc)
    assert (again.line().ok, again.line().last_sync_at) == (True, START)
    again.close()


def test_settings_are_kept_and_read_again(tmp_path: Path) -> None:
    Config(data=tmp_path, hub_url='http://a"b\\c', port=8500).save()
    assert Config.load(tmp_path) == Config(data=tmp_path, hub_url='http://a"b\\c', port=8500)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prot = 1", "no setting is called 'prot'"),
        ('port = "x"', "port must be int, not 'x'"),
        ("port = ", "node.toml: Invalid value"),
    ],
)
def test_a_setting_that_is_wrong_is_refused_by_name(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "node.toml").write_text(text, "utf-8")
    with pytest.raises(UnknownSetting, match=words):
        Config.load(tmp_path)


def _broken(*_: object) -> None:
    raise ZeroDivisionError("nobody foresaw it")


def _until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for another thread's work; fails if it does not come."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
