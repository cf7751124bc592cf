"""Two people changed one draft: what the second typed stays, beside what the first saved."""

from dataclasses import dataclass

from content.face.words import gettext as _
from hub.authoring import text_difference
from hub.authoring.draft_plan import ItemPlan, Plan
from hub.authoring.text_difference import FieldDifference


@dataclass(frozen=True, slots=True)
class Merge:
    """Who saved meanwhile, and the fields in which that differs from what stands in the form."""

    by: str
    differences: list[FieldDifference]


def of_plan(by: str, mine: Plan, saved: Plan) -> Merge:
    """The details of a course as they stand in the form, and as they are saved now."""
    return Merge(by, text_difference.between(_details(mine), _details(saved)))


def of_item(by: str, mine: ItemPlan, saved: ItemPlan) -> Merge:
    """One item as it stands in the form, and as it is saved now."""
    return Merge(by, text_difference.between(_item(mine), _item(saved)))


def _details(plan: Plan) -> dict[str, str]:
    """Details by the label of their field."""
    return {
        _("课程名称"): plan.title,
        _("简介"): plan.summary,
        _("性质"): _("必修") if plan.required else _("选修"),
        _("类别"): plan.category,
        _("学时"): plan.hours,
        _("学分"): plan.credits,
        _("主讲"): plan.lecturer,
        _("授课人"): plan.lecturer_about,
        _("怎么来的"): {
            "self": _("自制"),
            "bought": _("外购"),
            "rented": _("租用"),
            "exchanged": _("交换"),
        }.get(plan.origin, _("没有说")),
        _("来源"): plan.source,
        _("许可的单位"): plan.licence_holder,
        _("许可到期日"): plan.licence_expires,
        _("许可的站点数"): str(plan.licence_stations or ""),
    }


def _item(item: ItemPlan) -> dict[str, str]:
    return {
        _("课件名称"): item.title,
        _("性质"): _("必学") if item.required else _("选学"),
        _("至少读几分钟"): str(item.seconds // 60 or ""),
        _("内容是不是同一份"): {"same": _("同一份"), "other": _("另一份")}.get(item.content, ""),
        _("题库"): str(item.bank or ""),
        _("章节"): _("、").join(item.chapters),
        _("题型"): _("、").join(item.types),
        _("抽几题"): str(item.draw),
        _("考多少分钟"): str(item.minutes),
        _("多少分合格"): str(item.pass_percent),
        _("可以考几次"): str(item.attempts),
    }
