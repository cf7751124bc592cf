"""The table of courses: its columns, how each sorts, and what a file holds of them."""

from collections.abc import Callable, Mapping
from typing import Any

from content.face.spoken import moment, size
from content.face.words import gettext as _
from hub.reports.table_export import Cell
from hub.store.catalogue import CourseFigures
from hub.web.lists.listing import TableColumn


def columns() -> tuple[TableColumn, ...]:
    """The columns, in the language of this request."""
    return (
        TableColumn("title", _("课程")),
        TableColumn("category", _("类别")),
        TableColumn("owner", _("属于")),
        TableColumn("required", _("性质")),
        TableColumn("hours", _("学时"), "num"),
        TableColumn("credits", _("学分"), "num", shown=False),
        TableColumn("version", _("版本"), "num"),
        TableColumn("size", _("大小"), "num"),
        TableColumn("done", _("学完 / 开始")),
        TableColumn("published", _("发布")),
        TableColumn("copied", _("复制自"), shown=False),
        TableColumn("ended", _("状态"), sorts=False, shown=False),
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


ORDERS: Mapping[str, Callable[[CourseFigures], Any]] = {
    "title": lambda row: row.title,
    "category": lambda row: row.category or None,
    "owner": lambda row: row.owner_name,
    "required": lambda row: (not row.required, row.title),
    "hours": lambda row: _number(row.hours),
    "credits": lambda row: _number(row.credits),
    "version": lambda row: row.version,
    "size": lambda row: row.size,
    "done": lambda row: row.completed / row.begun if row.begun else None,
    "published": lambda row: row.published_at,
    "copied": lambda row: row.copied_from or None,
}


def cells(row: CourseFigures, is_ended: bool) -> dict[str, Cell]:
    """One course's cells, by the key of the column."""
    return {
        "title": row.title,
        "category": row.category,
        "owner": row.owner_name,
        "required": _("必修") if row.required else _("选修"),
        "hours": row.hours,
        "credits": row.credits,
        "version": row.version,
        "size": size(row.size),
        "done": f"{row.completed} / {row.begun}",
        "published": moment(row.published_at),
        "copied": row.copied_from,
        "ended": _("已撤回") if is_ended else "",
    }
