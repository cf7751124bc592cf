"""Bounds of what anybody may name in a request: numbers that a row can have, and few fields.

A number that no row can have names nothing, so the page is not found: without this a database is
asked for a number that it cannot hold. A form of nothing but fields costs more to take apart than
to send. How long a body may be is known to ``hub.server.request_parser``.
"""

from io import BytesIO
from typing import IO, Any

from flask import Flask, Request, session
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.routing import IntegerConverter

# Nothing is numbered beyond a thousand million; columns of the hub hold 31 bits.
MAX_DIGITS = 9
MAX_ROW = 10**MAX_DIGITS - 1

# A log-in has three fields; the largest form of an author a few for each of a hundred items.
STRANGERS_FIELDS, MAX_FIELDS = 50, 5_000


class RowNumber(IntegerConverter):
    """``<int:…>`` of every route; what is longer matches no route."""

    regex = f"[0-9]{{1,{MAX_DIGITS}}}"


class BoundedForm(FormDataParser):
    """Counts the fields of a form before it is taken apart; werkzeug does so for multipart only."""

    def _parse_urlencoded(self, stream: IO[bytes], *rest: Any) -> Any:
        raw = stream.read()
        if self.max_form_parts is not None and raw.count(b"&") >= self.max_form_parts:
            raise RequestEntityTooLarge
        return super()._parse_urlencoded(BytesIO(raw), *rest)


class BoundedRequest(Request):
    """A request whose form has few fields; more are refused as too large."""

    form_data_parser_class = BoundedForm

    def make_form_data_parser(self) -> FormDataParser:
        """The parser of the form, with the limit of this reader."""
        self.max_form_parts = MAX_FIELDS if "_user_id" in session else STRANGERS_FIELDS
        return super().make_form_data_parser()


def attach(app: Flask) -> None:
    """Let every route of ``app`` be bounded; before there are any."""
    app.request_class = BoundedRequest
    app.url_map.converters["int"] = RowNumber


def row_number(text: str) -> int:
    """The number that ``text`` of a form names; 0, which no row has, if none can have it."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS else 0
