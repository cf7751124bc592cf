"""Next version: a draft that begins with the published version of a course.

What happens to it after that is in ``hub.authoring.draft_editing``.
"""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from content.model.course import Course, Item, Question
from content.model.limits import MAX_TITLE_CHARS
from content.source import material
from hub.authoring import draft_editing, draft_plan, volume_editing
from hub.authoring.bank_editing import indexed_question
from hub.authoring.errors import NoSuchDraft
from hub.context.open_hub import Hub
from hub.materials import materials
from hub.materials.import_report import Actor
from hub.store import banks, courses, drafts
from hub.store.engine import writing
from hub.store.scope import Scope


def begin(hub: Hub, by: Actor, course_id: str) -> str:
    """Begin a draft of the next version of a published course, with the contents of the last one.

    Its files become materials and its questions become banks. The right answers of exams come from
    the hub's database.
    """
    with writing(hub.engine) as connection:
        scope = by.place(connection)
        if drafts.get(connection, scope, course_id) is not None:
            return course_id
        course = draft_editing.published(hub, connection, course_id)
        known = courses.newest(connection, course_id)
        if course is None or known is None:
            raise NoSuchDraft(course_id)
        course = _with_answers(course, known.exam_key)
        numbers = {
            item.id: _kept(hub, connection, scope, course, item, by) for item in course.items
        }
        volumes = volume_editing.of_course(hub.blobs, course)
        plan = draft_plan.of_course(course, numbers, volumes)
        draft_editing.begin(hub, connection, by, course_id, plan, f"v{course.version}")
    return course_id


def _with_answers(course: Course, exam_key: Mapping[str, str]) -> Course:
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


def _kept(
    hub: Hub, connection: Connection, scope: Scope, course: Course, item: Item, by: Actor
) -> int:
    """Keep an item of a published course as material or new bank; returns the number."""
    if not item.questions:
        taken = material.taken_from(item)
        return int(materials.keep(hub, connection, taken, f"{course.id}/{item.id}", by)[0].id)
    title = f"{course.title} · {item.title}"[:MAX_TITLE_CHARS]
    number = banks.make(connection, scope.top.id, title, hub.now(), by.name)
    indexed = [indexed_question(question) for question in item.questions]
    banks.add(connection, number, indexed, hub.now(), by.name)
    return number
