"""A stick that goes round between real nodes and a real hub, with every kind of message."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from content.model.errors import StickError
from content.transfer.stick_folder import Stick
from hub.__main__ import cli as hub_cli
from hub.context.open_hub import Hub
from hub.intake import stick_carrier
from hub.people import roster
from node.__main__ import cli as node_cli
from node.config import Config
from node.courses import disk_space
from node.errors import DiskFull, NodeError
from node.exchange import lineage
from node.runtime import NodeRuntime
from node.store import boots, carried, courses, learners, meta
from sync.records import Record
from tests.faults.lives import at_hub, backed_up, number_of, restored, unnumbered, waiting, work
from tests.faults.pulled import pulled
from tests.faults.sticks import files, plan_course, to_the_hub
from tests.hub.actors import actor
from tests.lab import NOWHERE


def test_records_go_and_receipts_orders_and_courses_come_back_by_stick(
    hub: Hub, station: Callable[[int], NodeRuntime], usb: Path, tmp_path: Path
) -> None:
    runtime = station(1)
    course = plan_course(hub)
    table = tmp_path / "roster.csv"
    table.write_text("学号,姓名,单位\nA1,王小明,440601\n", "utf-8")
    roster.import_roster(hub, table, actor("test"))
    noted = work(runtime, 1)
    assert runtime.stick.export_to(usb).journey.records == len(noted)
    done = to_the_hub(hub, usb)
    assert (done.parcels, done.records, done.refused) == (1, len(noted), [])
    assert at_hub(hub) == unnumbered(noted)
    journey = runtime.stick.import_from(usb).journey
    assert (journey.receipted, journey.courses, waiting(runtime)) == (len(noted), 1, 0)
    assert [learner.name for learner in learners.all(runtime.store.read())] == ["王小明"]
    assert [course.id for course in courses.installed(runtime.store.read())] == [course.id]
    left = [name for name in files(usb) if name.endswith(".xze")]
    assert left == []


def test_records_go_on_the_stick_though_there_is_no_room_for_a_course(
    hub: Hub,
    station: Callable[[int], NodeRuntime],
    usb: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runtime = station(1)
    plan_course(hub)
    noted = work(runtime, 1)
    runtime.stick.export_to(usb)
    to_the_hub(hub, usb)
    later = work(runtime, 2)
    monkeypatch.setattr(disk_space, "RESERVE_BYTES", 2**60)
    with pytest.raises(DiskFull):
        runtime.stick.carry(usb)
    assert carried.newest(runtime.store.read())[0].outcome == "disk-full"
    to_the_hub(hub, usb)
    assert at_hub(hub) == unnumbered(noted, later)


def test_a_stick_serves_many_stations_and_goes_round_many_times(
    hub: Hub, station: Callable[[int], NodeRuntime], usb: Path
) -> None:
    machines = [station(number) for number in (1, 2, 3)]
    noted: dict[int, list[Record]] = {}
    for journey in range(3):
        for place, runtime in enumerate(machines):
            fresh = work(runtime, 10 * journey + place)
            noted[place] = noted.get(place, []) + fresh
            runtime.stick.carry(usb)
        to_the_hub(hub, usb)
        to_the_hub(hub, usb)  # carried in twice
    for place, runtime in enumerate(machines):
        runtime.stick.import_from(usb)
        assert waiting(runtime) == 0
        assert at_hub(hub, number_of(runtime)) == unnumbered(noted[place])


def test_a_lost_stick_loses_nothing(
    hub: Hub, station: Callable[[int], NodeRuntime], usb: Path, tmp_path: Path
) -> None:
    runtime = station(1)
    first = work(runtime, 1)
    lost = tmp_path / "lost"
    lost.mkdir()
    runtime.stick.export_to(lost)
    shutil.rmtree(lost)
    second = work(runtime, 2)
    runtime.stick.export_to(usb)
    to_the_hub(hub, usb)
    runtime.stick.import_from(usb)
    assert at_hub(hub) == unnumbered(first, second)
    assert waiting(runtime) == 0


def test_two_sticks_in_any_order_and_restarts_between_double_nothing(
    hub: Hub, station: Callable[[int], NodeRuntime], usb: Path, tmp_path: Path
) -> None:
    runtime = station(1)
    other = tmp_path / "other"
    other.mkdir()
    first = work(runtime, 1)
    runtime.stick.export_to(usb)
    lineage.start(runtime.store, runtime.clock.now())
    second = work(runtime, 2)
    runtime.stick.export_to(other)
    to_the_hub(hub, other)
    to_the_hub(hub, usb)  # the older one comes later
    lineage.start(runtime.store, runtime.clock.now())
    runtime.stick.import_from(usb)
    runtime.stick.import_from(other)
    assert at_hub(hub) == unnumbered(first, second)
    assert waiting(runtime) == 0
    assert meta.number(runtime.store.read(), meta.EPOCH) == 1


def test_a_start_is_confirmed_by_stick_too(
    hub: Hub, station: Callable[[int], NodeRuntime], usb: Path
) -> None:
    runtime = station(1)
    for _ in range(4):
        lineage.start(runtime.store, runtime.clock.now())
    runtime.stick.export_to(usb)
    lineage.start(runtime.store, runtime.clock.now())
    to_the_hub(hub, usb)
    runtime.stick.import_from(usb)
    assert len(boots.since_confirmed(runtime.store.read())) == 2


def test_a_restored_backup_that_only_sticks_reach_begins_one_epoch_and_no_more(
    hub: Hub, station: Callable[[int], NodeRuntime], usb: Path, tmp_path: Path
) -> None:
    runtime = station(1)
    first = work(runtime, 1)
    runtime.stick.export_to(usb)
    to_the_hub(hub, usb)
    runtime.stick.import_from(usb)
    runtime, backup = backed_up(runtime)
    second = work(runtime, 2)
    runtime.stick.export_to(usb)
    to_the_hub(hub, usb)
    runtime = restored(runtime, backup)
    third = work(runtime, 3)
    sides = [tmp_path / "one", tmp_path / "two"]
    for side in sides:
        side.mkdir()
        runtime.stick.export_to(side)  # both will say: other history
        to_the_hub(hub, side)
    for side in sides:
        shutil.copytree(side, tmp_path / f"again-{side.name}")
    for side in (*sides, tmp_path / "again-one", tmp_path / "again-two"):
        runtime.stick.import_from(side)
    assert meta.number(runtime.store.read(), meta.EPOCH) == 2
    runtime.stick.export_to(usb)
    to_the_hub(hub, usb)
    runtime.stick.import_from(usb)
    assert sorted(at_hub(hub)) == sorted(unnumbered(first, second, third))
    assert waiting(runtime) == 0
    runtime.close()


def test_a_stick_pulled_at_any_moment_harms_nothing(
    hub: Hub, station: Callable[[int], NodeRuntime], usb: Path
) -> None:
    runtime = station(1)
    plan_course(hub)
    noted: list[Record] = []
    legs: list[Callable[[], object]] = [
        lambda: runtime.stick.export_to(usb),
        lambda: to_the_hub(hub, usb),
        lambda: runtime.stick.import_from(usb),
    ]
    for leg in legs * 2:
        noted += work(runtime, len(noted), 10)
        for after in range(400):
            with pulled(after) as shim, suppress(NodeError, StickError):
                leg()
            if shim.done <= after:
                break
        else:
            pytest.fail("never done")
    runtime.stick.carry(usb)
    to_the_hub(hub, usb)
    runtime.stick.carry(usb)
    assert at_hub(hub) == unnumbered(noted)
    assert waiting(runtime) == 0
    assert courses.count(runtime.store.read()) == 1
    assert [name for name in files(usb) if name.endswith(".part")] == []


def test_a_full_stick_leaves_courses_out_and_says_which(
    hub: Hub,
    station: Callable[[int], NodeRuntime],
    usb: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runtime = station(1)
    plan_course(hub)
    work(runtime, 1)
    runtime.stick.export_to(usb)
    monkeypatch.setattr(Stick, "free", lambda _self: 1000)
    done = to_the_hub(hub, usb)
    assert (len(done.left_out), done.courses) == (1, [])
    assert done.records == 40
    monkeypatch.undo()
    runtime.stick.carry(usb)
    assert waiting(runtime) == 0
    to_the_hub(hub, usb)
    assert runtime.stick.import_from(usb).journey.courses == 1


def test_orders_for_a_stick_that_nobody_sent_are_taken(
    hub: Hub, station: Callable[[int], NodeRuntime], usb: Path
) -> None:
    runtime = station(1)
    plan_course(hub)
    with Stick(usb, make=True) as stick:
        done = stick_carrier.export_to(hub, stick, ["440601"])
    assert (done.stations, len(done.courses)) == ({1}, 1)
    assert runtime.stick.import_from(usb).journey.courses == 1


def test_the_commands_say_what_was_carried(
    hub: Hub, station: Callable[[int], NodeRuntime], usb: Path
) -> None:
    runtime = station(1)
    work(runtime, 1)
    run, config = CliRunner().invoke, runtime.config
    Config(config.data, hub_url=NOWHERE).save()
    out = run(node_cli, ["carry", "export", str(usb), "--data", str(config.data)])
    assert "已装上 40 条记录，现在可以拔出 U 盘。" in out.output
    out = run(hub_cli, ["--data", str(hub.config.data), "carry", "import", str(usb)])
    assert "新记录 40 条" in out.output
    out = run(hub_cli, ["--data", str(hub.config.data), "carry", "export", str(usb)])
    assert "现在可以拔出 U 盘" in out.output
    out = run(node_cli, ["carry", "import", str(usb), "--data", str(config.data)])
    assert "枢纽新收到 40 条记录。" in out.output
