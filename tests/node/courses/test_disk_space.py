"""What is fetched first, how much disk each may take, and what is removed when space is short."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from content.model.course import Course, FileRef, Item
from content.packs.pack import seal_manifest
from node.courses.disk_space import CourseStorage, gone_from, in_need
from node.errors import DiskFull
from node.keeper import computer, health
from node.runtime import NodeRuntime
from node.store import attempts, classes, courses, meta, sittings
from node.store.attempts import StoredAttempt
from node.store.classes import Class
from node.store.courses import WantedCourse
from tests.node.conftest import HUB_KEY, LEARNER, START, FakeTime

DAY = 86_400
MB = 1_000_000
TODAY = "2026-11-20"


def wanted(course: str, size: int = 5) -> WantedCourse:
    return WantedCourse(course, 1, "ab" * 32, size, course, 0)


def test_what_the_next_class_needs_comes_first_then_small_before_large() -> None:
    every = [
        Class("open", "", "2026-11-10", "2026-12-09", ("late", "both")),
        Class("sooner", "", "2026-11-15", "2026-11-22", ("soon",)),
        Class("next", "", "2026-11-25", "2026-12-30", ("next", "both")),
        Class("over", "", "2026-10-01", "2026-10-20", ("past",)),
    ]
    missing = [
        wanted("large", 9), wanted("past", 3), wanted("small", 1), wanted("next"),
        wanted("late"), wanted("both", 4), wanted("soon", 99),
    ]  # fmt: skip
    order = [need.course for need in in_need(missing, every, TODAY)]
    assert order == ["soon", "both", "late", "next", "small", "past", "large"]


class Disk:
    """A machine whose courses have one file each."""

    def __init__(self, runtime: NodeRuntime, folder: Path) -> None:
        self.runtime, self.folder = runtime, folder

    def install(self, course_id: str, version: int, data: bytes, at: int = START) -> FileRef:
        (self.folder / "film").write_bytes(data)
        blobs = self.runtime.blobs
        ref = blobs.add_file(self.folder / "film", f"{course_id}.mp4")
        item = Item("film", "video", "看课", seconds=60, file=ref)
        manifest = seal_manifest(Course(course_id, version, course_id, items=(item,)), HUB_KEY)
        sha = blobs.add_bytes(manifest)
        wanted_course = WantedCourse(course_id, version, sha, len(data), course_id, at)

        def store(conn: sqlite3.Connection) -> None:
            courses.want(conn, wanted_course)
            courses.install(conn, wanted_course, manifest, at)

        self.runtime.store.write(store)
        return ref

    def runs(self, course_id: str, opens: str, closes: str) -> None:
        new_class = Class(f"class-{course_id}-{opens}", "班", opens, closes, (course_id,))
        self.runtime.store.write(lambda conn: classes.put(conn, new_class))

    def storage(self, most_mb: int = 0) -> CourseStorage:
        return CourseStorage(self.runtime.store, self.runtime.clock, self.runtime.blobs, most_mb)

    def has(self, ref: FileRef) -> bool:
        return self.runtime.blobs.has(ref.sha256)

    def shown(self) -> set[str]:
        return {course.id for course in courses.installed(self.runtime.store.read())}


@pytest.fixture
def disk(runtime: NodeRuntime, tmp_path: Path) -> Disk:
    return Disk(runtime, tmp_path)


def test_files_of_a_superseded_version_go_after_a_day_and_shared_ones_stay(
    disk: Disk, pc: FakeTime
) -> None:
    now = disk.runtime.clock.now()
    old = disk.install("law", 1, b"old film", now - 10 * DAY)
    shared = disk.install("food", 1, b"shared film", now - 10 * DAY)
    disk.install("food", 2, b"shared film", now)
    new = disk.install("law", 2, b"new film", now)
    disk.storage().tidy()
    assert disk.has(old)
    pc.go_on(DAY + 1)
    disk.storage().tidy()
    assert [disk.has(ref) for ref in (old, shared, new)] == [False, True, True]


def test_what_somebody_studies_or_sits_never_goes(disk: Disk) -> None:
    now = disk.runtime.clock.now()
    studied = disk.install("law", 1, b"old film", now - 10 * DAY)
    sat = disk.install("tax", 1, b"another film", now - 10 * DAY)
    disk.install("law", 2, b"new film", now - 5 * DAY)
    disk.install("tax", 2, b"newer film", now - 5 * DAY)
    attempt = StoredAttempt(LEARNER, "tax/final", 1, 1, now, 0, 60_000, 0, None, "{}")

    def busy(conn: sqlite3.Connection) -> None:
        sittings.extend(conn, LEARNER, "law/film", 0, 10, now)
        attempts.begin(conn, attempt)

    disk.runtime.store.write(busy)
    disk.storage().tidy()
    assert disk.has(studied)
    assert disk.has(sat)


def test_what_is_being_fetched_stays_and_what_nobody_wants_goes(disk: Disk) -> None:
    stray, blobs = disk.runtime.blobs.add_bytes(b"stray"), disk.runtime.blobs
    coming = blobs.add_bytes(b"already here")
    ref = FileRef("a.mp4", 12, coming)
    item = Item("film", "video", "看课", seconds=60, file=ref)
    manifest = blobs.add_bytes(seal_manifest(Course("law", 1, "法", items=(item,)), HUB_KEY))
    wanted_course = WantedCourse("law", 1, manifest, 12, "法", 0)
    disk.runtime.store.write(lambda conn: courses.want(conn, wanted_course))
    blobs.part("ee" * 32).write_bytes(b"half of it")
    disk.storage().tidy()
    assert (blobs.has(stray), blobs.has(coming), blobs.has(manifest)) == (False, True, True)
    assert not blobs.part("ee" * 32).exists()


def test_courses_long_over_give_way_oldest_first_and_no_more_than_needed(disk: Disk) -> None:
    films = {
        id: disk.install(id, 1, id.encode() * 200_000) for id in ("aa", "bb", "cc", "dd", "ee")
    }
    disk.runs("aa", "2026-06-01", "2026-06-20")
    disk.runs("bb", "2026-04-01", "2026-04-20")
    disk.runs("cc", "2026-05-01", "2026-05-20")
    disk.runs("cc", "2026-12-01", "2026-12-20")  # it runs again
    disk.runs("dd", "2026-10-01", "2026-11-01")  # over, but not for long
    room = disk.storage(most_mb=3)
    room.make(MB)
    assert disk.shown() == {"aa", "cc", "dd", "ee"}
    room.make(int(1.4 * MB))
    assert disk.shown() == {"cc", "dd", "ee"}
    assert not disk.has(films["aa"])
    assert gone_from(disk.runtime.store.read()) == {"aa": 1, "bb": 1}
    assert courses.missing(disk.runtime.store.read()) == []
    with pytest.raises(DiskFull, match="more than there is room for"):
        room.make(3 * MB)
    assert disk.shown() == {"cc", "dd", "ee"}


def test_a_course_that_gave_way_is_fetched_again_when_a_class_has_it(disk: Disk) -> None:
    disk.install("aa", 1, b"a" * MB)
    disk.runs("aa", "2026-06-01", "2026-06-20")
    disk.storage(most_mb=1).make(MB // 2)
    assert disk.shown() == set()
    disk.runs("aa", "2026-12-01", "2026-12-20")
    disk.storage().tidy()
    assert [need.course for need in courses.missing(disk.runtime.store.read())] == ["aa"]


def test_a_new_version_of_a_course_that_gave_way_is_wanted(disk: Disk) -> None:
    disk.install("aa", 1, b"a" * MB)
    disk.runs("aa", "2026-06-01", "2026-06-20")
    disk.storage(most_mb=1).make(MB // 2)
    two = WantedCourse("aa", 2, "ab" * 32, 9, "新版", 0)
    disk.runtime.store.write(lambda conn: courses.want(conn, two))
    assert courses.missing(disk.runtime.store.read()) == [two]


def look(runtime: NodeRuntime) -> computer.HealthCheck:
    return next(
        condition for condition in health.look(runtime).conditions if condition.icon == "book"
    )


def test_the_keeper_is_told_of_the_limit_and_of_what_gave_way(disk: Disk) -> None:
    disk.install("aa", 1, b"a" * MB)
    disk.runtime.courier.storage.most_bytes = 2 * MB
    gone = json.dumps({"old": 1, "older": 2})
    disk.runtime.store.write(lambda conn: meta.put(conn, meta.GONE, gone))
    note = look(disk.runtime).note
    assert "上限 2.0 MB" in note or "上限 2 MB" in note
    assert "2 门早已结束的课程让出了磁盘" in note


def test_the_keeper_is_told_which_source_was_wrong(disk: Disk, pc: FakeTime) -> None:
    disk.install("aa", 1, b"a")
    bad_source = f"{disk.runtime.clock.now()} http://10.0.0.7:8480"
    disk.runtime.store.write(lambda conn: meta.put(conn, meta.BAD_SOURCE, bad_source))
    assert look(disk.runtime).text == "“http://10.0.0.7:8480”给的课程内容不对"
    pc.go_on(4 * DAY)
    assert look(disk.runtime).kind == computer.OK


def test_the_keeper_is_told_of_a_course_that_is_not_what_was_ordered(disk: Disk) -> None:
    disk.install("aa", 1, b"a")
    disk.runtime.store.write(lambda conn: meta.put(conn, meta.CONTENT_FAULT, "bad-content"))
    assert look(disk.runtime).text == "收到的课程与总局的指令不符"
    assert "原来的版本" in look(disk.runtime).note
