"""Ids in a course: of its items, volumes and questions no two are the same."""

from content.model.course import Question
from hub.authoring import build, draft_plan
from hub.authoring.draft_plan import ItemPlan, ModulePlan, Plan, VolumePlan


def _question(code: str) -> Question:
    return Question(code, "truefalse", f"{code}？", ("正确", "错误"), "A")


def test_questions_whose_cut_ids_would_be_one_keep_two() -> None:
    long = [_question(f"{'a' * 38}{n}") for n in (1, 2)]
    taken = {one.id for one in long}
    made = build._with_own_ids(long, "practice12", taken)
    ids = [one.id for one in made]
    assert len({*ids, *taken}) == 4
    assert all(len(code) <= 40 for code in ids)
    assert [one.text for one in made] == [one.text for one in long]


def test_questions_keep_the_ids_that_nobody_else_has() -> None:
    pool = [_question("p-q1"), _question("q1")]
    assert [one.id for one in build._with_own_ids(pool, "p", {"q1"})] == ["p-q1", "p-q1-2"]


def test_an_item_never_gets_the_id_of_a_volume() -> None:
    plan = Plan("课", volumes=(VolumePlan("exam1", "一"), VolumePlan("exam2", "二")))
    plan = draft_plan.with_item(plan, plan.modules[0].id, ItemPlan("", "考试", "exam"))
    assert [item.id for item in plan.items] == ["exam3"]
    module = ModulePlan("m", "外来", items=(ItemPlan("exam1", "考试", "exam"),))
    plan = draft_plan.with_module(plan, module)
    assert [item.id for item in plan.items] == ["exam3", "exam4"]
