"""Figures of the units: learners and stations counted up the tree, each figure with its age.

``store.reports`` counts per unit, here the counts are added up along the paths. People 人 and
visits 人次 are never mixed (one person who completes two courses is one person, two visits).
What is stuck, and what to do about it, is ``hub.reports.attention``.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from hub.reports import completion_curve, duty, state_places
from hub.reports.completion_curve import CompletionCurve
from hub.reports.duty import DAY_S, RECENT_S
from hub.reports.state_places import StatePlaces
from hub.store import reports as rows
from hub.store.scope import Scope
from hub.store.units import Unit, children

# A station that is switched on asks every quarter of an hour; a long weekend with both days
# off is four days. After a week its silence means something.
SILENT_S = 7 * DAY_S
# Headquarters, province, city, county, station.
COUNTY_LEVEL = 3
COUNTIES_SHOWN = 8
# As the lists of learners know them.
STATES = ("", "done", "studying", "behind", "unknown", "none")
# What is counted of people.
PEOPLE = ("people", "due", "done", "studying", "behind", "unknown", "visits", "wanted")
# So many people more are counted as not behind, so that a county of one is not the worst.
FEW = 10


@dataclass(slots=True)
class UnitFigures:
    """One unit with everything below it. People are active learners."""

    unit: Unit
    people: int = 0
    due: int = 0  # people to whom at least one required course is published
    done: int = 0  # of ``due``: completed every required course
    studying: int = 0  # of ``due``: not done, studied within RECENT_S or their term just began
    behind: int = 0  # of ``due``: not done, no recent study, and their station was heard of
    unknown: int = 0  # of ``due``: as behind, but their station is silent or not installed
    visits: int = 0  # 人次: required courses completed, each person and course once
    wanted: int = 0  # 人次: required courses that are due, each person and course once
    stations: int = 0
    waiting: int = 0  # stations that never joined
    silent: int = 0  # joined, not heard of for SILENT_S
    refused: int = 0  # last exchange refused, or frozen
    newest: int | None = None  # when the station heard of last was heard of
    oldest: int | None = None  # when the station heard of longest ago was
    places: int = 0  # units below, for the link "n units"

    @property
    def stuck(self) -> int:
        """Stations that need somebody to do something."""
        return self.silent + self.refused

    @property
    def share(self) -> float:
        """Part of the people due who are done; 1 where nobody is due."""
        return self.done / self.due if self.due else 1.0

    def count_of(self, state: str) -> int | None:
        """People of a state as the lists know it; None for a state that is not counted."""
        counts = {
            "": self.people,
            "done": self.done,
            "studying": self.studying,
            "behind": self.behind,
            "unknown": self.unknown,
            "none": self.people - self.due,
        }
        return counts.get(state)

    def add_people(self, part: "UnitFigures") -> None:
        """Count the people of a part, too."""
        for name in PEOPLE:
            setattr(self, name, getattr(self, name) + getattr(part, name))

    def hear(self, at: int | None) -> None:
        """Count a station that was heard of ``at``."""
        if at is None:
            return
        self.newest = at if self.newest is None else max(self.newest, at)
        self.oldest = at if self.oldest is None else min(self.oldest, at)


@dataclass(frozen=True, slots=True)
class Overview:
    """A unit, the units directly below it, and when this was counted."""

    whole: UnitFigures
    parts: list[UnitFigures]
    sittings: rows.Sittings
    courses: int  # required courses that are due somewhere in the scope
    new_courses: int  # published too lately to count for who is done
    counted_at: int
    counties: list[UnitFigures]  # of a country or a province: those furthest behind
    curve: CompletionCurve
    places: StatePlaces  # where the people of each state are


@dataclass(slots=True)
class _Tree:
    """Where a unit's counts are added: to the whole, and to the direct child that holds it."""

    whole: UnitFigures
    parts: dict[int, UnitFigures]
    paths: dict[int, str]
    counties: dict[int, UnitFigures]
    node_of: dict[int, rows.StationRow] = field(default_factory=dict)

    def places(self, unit_id: int) -> tuple[UnitFigures, ...]:
        path = self.paths[unit_id]
        step = path[len(self.whole.unit.path) :].partition("/")[0]
        if not step:
            return (self.whole,)
        if self.counties and len(numbers := path.split("/")) > COUNTY_LEVEL + 2:
            return (
                self.whole,
                self.parts[int(step)],
                self.counties[int(numbers[COUNTY_LEVEL + 1])],
            )
        return (self.whole, self.parts[int(step)])

    def station_for(self, unit_id: int) -> rows.StationRow | None:
        """The station that serves a unit: its own, or the nearest above it."""
        if unit_id in self.node_of:
            return self.node_of[unit_id]
        for number in reversed(self.paths[unit_id].strip("/").split("/")):
            if station := self.node_of.get(int(number)):
                return station
        return None


def overview(connection: Connection, scope: Scope, now: int) -> Overview:
    """Count the scope's top unit and the units directly below it."""
    counties = (
        rows.units_at(connection, scope, COUNTY_LEVEL) if scope.top.level < COUNTY_LEVEL - 1 else []
    )
    tree = _Tree(
        UnitFigures(scope.top),
        {unit.id: UnitFigures(unit) for unit in children(connection, scope.top.id)},
        rows.unit_paths(connection, scope),
        {unit.id: UnitFigures(unit) for unit in counties},
    )
    all_due = [each for each in rows.due(connection) if scope.touches(each.path)]
    terms = rows.runs(connection)
    courses = duty.counted(all_due, terms, now)
    may_be_behind = duty.places(courses, terms, now)
    for unit_id in tree.paths:
        for standing in tree.places(unit_id):
            standing.places += 1
    _count_stations(tree, rows.station_rows(connection, scope), now)
    groups = rows.groups(connection, scope, courses, now - RECENT_S)
    people_at = _count_people(tree, courses, groups, may_be_behind, now)
    return Overview(
        tree.whole,
        sorted(tree.parts.values(), key=_worst_first),
        rows.sittings(connection, scope),
        len({each.course for each in courses}),
        len({each.course for each in all_due} - {each.course for each in courses}),
        now,
        _furthest_behind(tree.counties.values()),
        completion_curve.drawn(
            rows.completions(connection, scope, courses), tree.whole.wanted, now
        ),
        people_at,
    )


def is_silent(row: rows.StationRow, now: int) -> bool:
    """Whether a station that joined has not been heard of for a week."""
    return row.state == "active" and (row.last_seen_at or 0) < now - SILENT_S


def _count_stations(tree: _Tree, stations: list[rows.StationRow], now: int) -> None:
    for row in stations:
        tree.node_of[row.unit_id] = row
        for standing in tree.places(row.unit_id):
            standing.stations += 1
            standing.waiting += row.state == "waiting"
            refused = row.state == "frozen" or bool(row.refusal)
            standing.refused += refused
            standing.silent += is_silent(row, now) and not refused
            standing.hear(row.last_seen_at)


def _count_people(
    tree: _Tree,
    courses: list[rows.Due],
    groups: list[rows.Group],
    may_be_behind: Mapping[str, bool],
    now: int,
) -> StatePlaces:
    """Count the people of each unit, then add them up along its path; and who is where."""
    by_unit: dict[int, list[rows.Group]] = {}
    for group in groups:
        by_unit.setdefault(group.unit_id, []).append(group)
    places = []
    for unit_id, here in by_unit.items():
        path = tree.paths[unit_id]
        need = len({each.course for each in courses if path.startswith(each.path)})
        at = tree.station_for(unit_id)
        heard = at is not None and (at.last_seen_at or 0) >= now - SILENT_S
        early = not duty.holds(may_be_behind, path)
        own = UnitFigures(tree.whole.unit)
        for group in here:
            _add_group(own, group, need, heard, early)
        for standing in tree.places(unit_id):
            standing.add_people(own)
        places.append((path, unit_id, {state: own.count_of(state) or 0 for state in STATES}))
    return state_places.gathered(places)


def _add_group(
    standing: UnitFigures, group: rows.Group, need: int, heard: bool, early: bool
) -> None:
    standing.people += group.people
    standing.visits += group.completed * group.people
    if not need:
        return
    standing.due += group.people
    standing.wanted += need * group.people
    if group.completed >= need:
        standing.done += group.people
    elif group.lately == 1 or early:
        standing.studying += group.people
    elif heard:
        standing.behind += group.people
    else:
        standing.unknown += group.people


def is_unusual(count: int, of: int, whole_count: int, whole_of: int) -> bool:
    """Whether a part has so many more than its share of the whole that it is no chance.

    Three standard deviations above what the whole's share would give, and a quarter more: of 31
    provinces with equal troubles none is marked.
    """
    if not of or not whole_of or count < 2:
        return False
    share = whole_count / whole_of
    expected = of * share
    return count > max(expected + 3 * math.sqrt(expected * (1 - share)), 1.25 * expected)


def _furthest_behind(counties: Iterable[UnitFigures]) -> list[UnitFigures]:
    """The counties with the largest part behind; of a few people a part says little."""
    behind = [each for each in counties if each.behind]
    return sorted(behind, key=lambda each: (-each.behind / (each.due + FEW), each.unit.code))[
        :COUNTIES_SHOWN
    ]


def _worst_first(standing: UnitFigures) -> tuple[float, int, str]:
    """Least done first, of equals the larger; units where nobody is due come last."""
    return (standing.share if standing.due else 2.0, -standing.due, standing.unit.code)
