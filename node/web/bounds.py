"""Bounds of what anybody may name in a request: numbers that a row can have, and few fields.

A number that no row can have names nothing, so the page is not found: without this the database is
asked for a number that it cannot hold. A form of nothing but fields costs more to take apart than
to send.
"""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any

from flask import Flask, Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.routing import IntegerConverter

# There are far fewer attempts and pages.
MAX_DIGITS = 9
# Of what is no row but a moment or a place: SQLite holds it, and a float holds it exactly.
MAX_NUMBER = 10**15

# The largest form here is a question with its blanks.
MAX_FIELDS = 200


class AddressNumber(IntegerConverter):
    """``<int:…>`` of every route; what is longer matches no route."""

    regex = f"[0-9]{{1,{MAX_DIGITS}}}"


class SmallForm(FormDataParser):
    """Counts the fields of a form before it is taken apart; werkzeug does so for multipart only."""

    def _parse_urlencoded(self, stream: IO[bytes], *rest: Any) -> Any:
        raw = stream.read()
        if self.max_form_parts is not None and raw.count(b"&") >= self.max_form_parts:
            raise RequestEntityTooLarge
        return super()._parse_urlencoded(BytesIO(raw), *rest)


class SmallRequest(Request):
    """A request whose form has few fields; more are refused as too large."""

    form_data_parser_class = SmallForm

    def make_form_data_parser(self) -> FormDataParser:
        """The parser of the form, with the limit of this reader."""
        self.max_form_parts = MAX_FIELDS
        return super().make_form_data_parser()


def attach(app: Flask) -> None:
    """Let every route of ``app`` be bounded; before there are any."""
    app.request_class = SmallRequest
    app.url_map.converters["int"] = AddressNumber


def whole_number(text: str) -> int:
    """The number in ``text`` of a form or behind a ``?``: the ``type`` of its ``get``.

    Raises:
        ValueError: it is none, or it is too large.
    """
    if len(text) > len(str(MAX_NUMBER)) or abs(number := int(text)) > MAX_NUMBER:
        raise ValueError(f"{text[:20]!r}")
    return number
