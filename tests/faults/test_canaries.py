"""A stolen stick and a stolen relay: no name, no answer, no paper is in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from content.model.course import Course
from hub.context.open_hub import Hub
from hub.people import roster
from node.runtime import NodeRuntime
from node.store import courses
from sync.records import Kind, Record
from tests.faults.relays import RelayAtWork
from tests.faults.sticks import plan_course, to_the_hub
from tests.hub.actors import actor
from tests.lab import NOWHERE, joined, note

NAME, NUMBER, TYPED = "王金丝雀", "CANARY-4711", "金丝雀的答案"


@pytest.fixture
def course(hub: Hub) -> Course:
    return plan_course(hub)


def sat_an_exam(runtime: NodeRuntime, course: Course) -> list[bytes]:
    """Somebody studies and sits the exam; what must not be found anywhere."""
    exam = next(item for item in course.items if item.exam is not None)
    name, at = f"{course.id}/{exam.id}", 1_795_000_000
    questions = [f"{course.id}/{question.id}" for question in exam.questions]
    note(
        runtime,
        [
            Record(1, at, Kind.EXAM_START, NUMBER, name, numbers=(1, course.version)),
            *(
                Record(1, at + place, Kind.EXAM_ANSWER, NUMBER, question, TYPED, name, (1,))
                for place, question in enumerate(questions)
            ),
            Record(1, at + 900, Kind.EXAM_SUBMIT, NUMBER, name, numbers=(1, at, -1, 0)),
        ],
    )
    return [text.encode() for text in (NAME, NUMBER, TYPED, name, *questions, "培训班")]


def enrol(hub: Hub, place: Path, unit: str) -> None:
    (place / "roster.csv").write_text(f"学号,姓名,单位\n{NUMBER},{NAME},{unit}\n", "utf-8")
    roster.import_roster(hub, place / "roster.csv", actor("test"))


def found(folder: Path, canaries: list[bytes], but: tuple[str, ...] = ()) -> list[str]:
    """Where a canary is: in a file, a name of a file, or the name of a folder."""
    places = []
    for path in sorted(folder.rglob("*")):
        where = path.relative_to(folder).as_posix()
        if where.startswith(but):
            continue
        raw = where.encode() + (path.read_bytes() if path.is_file() else b"")
        places += [f"{where}: {canary.decode()}" for canary in canaries if canary in raw]
    return places


def test_a_stolen_stick_shows_no_name_answer_or_paper(
    headquarters: tuple[Hub, int], course: Course, tmp_path: Path
) -> None:
    config = replace(joined(tmp_path / "node", *headquarters, "440601"), hub_url=NOWHERE)
    enrol(headquarters[0], tmp_path, "440601")
    usb, runtime = tmp_path / "usb", NodeRuntime.open(config)
    usb.mkdir()
    canaries = sat_an_exam(runtime, course)
    runtime.stick.export_to(usb)
    to_the_hub(headquarters[0], usb)  # results, the roster and the class go back
    assert len(list((usb / "xuezhan" / "to-node").rglob("*.xze"))) == 1
    assert found(usb, canaries, but=("xuezhan/blobs",)) == []
    assert found(runtime.config.data, canaries) != []  # where they do belong
    # Course files are no secret between stations, but no person and no answer is in them.
    people = [text.encode() for text in (NAME, NUMBER, TYPED)]
    assert found(usb, people) == []
    assert courses.count(runtime.store.read()) == 0
    runtime.stick.carry(usb)
    assert courses.count(runtime.store.read()) == 1
    runtime.close()


def test_a_stolen_relay_shows_nothing_of_other_stations(
    headquarters: tuple[Hub, int], course: Course, tmp_path: Path
) -> None:
    relay = RelayAtWork(joined(tmp_path / "relay", *headquarters, "440602"))
    config = joined(tmp_path / "node", *headquarters, "440601")
    enrol(headquarters[0], tmp_path, "440601")
    runtime = NodeRuntime.open(replace(config, hub_url=NOWHERE, relay_url=relay.url))
    canaries = sat_an_exam(runtime, course)
    runtime.courier.sync()
    assert found(relay.config.data, canaries) == []
    relay.runtime.courier.forward()
    assert relay.shelf.waits().to_nodes == 1
    assert found(relay.config.data, canaries) == []
    runtime.courier.sync()
    assert runtime.facts.of(NUMBER).attempts != {}
    runtime.close()
    relay.close()
