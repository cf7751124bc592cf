"""A bought course whose licence is over is not served, even offline, and people see why."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from content.model.course import Course
from content.model.terms import Licence, Module
from content.packs.pack import seal_manifest
from node.runtime import NodeRuntime
from node.store import courses
from tests.node.conftest import HUB_KEY, LEARNER, START, FakeTime

# The last minutes before midnight in Beijing.
TO_MIDNIGHT_S = 17_400
OVER = "到 2026 年 11 月 17 日为止"


def install(runtime: NodeRuntime, course: Course, expires: str) -> Course:
    """The next version of the course: bought, in two modules."""
    items = tuple(
        replace(item, module="base" if item.id != "final" else "now") for item in course.items
    )
    bought = replace(
        course, version=2, origin="bought", licence=Licence("某社", expires), items=items,
        modules=(Module("base", "检查基础"), Module("now", "本季新规", "flexible")),
    )  # fmt: skip
    manifest = seal_manifest(bought, HUB_KEY)
    sha = runtime.blobs.add_bytes(manifest)
    wanted = courses.WantedCourse(bought.id, 2, sha, len(manifest), bought.title, START)

    def store(conn: sqlite3.Connection) -> None:
        courses.want(conn, wanted)
        courses.install(conn, wanted, manifest, START)

    runtime.store.write(store)
    return bought


@pytest.fixture
def film(course: Course) -> str:
    ref = course.item("film").file
    assert ref is not None
    return f"/media/{ref.sha256}"


def test_through_its_last_day_a_course_is_studied_in_its_modules(
    runtime: NodeRuntime, course: Course, learner: FlaskClient, film: str
) -> None:
    install(runtime, course, "2026-11-18")
    page = learner.get("/course/food").text
    assert "基础模块" in page
    assert "本季新规" in page
    assert "2026 年 11 月 18 日" in page
    assert page.index("检查基础") < page.index("现场检查") < page.index("本季新规")
    for path in ("/course/food/film", "/practice/food/drill", film):
        assert learner.get(path).status_code == 200, path


def test_after_it_nothing_of_the_course_is_served(
    runtime: NodeRuntime, course: Course, learner: FlaskClient, keeper: FlaskClient, film: str
) -> None:
    install(runtime, course, "2026-11-17")
    page = learner.get("/course/food").text
    assert OVER in page
    assert "/course/food/film" not in page
    assert "许可已到期" in learner.get("/").text
    for path in ("/course/food/film", "/practice/food/drill"):
        answer = learner.get(path)
        assert (answer.status_code, "2026-11-17" in answer.text) == (403, True), path
    assert learner.get(film).status_code == 404
    start = learner.get("/exam/food/final").text
    assert "2026-11-17" in start
    assert "exam-begin" not in start
    assert learner.post("/exam/food/final/start").status_code == 403
    beat = {"learner": LEARNER, "item": "food/film", "tab": "t", "spans": [[0, 5]]}
    assert learner.post("/api/study", json=beat).status_code == 403
    assert "1 门课程的许可已到期" in keeper.get("/keeper/").text
    assert OVER.replace("到 ", "许可到 ") in keeper.get("/keeper/sync").text


def test_turning_the_clock_back_opens_nothing_again(
    runtime: NodeRuntime, course: Course, pc: FakeTime, sign_in_as: Callable[[str], FlaskClient]
) -> None:
    install(runtime, course, "2026-11-18")
    pc.go_on(TO_MIDNIGHT_S + 600)
    learner = sign_in_as(LEARNER)
    assert learner.get("/course/food/film").status_code == 403
    pc.raw_s -= 5 * 86_400
    runtime.clock.recheck_clock()
    assert learner.get("/course/food/film").status_code == 403


def test_an_exam_that_was_begun_in_time_is_finished(
    runtime: NodeRuntime, course: Course, pc: FakeTime, sign_in_as: Callable[[str], FlaskClient]
) -> None:
    install(runtime, course, "2026-11-18")
    pc.go_on(TO_MIDNIGHT_S)
    learner = sign_in_as(LEARNER)
    assert learner.post("/exam/food/final/start").status_code == 303
    pc.go_on(600)
    assert learner.get("/exam/food/final/paper").status_code == 200
    assert learner.post("/exam/food/final/start").status_code == 303
