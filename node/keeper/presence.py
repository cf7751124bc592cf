"""Presence: who is here now, at what and where, and which exams are not handed in.

How far learners are is ``node.keeper.learner_overview``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from ipaddress import ip_address

from content.face.words import gettext as _
from content.model.course import Course
from node.errors import NotFound, UnfitSetting
from node.learning.exams import exam
from node.runtime import NodeRuntime
from node.store import attempts, courses, journal, learners, meta, mocks, sittings
from node.store.learners import Learner
from sync.records import Kind

# Who is seen within this time is studying "now".
NOW_S = 180
MOST_NAME, MOST_PCS = 20, 300


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who is signed in and seen just now."""

    learner: Learner
    doing: str
    what: str
    icon: str  # video, exam, practice or home
    source: str  # the PC's address
    pc: str  # what the keeper calls it; "" if nothing
    seen: int


@dataclass(frozen=True, slots=True)
class OpenExam:
    """An exam that was begun and is not handed in."""

    name: str
    number: str
    title: str
    began: int
    touched: int
    ends: int  # when it is handed in by itself, if the node runs on
    holds_courses: bool


def now_studying(runtime: NodeRuntime) -> list[Present]:
    """Who is here now and at what, latest first."""
    conn, now = runtime.store.read(), runtime.clock.now()
    doing, called = _doing(runtime, now), pcs(runtime)
    present: dict[str, Present] = {}
    for session in runtime.sessions.seen_since(now - NOW_S):
        learner = learners.find(conn, session.learner)
        if learner is None or learner.number in present:
            continue
        icon, words, what = doing.get(learner.number) or _practising(runtime, learner.number, now)
        present[learner.number] = Present(
            learner, words, what, icon, session.source, called.get(session.source, ""), session.seen
        )
    return list(present.values())


def open_exams(runtime: NodeRuntime) -> list[OpenExam]:
    """The exams that are not handed in, the one begun first first."""
    conn, moment = runtime.store.read(), runtime.moment()
    titles, waited_for = _titles(courses.installed(conn)), runtime.courier.policy.exams_sat()
    found = []
    for sat in attempts.sat_now(conn):
        attempt, learner = sat.attempt, learners.find(conn, sat.attempt.learner)
        left_s = (exam.left_ms(attempt, moment) + exam.GRACE_MS) // 1000
        found.append(
            OpenExam(
                name=learner.name if learner else attempt.learner,
                number=attempt.learner if learner else "",
                title=titles.get(attempt.exam, attempt.exam),
                began=attempt.began,
                touched=sat.touched,
                ends=moment.at + max(0, left_s),
                holds_courses=sat in waited_for,
            )
        )
    return found


def pcs(runtime: NodeRuntime) -> dict[str, str]:
    """What the keeper calls the PCs, by address."""
    return dict(json.loads(meta.get(runtime.store.read(), meta.PCS) or "{}"))


def name_pc(runtime: NodeRuntime, address: str, name: str) -> None:
    """Call the PC at ``address`` by ``name``; "" takes the name away.

    Raises:
        NotFound: that is no address.
        UnfitSetting: the name is too long, or there are too many names.
    """
    try:
        ip_address(address)
    except ValueError as error:
        raise NotFound(f"PC {address[:60]}") from error
    name, called = " ".join(name.split()), pcs(runtime)
    called.pop(address, None)
    if name:
        called[address] = name
    if len(name) > MOST_NAME or len(called) > MOST_PCS:
        words = "名字最多 %(most)s 个字，最多给 %(pcs)s 台电脑起名。"
        raise UnfitSetting("name", words, most=MOST_NAME, pcs=MOST_PCS)
    kept = json.dumps(called, ensure_ascii=False)
    runtime.store.write(lambda conn: meta.put(conn, meta.PCS, kept))


def _doing(runtime: NodeRuntime, now: int) -> dict[str, tuple[str, str, str]]:
    """Learner to icon, word and title, for what leaves a trace of its own while it goes on."""
    conn = runtime.store.read()
    offered = courses.installed(conn)
    items, names = _titles(offered), {course.id: course.title for course in offered}
    doing = {
        sitting.learner: ("video", _("看课"), items.get(sitting.item, sitting.item))
        for sitting in reversed(sittings.touched_since(conn, now - NOW_S))
    }
    for who, course in mocks.open_now(conn, runtime.running.now_ms()).items():
        doing.setdefault(who, ("exam", _("模拟考试"), names.get(course, course)))
    for sat in attempts.sat_now(conn):
        title = items.get(sat.attempt.exam, sat.attempt.exam)
        doing[sat.attempt.learner] = ("exam", _("考试"), title)
    return doing


def _practising(runtime: NodeRuntime, number: str, now: int) -> tuple[str, str, str]:
    conn = runtime.store.read()
    newest = journal.newest_of(conn, number)
    if newest is None or newest.kind is not Kind.PRACTICE or newest.at < now - NOW_S:
        return "home", _("首页"), ""
    practised = newest.object.partition("/")[0]
    titles = (course.title for course in courses.installed(conn) if course.id == practised)
    return "practice", _("练习"), next(titles, "")


def _titles(offered: list[Course]) -> dict[str, str]:
    return {
        item_name: f"{course.title} · {item.title}"
        for course in offered
        for item in course.items
        for item_name in (f"{course.id}/{item.id}", course.named(item))
    }
