"""Of whom a station speaks without being believed, in the words of its page."""

from dataclasses import dataclass

from sqlalchemy import Connection

from content.face import spoken
from content.face.words import gettext as _
from hub import rights
from hub.rights import Actor, Deed
from hub.store import aside, learners, units
from hub.store.aside import Beyond, KeptApart
from hub.store.learners import Learner
from hub.store.scope import Scope
from hub.store.units import Unit


@dataclass(frozen=True, slots=True)
class Counts:
    """How many learners of one station are in which state, and what is beyond the list."""

    by_state: dict[str, int]
    beyond: Beyond | None

    @property
    def any(self) -> bool:
        """Whether there is anything to tell."""
        return self.beyond is not None or any(self.by_state.values())


@dataclass(frozen=True, slots=True)
class KeptLine:
    """One learner of the list: who it is, why he waits or what was decided, who may decide."""

    row: KeptApart
    name: str
    why: str
    is_mine: bool


def counts(connection: Connection, node_id: int) -> Counts:
    """Count what is kept apart of a station."""
    by_state = {state: aside.count(connection, node_id, state) for state in aside.STATES}
    return Counts(by_state, aside.beyond(connection, node_id))


def lines(
    connection: Connection, scope: Scope, actor: Actor, station: Unit, rows: list[KeptApart]
) -> list[KeptLine]:
    """The rows of one station with what ``actor``, who sees ``scope``, needs to decide."""
    people = learners.among(connection, [row.learner for row in rows])
    homes = {
        unit_id: units.get(connection, unit_id)
        for unit_id in {person.unit_id for person in people.values()}
    }
    found = []
    for row in rows:
        person = people.get(row.learner)
        home = homes[person.unit_id] if person else None
        seen = person if home is not None and scope.holds(home.path) else None
        owners = [station.path, *([home.path] if home else [])]
        found.append(
            KeptLine(
                row=row,
                name=seen.name if seen else "",
                why=_decided(row) or _why(person, home, seen is not None, station),
                is_mine=all(rights.may(actor, Deed.BELIEVE, path) for path in owners),
            )
        )
    return found


def _why(person: Learner | None, home: Unit | None, is_seen: bool, station: Unit) -> str:
    if person is None or home is None:
        return _("名册里没有这个学号。导入名册、列入本所以后，会自动计入。")
    if home.path.startswith(station.path):
        return _("已经是本所学员，下次同步时自动计入。")
    if not is_seen:
        return _("是别的单位的学员，不在您负责的范围内；要由上级决定。")
    return _("是%(unit)s的学员，从来没有列入本所。", unit=home.name)


def _decided(row: KeptApart) -> str:
    if row.decided_at is None:
        return ""
    if row.decided_by == "system":
        return _("升级以前已经计入")
    when = spoken.moment(row.decided_at)
    done = _("%(by)s 在 %(time)s 决定", by=row.decided_by, time=when)
    return f"{done}：{row.reason}" if row.reason else done
