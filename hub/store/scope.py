"""Which units somebody may see, and the condition that each report query carries.

Who has which scope for which deed is ``hub.rights``.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, false, func, or_, select, true

from hub.store.dialect import within
from hub.store.schema import unit
from hub.store.units import Unit, get, root


@dataclass(frozen=True, slots=True)
class Scope:
    """Units and everything below them. Nothing outside is ever read for whoever has this scope.

    ``tops``: the highest first, none below another. ``upper``: what the units above share counts
    too (``shared``).
    """

    tops: tuple[Unit, ...]
    upper: bool = False

    @property
    def top(self) -> Unit:
        """Where pages begin: the highest unit. Without any unit one that no row belongs to."""
        return self.tops[0] if self.tops else NOWHERE

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole tree."""
        return self.top.parent_id is None and self.top is not NOWHERE

    def units(self) -> ColumnElement[bool]:
        """Condition on a query that has ``unit``; none where the scope is the whole tree.

        A range of paths that holds everything would keep a database from its other indexes.
        """
        if self.is_whole:
            return true()
        return or_(false(), *(within(unit.c.path, top.path) for top in self.tops))

    def below(self, path: str) -> ColumnElement[bool]:
        """Condition: inside this scope and at or below ``path``, whatever ``path`` is."""
        if self.is_whole and path == self.top.path:
            return true()
        return within(unit.c.path, path) & self.units()

    def shared(self) -> ColumnElement[bool]:
        """Condition on a query that has ``unit``: inside, or at a unit above, which shares it."""
        if not self.upper:
            return self.units()
        above = {number for top in self.tops for number in top.ancestors if number}
        return self.units() | unit.c.id.in_(sorted(above))

    def holds(self, path: str) -> bool:
        """Whether a unit with this path is inside."""
        return any(path.startswith(top.path) for top in self.tops)

    def narrowed(self, to: Unit) -> "Scope":
        """The part of this scope that is at or below ``to``."""
        return Scope((to,), self.upper) if self.holds(to.path) else self

    def touches(self, path: str) -> bool:
        """Whether something that holds for ``path`` and below holds for a unit of this scope."""
        return self.holds(path) or any(top.path.startswith(path) for top in self.tops)


# Of whoever holds no role: sees nothing rather than everything.
NOWHERE = Unit(0, None, "", "", 0, "/0/")


def whole(connection: Connection) -> Scope:
    """The whole tree: of the hub itself."""
    top = root(connection)
    return Scope((top,) if top else ())


def unit_of(connection: Connection, scope: Scope, unit_id: int) -> Unit | None:
    """The unit, if it is inside the scope."""
    asked = get(connection, unit_id)
    return asked if asked is not None and scope.holds(asked.path) else None


def line_of(connection: Connection, scope: Scope, to: Unit) -> list[Unit]:
    """The units from the scope's top down to ``to``: the path shown above each page."""
    ids = [number for number in to.ancestors if number]
    rows = connection.execute(
        select(unit).where(unit.c.id.in_(ids), scope.units()).order_by(unit.c.path)
    )
    return [Unit(r.id, r.parent_id, r.code, r.name, r.level, r.path) for r in rows]


def search_units(
    connection: Connection, scope: Scope, text: str, limit: int, offset: int = 0, *,
    closed: bool = False,
) -> tuple[int, list[tuple[Unit, str]]]:  # fmt: skip
    """How many units match ``text``, and one page of them, each with its path in words.

    ``closed``: of those that were closed; else of all others.
    """
    over = unit.c.closed_at.is_not(None) if closed else unit.c.closed_at.is_(None)
    query = select(unit).where(scope.units(), named(text), over)
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = connection.execute(query.order_by(unit.c.level, unit.c.code).limit(limit).offset(offset))
    units = [Unit(r.id, r.parent_id, r.code, r.name, r.level, r.path) for r in rows]
    words = words_of(connection, scope, [each.path for each in units])
    return total, [(each, words[each.path]) for each in units]


def words_of(connection: Connection, scope: Scope, paths: Iterable[str]) -> dict[str, str]:
    """Each path in words: "河北省 › 石家庄市". Without its top and itself, and nothing above."""
    wanted = list(dict.fromkeys(paths))
    above = {path: [int(n) for n in path.strip("/").split("/")[1:-1]] for path in wanted}
    ids = {number for numbers in above.values() for number in numbers}
    query = select(unit.c.id, unit.c.name).where(unit.c.id.in_(ids), scope.units())
    names = {row.id: row.name for row in connection.execute(query)}
    return {path: " › ".join(names[n] for n in above[path] if n in names) for path in wanted}


def named(text: str) -> ColumnElement[bool]:
    """Condition on ``unit``: its name contains ``text`` or its code begins with it."""
    return unit.c.name.contains(text, autoescape=True) | unit.c.code.startswith(
        text, autoescape=True
    )
