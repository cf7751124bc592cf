"""Page: the audit log, by words and by days; the same as a file."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from content.face.spoken import ZONE, moment
from content.face.words import gettext as _
from hub.reports.table_export import Cell
from hub.rights import Deed
from hub.store import audit
from hub.store.audit import AuditFilter
from hub.web import audit_words
from hub.web.account import looking, needs
from hub.web.current import hub
from hub.web.lists.download import of_list
from hub.web.lists.listing import Listing, TableColumn, asked
from hub.web.lists.listing import show as show_list

bp = Blueprint("audit", __name__)


def _columns() -> tuple[TableColumn, ...]:
    return (
        TableColumn("at", _("时间")),
        TableColumn("who", _("谁")),
        TableColumn("deed", _("事项")),
        TableColumn("about", _("内容"), "long", sorts=False),
    )


@bp.get("/audit")
@needs(Deed.GOVERN)
def index() -> ResponseReturnValue:
    """Who did what, newest first."""
    text, now = request.args.get("q", ""), hub().now()
    days = {name: _day(request.args.get(name, "")) for name in ("from", "to")}
    deeds, doers = audit_words.codes_of(text)
    wanted = AuditFilter(text, deeds, doers, _begin(days["from"]), _begin(days["to"], days_later=1))
    filters = {"q": text, **{name: day.isoformat() if day else "" for name, day in days.items()}}
    listing = asked("audit", _columns(), filters, "-at")
    with looking() as (connection, _scope):
        if listing.file:
            return of_list(listing, _("办理记录"), _cells(connection, wanted, listing), now)
        listing = listing.of(audit.count(connection, wanted))
        page = listing.page
        rows = audit.search(connection, wanted, page.size, page.offset, listing.order)
    return show_list("auth/audit.html", listing, rows=rows, text=text, filters=filters)


def _cells(
    connection: Connection, wanted: AuditFilter, listing: Listing
) -> Iterator[dict[str, Cell]]:
    for row in audit.every(connection, wanted, listing.order):
        yield {
            "at": moment(row.at),
            "who": audit_words.doer(row.user),
            "deed": audit_words.deed(row.what),
            "about": audit_words.particulars(row),
        }


def _day(text: str) -> date | None:
    """A day of the address; None for what is no day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _begin(day: date | None, days_later: int = 0) -> int | None:
    """When a day begins in the offices' zone; None for a day that no clock knows."""
    if day is None or not date(1971, 1, 1) <= day <= date(9000, 1, 1):
        return None
    begin = datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(days=days_later)
    return int(begin.timestamp())
