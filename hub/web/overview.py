"""Pages: who is done, who is behind, what is stuck, for all that the account sees."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from hub import stuck
from hub.store import courses
from hub.trust import report
from hub.web import figures as counted
from hub.web.account import looking, me
from hub.web.current import hub
from hub.web.units import shown

bp = Blueprint("overview", __name__)


@bp.get("/")
def home() -> ResponseReturnValue:
    """The account's whole scope; a new hub shows the three steps to take instead."""
    now = hub().now()
    with looking() as (connection, scope):
        figures = counted.of(connection, scope)
        if not (figures.whole.stations and figures.courses) and not scope.top.parent_id:
            published = bool(courses.every(connection))
            return render_template("overview/new.html", whole=figures.whole, published=published)
        troubles = stuck.troubles(connection, scope, now)
    pressing = report.pressing(hub()) if me().may_govern else []
    return render_template(
        "overview/home.html",
        figures=figures,
        troubles=troubles,
        pressing=pressing,
        **shown(figures),
    )
