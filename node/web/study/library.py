"""Library pages: search, what is on each shelf, a document with the hits marked."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from node import calendar
from node.learning.library import Query
from node.store.library import IndexedVolume
from node.web.auth import learner_required
from node.web.current import runtime

bp = Blueprint("library", __name__, url_prefix="/library")

ROWS = 20
MAX_PAGE = 1_000
NEWEST = 8


@bp.get("/")
@learner_required
def home() -> ResponseReturnValue:
    """Look for words in all shelves, or in one; without words, what is on the shelves."""
    library, today = runtime().library, calendar.day(runtime().moment().day_at)
    shelves = library.shelves(today)
    shelf = _shelf(shelves, request.args.get("in", ""))
    typed = request.args.get("q", "")
    query, page = Query.of(typed), _page()
    offset = (page - 1) * ROWS
    findings = library.search(query, shelf, ROWS, offset, shelves) if query else None
    listing = library.listing(shelf, ROWS, offset) if shelf and not query else []
    total = findings.total if findings else shelf.documents if shelf else 0
    return render_template(
        "library/home.html",
        shelves=shelves,
        shelf=shelf,
        typed=typed.strip()[:80],
        query=query,
        findings=findings,
        listing=listing,
        newest=library.newest(NEWEST, today) if shelves and not (shelf or query) else [],
        total=total,
        page=page,
        pages=max(1, -(-total // ROWS)),
    )


@bp.get("/<course>/<name>/<key>")
@learner_required
def document(course: str, name: str, key: str) -> ResponseReturnValue:
    """A document; what was looked for is marked in it."""
    library, today = runtime().library, calendar.day(runtime().moment().day_at)
    entry, document_ = library.document(library.shelf(course, name, today), key)
    query = Query.of(request.args.get("q", ""))
    lines = document_.text.split("\n")
    return render_template(
        "library/document.html",
        entry=entry,
        query=query,
        title=query.pieces(document_.title) if query else (),
        lines=[
            (text := line.removeprefix("# "), text != line, query.pieces(text) if query else ())
            for line in lines
        ],
    )


def _shelf(shelves: list[IndexedVolume], asked: str) -> IndexedVolume | None:
    course, _, name = asked.partition("/")
    return next((shelf for shelf in shelves if (shelf.course, shelf.name) == (course, name)), None)


def _page() -> int:
    return min(max(request.args.get("p", 1, type=int), 1), MAX_PAGE)
