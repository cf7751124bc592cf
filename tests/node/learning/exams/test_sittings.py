"""An attempt is told from all others from its start, also where a backup forgot that it began."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from content.model.course import Course
from hub import orders
from hub.store.results import ResultRow
from hub.store.units import Unit
from node.config import Config
from node.learning.exams import exam
from node.learning.exams.paper import Paper
from node.runtime import NodeRuntime
from node.store import journal
from node.store import orders as node_orders
from node.store.attempts import StoredAttempt
from sync.exchange import Order
from sync.facts import Facts, numbered_try, paper
from tests.node.conftest import LEARNER, NODE, OTHER, START, FakeTime

EXAM = "food/final"


@pytest.fixture(autouse=True)
def _marks(_same_draws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other draws than those of the other tests: each sitting another."""
    drawn = iter((700, 65_535, 9))
    monkeypatch.setattr(exam, "new_mark", lambda: next(drawn))


def begun(runtime: NodeRuntime, course: Course, learner: str = LEARNER) -> StoredAttempt:
    return exam.begin(runtime.store, course, "final", learner, runtime.moment())


def sat(runtime: NodeRuntime, course: Course, answer: str, learner: str = LEARNER) -> StoredAttempt:
    """Begin, answer the first question, hand in."""
    attempt = begun(runtime, course, learner)
    asked = Paper.from_text(attempt.paper).asked[0].id
    exam.save_answer(runtime.store, attempt, asked, answer, 1, runtime.moment())
    return exam.hand_in(runtime.store, attempt, runtime.moment())


def folded(*lives: NodeRuntime, learner: str = LEARNER) -> Facts:
    """What headquarters makes of what the lives noted, each in its epoch."""
    facts = Facts()
    for epoch, runtime in enumerate(lives, 1):
        facts.add_all(NODE, epoch, journal.of_learner(runtime.store.read(), learner))
    return facts


def test_two_lives_that_each_began_the_first_try_noted_two_attempts(
    runtime: NodeRuntime, course: Course, pc: FakeTime, tmp_path: Path
) -> None:
    running = begun(runtime, course, OTHER)
    with runtime.store.read():
        shutil.copytree(runtime.config.data, tmp_path / "backup")
    first = sat(runtime, course, "A")
    restored = NodeRuntime.open(Config(data=tmp_path / "backup"), pc.clock())
    second = sat(restored, course, "B")
    assert (first.ordinal, second.ordinal) == (1, 1)
    facts = folded(runtime, restored)
    attempts = {number: attempt for (_exam, number, _node), attempt in facts.attempts.items()}
    assert [[*attempts[each.number].responses().values()] for each in (first, second)] == [
        ["A"], ["B"],
    ]  # fmt: skip
    # One that ran when the backup was made is the same in both lives, whoever hands it in, however
    # often; what was handed in first stays.
    for life, answer in ((runtime, "A"), (restored, "B")):
        asked = Paper.from_text(running.paper).asked[0].id
        exam.save_answer(life.store, running, asked, answer, 1, life.moment())
        exam.hand_in(life.store, running, life.moment())
    facts = folded(runtime, restored, learner=OTHER)
    [attempt] = facts.attempts.values()
    assert [*attempt.responses().values()] == ["A"]
    restored.close()


def graded(attempt: StoredAttempt, node: int = NODE) -> Order:
    """The order that tells an attempt's result, as headquarters writes it."""
    row = ResultRow(LEARNER, EXAM, attempt.number, node, 1, 4, 25, False, START, START, 1, 9)
    [placed, *_rest] = orders.result(row, Unit(1, None, "1", "所", 0, "/1/"), None)
    return Order(5, placed.kind, placed.key, placed.body)


def test_a_try_is_counted_and_shown_as_a_try_and_graded_as_the_sitting_that_it_was(
    runtime: NodeRuntime, course: Course, learner: FlaskClient
) -> None:
    first = sat(runtime, course, "A")
    assert first.number == numbered_try(1, 700)
    done = f"/exam/food/final/done/{first.number}"
    assert "第 1 次" in learner.get(done).text
    order = graded(first)
    assert b'"attempt":1,' in order.body.replace(b" ", b"")  # what stations of before can count
    runtime.store.write(lambda conn: node_orders.apply(conn, (order,), 0, START))
    assert "25" in learner.get(done).text
    standing = exam.standing(runtime.store.read(), course, "final", LEARNER, runtime.moment())
    assert (standing.used, standing.attempts_left) == (1, 1)
    assert [each.result.score for each in standing.handed_in if each.result] == [25]
    second = begun(runtime, course)
    paper_page = learner.get("/exam/food/final/paper").text
    assert f'data-attempt="{second.number}"' in paper_page
    assert "第 2 次" in paper_page
    # Both ends draw the paper for the sitting's number.
    asked = tuple(question.id for question in Paper.from_text(second.paper).asked)
    assert asked == paper(course.exam_rule("final"), LEARNER, numbered_try(2, 65_535))
    exam.hand_in(runtime.store, second, runtime.moment())
    page = learner.get("/results").text
    assert ("第 1 次" in page, "第 2 次" in page, f"第 {first.number} 次" in page) == (
        True, True, False,
    )  # fmt: skip
    withdrawn = replace(order, mark=6, body=b"")
    runtime.store.write(lambda conn: node_orders.apply(conn, (withdrawn,), 5, START))
    standing = exam.standing(runtime.store.read(), course, "final", LEARNER, runtime.moment())
    assert [each.result for each in standing.handed_in] == [None, None]
