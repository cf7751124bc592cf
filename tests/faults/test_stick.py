"""A stick that goes round: real nodes, a real hub, and everything that may lie on it."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from content import stick as sticks
from content.errors import StickCrowded, StickError, StrangeFile
from content.folder import read_folder
from content.stick import Stick
from hub import carry, chains, classes, publish, roster
from hub.__main__ import cli as hub_cli
from hub.machine import Hub
from hub.store.engine import reading
from install.servers import ROOT
from node import lineage, room
from node.__main__ import cli as node_cli
from node.config import Config
from node.errors import DiskFull, NodeError, StickReadOnly, StickUnknown
from node.machine import Machine
from node.store import boots, carried, courses, journal, learners, meta
from sync.records import Record
from tests.faults.pulled import pulled
from tests.lab import PARENT, joined, note, running_hub
from tests.sync.records import some_records

SAMPLE = ROOT / "content" / "samples" / "food-inspection"
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[tuple[Hub, int]]:
    with running_hub(tmp_path / "hub") as (hub, port):
        yield hub, port


@pytest.fixture
def station(lab: tuple[Hub, int], tmp_path: Path) -> Iterator[Callable[[int], Machine]]:
    """New stations, joined; from then on only sticks reach them."""
    hub, port = lab
    opened: list[Machine] = []

    def new(number: int = 1) -> Machine:
        code = f"4406{number:02d}"
        config = joined(tmp_path / f"node{number}", hub, port, code)
        opened.append(Machine.open(replace(config, hub_url=NOWHERE)))
        return opened[-1]

    yield new
    for machine in opened:
        machine.close()


@pytest.fixture
def usb(tmp_path: Path) -> Path:
    folder = tmp_path / "usb"
    folder.mkdir()
    return folder


def work(machine: Machine, seed: int, count: int = 40) -> list[Record]:
    records = list(some_records(random.Random(seed), count))
    note(machine, records)
    return records


def to_the_hub(hub: Hub, usb: Path) -> carry.Carried:
    with Stick(usb) as stick:
        return carry.import_from(hub, stick)


def at_hub(hub: Hub, node: int = 1) -> list[Record]:
    with reading(hub.engine) as connection:
        return [r._replace(seq=0) for b in chains.replay(connection, node) for r in b.records]


def unnumbered(*many: list[Record]) -> list[Record]:
    return [record._replace(seq=0) for records in many for record in records]


def waiting(machine: Machine) -> int:
    return journal.waiting(machine.store.read()).count


def me(machine: Machine) -> int:
    return meta.number(machine.store.read(), meta.NODE)


def files(usb: Path) -> list[str]:
    return sorted(p.relative_to(usb).as_posix() for p in usb.rglob("*") if p.is_file())


def plan_course(hub: Hub) -> str:
    """A course, a class and a learner for the station 440601."""
    folder = read_folder(SAMPLE)
    publish.publish(hub, folder, PARENT, "test")
    today = datetime.now(UTC).date()
    dates = (today - timedelta(days=3), today + timedelta(days=3))
    classes.put(hub, "k1", "培训班", PARENT, dates, (folder.course.id,), "test")
    return str(folder.course.id)


def test_records_go_and_receipts_orders_and_courses_come_back_by_stick(
    lab: tuple[Hub, int], station: Callable[[int], Machine], usb: Path, tmp_path: Path
) -> None:
    hub, machine = lab[0], station(1)
    course = plan_course(hub)
    table = tmp_path / "roster.csv"
    table.write_text("学号,姓名,单位\nA1,王小明,440601\n", "utf-8")
    roster.import_roster(hub, table, "test")
    noted = work(machine, 1)
    assert machine.stick.export_to(usb).journey.records == len(noted)
    done = to_the_hub(hub, usb)
    assert (done.parcels, done.records, done.refused) == (1, len(noted), [])
    assert at_hub(hub) == unnumbered(noted)
    journey = machine.stick.import_from(usb).journey
    assert (journey.receipted, journey.courses, waiting(machine)) == (len(noted), 1, 0)
    assert [one.name for one in learners.all(machine.store.read())] == ["王小明"]
    assert [one.id for one in courses.installed(machine.store.read())] == [course]
    left = [name for name in files(usb) if name.endswith(".xze")]
    assert left == []


def test_records_go_on_the_stick_though_there_is_no_room_for_a_course(
    lab: tuple[Hub, int],
    station: Callable[[int], Machine],
    usb: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub, machine = lab[0], station(1)
    plan_course(hub)
    noted = work(machine, 1)
    machine.stick.export_to(usb)
    to_the_hub(hub, usb)
    later = work(machine, 2)
    monkeypatch.setattr(room, "RESERVE_BYTES", 2**60)
    with pytest.raises(DiskFull):
        machine.stick.carry(usb)
    assert carried.newest(machine.store.read())[0].outcome == "disk-full"
    to_the_hub(hub, usb)
    assert at_hub(hub) == unnumbered(noted, later)


def test_a_stick_serves_many_stations_and_goes_round_many_times(
    lab: tuple[Hub, int], station: Callable[[int], Machine], usb: Path
) -> None:
    hub = lab[0]
    machines = [station(number) for number in (1, 2, 3)]
    noted: dict[int, list[Record]] = {}
    for journey in range(3):
        for place, machine in enumerate(machines):
            fresh = work(machine, 10 * journey + place)
            noted[place] = noted.get(place, []) + fresh
            machine.stick.carry(usb)
        to_the_hub(hub, usb)
        to_the_hub(hub, usb)  # carried in twice
    for place, machine in enumerate(machines):
        machine.stick.import_from(usb)
        assert waiting(machine) == 0
        assert at_hub(hub, me(machine)) == unnumbered(noted[place])


def test_a_lost_stick_loses_nothing(
    lab: tuple[Hub, int], station: Callable[[int], Machine], usb: Path, tmp_path: Path
) -> None:
    hub, machine = lab[0], station(1)
    first = work(machine, 1)
    lost = tmp_path / "lost"
    lost.mkdir()
    machine.stick.export_to(lost)
    shutil.rmtree(lost)
    second = work(machine, 2)
    machine.stick.export_to(usb)
    to_the_hub(hub, usb)
    machine.stick.import_from(usb)
    assert at_hub(hub) == unnumbered(first, second)
    assert waiting(machine) == 0


def test_two_sticks_in_any_order_and_restarts_between_double_nothing(
    lab: tuple[Hub, int], station: Callable[[int], Machine], usb: Path, tmp_path: Path
) -> None:
    hub, machine = lab[0], station(1)
    other = tmp_path / "other"
    other.mkdir()
    first = work(machine, 1)
    machine.stick.export_to(usb)
    lineage.start(machine.store, machine.clock.now())
    second = work(machine, 2)
    machine.stick.export_to(other)
    to_the_hub(hub, other)
    to_the_hub(hub, usb)  # the older one comes later
    lineage.start(machine.store, machine.clock.now())
    machine.stick.import_from(usb)
    machine.stick.import_from(other)
    assert at_hub(hub) == unnumbered(first, second)
    assert waiting(machine) == 0
    assert meta.number(machine.store.read(), meta.EPOCH) == 1


def test_a_start_is_confirmed_by_stick_too(
    lab: tuple[Hub, int], station: Callable[[int], Machine], usb: Path
) -> None:
    hub, machine = lab[0], station(1)
    for _ in range(4):
        lineage.start(machine.store, machine.clock.now())
    machine.stick.export_to(usb)
    lineage.start(machine.store, machine.clock.now())
    to_the_hub(hub, usb)
    machine.stick.import_from(usb)
    assert len(boots.since_confirmed(machine.store.read())) == 2


def test_a_restored_backup_that_only_sticks_reach_begins_one_epoch_and_no_more(
    lab: tuple[Hub, int], station: Callable[[int], Machine], usb: Path, tmp_path: Path
) -> None:
    hub, machine = lab[0], station(1)
    first = work(machine, 1)
    machine.stick.export_to(usb)
    to_the_hub(hub, usb)
    machine.stick.import_from(usb)
    config = machine.config
    machine.close()
    shutil.copytree(config.data, tmp_path / "backup")
    machine = Machine.open(config)
    lineage.start(machine.store, machine.clock.now())
    second = work(machine, 2)
    machine.stick.export_to(usb)
    to_the_hub(hub, usb)
    machine.close()
    for file in config.data.glob("node.db*"):
        file.unlink()
    for file in (tmp_path / "backup").glob("node.db*"):
        shutil.copy(file, config.data)
    machine = Machine.open(config)
    lineage.start(machine.store, machine.clock.now())
    third = work(machine, 3)
    sides = [tmp_path / "one", tmp_path / "two"]
    for side in sides:
        side.mkdir()
        machine.stick.export_to(side)  # both will say: other history
        to_the_hub(hub, side)
    for side in sides:
        shutil.copytree(side, tmp_path / f"again-{side.name}")
    for side in (*sides, tmp_path / "again-one", tmp_path / "again-two"):
        machine.stick.import_from(side)
    assert meta.number(machine.store.read(), meta.EPOCH) == 2
    machine.stick.export_to(usb)
    to_the_hub(hub, usb)
    machine.stick.import_from(usb)
    assert sorted(at_hub(hub)) == sorted(unnumbered(first, second, third))
    assert waiting(machine) == 0
    machine.close()


def test_a_stick_pulled_at_any_moment_harms_nothing(
    lab: tuple[Hub, int], station: Callable[[int], Machine], usb: Path
) -> None:
    hub, machine = lab[0], station(1)
    plan_course(hub)
    noted: list[Record] = []
    legs: list[Callable[[], object]] = [
        lambda: machine.stick.export_to(usb),
        lambda: to_the_hub(hub, usb),
        lambda: machine.stick.import_from(usb),
    ]
    for leg in legs * 2:
        noted += work(machine, len(noted), 10)
        for after in range(400):
            with pulled(after) as shim, suppress(NodeError, StickError):
                leg()
            if shim.done <= after:
                break
        else:
            pytest.fail("never done")
    machine.stick.carry(usb)
    to_the_hub(hub, usb)
    machine.stick.carry(usb)
    assert at_hub(hub) == unnumbered(noted)
    assert waiting(machine) == 0
    assert courses.count(machine.store.read()) == 1
    assert [name for name in files(usb) if name.endswith(".part")] == []


def test_what_is_no_regular_file_is_not_read(
    lab: tuple[Hub, int], station: Callable[[int], Machine], usb: Path, tmp_path: Path
) -> None:
    hub, machine = lab[0], station(1)
    noted = work(machine, 1)
    machine.stick.export_to(usb)
    folder = usb / "xuezhan" / "to-hub"
    secret = tmp_path / "secret"
    secret.write_bytes(b"not to be read")
    (folder / "2-0000000000000001.xze").symlink_to(secret)
    (folder / "3-0000000000000002.xze").symlink_to("/dev/zero")
    os.mkfifo(folder / "4-0000000000000003.xze")
    (folder / "5-0000000000000004.xze").mkdir()
    with (folder / "6-0000000000000005.xze").open("wb") as large:
        large.truncate(3_000_000_000)
    (folder / "7-00000000000\n0006.xze").write_bytes(b"a name with a new line")
    (folder / "../../8-0000000000000007.xze").write_bytes(b"elsewhere")
    (folder / "readme.txt").write_text("somebody's own")
    done = to_the_hub(hub, usb)
    assert done.records == len(noted)
    assert {one.node: one.code for one in done.refused} == dict.fromkeys(
        (2, 3, 4, 5, 6), "strange-file"
    )
    assert (folder / "readme.txt").exists()
    assert secret.read_bytes() == b"not to be read"


@pytest.mark.parametrize("name", ["xuezhan", "xuezhan/to-hub", "xuezhan/to-node"])
def test_a_linked_folder_is_refused(
    lab: tuple[Hub, int], station: Callable[[int], Machine], usb: Path, tmp_path: Path, name: str
) -> None:
    hub, machine = lab[0], station(1)
    machine.stick.export_to(usb)
    target = tmp_path / "target"
    if (usb / name).exists():
        shutil.move(usb / name, target)
    else:
        target.mkdir()
    before = files(target)
    (usb / name).symlink_to(target)
    with pytest.raises(StrangeFile, match="no regular file or folder"):
        to_the_hub(hub, usb)
    with pytest.raises(NodeError, match="no regular file or folder"):
        machine.stick.carry(usb)
    assert files(target) == before


def test_a_million_files_are_not_read_to_the_end(
    usb: Path, lab: tuple[Hub, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sticks, "MAX_ENTRIES", 50)
    folder = usb / "xuezhan" / "to-hub"
    folder.mkdir(parents=True)
    for number in range(60):
        (folder / f"junk{number}").touch()
    with pytest.raises(StickCrowded, match="more than 50 entries"):
        to_the_hub(lab[0], usb)


def test_half_a_parcel_and_anothers_parcel_are_refused_by_name(
    lab: tuple[Hub, int], station: Callable[[int], Machine], usb: Path
) -> None:
    hub, one, two = lab[0], station(1), station(2)
    work(one, 1)
    work(two, 2)
    one.stick.export_to(usb)
    two.stick.export_to(usb)
    folder = usb / "xuezhan" / "to-hub"
    mine, theirs = sorted(folder.iterdir())
    whole = mine.read_bytes()
    mine.write_bytes(whole[: len(whole) // 2])
    theirs.rename(folder / f"{me(one)}-{theirs.name.partition('-')[2]}")
    done = to_the_hub(hub, usb)
    assert [fault.code for fault in done.refused] == ["wrong-parcel", "wrong-parcel"]
    assert at_hub(hub) == []
    assert carry.words(done.refused[0]).startswith("文件损坏")


def test_another_stations_answers_are_refused_and_stay_where_they_are(
    lab: tuple[Hub, int], station: Callable[[int], Machine], usb: Path
) -> None:
    hub, one, two = lab[0], station(1), station(2)
    work(two, 2)
    one.stick.export_to(usb)
    two.stick.export_to(usb)
    to_the_hub(hub, usb)
    answers = usb / "xuezhan" / "to-node"
    (theirs,) = (answers / str(me(two))).iterdir()
    shutil.copy(theirs, answers / str(me(one)))
    done = one.stick.import_from(usb)
    assert [(fault.file, fault.code) for fault in done.refused] == [(theirs.name, "wrong-parcel")]
    assert theirs.exists()
    two.stick.import_from(usb)
    assert waiting(two) == 0


def test_a_damaged_answer_changes_nothing_and_the_next_round_mends_it(
    lab: tuple[Hub, int], station: Callable[[int], Machine], usb: Path
) -> None:
    hub, machine = lab[0], station(1)
    work(machine, 1)
    machine.stick.export_to(usb)
    to_the_hub(hub, usb)
    (answer,) = (usb / "xuezhan" / "to-node" / "1").iterdir()
    raw = bytearray(answer.read_bytes())
    raw[-1] ^= 1
    answer.write_bytes(raw)
    done = machine.stick.import_from(usb)
    assert [fault.code for fault in done.refused] == ["not-the-hub"]
    assert waiting(machine) == 40
    to_the_hub(hub, usb)
    machine.stick.import_from(usb)
    assert waiting(machine) == 0


def test_a_full_stick_leaves_courses_out_and_says_which(
    lab: tuple[Hub, int],
    station: Callable[[int], Machine],
    usb: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub, machine = lab[0], station(1)
    plan_course(hub)
    work(machine, 1)
    machine.stick.export_to(usb)
    monkeypatch.setattr(Stick, "free", lambda _self: 1000)
    done = to_the_hub(hub, usb)
    assert (len(done.left_out), done.courses) == (1, [])
    assert done.records == 40
    monkeypatch.undo()
    machine.stick.carry(usb)
    assert waiting(machine) == 0
    to_the_hub(hub, usb)
    assert machine.stick.import_from(usb).journey.courses == 1


def test_a_damaged_blob_is_not_installed(
    lab: tuple[Hub, int], station: Callable[[int], Machine], usb: Path
) -> None:
    hub, machine = lab[0], station(1)
    plan_course(hub)
    machine.stick.export_to(usb)
    to_the_hub(hub, usb)
    largest = max((usb / "xuezhan" / "blobs").iterdir(), key=lambda path: path.stat().st_size)
    raw = bytearray(largest.read_bytes())
    raw[len(raw) // 2] ^= 1
    largest.write_bytes(raw)
    assert machine.stick.import_from(usb).journey.courses == 0
    assert courses.count(machine.store.read()) == 0
    # The station says what it still lacks; the hub puts the right bytes in their place.
    largest.unlink()
    machine.stick.export_to(usb)
    to_the_hub(hub, usb)
    assert machine.stick.import_from(usb).journey.courses == 1


def test_a_stick_that_is_missing_or_locked_is_said_in_words(
    station: Callable[[int], Machine], usb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = station(1)
    with pytest.raises(StickUnknown) as missing:
        machine.stick.export_to(usb / "nothing")
    assert missing.value.words.startswith("没有找到这个 U 盘")

    def locked(*_given: object, **_named: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("content.stick.os.mkdir", locked)
    with pytest.raises(StickReadOnly):
        machine.stick.export_to(usb)
    assert machine.store.read() is not None


def test_orders_for_a_stick_that_nobody_sent_are_taken(
    lab: tuple[Hub, int], station: Callable[[int], Machine], usb: Path
) -> None:
    hub, machine = lab[0], station(1)
    plan_course(hub)
    with Stick(usb, make=True) as stick:
        done = carry.export_to(hub, stick, ["440601"])
    assert (done.stations, len(done.courses)) == ({1}, 1)
    assert machine.stick.import_from(usb).journey.courses == 1


def test_the_commands_say_what_was_carried(
    lab: tuple[Hub, int], station: Callable[[int], Machine], usb: Path
) -> None:
    hub, machine = lab[0], station(1)
    work(machine, 1)
    run, config = CliRunner().invoke, machine.config
    Config(config.data, hub_url=NOWHERE).save()
    out = run(node_cli, ["carry", "export", str(usb), "--data", str(config.data)])
    assert "已装上 40 条记录，现在可以拔出 U 盘。" in out.output
    out = run(hub_cli, ["--data", str(hub.config.data), "carry", "import", str(usb)])
    assert "新记录 40 条" in out.output
    out = run(hub_cli, ["--data", str(hub.config.data), "carry", "export", str(usb)])
    assert "现在可以拔出 U 盘" in out.output
    out = run(node_cli, ["carry", "import", str(usb), "--data", str(config.data)])
    assert "枢纽新收到 40 条记录。" in out.output
