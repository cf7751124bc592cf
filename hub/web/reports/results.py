"""Pages: exam results by unit, course, class and outcome; the same as a workbook."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from content.face.spoken import moment
from content.face.words import gettext as _
from hub.reports import export
from hub.reports.table_export import Cell
from hub.rights import Deed
from hub.store import class_lists, marks
from hub.store.marks import ListedResult, ResultFilter
from hub.store.scope import Scope, line_of, words_of
from hub.store.units import Unit
from hub.web.account import looking, needs
from hub.web.current import hub
from hub.web.lists.download import XLSX, of_list
from hub.web.lists.listing import Listing, TableColumn, asked
from hub.web.lists.listing import show as show_list
from hub.web.people.learners import unit_asked
from hub.web.reports import overview_cache

bp = Blueprint("results", __name__)

FILTERS = ("unit", "course", "class", "passed", "q", "by")


def _columns() -> tuple[TableColumn, ...]:
    return (
        TableColumn("name", _("姓名")),
        TableColumn("learner", _("学号")),
        TableColumn("unit", _("单位")),
        TableColumn("place", _("上级"), "long", sorts=False),
        TableColumn("exam", _("考试"), "long"),
        TableColumn("completed", _("学完"), sorts=False),
        TableColumn("attempt", _("第几次"), "num"),
        TableColumn("score", _("得分"), "num"),
        TableColumn("right", _("答对"), "num", sorts=False, shown=False),
        TableColumn("passed", _("结果")),
        TableColumn("handed", _("交卷")),
        TableColumn("receipt", _("回执"), sorts=False),
    )


@bp.get("/results")
@needs(Deed.SEE_FIGURES)
def index() -> ResponseReturnValue:
    """Results of a selection, with how many people and visits it holds."""
    chosen = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    now = hub().now()
    with looking() as (connection, scope):
        unit, wanted = _wanted(connection, scope)
        listing = asked("results", _columns(), chosen, "-handed")
        titles = marks.exams(connection)
        if listing.file:
            rows_of_file = _cells(connection, scope, wanted, titles, listing)
            return of_list(listing, _("成绩"), rows_of_file, now)
        trail = line_of(connection, scope, unit)
        kept = overview_cache.results(connection, scope, wanted)
        whole = kept.value
        listing = listing.of(whole.sittings)
        page = listing.page
        rows = marks.page(connection, scope, wanted, page.size, page.offset, listing.order)
        above = words_of(connection, scope, [row.path for row in rows])
        classes = class_lists.listed(connection, scope)
    return show_list(
        "results/index.html", listing, unit=unit, trail=trail, wanted=wanted, whole=whole,
        kept=kept, rows=rows, above=above, titles=titles, classes=classes, holds=scope.holds,
        download=_address(url_for(".workbook"), chosen),
    )  # fmt: skip


def _cells(
    connection: Connection, scope: Scope, wanted: ResultFilter, titles: dict[str, str],
    listing: Listing,
) -> Iterator[dict[str, Cell]]:  # fmt: skip
    above = _paths(connection, scope, wanted)
    for row in marks.every(connection, scope, wanted, listing.order):
        handed = row.submitted_at if row.corrected_at is None else row.corrected_at
        yield {
            "name": row.name,
            "learner": row.learner,
            "unit": row.unit_name,
            "place": above[row.path],
            "exam": titles.get(row.exam.split("/")[0], row.exam),
            "completed": _completed(row),
            "attempt": row.ordinal,
            "score": row.score,
            "right": f"{row.right} / {row.total}",
            "passed": _("合格") if row.passed else _("不合格"),
            "handed": moment(handed),
            "receipt": f"{row.node_id}-{row.receipt_seq}",
        }


def _completed(row: ListedResult) -> str:
    if row.completed_at is None:
        return ""
    day = moment(row.completed_at)[:10]
    return _("学完（第 %(v)s 版，%(day)s）", v=row.completed_version, day=day)


@bp.get("/results.xlsx")
@needs(Deed.SEE_FIGURES)
def workbook() -> ResponseReturnValue:
    """The same selection as a workbook."""
    now = hub().now()
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file, looking() as (connection, scope):
        unit, wanted = _wanted(connection, scope)
        titles = marks.exams(connection)
        named = {one.id: one.title for one in class_lists.listed(connection, scope)}
        export.write_results(
            Path(file.name),
            marks.every(connection, scope, wanted),
            marks.count(connection, scope, wanted),
            _about(unit, wanted, titles, named.get(wanted.class_id, wanted.class_id)),
            (_paths(connection, scope, wanted), titles),
            now,
        )
        # The open file outlives its name: it is gone from the disk when the answer is sent.
        answer: Response = send_file(Path(file.name).open("rb"), XLSX)
    stamp = moment(now).replace(" ", "-").replace(":", "")
    answer.headers.set("Content-Disposition", "attachment", filename=f"results-{stamp}.xlsx")
    return answer


def _address(path: str, chosen: dict[str, str]) -> str:
    return f"{path}?{urlencode(chosen)}" if chosen else path


def _wanted(connection: Connection, scope: Scope) -> tuple[Unit, ResultFilter]:
    args = request.args
    unit = unit_asked(connection, scope)
    passed = args.get("passed", "")
    return unit, ResultFilter(
        unit.path,
        args.get("course", ""),
        args.get("class", ""),
        passed if passed in ("yes", "no") else "",
        args.get("q", "").strip(),
        by_now=args.get("by", "") == "now",
    )


def _paths(connection: Connection, scope: Scope, wanted: ResultFilter) -> dict[str, str]:
    return words_of(connection, scope, marks.paths(connection, scope, wanted))


def _about(unit: Unit, wanted: ResultFilter, titles: dict[str, str], class_title: str) -> str:
    parts: list[Any] = [unit.name, _("按现在的单位") if wanted.by_now else _("按交卷时的单位")]
    if wanted.course:
        parts.append(titles.get(wanted.course, wanted.course))
    if wanted.class_id:
        parts.append(_("班 %(title)s", title=class_title))
    if wanted.passed:
        parts.append(_("只含合格") if wanted.passed == "yes" else _("只含不合格"))
    if wanted.text:
        parts.append(_("查找“%(text)s”", text=wanted.text))
    return " · ".join(parts)
