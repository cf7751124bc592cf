"""Terms: the modules of a course, whose work it is, and how long it may be used (SPEC.md §1.1).

A manifest holds only the terms that are set (§4.2), so that a course without any keeps the
manifest that it always had.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from content.model.checks.json_values import text
from content.model.checks.value_checks import is_id
from content.model.errors import MalformedManifest
from content.model.limits import MAX_ABOUT_CHARS, MAX_MODULES, MAX_NAME_CHARS, MAX_TITLE_CHARS

ModuleKind = Literal["base", "flexible"]
Origin = Literal["", "self", "bought", "rented", "exchanged"]
MODULE_KINDS: tuple[ModuleKind, ...] = get_args(ModuleKind)
ORIGINS: tuple[Origin, ...] = get_args(Origin)
# More stations than there are; a licence for all says 0.
MAX_STATIONS = 1_000_000


@dataclass(frozen=True, slots=True)
class Module:
    """A part of a course: broad and lasting (base), or added for a time or a place (flexible)."""

    id: str
    title: str
    kind: ModuleKind = "base"


@dataclass(frozen=True, slots=True)
class Licence:
    """On what terms a course that others made may be used.

    ``expires`` is the last day, "2027-06-30", "" for ever; ``stations`` how many may have it, 0
    for all. Stations keep to it too, by a clock that is never turned back.
    """

    holder: str = ""
    expires: str = ""
    stations: int = 0

    def over(self, today: str) -> bool:
        """Tell whether the licence has run out on the day ``today``, an ISO date."""
        return bool(self.expires) and today > self.expires


@dataclass(frozen=True, slots=True)
class Terms:
    """What ``content.model.course.Course`` says of itself besides its items."""

    modules: tuple[Module, ...] = ()
    origin: Origin = ""
    licence: Licence = Licence()
    lecturer_about: str = ""


FIELDS = frozenset(("modules", "origin", "licence", "lecturer_about"))


def to_values(terms: Terms) -> dict[str, Any]:
    """Return the terms that are set, as fields of a course's values."""
    licence = {
        "holder": terms.licence.holder,
        "expires": terms.licence.expires,
        "stations": terms.licence.stations,
    }
    values: dict[str, Any] = {
        "modules": [{"id": m.id, "title": m.title, "kind": m.kind} for m in terms.modules],
        "origin": terms.origin,
        "licence": licence if terms.licence != Licence() else {},
        "lecturer_about": terms.lecturer_about,
    }
    return {name: value for name, value in values.items() if value}


def from_values(table: Mapping[str, Any]) -> Terms:
    """Return the terms in a course's values; everything in them is checked.

    Raises:
        MalformedManifest: they break a rule, or one is there but empty.
    """
    terms = Terms(
        modules=_modules(table.get("modules", [])),
        origin=_one_of(table.get("origin", ""), ORIGINS),
        licence=_licence(table["licence"]) if "licence" in table else Licence(),
        lecturer_about=text(table.get("lecturer_about", ""), MAX_ABOUT_CHARS),
    )
    if set(to_values(terms)) != FIELDS & set(table):
        raise MalformedManifest("modules, origin, licence or lecturer_about that say nothing")
    return terms


def check_order(modules: tuple[Module, ...], named: list[str]) -> None:
    """Check which module each item names: all or none, one after the other (§1.1).

    Raises:
        MalformedManifest: they do not.
    """
    ids = [module.id for module in modules]
    if len(set(ids)) != len(ids):
        raise MalformedManifest("two modules have one id")
    if [*dict.fromkeys(named)] != (ids or [""]) or sorted(named, key=(ids or [""]).index) != named:
        raise MalformedManifest("items do not stand in the order of their modules")


def is_day(text: str) -> bool:
    """Tell whether a text is a day as "2027-06-30"."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _modules(value: object) -> tuple[Module, ...]:
    if not isinstance(value, list) or len(value) > MAX_MODULES:
        raise MalformedManifest(f"not modules: {value!r:.80}")
    return tuple(_module(module) for module in value)


def _module(value: object) -> Module:
    if not isinstance(value, dict) or set(value) != {"id", "title", "kind"}:
        raise MalformedManifest(f"not a module: {value!r:.80}")
    if not isinstance(value["id"], str) or not is_id(value["id"]):
        raise MalformedManifest(f"not the id of a module: {value['id']!r:.80}")
    title = text(value["title"], MAX_TITLE_CHARS)
    if not title:
        raise MalformedManifest(f"module {value['id']} without a title")
    return Module(value["id"], title, _one_of(value["kind"], MODULE_KINDS))


def _licence(value: object) -> Licence:
    if not isinstance(value, dict) or set(value) != {"holder", "expires", "stations"}:
        raise MalformedManifest(f"not a licence: {value!r:.80}")
    expires, stations = value["expires"], value["stations"]
    if not isinstance(expires, str) or (expires and not is_day(expires)):
        raise MalformedManifest(f"not a day: {expires!r:.80}")
    if not isinstance(stations, int) or isinstance(stations, bool):
        raise MalformedManifest(f"not a number of stations: {stations!r:.80}")
    if not 0 <= stations <= MAX_STATIONS:
        raise MalformedManifest(f"{stations} stations")
    return Licence(text(value["holder"], MAX_NAME_CHARS), expires, stations)


def _one_of(value: object, known: tuple[Any, ...]) -> Any:
    if value not in known or not isinstance(value, str):
        raise MalformedManifest(f"expected one of {known}, got {value!r:.80}")
    return value
