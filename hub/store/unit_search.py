"""Finding the unit that somebody means: by words of its path, its code, or what is nearest."""

import re
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, false, func, or_, select

from hub.store.dialect import within
from hub.store.schema import unit
from hub.store.scope import Scope, words_of
from hub.store.units import Unit

# Units above that a word may mean: "市辖区" is called so in each province.
MOST_ABOVE = 60
# Words of a path that are looked at; a path has five levels.
MOST_WORDS = 4
# A name is compared by pairs of characters: enough to find 清溪县局 for 清西县局.
MOST_NEAREST = 5

PlacedUnit = tuple[Unit, str]


def find(connection: Connection, scope: Scope, text: str, limit: int = 12) -> list[PlacedUnit]:
    """Units of the scope that ``text`` may mean, the likeliest first, with their paths in words.

    The last word is of the name or the beginning of the code, those before it of units above:
    "临江 清溪".
    """
    *above, last = _words(text) or [""]
    if not last:
        return []
    conditions = [_offered(scope), _called(last)]
    for word in above:
        tops = _paths(connection, scope, word)
        conditions.append(or_(*(within(unit.c.path, path) for path in tops)) if tops else false())
    likeliest = case(
        (unit.c.code == last, 0), (unit.c.name == last, 1),
        (unit.c.name.startswith(last, autoescape=True), 2), else_=3,
    )  # fmt: skip
    query = select(unit).where(*conditions).order_by(likeliest, unit.c.level, unit.c.code)
    return _placed(connection, scope, query.limit(limit))


def nearest(connection: Connection, scope: Scope, text: str) -> list[PlacedUnit]:
    """Units that come nearest to what no unit is called: some may be none at all."""
    known = find(connection, scope, text, MOST_NEAREST)
    if known:
        return known
    typed = "".join(_words(text))[:40]
    if re.fullmatch(r"[0-9A-Za-z-]+", typed):
        return _by_code(connection, scope, typed)
    pairs = {typed[at : at + 2] for at in range(max(1, len(typed) - 1))} - {""}
    if not pairs:
        return []
    alike = sum(
        (case((unit.c.name.contains(pair, autoescape=True), 1), else_=0) for pair in sorted(pairs)),
        start=case((unit.c.name == typed, 1), else_=0),
    )
    query = (
        select(unit)
        .where(_offered(scope), or_(*(unit.c.name.contains(p, autoescape=True) for p in pairs)))
        .order_by(alike.desc(), unit.c.level, unit.c.code)
    )
    return _placed(connection, scope, query.limit(MOST_NEAREST))


def _by_code(connection: Connection, scope: Scope, typed: str) -> list[PlacedUnit]:
    """Units whose codes begin like the typed one, as far as any does."""
    for length in range(len(typed) - 1, 1, -1):
        begins = unit.c.code.startswith(typed[:length], autoescape=True)
        query = (
            select(unit)
            .where(_offered(scope), begins)
            .order_by(func.length(unit.c.code), unit.c.code)
        )
        if units := _placed(connection, scope, query.limit(MOST_NEAREST)):
            return units
    return []


def _words(text: str) -> list[str]:
    words = [word for word in re.split(r"[\s›>/／、，,（(）)]+", text[:200]) if word]
    return words[-MOST_WORDS:]


def _offered(scope: Scope) -> ColumnElement[bool]:
    """Units of the scope that were not closed: nothing new is put to those."""
    return and_(scope.units(), unit.c.closed_at.is_(None))


def _called(word: str) -> ColumnElement[bool]:
    return unit.c.name.contains(word, autoescape=True) | unit.c.code.startswith(
        word, autoescape=True
    )


def _paths(connection: Connection, scope: Scope, word: str) -> list[str]:
    """The paths of the highest units of the scope that a word means."""
    named = unit.c.name.contains(word, autoescape=True)
    query = select(unit.c.path).where(_offered(scope), named)
    rows = connection.execute(query.order_by(unit.c.level, unit.c.code).limit(MOST_ABOVE))
    return [row.path for row in rows]


def _placed(connection: Connection, scope: Scope, query: Select[Any]) -> list[PlacedUnit]:
    rows = connection.execute(query)
    units = [Unit(r.id, r.parent_id, r.code, r.name, r.level, r.path) for r in rows]
    words = words_of(connection, scope, [each.path for each in units])
    return [(each, words[each.path]) for each in units]
