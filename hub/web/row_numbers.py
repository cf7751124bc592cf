"""Numbers in an address: a number that no row can have names nothing, so the page is not found.

Without this a database is asked for a number that it cannot hold, and that is a fault of ours.
"""

from flask import Flask
from werkzeug.routing import IntegerConverter

# Nothing is numbered beyond a thousand million; columns of the hub hold 31 bits.
MAX_DIGITS = 9
MAX_ROW = 10**MAX_DIGITS - 1


class RowNumber(IntegerConverter):
    """``<int:…>`` of every route; what is longer matches no route."""

    regex = f"[0-9]{{1,{MAX_DIGITS}}}"


def attach(app: Flask) -> None:
    """Let every route of ``app`` read numbers so; before there are any."""
    app.url_map.converters["int"] = RowNumber


def row_number(text: str) -> int:
    """The number that ``text`` of a form names; 0, which no row has, if none can have it."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS else 0
