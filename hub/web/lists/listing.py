"""A list as a table: its columns, its order, its page. All of it stands in the address.

A view names the columns and asks for its ``Listing``; it reads one page in ``Listing.order`` and
hands both to ``templates/lists/table.html``. Which columns somebody chose and how many rows a page
are remembered in a cookie of that list. Files of the same rows are ``hub.web.lists.download``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, make_response, render_template, request

from hub.web.paging import Page

Row = TypeVar("Row")

SIZES = (25, 50, 100)
KINDS = ("csv", "xlsx")
YEAR_S = 365 * 86_400


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column. ``kind``: "num" at the right, "long" cut to its width with its whole as a hint.

    ``sorts``: its heading puts the list into its order. ``shown``: before anybody chose columns.
    """

    key: str
    title: str
    kind: str = ""
    sorts: bool = True
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """What the address asks of a list."""

    name: str
    path: str
    every: tuple[TableColumn, ...]
    shown: tuple[TableColumn, ...]  # the first is always among them
    sort: str
    down: bool
    page: Page
    filters: Mapping[str, str]
    file: str  # csv or xlsx, where a file of all rows was asked for
    chosen: bool  # columns or rows stand in the address: to be remembered

    @property
    def order(self) -> str:
        """The order as the address says it: "name", or "-name" from the last to the first."""
        return f"-{self.sort}" if self.down else self.sort

    def of(self, total: int) -> "Listing":
        """The same list, of ``total`` rows; a page behind the last one becomes the last."""
        return replace(self, page=self.page.within(total))

    def url(self, **changed: object) -> str:
        """The address of this list with other filters, order or page; None leaves one out."""
        values: dict[str, object] = {**self.filters, "sort": self.order, "page": self.page.number}
        values |= changed
        if values["page"] == 1:
            values["page"] = None
        kept = {name: value for name, value in values.items() if value not in (None, "")}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    def page_url(self, number: int) -> str:
        """The address of another page."""
        return self.url(page=number)

    def sorted_url(self, column: TableColumn) -> str:
        """The address of the order by a column; again the other way round."""
        is_now = column.key == self.sort and not self.down
        return self.url(sort=f"-{column.key}" if is_now else column.key, page=None)

    def file_url(self, kind: str) -> str:
        """The address of the same rows as a file, all of them."""
        return self.url(page=None, **{"as": kind})

    def without(self, *names: str) -> dict[str, str]:
        """The filters and the order as hidden fields of a form, without those it has itself."""
        values = {**self.filters, "sort": self.order}
        return {name: value for name, value in values.items() if value and name not in names}

    def limited(self, is_large: bool, quick: Iterable[str]) -> "Listing":
        """The same list, in which only ``quick`` columns sort while it is too large for others."""
        if not is_large:
            return self
        fast = set(quick)
        slow = {column.key for column in self.every} - fast

        def still(columns: tuple[TableColumn, ...]) -> tuple[TableColumn, ...]:
            return tuple(
                replace(column, sorts=False) if column.key in slow else column for column in columns
            )

        sort, down = (self.sort, self.down) if self.sort in fast else (next(iter(quick)), False)
        return replace(self, every=still(self.every), shown=still(self.shown), sort=sort, down=down)

    def ordered(self, rows: Iterable[Row], keys: Mapping[str, Callable[[Row], Any]]) -> list[Row]:
        """Rows that are all here, in the order asked for; what has no value comes last."""
        key = keys[self.sort]
        known = [row for row in rows if key(row) is not None]
        unknown = [row for row in rows if key(row) is None]
        return sorted(known, key=key, reverse=self.down) + unknown

    def cut(self, rows: list[Row]) -> list[Row]:
        """The page of rows that are all here."""
        return rows[self.page.offset : self.page.offset + self.page.size]


def asked(
    name: str, columns: tuple[TableColumn, ...], filters: Mapping[str, str], order: str
) -> Listing:
    """The list as this request asks for it. ``order``: where it asks for none that there is."""
    args = request.args
    wanted = args.get("sort", order)
    sorts = {column.key for column in columns if column.sorts}
    if wanted.removeprefix("-") not in sorts:
        wanted = order
    rows, keys, chosen = _chosen(name)
    known = {column.key for column in columns}
    keys = [key for key in keys if key in known]
    shown = tuple(
        column
        for at, column in enumerate(columns)
        if not at or (column.key in keys if keys else column.shown)
    )
    file = args.get("as", "")
    return Listing(
        name=name,
        path=request.path,
        every=columns,
        shown=shown,
        sort=wanted.removeprefix("-"),
        down=wanted.startswith("-"),
        page=Page.of(args, rows),
        filters={key: value for key, value in filters.items() if value},
        file=file if file in KINDS else "",
        chosen=chosen,
    )


def show(template: str, listing: Listing, **values: Any) -> Response:
    """The page of a list; the browser remembers what was chosen."""
    answer = make_response(render_template(template, listing=listing, **values))
    if listing.chosen:
        keys = "-".join(column.key for column in listing.shown)
        answer.set_cookie(
            _cookie(listing.name), f"{listing.page.size}.{keys}", max_age=YEAR_S, httponly=True,
            samesite="Lax", secure=request.is_secure,
        )  # fmt: skip
    return answer


def _chosen(name: str) -> tuple[int, list[str], bool]:
    """Rows a page, columns (none: as nobody chose any), and whether the address says so."""
    kept_rows, _dot, kept_keys = request.cookies.get(_cookie(name), "").partition(".")
    rows = _size(request.args.get("rows", "")) or _size(kept_rows) or SIZES[1]
    keys = request.args.getlist("column") or kept_keys.split("-")
    return rows, [key for key in keys if key], "rows" in request.args or "column" in request.args


def _size(text: str) -> int:
    return next((size for size in SIZES if text == str(size)), 0)


def _cookie(name: str) -> str:
    return f"list-{name}"
