"""Pages: exam results by unit, course, class and outcome; the same as a workbook."""

import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from content.face.spoken import moment
from content.face.words import gettext as _
from hub.reports import export
from hub.rights import Deed
from hub.store import class_lists, evidence, marks
from hub.store.marks import ResultFilter
from hub.store.scope import Scope, line_of, words_of
from hub.store.units import Unit
from hub.web.account import looking, needs
from hub.web.current import hub
from hub.web.paging import Page
from hub.web.people.learners import unit_asked

bp = Blueprint("results", __name__)

ROWS_A_PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILTERS = ("unit", "course", "class", "passed", "q", "by")


@bp.get("/results")
@needs(Deed.SEE_FIGURES)
def index() -> ResponseReturnValue:
    """Results of a selection, with how many people and visits it holds."""
    page = Page.of(request.args, ROWS_A_PAGE)
    with looking() as (connection, scope):
        unit, wanted = _wanted(connection, scope)
        trail = line_of(connection, scope, unit)
        whole = marks.count(connection, scope, wanted)
        rows = marks.page(connection, scope, wanted, page.size, page.offset)
        above = words_of(connection, scope, [row.path for row in rows])
        titles = marks.exams(connection)
        classes = class_lists.listed(connection, scope)
        stations = evidence.names_of(connection, [row.node_id for row in rows])
    chosen = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    return render_template(
        "results/index.html",
        unit=unit,
        trail=trail,
        wanted=wanted,
        holds=scope.holds,
        whole=whole,
        rows=rows,
        above=above,
        titles=titles,
        classes=classes,
        stations=stations,
        page=page.counted(whole.sittings),
        pages=_address(url_for(".index"), {**chosen, "page": "PAGE"}),
        download=_address(url_for(".workbook"), chosen),
    )


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
