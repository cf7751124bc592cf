"""Options of a paper: A. … B. …, each on its line or several on one (SPEC.md §9.9).

Where a letter could begin an option in two places, nothing is guessed: the question is refused.
"""

import re
from dataclasses import dataclass

from content.model.course import LETTERS

_SIGNS = r"[.、:)]"


class Unclear(Exception):
    """It cannot be told for certain where an option begins."""


@dataclass(frozen=True, slots=True)
class Marker:
    """Where an option begins: its letter, the place of its sign and of its words."""

    letter: str
    begin: int
    end: int


def first_of(text: str, due: str) -> Marker | None:
    """Return the marker of the letter ``due`` at the beginning of a line."""
    match = re.match(rf"\s*(?:\({due}\)\s*[.、:]?|{due}\s*{_SIGNS})\s*", text)
    return Marker(due.upper(), 0, match.end()) if match else None


def any_first(text: str) -> str:
    """Return the letter of the option that begins a line, "" if none does."""
    match = re.match(rf"\s*(?:\(([A-Ta-t])\)|([A-Ta-t])\s*{_SIGNS})", text)
    return (match[1] or match[2]) if match else ""


def bare_first(text: str, due: str) -> Marker | None:
    """Return the marker of a letter without a sign: ``A 食品``, ``A食品``."""
    match = re.match(rf"\s*{due}(?:\s+(?=\S)|(?=[\u4e00-\u9fff]))", text)
    return Marker(due, 0, match.end()) if match else None


def within(text: str, begin: int, following: str) -> Marker | None:
    """Return where A begins on the line of the question itself, if B follows it."""
    for letter in "Aa":
        sign = re.compile(
            rf"(?:(?<=\s)|(?<=[)。?!:;_\ufffc]))(?:\({letter}\)|{letter}\s*{_SIGNS})\s*"
        )
        second = "B" if letter == "A" else "b"
        for match in sign.finditer(text, begin):
            rest = text[match.end() :]
            if _places(rest, second, spaced=False) or any_first(following) == second:
                return Marker(letter, match.start(), match.end())
    return None


def split(text: str, first: Marker, following: str) -> list[tuple[str, int, int]]:
    """Return the options of a line from ``first`` on: letter, begin and end of the words.

    ``following`` is the next line: what begins there does not begin here.

    Raises:
        Unclear: a letter could begin in two places.
    """
    parts: list[tuple[str, int, int]] = []
    lower = text[first.begin : first.end].strip().strip("(")[:1].islower()
    marker = first
    while True:
        at = LETTERS.index(marker.letter.upper()) + 1
        due = LETTERS[at : at + 1]
        due = due.lower() if lower else due
        after = _next(text, marker.end, due, following) if due else None
        if after is None:
            return [*parts, (marker.letter.upper(), marker.end, len(text))]
        parts.append((marker.letter.upper(), marker.end, after.begin))
        marker = after


def _next(text: str, begin: int, due: str, following: str) -> Marker | None:
    if any_first(following) == due:
        return None
    rest = text[begin:]
    places = _places(rest, due, spaced=True) or _places(rest, due, spaced=False)
    if not places:
        return None
    if len(places) > 1:
        raise Unclear
    return Marker(due, begin + places[0][0], begin + places[0][1])


def _places(text: str, letter: str, *, spaced: bool) -> list[tuple[int, int]]:
    before = r"(?<=\s)" if spaced else r"(?<![A-Za-z0-9])"
    sign = rf"{before}(?:\({letter}\)\s*[.、:]?|{letter}\s*{_SIGNS})\s*"
    return [match.span() for match in re.finditer(sign, text)]
