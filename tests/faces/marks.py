"""What a page is made of, for walks that open only pages with something new.

A page in Chromium 86 looks as in today's Chromium unless something that it is made of is unknown
there: an element, a kind of field, a class of the style sheets, a sheet or a script. So of pages
that are made of the same parts the first is opened.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Marks:
    """The parts of the pages so far."""

    known: set[str] = field(default_factory=set)

    def new_in(self, html: str) -> set[str]:
        """The parts of this page that no page before it had."""
        new = parts(html) - self.known
        self.known |= new
        return new


def parts(html: str) -> set[str]:
    """Elements with their kinds, classes, what scripts look for, sheets and scripts."""
    reader = _Reader()
    reader.feed(html)
    return reader.parts


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.parts.add(f"{tag} {given.get('type', '')}".strip())
        self.parts |= {f".{name}" for name in given.get("class", "").split()}
        self.parts |= {name for name in given if name.startswith(("data-", "aria-"))}
        if tag in ("script", "link"):
            self.parts.add(given.get("src") or given.get("href", ""))
