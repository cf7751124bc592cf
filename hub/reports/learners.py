"""How each learner of a list stands, in the words of the pages (units: ``figures``)."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from hub.reports import duty
from hub.reports.duty import RECENT_S
from hub.reports.figures import SILENT_S
from hub.store import contacts, reports, rosters
from hub.store.results import ProgressRow
from hub.store.rosters import ListedLearner
from hub.store.scope import Scope


@dataclass(frozen=True, slots=True)
class Person:
    """One learner of a list: required courses done of those due, and the latest study."""

    number: str
    name: str
    post: str
    unit_id: int
    unit_name: str
    done: int
    due: int
    percent: int  # mean over the courses due
    last_at: int | None
    seconds: int
    best: int | None  # best exam score
    passed: bool
    state: str  # done | studying | behind | unknown | none


def listed(
    connection: Connection,
    scope: Scope,
    path: str,
    now: int,
    text: str = "",
    state: str = "",
    limit: int = 50,
    offset: int = 0,
    total: int | None = None,
) -> tuple[int, list[Person]]:
    """How many learners at or below ``path`` match, and one page of them.

    ``total``: how many there are, where the caller has counted them already.
    """
    terms = reports.runs(connection)
    courses = duty.counted(reports.due(connection), terms, now)
    places = duty.places(courses, terms, now)
    measure = rosters.Duty(courses, now - RECENT_S, places)
    if total is None:
        total = rosters.count_learners(connection, scope, path, measure, text, state)
    rows = rosters.list_learners(connection, scope, path, measure, text, state, limit, offset)
    numbers = [row.number for row in rows]
    progress = rosters.progress_of(connection, numbers)
    exams = rosters.passed_of(connection, numbers)
    heard = contacts.heard(connection, {row.path for row in rows}, now - SILENT_S)
    people = [
        _person(row, progress.get(row.number, []), exams.get(row.number), measure) for row in rows
    ]
    return total, [
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
