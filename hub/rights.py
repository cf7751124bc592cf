"""Rights: the one place that decides who may do what to whose things (docs/rights.md).

A person holds roles, each at a unit. A thing belongs to a unit. What a role allows depends on how
that unit stands to the role's: the same (own), below it (lower), above it (upper), or neither
(sister). ``TABLE`` is the table of docs/rights.md; a test compares them cell by cell.

``may`` answers for one thing, ``scope`` is the same answer as a condition on queries. Pages name
the deed of each address (``hub.web.account.needs``); rows of roles are ``hub.store.roles``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from hub.errors import NotAllowed
from hub.store.roles import HeldRole
from hub.store.scope import Scope
from hub.store.units import Unit, root


class Role(StrEnum):
    """What a person is for a unit and all below it. The values are kept in the database."""

    VIEWER = "viewer"
    AUTHOR = "author"
    REVIEWER = "reviewer"
    MANAGER = "manager"  # runs people, classes and exams
    ADMINISTRATOR = "admin"  # at the top unit: of the whole hub


class Relation(StrEnum):
    """How the unit that owns a thing stands to the unit of a role."""

    OWN = "own"
    LOWER = "lower"
    UPPER = "upper"
    SISTER = "sister"


class Deed(StrEnum):
    """What is done. Each address and each verb is one of these, or open to everybody."""

    SEE_FIGURES = "see-figures"  # overview, stations, learners, results
    SEE_COURSES = "see-courses"  # published courses and classes
    SEE_ANSWERS = "see-answers"  # right answers of exams beside what a learner answered
    SEE_DRAFTS = "see-drafts"  # materials, banks, drafts, imports: what is not published
    SHARE = "share"  # open banks, shared modules, lecturers: looking and using
    WRITE = "write"  # materials, banks, drafts, lecturers
    COPY = "copy"  # a published course, under another id
    REVIEW = "review"
    PUBLISH = "publish"
    VOID = "void"  # a version, with the completions by it
    KEEP_PEOPLE = "keep-people"  # the roster
    KEEP_CLASSES = "keep-classes"
    KEEP_ACCOUNTS = "keep-accounts"
    KEEP_UNITS = "keep-units"
    KEEP_STATIONS = "keep-stations"
    BELIEVE = "believe"  # count what a station says of learners who are not its own
    GOVERN = "govern"  # things of the whole hub, which belong to the top unit


_BELOW = frozenset({Relation.OWN, Relation.LOWER})
_LINE = frozenset({Relation.OWN, Relation.LOWER, Relation.UPPER})
_OWN = frozenset({Relation.OWN})
_LOWER = frozenset({Relation.LOWER})
_NONE: frozenset[Relation] = frozenset()

_VIEWER, _AUTHOR, _REVIEWER, _MANAGER, _ADMINISTRATOR = Role

TABLE: Mapping[Deed, Mapping[Role, frozenset[Relation]]] = {
    Deed.SEE_FIGURES: dict.fromkeys(Role, _BELOW),
    Deed.SEE_COURSES: dict.fromkeys(Role, _LINE),
    Deed.SEE_ANSWERS: dict.fromkeys((_AUTHOR, _REVIEWER, _ADMINISTRATOR), _BELOW),
    Deed.SEE_DRAFTS: dict.fromkeys((_AUTHOR, _REVIEWER, _ADMINISTRATOR), _BELOW),
    Deed.SHARE: dict.fromkeys((_AUTHOR, _REVIEWER, _ADMINISTRATOR), _LINE),
    Deed.WRITE: dict.fromkeys((_AUTHOR, _ADMINISTRATOR), _BELOW),
    Deed.COPY: dict.fromkeys((_AUTHOR, _ADMINISTRATOR), _LINE),
    Deed.REVIEW: dict.fromkeys((_REVIEWER, _ADMINISTRATOR), _BELOW),
    Deed.PUBLISH: dict.fromkeys((_AUTHOR, _REVIEWER, _ADMINISTRATOR), _BELOW),
    Deed.VOID: {_ADMINISTRATOR: _BELOW},
    Deed.KEEP_PEOPLE: dict.fromkeys((_MANAGER, _ADMINISTRATOR), _BELOW),
    Deed.KEEP_CLASSES: dict.fromkeys((_MANAGER, _ADMINISTRATOR), _BELOW),
    Deed.KEEP_ACCOUNTS: {_MANAGER: _LOWER, _ADMINISTRATOR: _BELOW},
    Deed.KEEP_UNITS: {_ADMINISTRATOR: _BELOW},
    Deed.KEEP_STATIONS: {_ADMINISTRATOR: _BELOW},
    Deed.BELIEVE: dict.fromkeys((_MANAGER, _ADMINISTRATOR), _BELOW),
    Deed.GOVERN: {_ADMINISTRATOR: _OWN},
}
# The roles that a keeper of accounts can give to others: never more than the keeper has.
GIVES: Mapping[Role, frozenset[Role]] = {
    _MANAGER: frozenset({_VIEWER, _AUTHOR, _REVIEWER, _MANAGER}),
    _ADMINISTRATOR: frozenset(Role),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: the name for the log, and the roles that are held."""

    name: str
    roles: tuple[HeldRole, ...] = ()

    def can(self, deed: Deed) -> bool:
        """Whether there is anything to which this person may do it.

        What belongs to the whole hub is only at the top unit: nothing of it is a county's own.
        """
        return any(
            Role(held.role) in TABLE[deed]
            and (deed is not Deed.GOVERN or held.unit.parent_id is None)
            for held in self.roles
        )


def relation(unit_path: str, owner_path: str) -> Relation:
    """How the owner of a thing stands to the unit of a role, by their paths ("/1/5/")."""
    if owner_path == unit_path:
        return Relation.OWN
    if owner_path.startswith(unit_path):
        return Relation.LOWER
    return Relation.UPPER if unit_path.startswith(owner_path) else Relation.SISTER


def may(actor: Actor, deed: Deed, owner_path: str) -> bool:
    """Whether the actor may do this to a thing of the unit with this path."""
    return any(
        relation(held.unit.path, owner_path) in TABLE[deed].get(Role(held.role), _NONE)
        for held in actor.roles
    )


def scope(actor: Actor, deed: Deed) -> Scope:
    """The units to whose things the actor may do this: their own and all below.

    Those above, where the deed reaches them, are what ``Scope.shared`` adds. A deed that does not
    reach the own unit (a manager's accounts) has ``may`` asked for each thing as well.
    """
    tops = [held.unit for held in actor.roles if Role(held.role) in TABLE[deed]]
    upper = any(Relation.UPPER in TABLE[deed].get(Role(held.role), _NONE) for held in actor.roles)
    return Scope(_widest(tops), upper)


def home(actor: Actor, deed: Deed) -> Unit:
    """Whose the new things are that this actor makes: of the highest unit that the deed reaches.

    Raises:
        NotAllowed: the actor may do this nowhere.
    """
    tops = scope(actor, deed).tops
    if not tops:
        raise NotAllowed()
    return tops[0]


def may_give(actor: Actor, role: str, unit_path: str) -> bool:
    """Whether the actor may give, or take away, this role at the unit with this path."""
    return any(
        relation(held.unit.path, unit_path) in TABLE[Deed.KEEP_ACCOUNTS].get(Role(held.role), _NONE)
        and role in GIVES[Role(held.role)]
        for held in actor.roles
    )


def may_keep(actor: Actor, roles: Iterable[HeldRole]) -> bool:
    """Whether the actor may reset and close an account that holds these roles: all of them.

    One that holds none is kept by the administrators of the top unit.
    """
    kept = [may_give(actor, held.role, held.unit.path) for held in roles]
    return all(kept) if kept else governs(actor)


def governs(actor: Actor) -> bool:
    """Whether the actor is an administrator of the top unit."""
    return actor.can(Deed.GOVERN)


def operator(connection: Connection, name: str) -> Actor:
    """Whoever holds the hub's own folder, at its command line: administrator of the top unit."""
    top = root(connection)
    return Actor(name, (HeldRole(_ADMINISTRATOR.value, top),) if top else ())


def at_unit(role: Role, unit: Unit, name: str) -> Actor:
    """Somebody with one role at one unit."""
    return Actor(name, (HeldRole(role.value, unit),))


def _widest(units: list[Unit]) -> tuple[Unit, ...]:
    """The units without those that lie below another of them, the highest first."""
    kept: list[Unit] = []
    for unit in sorted(units, key=lambda each: (each.level, each.path)):
        if not any(unit.path.startswith(above.path) for above in kept):
            kept.append(unit)
    return tuple(kept)
