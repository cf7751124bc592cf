"""Courses from their first item to publication: plans, what is missing, review by a colleague."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from content.model.course import Course, ExamSettings, FileRef, Item, Question
from content.model.terms import Licence, Module
from hub import rights
from hub.authoring import bank_editing, build, diff, draft_editing, draft_plan, next_version
from hub.authoring.draft_editing import CourseDraft
from hub.authoring.draft_plan import ItemPlan, ModulePlan, Plan
from hub.authoring.errors import (
    ChangedSinceReview,
    EditedMeanwhile,
    NoSuchDraft,
    NotNow,
    OwnReview,
    Unfinished,
)
from hub.context.open_hub import Hub
from hub.errors import NameTaken, NotYourUnit
from hub.imports import imports
from hub.rights import Actor, Deed
from hub.store import banks, courses, drafts, json_values
from hub.store.engine import reading
from tests.content.conftest import PDF, mp4
from tests.hub.actors import actor
from tests.hub.conftest import Clock

SAMPLES = Path(__file__).parents[3] / "content" / "samples"
AUTHOR, OTHER, COUNTY = actor("作者"), actor("审者"), "430121"
BANK = "::a::甲？ {=对 ~错}\n\n::b::乙？ {=对 ~错}\n\n::c::丙 {=丙 =3}\n\n::d::丁？ {}\n"


def taken(hub: Hub, tmp_path: Path, name: str, raw: bytes) -> int:
    """Take a file in; returns the number of its material or bank."""
    (tmp_path / "given").write_bytes(raw)
    report = imports.import_file(hub, tmp_path / "given", name, AUTHOR)
    assert report.whole, report.faults
    return int(report.made[0].id)


@pytest.fixture
def hub(sqlite_hub: Hub) -> Hub:
    """On one database; what both must do alike is in ``test_author_and_reviewer``."""
    return sqlite_hub


@pytest.fixture
def material(hub: Hub, tmp_path: Path) -> Callable[[str, bytes], int]:
    return lambda name, raw: taken(hub, tmp_path, name, raw)


@pytest.fixture
def draft_id(hub: Hub, material: Callable[[str, bytes], int]) -> str:
    """A course of a film, a document and an exam, with nothing missing."""
    plan = Plan("进货查验 check", category="食品安全", lecturer="王老师", hours="2")
    plan = draft_plan.with_item(
        plan, "m1", ItemPlan("", "看课", "video", material=material("讲.mp4", mp4(90)))
    )
    plan = draft_plan.with_item(
        plan, "m1", ItemPlan("", "讲义", "pdf", material=material("义.pdf", PDF))
    )
    bank = material("题.gift", BANK.encode())
    plan = draft_plan.with_item(plan, "m1", ItemPlan("", "练习", "practice", bank=bank))
    plan = draft_plan.with_item(plan, "m1", ItemPlan("", "考试", "exam", bank=bank, draw=3))
    return draft_editing.make(hub, AUTHOR, "", plan)


def look(hub: Hub, draft_id: str, by: Actor = AUTHOR) -> CourseDraft:
    with reading(hub.engine) as connection:
        return draft_editing.look(hub, connection, rights.scope(by, Deed.SHARE), draft_id)


def change(hub: Hub, draft_id: str, by: Actor = AUTHOR, **changed: object) -> None:
    draft = look(hub, draft_id)
    plan = replace(draft.plan, **changed)  # type: ignore[arg-type]
    draft_editing.save(hub, by, draft_id, draft.edition, plan)


def through(hub: Hub, draft_id: str) -> None:
    """Submit, approve and publish."""
    draft_editing.submit(hub, AUTHOR, draft_id, look(hub, draft_id).edition, "")
    draft_editing.approve(hub, OTHER, draft_id, look(hub, draft_id).edition, "")
    draft_editing.release(hub, OTHER, draft_id, look(hub, draft_id).edition, "0")


def test_a_course_is_published_after_a_second_person_allowed_it(hub: Hub, draft_id: str) -> None:
    assert draft_id == "check"
    draft = look(hub, draft_id)
    assert draft.built.faults == {}
    assert [item.id for item in draft.built.course.items] == [
        "video1",
        "pdf1",
        "practice1",
        "exam1",
    ]
    through(hub, draft_id)
    after = look(hub, draft_id)
    assert (after.state, after.authors, after.version) == ("published", (), 2)
    with reading(hub.engine) as connection:
        newest = courses.newest(connection, draft_id)
        events = [(row.what, row.by) for row in drafts.events(connection, draft_id)][::-1]
    assert newest is not None
    assert (newest.version, newest.published_by, len(newest.exam_key)) == (1, "审者", 3)
    assert events == [
        ("begun", "作者"),
        ("submitted", "作者"),
        ("approved", "审者"),
        ("published", "审者"),
    ]
    assert after.before is not None
    assert diff.between(after.before, after.built.course) == []


def test_nobody_approves_or_returns_what_they_wrote(hub: Hub, draft_id: str) -> None:
    change(hub, draft_id, OTHER, summary="改了")
    draft_editing.submit(hub, AUTHOR, draft_id, look(hub, draft_id).edition, "")
    for by in (AUTHOR, OTHER):
        with pytest.raises(OwnReview):
            draft_editing.approve(hub, by, draft_id, look(hub, draft_id).edition, "")
        with pytest.raises(OwnReview):
            draft_editing.return_to_author(hub, by, draft_id, look(hub, draft_id).edition, "重写")
    draft_editing.return_to_author(
        hub, actor("第三人"), draft_id, look(hub, draft_id).edition, "重写"
    )
    assert look(hub, draft_id).state == "returned"
    change(hub, draft_id, summary="好了")
    assert look(hub, draft_id).state == "draft"


def test_each_step_is_only_taken_at_its_stage(hub: Hub, draft_id: str) -> None:
    def edition() -> int:
        return look(hub, draft_id).edition

    with pytest.raises(NotNow):
        draft_editing.approve(hub, OTHER, draft_id, edition(), "")
    with pytest.raises(NotNow):
        draft_editing.release(hub, OTHER, draft_id, edition(), "0")
    draft_editing.submit(hub, AUTHOR, draft_id, edition(), "")
    with pytest.raises(NotNow):
        change(hub, draft_id, summary="改")
    with pytest.raises(NotNow):
        draft_editing.discard(hub, AUTHOR, draft_id, edition())
    draft_editing.withdraw(hub, AUTHOR, draft_id, edition())
    with pytest.raises(NotNow):
        draft_editing.withdraw(hub, AUTHOR, draft_id, edition())
    draft_editing.submit(hub, AUTHOR, draft_id, edition(), "")
    draft_editing.approve(hub, OTHER, draft_id, edition(), "")
    change(hub, draft_id, summary="又改")
    with pytest.raises(NotNow):
        draft_editing.release(hub, OTHER, draft_id, edition(), "0")


def test_a_question_that_changes_after_the_approval_needs_another_look(
    hub: Hub, draft_id: str
) -> None:
    draft_editing.submit(hub, AUTHOR, draft_id, look(hub, draft_id).edition, "")
    draft_editing.approve(hub, OTHER, draft_id, look(hub, draft_id).edition, "")
    bank = next(item.bank for item in look(hub, draft_id).plan.items if item.bank)
    with reading(hub.engine) as connection:
        first = banks.questions(connection, bank)[0]
    wrong = "B" if first.answer == "A" else "A"
    bank_editing.change(hub, AUTHOR, bank, first.id, replace(first, answer=wrong))
    with pytest.raises(ChangedSinceReview):
        draft_editing.release(hub, OTHER, draft_id, look(hub, draft_id).edition, "0")
    draft_editing.withdraw(hub, AUTHOR, draft_id, look(hub, draft_id).edition)
    draft_editing.submit(hub, AUTHOR, draft_id, look(hub, draft_id).edition, "")
    bank_editing.change(hub, AUTHOR, bank, first.id, first)
    with pytest.raises(ChangedSinceReview):
        draft_editing.approve(hub, OTHER, draft_id, look(hub, draft_id).edition, "")


def test_two_people_do_not_overwrite_each_other(hub: Hub, draft_id: str) -> None:
    old = look(hub, draft_id)
    change(hub, draft_id, OTHER, summary="先")
    with pytest.raises(EditedMeanwhile, match="审者"):
        draft_editing.save(hub, AUTHOR, draft_id, old.edition, replace(old.plan, summary="后"))
    assert look(hub, draft_id).plan.summary == "先"


def test_a_draft_that_lacks_something_is_not_submitted(hub: Hub) -> None:
    plan = Plan("课", hours="很多", licence_expires="明年")
    plan = draft_plan.with_item(plan, "m1", ItemPlan("", "看课", "video", material=99))
    plan = draft_plan.with_item(plan, "m1", ItemPlan("", "考试", "exam", bank=0))
    plan = draft_plan.with_module(plan, ModulePlan("", "新规"))
    draft_id = draft_editing.make(hub, AUTHOR, "c", plan)
    with pytest.raises(Unfinished) as refused:
        draft_editing.submit(hub, AUTHOR, draft_id, 1, "")
    assert set(refused.value.faults) == {
        "category", "hours", "licence_expires", "item-video1", "item-exam1", "module-m1",
        "module-m2",
    }  # fmt: skip
    assert look(hub, draft_id).state == "draft"


@pytest.mark.parametrize(
    ("terms", "wrong"),
    [
        ({"category": " "}, {"category"}), ({"category": "", "required": False}, set()),
        ({"origin": "rented"}, {"licence_holder", "licence_expires"}),
        ({"origin": "rented", "licence_holder": "某社", "licence_expires": "2027-01-01"}, set()),
        ({"origin": "exchanged"}, {"licence_holder"}),
        ({"origin": "exchanged", "licence_holder": "邻县"}, set()),
        ({"origin": "self", "licence_stations": 3}, {"origin"}), ({"origin": "self"}, set()),
        ({"origin": "bought", "licence_stations": 3}, set()),
    ],
)  # fmt: skip
def test_a_course_says_what_it_is_about_and_on_what_terms_it_is_used(
    terms: dict[str, object], wrong: set[str]
) -> None:
    plan = replace(Plan("课", category="计量"), **terms)  # type: ignore[arg-type]
    plan = draft_plan.with_item(plan, "m1", ItemPlan("", "看课", "video", material=1))
    assert set(build.terms_missing(plan)) == wrong
    assert not draft_editing.faults_of_details(plan)


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"draw": 4}, "要抽 4 题"),
        ({"chapters": ("无",)}, "一道题也没有"),
        ({"types": ("fill",), "draw": 2}, "只有 1 题"),
        ({"title": " "}, "课件名称"),
    ],
)
def test_an_exam_that_cannot_be_drawn_says_so(
    hub: Hub, draft_id: str, item: dict[str, object], words: str
) -> None:
    draft = look(hub, draft_id)
    exam = draft.plan.item("exam1")
    assert exam is not None
    plan = draft_plan.with_changed(draft.plan, replace(exam, **item))  # type: ignore[arg-type]
    draft_editing.save(hub, AUTHOR, draft_id, draft.edition, plan)
    assert words in look(hub, draft_id).built.faults["item-exam1"]


def test_a_module_is_added_without_touching_the_rest(
    hub: Hub, draft_id: str, material: Callable[[str, bytes], int]
) -> None:
    change(hub, draft_id, modules=(replace(look(hub, draft_id).plan.modules[0], title="基础"),))
    through(hub, draft_id)
    draft = look(hub, draft_id)
    page = ItemPlan("", "新规", "page", material=material("规.html", "<p>新规</p>".encode()))
    plan = draft_plan.with_module(draft.plan, ModulePlan("", "本季", "flexible", (page,)))
    plan = replace(
        plan,
        modules=(*plan.modules[:1], replace(plan.modules[1], items=(replace(page, id="page1"),))),
    )
    draft_editing.save(hub, AUTHOR, draft_id, draft.edition, plan)
    after = look(hub, draft_id)
    assert after.before is not None
    changes = diff.between(after.before, after.built.course)
    assert changes == ["增加了课件《新规》。", "增加了活模块“本季”。"]
    old = {ref.sha256 for ref in after.before.files()}
    new = [ref for ref in after.built.course.files() if ref.sha256 not in old]
    assert [ref.path for ref in new] == ["page1.html"]
    through(hub, draft_id)


def test_a_shared_module_is_used_and_brought_up_to_date(hub: Hub, draft_id: str) -> None:
    draft_editing.share(hub, AUTHOR, draft_id, look(hub, draft_id).edition, "m1")
    other = draft_editing.make(hub, AUTHOR, "other", Plan("别的课", category="食品安全"))
    with reading(hub.engine) as connection:
        [row] = drafts.shared(connection, rights.scope(AUTHOR, Deed.SHARE))
    module = draft_editing.shared_module(row)
    plan = draft_plan.with_module(look(hub, other).plan, module)
    assert [item.id for item in plan.items] == ["video1", "pdf1", "practice1", "exam1"]
    assert (plan.modules[1].shared, plan.modules[1].shared_edition) == (row.id, 1)
    draft_editing.share(hub, AUTHOR, draft_id, look(hub, draft_id).edition, "m1")
    with reading(hub.engine) as connection:
        [row] = drafts.shared(connection, rights.scope(AUTHOR, Deed.SHARE))
    assert row.edition == 2


def test_a_course_from_a_folder_goes_on_as_a_draft(hub: Hub) -> None:
    from content.source.folder import read_folder
    from hub.publishing import publish

    publish.publish(hub, read_folder(SAMPLES / "food-inspection"), "0", "t")
    next_version.begin(hub, AUTHOR, "food-inspection")
    draft = look(hub, "food-inspection")
    assert draft.built.faults == {}
    assert draft.before is not None
    assert diff.between(draft.before, draft.built.course) == []
    through(hub, "food-inspection")
    with reading(hub.engine) as connection:
        first = courses.version(connection, "food-inspection", 1)
        second = courses.version(connection, "food-inspection", 2)
    assert first is not None
    assert second is not None
    assert first.exam_key == second.exam_key
    assert next_version.begin(hub, AUTHOR, "food-inspection") == "food-inspection"
    with pytest.raises(NoSuchDraft):
        next_version.begin(hub, AUTHOR, "none")


def test_an_id_is_taken_once(hub: Hub, draft_id: str) -> None:
    for wrong in (draft_id, "Groß", "-x"):
        with pytest.raises(NameTaken):
            draft_editing.make(hub, AUTHOR, wrong, Plan("课", category="食品安全"))
    assert (
        draft_editing.make(hub, AUTHOR, "", Plan("进货 check!", category="食品安全")) == "check-1"
    )
    assert draft_editing.make(hub, AUTHOR, "", Plan("课", category="食品安全")) == "course"


def test_a_discarded_draft_is_gone_and_what_is_published_stays(hub: Hub, draft_id: str) -> None:
    through(hub, draft_id)
    draft_editing.discard(hub, AUTHOR, draft_id, look(hub, draft_id).edition)
    with pytest.raises(NoSuchDraft):
        look(hub, draft_id)
    with reading(hub.engine) as connection:
        assert courses.newest(connection, draft_id) is not None


def test_a_county_writes_and_publishes_for_itself_only(hub: Hub, tmp_path: Path) -> None:
    from hub.people import unit_tree
    from hub.store import units

    (tmp_path / "o.csv").write_text("code,name,parent\n43,云岭,\n44,海南,\n", "utf-8")
    unit_tree.import_org(hub, tmp_path / "o.csv", actor("t"))
    with reading(hub.engine) as connection:
        by_code = units.all_by_code(connection)
    here, too = (actor(name, unit=by_code["43"]) for name in "甲乙")
    plan = draft_plan.with_item(
        Plan("课", category="食品安全"),
        "m1",
        ItemPlan("", "讲义", "pdf", material=taken(hub, tmp_path, "义.pdf", PDF)),
    )
    county_draft = draft_editing.make(hub, here, "county", plan)
    with pytest.raises(NoSuchDraft):
        look(hub, county_draft, actor("丙", unit=by_code["44"]))
    draft_editing.submit(hub, here, county_draft, 1, "")
    draft_editing.approve(hub, too, county_draft, 2, "")
    with pytest.raises(NotYourUnit):
        draft_editing.release(hub, here, county_draft, 3, "0")
    assert draft_editing.release(hub, here, county_draft, 3, "43").unit == "43"


# Plans


def ids(plan: Plan) -> list[list[str]]:
    return [[item.id for item in module.items] for module in plan.modules]


def test_items_move_within_and_between_modules() -> None:
    a, b, c = (ItemPlan(name, name, "page") for name in "abc")
    plan = Plan(
        "课", modules=(ModulePlan("m", "一", items=(a, b)), ModulePlan("n", "二", items=(c,)))
    )
    assert ids(draft_plan.moved(plan, "b", -1)) == [["b", "a"], ["c"]]
    assert ids(draft_plan.moved(plan, "b", 1)) == [["a"], ["b", "c"]]
    assert ids(draft_plan.moved(plan, "c", -1)) == [["a", "b", "c"], []]
    assert draft_plan.moved(plan, "a", -1) == plan
    assert draft_plan.moved(plan, "none", 1) == plan
    assert ids(draft_plan.placed(plan, "c", "m", "b")) == [["a", "c", "b"], []]
    assert ids(draft_plan.placed(plan, "a", "n", "")) == [["b"], ["c", "a"]]
    assert draft_plan.placed(plan, "a", "none", "") == plan
    assert ids(draft_plan.module_moved(plan, "n", -1)) == [["c"], ["a", "b"]]
    assert draft_plan.module_moved(plan, "n", 1) == plan
    assert ids(draft_plan.without_module(plan, "m")) == [["c"]]
    assert ids(draft_plan.without_item(plan, "a")) == [["b"], ["c"]]
    assert json_values.read(Plan, json_values.written(plan)) == plan


# What changed, in words


def versions() -> tuple[Course, Course]:
    film, other = FileRef("v.mp4", 1, "0" * 64), FileRef("v.mp4", 2, "1" * 64)
    pool = tuple(Question(f"q{n}", "single", f"题{n}", ("甲", "乙"), "A") for n in range(4))
    old = Course(
        "c", 1, "课", "", "王", modules=(Module("m", "一"), Module("n", "旧")),
        items=(
            Item("v", "video", "看课", seconds=9, file=film, module="m"),
            Item("p", "page", "读", seconds=30, file=film, module="m"),
            Item("e", "exam", "考", questions=pool[:3], exam=ExamSettings(2, 30, 60, 1),
                 module="n"),
        ),
    )  # fmt: skip
    new = replace(
        old, version=2, lecturer="李", required=False, hours="2", origin="bought",
        licence=Licence("某社", "2027-01-01", 5), modules=(Module("m", "一", "flexible"),),
        items=(
            Item("e", "exam", "考", questions=(replace(pool[0], text="改"), *pool[2:]),
                 exam=ExamSettings(3, 30, 60, 1), module="m"),
            Item("v", "video", "看新课", False, 9, other, module="m"),
        ),
    )  # fmt: skip
    return old, new


def test_what_changed_is_said_in_words() -> None:
    changes = diff.between(*versions())
    assert changes == [
        "去掉了课件《读》。",
        "《考》：增加 1 题，去掉 1 题，改动 1 题。",
        "《考》的考试规则改为抽 3 题、30 分钟、60 分合格、可考 1 次。",
        "课件《看课》改名为《看新课》。",
        "《看新课》换了文件。",
        "《看新课》的内容算同一份：学过的照算。",
        "《看新课》改为选学。",
        "课件的次序变了。",
        "模块“一”的名称或种类变了。",
        "去掉了模块“旧”。",
        "主讲从“王”改为“李”。",
        "学时从“0”改为“2”。",
        "许可的单位从“–”改为“某社”。",
        "许可到期日从“–”改为“2027-01-01”。",
        "许可的站点数从“0”改为“5”。",
        "课程改为选修。",
        "怎么来的（自制、外购、租用、交换）变了。",
    ]
    assert diff.between(versions()[0], versions()[0]) == []


def test_a_zip_of_a_course_folder_becomes_a_draft(hub: Hub, tmp_path: Path, clock: Clock) -> None:
    shutil.make_archive(str(tmp_path / "c"), "zip", SAMPLES / "food-inspection")
    report = imports.import_file(hub, tmp_path / "c.zip", "c.zip", AUTHOR)
    assert [entry.kind for entry in report.made][-1] == "draft"
    draft = look(hub, "food-inspection")
    assert draft.built.faults == {}
    assert [item.kind for item in draft.plan.items] == ["video", "pdf", "page", "practice", "exam"]
