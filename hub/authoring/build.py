"""Building: a plan becomes a course with its files and questions, or a list of what is missing.

Every fault names the field of the page where it is corrected: ``title``, ``item-<id>``,
``module-<id>``. Who may publish the result is in ``hub.authoring.draft_editing``.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from sqlalchemy import Connection

from content.face.words import gettext as _
from content.model import limits
from content.model.checks.paths import human_size
from content.model.checks.value_checks import is_decimal
from content.model.course import Course, ExamSettings, FileRef, Item, Question
from content.model.errors import MalformedManifest
from content.model.terms import Licence, Module, is_day
from content.packs import manifest
from content.packs.item_contents import numbered
from content.packs.without_answers import closed
from content.source.material import PACKAGE
from hub.authoring import volume_editing
from hub.authoring.draft_plan import ItemPlan, ModulePlan, Plan
from hub.publishing.earlier_contents import Earlier
from hub.store import banks, materials
from hub.store.materials import StoredMaterial
from sync.facts.grading import ESSAY


@dataclass(frozen=True, slots=True)
class Built:
    """The course, as far as it could be built, and what prevents its publication."""

    course: Course
    faults: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Identifies exactly what would be published: any change gives another digest."""
        answers = [
            f"{question.id}={question.answer}"
            for item in self.course.items
            if item.kind == "exam"
            for question in item.questions
        ]
        text = json.dumps([manifest.to_values(closed(self.course)), answers], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def build(
    connection: Connection, plan: Plan, course_id: str, version: int, earlier: Earlier = ()
) -> Built:
    """Build the course that a plan describes, as version ``version``; ``earlier``: the contents of
    the versions before."""
    faults = details(plan) | terms_missing(plan) | volume_editing.faults(plan)
    rows = materials.among(connection, [item.material for item in plan.items])
    items: list[Item] = []
    taken: set[str] = set()
    single = len(plan.modules) == 1 and not plan.modules[0].title
    for module in plan.modules:
        if not single:
            faults |= _module_faults(module)
        for item_plan in module.items:
            item, fault = _item(connection, item_plan, rows, taken)
            if fault:
                faults[f"item-{item_plan.id}"] = fault
            taken |= {question.id for question in item.questions}
            items.append(replace(item, module="" if single else module.id))
    course = Course(
        course_id,
        version,
        plan.title,
        plan.summary,
        plan.lecturer,
        plan.source,
        plan.category,
        plan.required,
        plan.hours,
        plan.credits,
        items=_seen(items),
        volumes=volume_editing.built(plan),
        modules=() if single else tuple(Module(m.id, m.title, m.kind) for m in plan.modules),
        origin=plan.origin,
        licence=Licence(plan.licence_holder, plan.licence_expires, plan.licence_stations),
        lecturer_about=plan.lecturer_about,
    )
    said = {item.id: item.content for item in plan.items}
    course = numbered(course, earlier, said)
    return Built(course, faults or _whole(course))


def details(plan: Plan) -> dict[str, str]:
    """What is wrong with the course's own fields in a plan, by field."""
    faults = {}
    if not plan.title.strip():
        faults["title"] = _("请填课程名称。")
    for name, value in (("hours", plan.hours), ("credits", plan.credits)):
        if not is_decimal(value):
            faults[name] = _("请写成 2 或 1.5 这样的数。")
    if plan.licence_expires and not is_day(plan.licence_expires):
        faults["licence_expires"] = _("请填日期，例如 2026-12-01。")
    if not plan.items and not plan.volumes:
        faults["items"] = _("还没有课件，请至少加一个。")
    if len(plan.items) > limits.MAX_ITEMS:
        faults["items"] = _("课件超过 %(n)s 个，请拆成几门课程。", n=limits.MAX_ITEMS)
    return faults


def terms_missing(plan: Plan) -> dict[str, str]:
    """What a plan must say before it is published, by field; a draft may be kept without."""
    faults = {}
    if plan.required and plan.items and not plan.category.strip():
        faults["category"] = _("必修课程请写明类别。")
    if plan.origin in ("rented", "exchanged") and not plan.licence_holder.strip():
        faults["licence_holder"] = _("租用、交换来的课程，请写明是谁许可的。")
    if plan.origin == "rented" and not plan.licence_expires:
        faults["licence_expires"] = _("租用的课程请填租到哪一天。")
    if plan.origin == "self" and (plan.licence_expires or plan.licence_stations):
        faults["origin"] = _("自制的课程没有许可期限和站点数；请改“怎么来的”，或清空它们。")
    return faults


def _module_faults(module: ModulePlan) -> dict[str, str]:
    if not module.title.strip():
        return {f"module-{module.id}": _("有几个模块时，每个都要有名称。")}
    if not module.items:
        return {f"module-{module.id}": _("这个模块里还没有课件；请加一个，或删去模块。")}
    return {}


def _whole(course: Course) -> dict[str, str]:
    """Faults that show only in the whole course: its size and its manifest."""
    size = sum(ref.size for ref in course.files())
    if size > limits.MAX_COURSE_BYTES:
        sizes = {"size": human_size(size), "limit": human_size(limits.MAX_COURSE_BYTES)}
        return {"items": _("课程一共 %(size)s，上限是 %(limit)s；请拆成几门。", **sizes)}
    try:
        manifest.from_values(manifest.to_values(closed(course)))
    except MalformedManifest as fault:
        return {"items": _("课程还不能发布：%(why)s", why=str(fault))}
    return {}


def _item(
    connection: Connection, item_plan: ItemPlan, rows: Mapping[int, StoredMaterial], taken: set[str]
) -> tuple[Item, str]:
    if item_plan.kind in ("practice", "exam"):
        return _asked(connection, item_plan, taken)
    row = rows.get(item_plan.material)
    if row is None:
        return Item(item_plan.id, "page", item_plan.title, item_plan.required), _("请选素材。")
    material = row.item
    seconds = (
        material.seconds if item_plan.kind == "video" else item_plan.seconds or material.seconds
    )
    item = replace(
        material,
        id=item_plan.id,
        title=item_plan.title,
        required=item_plan.required,
        seconds=seconds,
        file=_named(material.file, item_plan.id),
        subtitles=_named(material.subtitles, item_plan.id),
        poster=_named(material.poster, f"{item_plan.id}-poster"),
        lighter=_named(material.lighter, f"{item_plan.id}-small"),
        pictures=tuple(_inside(ref, f"{item_plan.id}-pictures") for ref in material.pictures),
        assets=tuple(_package(ref, item_plan.id) for ref in material.assets),
    )
    return item, "" if item_plan.title.strip() else _("请填课件名称。")


def _asked(connection: Connection, item_plan: ItemPlan, taken: set[str]) -> tuple[Item, str]:
    bank_questions = banks.questions(connection, item_plan.bank) if item_plan.bank else ()
    pool = [
        question
        for question in bank_questions
        if (not item_plan.chapters or question.chapter in item_plan.chapters)
        and (not item_plan.types or question.type in item_plan.types)
        and not (item_plan.kind == "exam" and question.answer.startswith(ESSAY))
    ]
    questions = _with_own_ids(pool[: limits.MAX_QUESTIONS], item_plan.id, taken)
    exam = ExamSettings(
        item_plan.draw, item_plan.minutes, item_plan.pass_percent, item_plan.attempts
    )
    item = Item(item_plan.id, "practice", item_plan.title, item_plan.required, questions=questions)
    if item_plan.kind == "exam":
        item = replace(item, kind="exam", exam=exam)
    if not item_plan.title.strip():
        return item, _("请填课件名称。")
    if not item_plan.bank:
        return item, _("请选题库。")
    if item.exam and banks.is_open(connection, item_plan.bank):
        return item, _("这个题库给下级用，题目人人看得到，不能用来考试。请换一个题库。")
    if not questions:
        return item, _("这样选，题库里一道题也没有。")
    if item.exam and item_plan.draw > len(questions):
        words = _("要抽 %(draw)s 题，可抽的只有 %(n)s 题。", draw=item_plan.draw, n=len(questions))
        return item, words
    return item, ""


def _with_own_ids(
    pool: Sequence[Question], item: str, taken: AbstractSet[str]
) -> tuple[Question, ...]:
    """The questions under ids that nothing else in the course uses, cut where they are long."""
    used, questions = {*taken, *(one.id for one in pool)}, []
    for question in pool:
        if question.id in taken:
            code = banks.free_code(f"{item}-{question.id}"[:40], used)
            question = replace(question, id=code)
            used.add(code)
        questions.append(question)
    return tuple(questions)


def _seen(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items; their questions point back only to items of this course."""
    whole = tuple(items)
    there = {item.id: item for item in whole if item.kind not in ("practice", "exam")}

    def checked(question: Question) -> Question:
        item = there.get(question.see_item)
        if item is None or (item.kind == "video" and question.see_second >= item.seconds):
            return replace(question, see_item="", see_second=0)
        return question

    return tuple(replace(item, questions=tuple(map(checked, item.questions))) for item in whole)


def _named(ref: FileRef | None, stem: str) -> FileRef | None:
    """The file under the item's name: the same in every version, so stations fetch only changes."""
    return replace(ref, path=stem + PurePosixPath(ref.path).suffix) if ref else None


def _inside(ref: FileRef, folder: str) -> FileRef:
    return replace(ref, path=f"{folder}/{PurePosixPath(ref.path).name}")


def _package(ref: FileRef, item: str) -> FileRef:
    return replace(ref, path=f"{item}/{ref.path.removeprefix(f'{PACKAGE}/')}")
