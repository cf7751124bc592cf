from __future__ import annotations

from flask.testing import FlaskClient


def test_a_signed_in_learner_has_a_session_cookie(learner: FlaskClient) -> None:
    assert learner.get_cookie("xuezhan") is not None


def test_ping_answers(browser: FlaskClient) -> None:
    assert browser.get("/ping").text == "ok"
