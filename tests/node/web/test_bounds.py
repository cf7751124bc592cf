"""Numbers in addresses that no row can have, at every route that takes one."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import IntegerConverter

from node.web.bounds import MAX_FIELDS

TOO_LARGE = ("9" * 30, str(2**63), "9" * 5_000)


def addresses(app: Flask, digits: str) -> list[tuple[str, str]]:
    """Verb and address of each route with a number in it, with ``digits`` there."""
    usual = {"course_id": "food", "item_id": "final"}
    return [
        (
            verb,
            re.sub(
                r"<(?:int:)?(\w+)>",
                lambda part: usual.get(part[1], digits if "int:" in part[0] else "x"),
                rule.rule,
            ),
        )
        for rule in app.url_map.iter_rules()
        if any(isinstance(part, IntegerConverter) for part in rule._converters.values())
        for verb in sorted((rule.methods or set()) - {"OPTIONS"})
    ]


@pytest.mark.parametrize("digits", TOO_LARGE)
def test_a_number_that_no_row_can_have_is_not_found_wherever_it_stands(
    app: Flask, learner: FlaskClient, digits: str
) -> None:
    asked = addresses(app, digits)
    assert len(asked) >= 3
    answers = {(verb, path): learner.open(path, method=verb).status_code for verb, path in asked}
    assert set(answers.values()) == {404}


def test_an_attempt_that_exists_is_found(learner: FlaskClient) -> None:
    assert learner.post("/exam/food/final/start").status_code == 303
    assert learner.post("/exam/food/final/hand-in").status_code == 303
    assert learner.get("/exam/food/final/done/1").status_code == 200


@pytest.mark.parametrize("digits", TOO_LARGE)
def test_a_number_too_large_behind_a_question_mark_is_no_fault(
    learner: FlaskClient, keeper: FlaskClient, digits: str
) -> None:
    for path in ("/api/exam/state", "/api/mock/state"):
        names = {"exam": "food/final", "attempt": digits}
        assert learner.get(path, query_string=names).status_code < 500
    assert keeper.get("/keeper/learners", query_string={"page": digits}).status_code == 200
    form = {"q": "p1", "response": "B", "began": digits}
    assert learner.post("/practice/food/drill", data=form).status_code < 500


@pytest.mark.parametrize("digits", ["9" * 30, "9" * 400])
def test_a_number_too_large_in_what_a_script_sends_is_refused(
    learner: FlaskClient, digits: str
) -> None:
    assert learner.post("/exam/food/final/start").status_code == 303
    answer = {"exam": "food/final", "question": "e1", "response": "A", "counter": 1}
    raw = json.dumps({**answer, "attempt": 7}).replace(": 7", f": {digits}")
    sent = learner.post("/api/exam/answer", data=raw, content_type="application/json")
    assert sent.status_code == 400
    beat = json.dumps({"learner": "A1001", "item": "food/film", "tab": "t", "spans": [[0, 7]]})
    raw = beat.replace(", 7", f", {digits}")
    sent = learner.post("/api/study", data=raw, content_type="application/json")
    assert sent.status_code == 400


def test_a_form_has_few_fields(learner: FlaskClient) -> None:
    for count, refused in ((MAX_FIELDS, False), (MAX_FIELDS + 1, True)):
        form = {"q": "p1", "response": "B"} | {f"a{n}": "1" for n in range(count - 2)}
        answer = learner.post("/practice/food/drill", data=form)
        assert (answer.status_code == 413) is refused
