"""Tickets: who may open the files of one SCORM item, without a cookie.

Packages are served from a port of their own that knows no sign-ins (``node.web.study.scorm_site``);
the page that shows one gives its frame an address with a ticket in it. A ticket names one version
of one item, opens nothing else, cannot be guessed and ends after two days.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass

DAY_S = 86_400
# A page that is opened just before the day ends may stay open for another one.
DAYS = 2
_FORM = re.compile(
    r"([a-z0-9-]{1,40})\.(\d{1,7})\.([a-z0-9-]{1,40})\.(\d{1,6})\.([0-9a-f]{40})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What one ticket opens."""

    course: str
    version: int
    item: str

    def text(self, key: str, now: int) -> str:
        """Return the ticket as it stands in addresses: the same for all of a day, so that what
        the browser keeps of a package is found again."""
        named = f"{self.course}.{self.version}.{self.item}.{now // DAY_S + DAYS}"
        return f"{named}.{_mark(named, key)}"


def check(text: str, key: str, now: int) -> Ticket | None:
    """Return what a ticket opens; ``None`` where it is none of ours or has ended."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    named, _dot, mark = text.rpartition(".")
    if not hmac.compare_digest(mark, _mark(named, key)) or int(match[4]) <= now // DAY_S:
        return None
    return Ticket(match[1], int(match[2]), match[3])


def _mark(named: str, key: str) -> str:
    return hmac.new(key.encode(), f"scorm ticket {named}".encode(), "sha256").hexdigest()[:40]
