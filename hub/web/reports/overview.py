"""Pages: who is done, who is behind, what is stuck, for all that the account sees."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from hub.reports import attention, condition, signing_keys
from hub.rights import Deed
from hub.store import courses
from hub.store.scope import words_of
from hub.web.account import can, looking, needs
from hub.web.current import hub
from hub.web.lists.listing import show as show_list
from hub.web.people.units import parts_file, parts_list, shown
from hub.web.reports import overview_cache as counted

bp = Blueprint("overview", __name__)


@bp.get("/")
@needs(Deed.SEE_FIGURES)
def home() -> ResponseReturnValue:
    """The account's whole scope; a new hub shows the three steps to take instead."""
    now = hub().now()
    with looking() as (connection, scope):
        others, scope = scope.tops[1:], scope.narrowed(scope.top)
        kept = counted.of(connection, scope)
        figures = kept.value
        if not (figures.whole.stations and figures.courses) and not scope.top.parent_id:
            published = bool(courses.every(connection))
            return render_template("overview/new.html", whole=figures.whole, published=published)
        listing = parts_list()
        if listing.file:
            return parts_file(listing, figures)
        troubles = attention.troubles(connection, scope, now)
        above = words_of(connection, scope, [each.unit.path for each in figures.counties])
    governs = can(Deed.GOVERN)
    pressing = signing_keys.pressing(hub()) if governs else []
    return show_list(
        "overview/home.html",
        figures=figures,
        renewing=kept.renewing,
        troubles=troubles,
        pressing=pressing,
        condition=condition.look(hub()) if governs else None,
        others=others,
        above=above,
        **shown(listing, figures),
    )
