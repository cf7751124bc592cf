"""Numbers in an address: a number that no row can have names nothing, so the page is not found.

Without this the database is asked for a number that it cannot hold, and that is a fault of ours.
"""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter

# There are far fewer attempts and pages.
MAX_DIGITS = 9
# Of what is no row but a moment or a place: SQLite holds it, and a float holds it exactly.
MAX_NUMBER = 10**15


class AddressNumber(IntegerConverter):
    """``<int:…>`` of every route; what is longer matches no route."""

    regex = f"[0-9]{{1,{MAX_DIGITS}}}"


def attach(app: Flask) -> None:
    """Let every route of ``app`` read numbers so; before there are any."""
    app.url_map.converters["int"] = AddressNumber


def whole_number(text: str) -> int:
    """The number in ``text`` of a form or behind a ``?``: the ``type`` of its ``get``.

    Raises:
        ValueError: it is none, or it is too large.
    """
    if len(text) > len(str(MAX_NUMBER)) or abs(number := int(text)) > MAX_NUMBER:
        raise ValueError(f"{text[:20]!r}")
    return number
