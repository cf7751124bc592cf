"""The view of the learner who asks, and the words for what a learner has."""

from __future__ import annotations

from flask import g, url_for

from content.face.words import gettext as _
from content.model.course import Course, Item
from node import calendar
from node.learning.agenda import ItemStanding
from node.learning.learner_view import LearnerView
from node.web.auth import current_learner
from node.web.current import runtime
from sync.facts import Completion, starts_at

KINDS = {
    "video": "视频",
    "pdf": "文件",
    "page": "阅读",
    "scorm": "互动课件",
    "practice": "练习",
    "exam": "考试",
}

# What parts a course's name from the rest of an item's title.
AROUND_NAMES = " \u3000：:·-—|《》“”"


def learner_view() -> LearnerView:
    """The view of this request's learner.

    Raises:
        SessionExpired: nobody is signed in.
    """
    if "learner_view" not in g:
        now = runtime()
        g.learner_view = LearnerView(current_learner().number, now.moment(), now.store, now.facts)
    view: LearnerView = g.learner_view
    return view


def item_url(course_id: str, item: Item) -> str:
    """Where an item is studied, practised or sat."""
    if item.kind == "practice":
        return url_for("practice.drill", course_id=course_id, item_id=item.id)
    if item.kind == "exam":
        return url_for("exam.start", course_id=course_id, item_id=item.id)
    return url_for("player.item", course_id=course_id, item_id=item.id)


def cover_url(course: Course) -> str:
    """The picture of a course: the poster of its first film that has one, else ""."""
    poster = next((item.poster for item in course.items if item.poster), None)
    return url_for("media.blob", sha=poster.sha256) if poster else ""


def card_words(step: ItemStanding) -> tuple[str, str]:
    """What stands small above and large on the card of the next step.

    An item that repeats its course's name ("看课：消费投诉") leaves the name to the course.
    """
    course, item = step.course.title, step.item.title
    if course not in item:
        return course, item
    rest = item.replace(course, "", 1).strip(AROUND_NAMES)
    return rest or _(KINDS[step.item.kind]), course


def left_words(step: ItemStanding) -> str:
    """How much of a step is left: "还剩 12 分钟", "还有 7 题"."""
    item = step.item
    if step.done:
        return _("已完成")
    if item.kind == "practice":
        return _("还有 %(n)s 题", n=step.left_questions)
    if item.exam:
        return _("%(n)s 题 · %(minutes)s 分钟", n=item.exam.draw, minutes=item.exam.minutes)
    minutes = max(1, -(-step.left_s // 60))
    return _("还剩 %(n)s 分钟", n=minutes) if step.share else _("约 %(n)s 分钟", n=minutes)


def rail_entry(step: ItemStanding, current: str = "") -> dict[str, object]:
    """A step as the face's rail shows it."""
    words = [_(KINDS[step.item.kind]), left_words(step)]
    if not step.item.required:
        words.insert(1, _("选修"))
    return {
        "title": step.item.title,
        "href": item_url(step.course.id, step.item),
        "kind": step.item.kind,
        "note": " · ".join(words),
        "done": step.done,
        "share": step.share,
        "current": step.item.id == current,
    }


def done_words(done: Completion) -> str:
    """When a course was done, and by which version: "学完（第 1 版，2026-11-03）"."""
    day = calendar.day(starts_at(done.day))
    return _("学完（第 %(v)s 版，%(day)s）", v=done.version, day=day)


def day_words(iso: str) -> str:
    """A date of this year as people say it: "12 月 10 日"."""
    _year, month, day = iso.split("-")
    return _("%(m)s 月 %(d)s 日", m=int(month), d=int(day))
