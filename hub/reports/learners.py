"""How each learner of a list stands, in the words of the pages (units: ``figures``)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from hub.reports import duty
from hub.reports.duty import RECENT_S
from hub.reports.figures import SILENT_S
from hub.store import contacts, reports, rosters
from hub.store.results import ProgressRow
from hub.store.rosters import ListedLearner, WantedLearners
from hub.store.scope import Scope


@dataclass(frozen=True, slots=True)
class Person:
    """One learner of a list: required courses done of those due, and the latest study."""

    number: str
    name: str
    post: str
    unit_id: int
    unit_name: str
    path: str  # of the unit
    done: int
    due: int
    percent: int  # mean over the courses due
    last_at: int | None
    seconds: int
    best: int | None  # best exam score
    passed: bool
    state: str  # done | studying | behind | unknown | none


def wanted(
    connection: Connection, path: str, now: int, text: str = "", state: str = ""
) -> WantedLearners:
    """The learners at or below ``path`` who stand like that now, by name or number."""
    terms = reports.runs(connection)
    courses = duty.counted(reports.due(connection), terms, now)
    measure = rosters.Duty(courses, now - RECENT_S, duty.places(courses, terms, now))
    return WantedLearners(path, measure, now - SILENT_S, text, state)


def listed(
    connection: Connection,
    scope: Scope,
    asked: WantedLearners,
    limit: int = 50,
    offset: int = 0,
    order: str = "unit",
) -> list[Person]:
    """One page of the learners who match."""
    rows = rosters.list_learners(connection, scope, asked, limit, offset, order)
    return _people(connection, rows, asked)


def every(
    connection: Connection, scope: Scope, asked: WantedLearners, order: str = "unit"
) -> Iterator[list[Person]]:
    """All of them, a few hundred at a time."""
    for rows in rosters.every_learner(connection, scope, asked, order):
        yield _people(connection, rows, asked)


def _people(
    connection: Connection, rows: list[ListedLearner], asked: WantedLearners
) -> list[Person]:
    numbers = [row.number for row in rows]
    progress = rosters.progress_of(connection, numbers)
    exams = rosters.passed_of(connection, numbers)
    heard = contacts.heard(connection, {row.path for row in rows}, asked.heard_since)
    people = [
        _person(row, progress.get(row.number, []), exams.get(row.number), asked.duty)
        for row in rows
    ]
    return [
        replace(person, state="unknown")
        if person.state == "behind" and not heard[row.path]
        else person
        for person, row in zip(people, rows, strict=True)
    ]


def _person(
    row: ListedLearner,
    progress: list[ProgressRow],
    exam: tuple[int, int] | None,
    measure: rosters.Duty,
) -> Person:
    due = {each.course for each in measure.courses if row.path.startswith(each.path)}
    mine = [each for each in progress if each.course in due]
    done = sum(each.completed_at is not None for each in mine)
    last = max((each.last_at for each in progress), default=None)
    if not due:
        state = "none"
    elif done >= len(due):
        state = "done"
    else:
        lately = last is not None and last >= measure.since
        early = not duty.holds(measure.places, row.path)
        state = "studying" if lately or early else "behind"
    return Person(
        number=row.number,
        name=row.name,
        post=row.post,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        path=row.path,
        done=done,
        due=len(due),
        percent=sum(_percent(each) for each in mine) // len(due) if due else 0,
        last_at=last,
        seconds=sum(each.seconds for each in progress),
        best=exam[0] if exam else None,
        passed=bool(exam and exam[1]),
        state=state,
    )


def _percent(row: ProgressRow) -> int:
    """What was done by an earlier version stays done, however much of the newest is."""
    return row.percent if row.completed_at is None else 100
