"""An item that shows another content: nothing of the old one counts for it, and nothing is lost."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from content.model.course import Course
from content.packs.pack import seal_manifest
from node.learning.learner_view import LearnerView
from node.runtime import NodeRuntime
from node.store import courses, journal
from node.web.app import create_app
from sync.facts import Completion, day_of
from tests.node.conftest import HUB_KEY, LEARNER, PIN, START, FakeTime
from tests.node.scorm_site import COURSE, install_packages
from tests.node.web.study.test_player import beat
from tests.scorm import Part, package


def put_other_content(runtime: NodeRuntime, course: Course, item: str, at: int) -> Course:
    """Install the course's next version, in which the item shows its second content."""
    items = tuple(replace(each, content=2) if each.id == item else each for each in course.items)
    manifest = seal_manifest(replace(course, version=2, items=items), HUB_KEY)
    sha = runtime.blobs.add_bytes(manifest)
    wanted = courses.WantedCourse(course.id, 2, sha, len(manifest), course.title, START)

    def store(conn: sqlite3.Connection) -> None:
        courses.want(conn, wanted)
        courses.install(conn, wanted, manifest, at)
        courses.put_days(conn, course.id, {1: day_of(START), 2: day_of(at)})

    runtime.store.write(store)
    return courses.course(runtime.store.read(), course.id)


def watch(learner: FlaskClient, pc: FakeTime, item: str, begin: int, end: int) -> object:
    answer = None
    for at in range(begin, end, 10):
        pc.go_on(10)
        answer = beat(learner, item=item, spans=[[at, at + 10]])
    assert answer is not None
    assert answer.status_code == 200
    return answer.get_json()["percent"]


def view(runtime: NodeRuntime) -> LearnerView:
    return LearnerView(LEARNER, runtime.moment(), runtime.store, runtime.facts)


def test_a_film_that_was_replaced_begins_anew_and_an_open_page_goes_on_with_its_own(
    learner: FlaskClient, runtime: NodeRuntime, course: Course, pc: FakeTime
) -> None:
    assert watch(learner, pc, "food/film", 0, 60) == 50
    newer = put_other_content(runtime, course, "film", int(pc.raw_s))
    page = learner.get("/course/food/film").text
    assert 'data-item="food/film~2"' in page
    assert 'data-at="0"' in page
    assert "这个课件换了新的内容，请从头学" in page
    # The page that was open before still plays the old film: its time is the old film's.
    assert watch(learner, pc, "food/film", 60, 70) == 58
    assert view(runtime).step(newer, "film").share == 0
    assert watch(learner, pc, "food/film~2", 0, 30) == 25
    assert "这个课件换了新的内容" not in learner.get("/course/food/film").text
    facts = runtime.facts.of(LEARNER)
    assert (facts.watched("food/film"), facts.watched("food/film~2")) == ([(0, 70)], [(0, 30)])
    # What was studied of the old film stays in the learner's hours.
    assert view(runtime).progress(newer).seconds == 100
    for name in ("food/film~3", "food/film~", "food/film~2~2", "food/film~x"):
        assert beat(learner, item=name).status_code == 404
    runtime.study.close_all()
    records = journal.of_learner(runtime.store.read(), LEARNER)
    assert {record.object for record in records} == {"food/film", "food/film~2"}


def test_who_was_done_by_the_old_film_stays_done(
    learner: FlaskClient, runtime: NodeRuntime, course: Course, pc: FakeTime
) -> None:
    short = replace(course, items=course.items[:2])
    short = put_other_content(runtime, replace(short, version=1), "none", START)
    watch(learner, pc, "food/film", 0, 120)
    watch(learner, pc, "food/notes", 0, 60)
    assert view(runtime).completion(short) == Completion(day_of(START), 2)
    newer = replace(short, version=3, items=(replace(short.items[0], content=2), short.items[1]))
    manifest = seal_manifest(newer, HUB_KEY)
    wanted = courses.WantedCourse("food", 3, "a" * 64, len(manifest), "", START)
    days = {2: day_of(START), 3: day_of(START) + 1}
    runtime.store.write(lambda conn: courses.install(conn, wanted, manifest, START))
    runtime.store.write(lambda conn: courses.put_days(conn, "food", days))
    assert view(runtime).completion(newer) == Completion(day_of(START), 2)
    assert not view(runtime).step(newer, "film").done


@pytest.fixture
def packed(runtime: NodeRuntime, tmp_path: Path) -> NodeRuntime:
    parts = (Part("one", "第一节", "one.html"),)
    install_packages(runtime, tmp_path, {"talk": package(*parts, files={"one.html": "<p>页"})})
    return runtime


def test_a_package_that_was_replaced_is_not_given_what_the_old_one_kept(
    packed: NodeRuntime,
) -> None:
    app = create_app(packed)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post("/sign-in", data={"number": LEARNER, "pin": PIN})

    def save(item: str, place: str) -> int:
        body = {"learner": LEARNER, "item": f"{COURSE}/{item}", "parts": {"one": {"at": place}}}
        return client.post("/api/scorm", json=body).status_code

    def kept(item: str) -> object:
        return client.get(f"/api/scorm/{COURSE}/{item}").get_json()["kept"]

    assert save("talk", "第七页") == 200
    put_other_content(packed, courses.course(packed.store.read(), COURSE), "talk", START)
    assert 'data-item="packs/talk~2"' in client.get(f"/course/{COURSE}/talk").text
    assert kept("talk~2") == {}
    assert (save("talk~2", "第一页"), save("talk", "第八页")) == (200, 200)
    assert (kept("talk"), kept("talk~2")) == ({"one": {"at": "第八页"}}, {"one": {"at": "第一页"}})
    assert save("talk~3", "x") == 404
