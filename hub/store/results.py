"""Results of exams and progress in courses (tables ``result``, ``progress``): made from facts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, select, update

from hub.store.dialect import MAX_IN, upsert, values_of
from hub.store.schema import facts, progress, result

_RESULT_KEY = ("learner", "exam", "attempt", "node_id")
_RESULT_VALUES = (
    "right", "total", "score", "passed", "began", "submitted_at", "version", "receipt_seq",
    "corrected_at", "unit_id",
)  # fmt: skip
_PROGRESS_VALUES = (
    "version", "done", "total", "percent", "completed_at", "seconds", "last_at",
    "completed_version",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One graded attempt. ``receipt_seq`` is the sequence number of the handing-in.

    ``submitted_at`` is what the node claims; ``corrected_at`` when it really was, if its clock was
    wrong (``hub.facts.clock_skew``). ``unit_id``: the learner's unit at that time
    (``hub.store.histories``); None for a number that is on no roster.
    """

    learner: str
    exam: str
    attempt: int
    node_id: int
    right: int
    total: int
    score: int
    passed: bool
    began: int
    submitted_at: int
    version: int
    receipt_seq: int
    corrected_at: int | None = None
    unit_id: int | None = None

    @property
    def handed_in_at(self) -> int:
        """When it was handed in, as far as we know."""
        return self.submitted_at if self.corrected_at is None else self.corrected_at

    @property
    def key(self) -> str:
        """How the order to the node names it."""
        return f"{self.learner}|{self.exam}|{self.attempt}|{self.node_id}"


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """How far one learner is in one course, by its newest version.

    ``completed_at``: when the day began on which it was done, by ``completed_version``.
    """

    learner: str
    course: str
    version: int
    done: int
    total: int
    percent: int
    completed_at: int | None
    seconds: int
    last_at: int
    completed_version: int | None = None


_OF_LEARNERS = select(result).where(result.c.learner.in_(bindparam("wanted", expanding=True)))


def put_results(connection: Connection, rows: Sequence[ResultRow]) -> None:
    """Keep these results."""
    if not rows:
        return
    connection.execute(
        upsert(connection.dialect.name, result, _RESULT_KEY, _RESULT_VALUES),
        [values_of(row) for row in rows],
    )


def place(connection: Connection, homes: Mapping[str, int]) -> None:
    """Give the results of numbers that were nobody's so far the units of who has them now."""
    without = result.c.unit_id.is_(None)
    wanted = sorted(homes)
    for at in range(0, len(wanted), MAX_IN):
        query = select(result.c.learner).distinct()
        among = query.where(result.c.learner.in_(wanted[at : at + MAX_IN]), without)
        for number in list(connection.execute(among).scalars()):
            these = update(result).where(result.c.learner == number, without)
            connection.execute(these.values(unit_id=homes[number]))


def place_again(connection: Connection, rows: Iterable[ResultRow]) -> None:
    """Keep the units of these results, whose learners' histories were put right."""
    for row in rows:
        these = update(result).where(
            result.c.learner == row.learner, result.c.exam == row.exam,
            result.c.attempt == row.attempt, result.c.node_id == row.node_id,
        )  # fmt: skip
        connection.execute(these.values(unit_id=row.unit_id))


def of_learners(connection: Connection, learners: Iterable[str]) -> list[ResultRow]:
    """The results of these learners."""
    wanted = list(learners)
    results = []
    for at in range(0, len(wanted), MAX_IN):
        rows = connection.execute(_OF_LEARNERS, {"wanted": wanted[at : at + MAX_IN]})
        results += [ResultRow(*row) for row in rows]
    return results


def put_progress(connection: Connection, rows: Sequence[ProgressRow]) -> None:
    """Keep these."""
    if not rows:
        return
    connection.execute(
        upsert(connection.dialect.name, progress, ("learner", "course"), _PROGRESS_VALUES),
        [values_of(row) for row in rows],
    )


def progress_of(connection: Connection, learner: str) -> list[ProgressRow]:
    """How far one learner is, by course."""
    query = select(progress).where(progress.c.learner == learner).order_by(progress.c.course)
    return [ProgressRow(*row) for row in connection.execute(query)]


def learners_counted_otherwise(connection: Connection, course: str, version: int) -> list[str]:
    """Learners whose progress in a course was counted by another version than this one."""
    query = select(progress.c.learner).where(
        progress.c.course == course, progress.c.version != version
    )
    return list(connection.execute(query.order_by(progress.c.learner)).scalars())


def learners_of(connection: Connection, course: str, completed_by: int | None = None) -> list[str]:
    """Learners who have begun a course, or have done it by one version."""
    query = select(progress.c.learner).where(progress.c.course == course)
    if completed_by is not None:
        query = query.where(progress.c.completed_version == completed_by)
    return list(connection.execute(query.order_by(progress.c.learner)).scalars())


def forget_results(connection: Connection) -> None:
    """Drop all results: they are graded again."""
    connection.execute(delete(result))


def forget_of(
    connection: Connection, learner: str, gone: Iterable[ResultRow], courses: Iterable[str]
) -> None:
    """Drop these results of a learner, and the progress in all but these courses."""
    for row in gone:
        connection.execute(
            delete(result).where(
                result.c.learner == learner, result.c.exam == row.exam,
                result.c.attempt == row.attempt, result.c.node_id == row.node_id,
            )
        )  # fmt: skip
    others = progress.c.course.not_in(list(courses))
    connection.execute(delete(progress).where(progress.c.learner == learner, others))


def forget_progress_without_facts(connection: Connection) -> None:
    """Drop the progress of learners of whom nothing is known (any more)."""
    known = select(facts.c.learner)
    connection.execute(delete(progress).where(progress.c.learner.not_in(known)))
