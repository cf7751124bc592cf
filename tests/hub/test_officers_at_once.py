"""Two officers do something to one thing at the same time, on both databases.

Each pair is one row of ``PAIRS``: both begin at a barrier, on connections of their own. One after
the other either is done or is told why not, with an error of ours; what is left is whole. That no
two can wait for each other is shown by the last test: each deed, alone, takes its locks in the one
order (docs/decisions/0049).
"""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import Connection, event, func, select

from hub import config
from hub.authoring import draft_editing
from hub.authoring.draft_plan import Plan
from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.errors import HubError
from hub.imports import imports
from hub.intake import stations
from hub.people import accounts, changes, roster, roster_undo, unit_tree
from hub.people.accounts import NewAccount
from hub.people.changes import Leaving
from hub.publishing import classes, course_ends, unit_moves
from hub.publishing.classes import ClassPlan
from hub.rights import Role
from hub.store import course_ends as stored_ends
from hub.store import courses, learners, units
from hub.store.contents import bank, draft
from hub.store.engine import reading
from hub.store.histories import Standing
from hub.store.schema import (
    class_,
    course_owner,
    learner,
    learner_change,
    node,
    orders,
    unit,
    user_role,
)
from tests.hub.actors import actor, actor_at
from tests.hub.conftest import TEMPLATE, Clock, publish_course
from tests.hub.conftest import course as made_course
from tests.hub.postgresql import new_database

DAYS = (date(2026, 11, 12), date(2026, 12, 1))
_numbers = itertools.count(1)
Deed = Callable[[], object]


@dataclass
class Town:
    """Two units below a county of their own, with a class, people, a station, a course."""

    hub: Hub
    folder: Path
    mark: str
    ids: dict[str, int]
    class_id: str
    station: int
    user: int
    roster: int
    course: str = "food"

    def code(self, name: str) -> str:
        return f"{name}{self.mark}"

    def file(self, text: str) -> Path:
        path = self.folder / f"{next(_numbers)}.csv"
        path.write_text(text.replace("*", self.mark), "utf-8")
        return path


@pytest.fixture(scope="module", params=["sqlite", pytest.param("pg", marks=pytest.mark.postgresql)])
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("officers") / "hub"
    if request.param == "pg":
        address, template = request.getfixturevalue("postgresql")
        shutil.copytree(template, folder)
        config.save_database(folder, new_database(address, "officers", TEMPLATE))
    else:
        shutil.copytree(request.getfixturevalue("sqlite_template"), folder)
    opened = open_hub.open_hub(folder, Clock())
    publish_course(opened)
    yield opened
    opened.close()


def _town(hub: Hub, folder: Path, *deeds: str) -> Town:
    """A town with what these deeds need."""
    mark, words = f"t{next(_numbers)}", " ".join(deeds)
    made = Town(hub, folder, mark, {}, "", 0, 0, 0)
    tree = "code,name,parent\nc*,县,\nx*,所甲,c*\ny*,所乙,c*\nz*,所丙,c*\n"
    unit_tree.import_org(hub, made.file(tree), actor())
    with reading(hub.engine) as connection:
        for name in "cxyz":
            one = units.by_code(connection, made.code(name))
            assert one is not None
            made.ids[name] = one.id
    people = made.file("学号,姓名,单位\nA*,周建国,x*\nB*,吴秀英,x*\n")
    made.roster = roster.import_roster(hub, people, actor()).number
    if "publish" in words or "withdraw" in words:
        publish_course(hub, replace(made_course(), id=mark), unit=made.code("c"))
        made.course = mark
    if "class" in words or "withdraw" in words:
        made.class_id = classes.open_class(hub, _plan(made), actor()).id
    if "station" in words or "merge" in words:
        made.station = stations.add(hub, made.code("x"), "test").node_id
    if "role" in words or "account" in words:
        new = NewAccount(f"u{mark}", "A-long-password-1", "viewer", made.code("x"))
        made.user = accounts.add(hub, actor(), new)
    if "draft" in words:
        draft_editing.make(hub, actor_at(hub, made.code("x")), f"d{mark}", Plan("草案", "", ""))
    return made


def _plan(town: Town, title: str = "班", at: str = "x") -> ClassPlan:
    return ClassPlan(title, town.code(at), *DAYS, (town.course,))


def _edit(town: Town, title: str) -> Deed:
    with reading(town.hub.engine) as connection:
        one = courses.get_class(connection, town.class_id)
    assert one is not None
    seen = classes.edition(one)
    return lambda: classes.put(
        town.hub, town.class_id, title, town.code("x"), DAYS, (town.course,), actor(), seen
    )


def _import(town: Town, text: str) -> Deed:
    path = town.file(text)
    return lambda: roster.import_roster(town.hub, path, actor(), confirmed=True)


def _bank(town: Town, text: str) -> Deed:
    path = town.file(text)
    return lambda: imports.import_file(town.hub, path, f"{town.mark}.gift", actor())


def _publish(town: Town, version: int = 2) -> Deed:
    made = replace(made_course(version), id=town.mark)
    return lambda: publish_course(town.hub, made, unit=town.code("c"))


# What each officer may do, by name.
DEEDS: dict[str, Callable[[Town], Deed]] = {
    "edit class": lambda t: _edit(t, "新名"),
    "edit class otherwise": lambda t: _edit(t, "另一名"),
    "end class": lambda t: lambda: classes.end(t.hub, t.class_id, "完", actor()),
    "cancel class": lambda t: lambda: classes.cancel(t.hub, t.class_id, "不办", actor()),
    "open class": lambda t: lambda: classes.open_class(t.hub, _plan(t, "又一班"), actor()),
    "merge": lambda t: lambda: unit_moves.merge(t.hub, t.ids["x"], t.code("y"), "并", actor()),
    "merge elsewhere": lambda t: lambda: unit_moves.merge(
        t.hub, t.ids["x"], t.code("z"), "并", actor()
    ),
    "merge back": lambda t: lambda: unit_moves.merge(
        t.hub, t.ids["y"], t.code("x"), "并", actor()
    ),
    "move": lambda t: lambda: unit_moves.move(t.hub, t.ids["x"], t.code("y"), "划", actor()),
    "move back": lambda t: lambda: unit_moves.move(t.hub, t.ids["y"], t.code("x"), "划", actor()),
    "split": lambda t: lambda: unit_moves.split(
        t.hub, t.ids["x"], (t.code("n"), "新所"), (t.code("A"),), "分", actor()
    ),
    "close": lambda t: lambda: unit_moves.close(t.hub, t.ids["y"], "撤", actor()),
    "rename": lambda t: lambda: unit_moves.rename(t.hub, t.ids["x"], "新名所", "改", actor()),
    "import tree": lambda t: (
        lambda path: lambda: unit_tree.import_org(t.hub, path, actor())
    )(t.file("code,name,parent\nx*,表里名,c*\nm*,表里新所,y*\n")),
    "publish": _publish,
    "withdraw": lambda t: lambda: course_ends.withdraw(t.hub, t.mark, "撤回", actor()),
    "import roster": lambda t: _import(t, "学号,姓名,单位\nA*,周建国,y*\nC*,郑文,y*\n"),
    "import another roster": lambda t: _import(t, "学号,姓名,单位\nA*,周建国,z*\nC*,郑文,z*\n"),
    "undo roster": lambda t: lambda: roster_undo.undo(t.hub, actor(), t.roster),
    "leave": lambda t: lambda: changes.leave(
        t.hub, actor(), t.code("A"), Leaving(Standing.RETIRED, changes.day_of(t.hub.now()))
    ),
    "give role": lambda t: lambda: accounts.give_role(
        t.hub, actor(), t.user, Role.AUTHOR.value, t.code("x")
    ),
    "take role": lambda t: lambda: accounts.take_role(
        t.hub, actor(), t.user, Role.VIEWER.value, t.ids["x"]
    ),
    "close account": lambda t: lambda: accounts.set_active(t.hub, actor(), t.user, False),
    "add account": lambda t: lambda: accounts.add(
        t.hub, actor(), NewAccount(f"v{t.mark}", "A-long-password-1", "viewer", t.code("x"))
    ),
    "add station": lambda t: lambda: stations.add(t.hub, t.code("y"), "test"),
    "replace station": lambda t: lambda: stations.add(t.hub, t.code("x"), "test", replace=True),
    "revoke station": lambda t: lambda: stations.set_state(t.hub, t.station, "revoked", "test"),
    "unfreeze station": lambda t: lambda: stations.set_state(t.hub, t.station, "active", "test"),
    "begin draft": lambda t: lambda: draft_editing.make(
        t.hub, actor(), f"e{t.mark}", Plan("新", "", "")
    ),
    "save draft": lambda t: lambda: draft_editing.save(
        t.hub, actor(), f"d{t.mark}", 1, Plan("改过", "", "")
    ),
    "discard draft": lambda t: lambda: draft_editing.discard(t.hub, actor(), f"d{t.mark}", 1),
    "import bank": lambda t: _bank(t, "::q1::甲？ {=对 ~错}\n"),
    "import another bank": lambda t: _bank(t, "::q1::乙？ {=是 ~否}\n"),
}  # fmt: skip

# Both, and how many of the two can be done: 2, or 1 if the first leaves nothing for the second.
PAIRS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("edit class", "edit class otherwise", (1,)),
    ("edit class", "end class", (1, 2)),
    ("edit class", "cancel class", (1, 2)),
    ("end class", "cancel class", (1, 2)),
    ("cancel class", "cancel class", (1,)),
    ("open class", "merge", (1, 2)),
    ("edit class", "merge", (1, 2)),
    ("cancel class", "merge", (2,)),
    ("merge", "merge", (1,)),
    ("merge", "merge elsewhere", (1,)),
    ("merge", "merge back", (1,)),
    ("merge", "move", (1, 2)),
    ("move", "move back", (1,)),
    ("merge", "close", (1,)),
    ("merge", "rename", (1, 2)),
    ("merge", "split", (1, 2)),
    ("split", "split", (1,)),
    ("rename", "import tree", (2,)),
    ("merge", "import tree", (2,)),
    ("merge", "publish", (2,)),
    ("merge", "withdraw", (2,)),
    ("publish", "withdraw", (2,)),
    ("withdraw", "withdraw", (1,)),
    ("publish", "publish", (2,)),
    ("merge", "import roster", (2,)),
    ("close", "import roster", (1, 2)),
    ("import roster", "import another roster", (2,)),
    ("import roster", "leave", (2,)),
    ("undo roster", "undo roster", (1,)),
    ("undo roster", "import roster", (2,)),
    ("undo roster", "merge", (2,)),
    ("leave", "leave", (1,)),
    ("give role", "take role", (2,)),
    ("give role", "merge", (1, 2)),
    ("take role", "merge", (2,)),
    ("give role", "close account", (2,)),
    ("add account", "add account", (1,)),
    ("add station", "add station", (2,)),
    ("add station", "merge", (2,)),
    ("revoke station", "merge", (2,)),
    ("revoke station", "revoke station", (1,)),
    ("revoke station", "unfreeze station", (1, 2)),
    ("replace station", "merge", (1, 2)),
    ("begin draft", "begin draft", (1,)),
    ("save draft", "save draft", (1,)),
    ("save draft", "discard draft", (1,)),
    ("save draft", "merge", (2,)),
    ("import bank", "import another bank", (2,)),
    ("import bank", "merge", (2,)),
)  # fmt: skip


@pytest.mark.parametrize(("one", "other", "done"), PAIRS)
def test_of_two_at_once_each_is_done_or_told_and_nothing_is_half_done(
    shared: Hub, tmp_path: Path, one: str, other: str, done: tuple[int, ...]
) -> None:
    town = _town(shared, tmp_path, one, other)
    deeds, both, told = (DEEDS[one](town), DEEDS[other](town)), Barrier(2), list[str]()

    def do(deed: Deed) -> None:
        both.wait(20)
        try:
            deed()
            told.append("done")
        except HubError as fault:
            told.append(fault.code if fault.status < HubError.status else f"broke {fault}")

    threads = [Thread(target=do, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    assert len(told) == 2, "one of the two stopped with an error that is not ours, or hangs"
    assert not [words for words in told if words.startswith("broke")]
    assert told.count("done") in done, told
    print(f"{one} + {other}: {', '.join(sorted(told))}")
    _check_whole(town)


def _check_whole(town: Town) -> None:
    """Nothing is at a unit that was closed, and histories end where people are."""
    with reading(town.hub.engine) as connection:
        closed = unit.c.closed_at.is_not(None)
        for table, more in (
            (learner, learner.c.active), (node, node.c.state != "revoked"),
            (class_, class_.c.id != ""), (course_owner, course_owner.c.course_id != ""),
            (user_role, user_role.c.role != ""), (draft, draft.c.id != ""), (bank, bank.c.id != 0),
        ):  # fmt: skip
            here = select(func.count()).select_from(table.join(unit, unit.c.id == table.c.unit_id))
            assert connection.scalar(here.where(closed, more)) == 0, table.name
        numbers = [town.code(name) for name in "ABC"]
        for number, person in learners.among(connection, numbers).items():
            last = connection.execute(
                select(learner_change)
                .where(learner_change.c.learner == number, learner_change.c.undone_at.is_(None))
                .order_by(learner_change.c.id.desc())
                .limit(1)
            ).first()
            is_here = last is not None and last.state == Standing.PRESENT
            assert person.active == is_here
            if is_here and last is not None:
                assert person.unit_id == last.unit_id
        if town.course == town.mark:
            _check_course(connection, town)


def _check_course(connection: Connection, town: Town) -> None:
    """It is in force at stations, unless it was withdrawn and no class has it."""
    ended = town.mark in stored_ends.every(connection)
    in_force = select(func.count()).where(
        orders.c.kind == "course", orders.c.key == town.mark, orders.c.body != b""
    )
    held = stored_ends.held_until(connection, town.mark, "2026-11-18")
    assert bool(connection.scalar(in_force)) != (ended and not held)


# Rows that more than one officer may want.
THINGS = re.compile(
    "^(UPDATE|DELETE FROM|INSERT INTO) (unit|draft|course_owner|class|learner|user_role) "
)
STATION = re.compile("FROM node .*FOR (NO KEY )?UPDATE|^UPDATE node ")


def _lock(sql: str, values: object) -> str:
    """Which lock a statement takes."""
    text = f"{' '.join(sql.split())} {values}"
    if "counter" in text and "'log'" in text:
        return "log"
    if "counter" in text and "'orders'" in text:
        return "orders"
    return "station" if STATION.search(text) else "thing" if THINGS.search(text) else ""


def _in_order(locks: list[str]) -> bool:
    """Stations, the log, then all else; without the log the orders before all else."""
    first = {lock: locks.index(lock) for lock in dict.fromkeys(locks) if lock}
    if "log" in first:
        return all(
            at > first["log"] or lock in ("log", "station") for lock, at in first.items()
        ) and (first.get("station", -1) < first["log"])
    return "orders" not in first or first["orders"] < first.get("thing", len(locks))


@pytest.mark.postgresql
@pytest.mark.parametrize("shared", ["pg"], indirect=True)
def test_each_deed_takes_its_locks_in_the_one_order(shared: Hub, tmp_path: Path) -> None:
    taken: list[list[str]] = []

    def begin(_connection: object) -> None:
        taken.append([])

    def note(_c: object, _cursor: object, sql: str, values: object, *_rest: object) -> None:
        if taken:
            taken[-1].append(_lock(sql, values))

    wrong = {}
    for name in DEEDS:
        deed = DEEDS[name](_town(shared, tmp_path, name))
        event.listen(shared.engine, "before_cursor_execute", note)
        event.listen(shared.engine, "begin", begin)
        taken.clear()
        with suppress(HubError):
            deed()
        event.remove(shared.engine, "before_cursor_execute", note)
        event.remove(shared.engine, "begin", begin)
        for locks in taken:
            if not _in_order(locks):
                wrong[name] = list(dict.fromkeys(locks))
    assert not wrong
