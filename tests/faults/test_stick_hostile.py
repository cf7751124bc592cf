"""What may lie on a stick: strange files, others' parcels, damage; and sticks that are none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from content.model.errors import StickCrowded, StrangeFile
from content.transfer import confined_folder
from hub.context.open_hub import Hub
from hub.intake import stick_carrier
from node.errors import NodeError
from node.runtime import NodeRuntime
from node.stick.errors import StickReadOnly, StickUnknown
from node.store import courses
from tests.faults.lives import at_hub, number_of, waiting, work
from tests.faults.sticks import files, plan_course, to_the_hub


def test_what_is_no_regular_file_is_not_read(
    hub: Hub, station: Callable[[int], NodeRuntime], usb: Path, tmp_path: Path
) -> None:
    runtime = station(1)
    noted = work(runtime, 1)
    runtime.stick.export_to(usb)
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
    assert {fault.node: fault.code for fault in done.refused} == dict.fromkeys(
        (2, 3, 4, 5, 6), "strange-file"
    )
    assert (folder / "readme.txt").exists()
    assert secret.read_bytes() == b"not to be read"


@pytest.mark.parametrize("name", ["xuezhan", "xuezhan/to-hub", "xuezhan/to-node"])
def test_a_linked_folder_is_refused(
    hub: Hub, station: Callable[[int], NodeRuntime], usb: Path, tmp_path: Path, name: str
) -> None:
    runtime = station(1)
    runtime.stick.export_to(usb)
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
        runtime.stick.carry(usb)
    assert files(target) == before


def test_a_million_files_are_not_read_to_the_end(
    usb: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined_folder, "MAX_ENTRIES", 50)
    folder = usb / "xuezhan" / "to-hub"
    folder.mkdir(parents=True)
    for number in range(60):
        (folder / f"junk{number}").touch()
    with pytest.raises(StickCrowded, match="more than 50 entries"):
        to_the_hub(hub, usb)


def test_half_a_parcel_and_anothers_parcel_are_refused_by_name(
    hub: Hub, station: Callable[[int], NodeRuntime], usb: Path
) -> None:
    first, second = station(1), station(2)
    work(first, 1)
    work(second, 2)
    first.stick.export_to(usb)
    second.stick.export_to(usb)
    folder = usb / "xuezhan" / "to-hub"
    mine, theirs = sorted(folder.iterdir())
    whole = mine.read_bytes()
    mine.write_bytes(whole[: len(whole) // 2])
    theirs.rename(folder / f"{number_of(first)}-{theirs.name.partition('-')[2]}")
    done = to_the_hub(hub, usb)
    assert [fault.code for fault in done.refused] == ["wrong-parcel", "wrong-parcel"]
    assert at_hub(hub) == []
    assert stick_carrier.words(done.refused[0]).startswith("文件损坏")


def test_another_stations_answers_are_refused_and_stay_where_they_are(
    hub: Hub, station: Callable[[int], NodeRuntime], usb: Path
) -> None:
    first, second = station(1), station(2)
    work(second, 2)
    first.stick.export_to(usb)
    second.stick.export_to(usb)
    to_the_hub(hub, usb)
    answers = usb / "xuezhan" / "to-node"
    (theirs,) = (answers / str(number_of(second))).iterdir()
    shutil.copy(theirs, answers / str(number_of(first)))
    done = first.stick.import_from(usb)
    assert [(fault.file, fault.code) for fault in done.refused] == [(theirs.name, "wrong-parcel")]
    assert theirs.exists()
    second.stick.import_from(usb)
    assert waiting(second) == 0


def test_a_damaged_answer_changes_nothing_and_the_next_round_mends_it(
    hub: Hub, station: Callable[[int], NodeRuntime], usb: Path
) -> None:
    runtime = station(1)
    work(runtime, 1)
    runtime.stick.export_to(usb)
    to_the_hub(hub, usb)
    (answer,) = (usb / "xuezhan" / "to-node" / "1").iterdir()
    raw = bytearray(answer.read_bytes())
    raw[-1] ^= 1
    answer.write_bytes(raw)
    done = runtime.stick.import_from(usb)
    assert [fault.code for fault in done.refused] == ["not-the-hub"]
    assert waiting(runtime) == 40
    to_the_hub(hub, usb)
    runtime.stick.import_from(usb)
    assert waiting(runtime) == 0


def test_a_damaged_blob_is_not_installed(
    hub: Hub, station: Callable[[int], NodeRuntime], usb: Path
) -> None:
    runtime = station(1)
    plan_course(hub)
    runtime.stick.export_to(usb)
    to_the_hub(hub, usb)
    largest = max((usb / "xuezhan" / "blobs").iterdir(), key=lambda path: path.stat().st_size)
    raw = bytearray(largest.read_bytes())
    raw[len(raw) // 2] ^= 1
    largest.write_bytes(raw)
    assert runtime.stick.import_from(usb).journey.courses == 0
    assert courses.count(runtime.store.read()) == 0
    # The station says what it still lacks; the hub puts the right bytes in their place.
    largest.unlink()
    runtime.stick.export_to(usb)
    to_the_hub(hub, usb)
    assert runtime.stick.import_from(usb).journey.courses == 1


def test_a_stick_that_is_missing_or_locked_is_said_in_words(
    station: Callable[[int], NodeRuntime], usb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = station(1)
    with pytest.raises(StickUnknown) as missing:
        runtime.stick.export_to(usb / "nothing")
    assert missing.value.words.startswith("没有找到这个 U 盘")

    def locked(*_given: object, **_named: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("content.transfer.confined_folder.os.mkdir", locked)
    with pytest.raises(StickReadOnly):
        runtime.stick.export_to(usb)
    assert runtime.store.read() is not None
