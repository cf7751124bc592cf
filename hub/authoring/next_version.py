"""Next version and copy: drafts that begin with what is published of a course.

The next version belongs to whom the course belongs to; only they begin it. Others make a copy
under an id of their own, which says where it is from. What becomes of a draft then is
``hub.authoring.draft_editing``.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from content.model.course import Course, Item, Question
from content.model.limits import MAX_NAME_CHARS, MAX_TITLE_CHARS
from content.source import material
from hub import rights
from hub.authoring import draft_editing, draft_plan, volume_editing
from hub.authoring.bank_editing import indexed_question
from hub.authoring.draft_editing import Beginning
from hub.authoring.errors import NoSuchDraft
from hub.context.open_hub import Hub
from hub.errors import CourseOfAnother, LicenceCounted, NotAllowed
from hub.materials import materials
from hub.rights import Actor, Deed, Role
from hub.store import banks, courses, drafts
from hub.store.engine import writing
from hub.store.scope import whole
from hub.store.units import Unit


def begin(hub: Hub, by: Actor, course_id: str) -> str:
    """Begin a draft of the next version of a published course, with the contents of the last one.

    Its files become materials and its questions become banks. The right answers of exams come from
    the hub's database.

    Raises:
        NoSuchDraft: no such course is published.
        NotAllowed: it is not this person's to continue.
        CourseOfAnother: a draft under this id belongs to another unit.
    """
    with writing(hub.engine) as connection:
        course, unit = _published(hub, connection, course_id)
        if not rights.may(by, Deed.WRITE, unit.path):
            raise NotAllowed()
        there = drafts.get(connection, whole(connection), course_id)
        if there is not None and there.unit_id != unit.id:
            raise CourseOfAnother(course_id, there.unit_name)
        if there is not None:
            return course_id
        course = _with_answers(connection, course)
        comment = f"v{course.version}"
        _begin(hub, connection, by, course, course_id, Beginning(unit, "begun", comment))
    return course_id


def copy(hub: Hub, by: Actor, course_id: str) -> str:
    """Begin a draft of one's own with what is published of a course; returns its id.

    The course's files and practices come along. Its exams do not bring their questions: those are
    the owner's, and the copy's author chooses a bank for each.

    Raises:
        NoSuchDraft: no such course is published.
        NotAllowed: it belongs to nobody above or below.
        LicenceCounted: it is licensed for a number of stations.
    """
    with writing(hub.engine) as connection:
        course, owner = _published(hub, connection, course_id)
        if not rights.may(by, Deed.COPY, owner.path):
            raise NotAllowed()
        if course.licence.stations:
            raise LicenceCounted(course_id, course.licence.stations)
        unit, version = rights.home(by, Deed.COPY), f"{course_id} v{course.version}"
        # Codes of units may be any text; an id has Latin letters and digits.
        words = re.findall(r"[a-z0-9]+", f"{course_id[:20]}-{unit.code[:12]}".lower())
        draft_id = draft_editing.free_id(connection, "-".join(words))
        course = _without_exam_questions(course)
        if owner.id != unit.id:
            course = _of_another(course, owner)
        _begin(hub, connection, by, course, draft_id, Beginning(unit, "copied", version, version))
    return draft_id


def _of_another(course: Course, owner: Unit) -> Course:
    """The course with whose work it is: its lecturer stays, and who gave it is named."""
    name = owner.name[:MAX_NAME_CHARS]
    if course.origin in ("", "self"):
        licence = replace(course.licence, holder=course.licence.holder or name)
        course = replace(course, origin="exchanged", licence=licence)
    return replace(course, source=course.source or name)


def _published(hub: Hub, connection: Connection, course_id: str) -> tuple[Course, Unit]:
    """The newest version of a course, and whose it is; one officer at a time goes on from here."""
    owner = courses.owner(connection, course_id, held=True)
    course = draft_editing.published(hub, connection, course_id)
    if course is None or owner is None:
        raise NoSuchDraft(course_id)
    return course, owner.unit


def _begin(
    hub: Hub, connection: Connection, by: Actor, course: Course, draft_id: str, begun: Beginning
) -> None:
    """Keep the draft; materials and banks belong to the same unit as the draft."""
    author = rights.at_unit(Role.AUTHOR, begun.unit, by.name)
    numbers = {item.id: _kept(hub, connection, course, item, author) for item in course.items}
    volumes = volume_editing.of_course(hub.blobs, course)
    plan = draft_plan.of_course(course, numbers, volumes)
    draft_editing.begin(hub, connection, by, draft_id, plan, begun)


def _with_answers(connection: Connection, course: Course) -> Course:
    published = courses.newest(connection, course.id)
    exam_key: Mapping[str, str] = published.exam_key if published else {}

    def answered(questions: tuple[Question, ...]) -> tuple[Question, ...]:
        return tuple(
            replace(question, answer=exam_key.get(f"{course.id}/{question.id}", ""))
            for question in questions
        )

    items = (
        replace(item, questions=answered(item.questions)) if item.kind == "exam" else item
        for item in course.items
    )
    return replace(course, items=tuple(items))


def _without_exam_questions(course: Course) -> Course:
    items = (replace(item, questions=()) if item.kind == "exam" else item for item in course.items)
    return replace(course, items=tuple(items))


def _kept(hub: Hub, connection: Connection, course: Course, item: Item, author: Actor) -> int:
    """Keep an item of a published course as material or new bank; returns the number, or 0."""
    if item.kind == "exam" and not item.questions:
        return 0
    if not item.questions:
        taken = material.taken_from(item)
        return int(materials.keep(hub, connection, taken, f"{course.id}/{item.id}", author)[0].id)
    title = f"{course.title} · {item.title}"[:MAX_TITLE_CHARS]
    unit = rights.home(author, Deed.WRITE)
    number = banks.make(connection, unit.id, title, hub.now(), author.name)
    indexed = [indexed_question(question) for question in item.questions]
    banks.add(connection, number, indexed, hub.now(), author.name)
    return number
