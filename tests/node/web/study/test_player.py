from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from node.runtime import NodeRuntime
from node.store import journal
from tests.node.conftest import LEARNER, OTHER, FakeTime


def beat(client: FlaskClient, **changes: Any) -> Any:
    body = {
        "learner": LEARNER,
        "item": "food/film",
        "tab": "t1",
        "spans": [[0, 9.5]],
        "takes_over": False,
        "stops": False,
    }
    return client.post("/api/study", json=body | changes)


def test_the_player_names_the_film_its_length_and_where_the_learner_stopped(
    learner: FlaskClient, pc: FakeTime
) -> None:
    beat(learner)
    page = learner.get("/course/food/film").text
    assert 'data-seconds="120"' in page
    assert 'data-at="10"' in page
    assert "[[0, 10]]" in page.replace("&#34;", '"')
    assert 'data-learner="A1001"' in page


def test_the_player_begins_where_a_link_says(learner: FlaskClient) -> None:
    assert 'data-at="75"' in learner.get("/course/food/film?t=75").text
    assert learner.get("/course/food/film?t=x").status_code == 200


def test_a_watched_film_begins_at_the_beginning_and_offers_what_follows(
    learner: FlaskClient, pc: FakeTime
) -> None:
    for at in range(0, 120, 10):
        pc.go_on(10)
        beat(learner, spans=[[at, at + 10]])
    page = learner.get("/course/food/film").text
    assert 'data-at="0"' in page
    assert "下一项：检查要点" in page


def test_a_heartbeat_is_answered_with_what_is_kept(learner: FlaskClient, pc: FakeTime) -> None:
    answer = beat(learner, spans=[[0, 500]]).get_json()
    assert answer["watched"] == [[0, 26]]
    assert answer["owed"] == [[26.0, 120.0]]
    assert answer["percent"] == 21
    assert answer["done"] is False
    assert answer["elsewhere"] is False


def test_a_heartbeat_that_stops_becomes_a_record(
    learner: FlaskClient, runtime: NodeRuntime
) -> None:
    beat(learner, stops=True)
    [record] = journal.of_learner(runtime.store.read(), LEARNER)
    assert (record.object, record.numbers) == ("food/film", (0, 10))


def test_the_second_tab_takes_over_and_the_first_is_told(learner: FlaskClient) -> None:
    beat(learner, tab="one", takes_over=True)
    assert beat(learner, tab="two", takes_over=True).get_json()["elsewhere"] is False
    assert beat(learner, tab="one").get_json()["elsewhere"] is True


def test_a_heartbeat_of_another_learners_page_is_refused(
    learner: FlaskClient, runtime: NodeRuntime
) -> None:
    answer = beat(learner, learner=OTHER)
    assert answer.status_code == 401
    assert answer.get_json()["error"] == "other-learner"
    assert runtime.facts.of(LEARNER).studied == runtime.facts.of(OTHER).studied == {}


def test_a_heartbeat_without_a_sign_in_is_told_so_in_json(browser: FlaskClient) -> None:
    answer = beat(browser)
    assert answer.status_code == 401
    assert answer.get_json()["error"] == "session-expired"


def test_a_heartbeat_needs_the_form_token(app: Flask, learner: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = beat(learner)
    assert answer.status_code == 400
    assert answer.get_json()["error"] == "form-expired"


@pytest.mark.parametrize(
    "changes",
    [
        {"spans": "0-10"},
        {"spans": [[0]]},
        {"spans": [[0, "10"]]},
        {"spans": [[True, 5]]},
        {"spans": [[0, 1]] * 51},
        {"tab": 7},
        {"tab": "x" * 41},
        {"item": None},
        {"item": "food/drill"},
    ],
)
def test_a_heartbeat_that_makes_no_sense_keeps_nothing(
    learner: FlaskClient, runtime: NodeRuntime, changes: dict[str, Any]
) -> None:
    answer = beat(learner, **changes)
    assert answer.status_code == 400
    assert answer.get_json()["error"] == "bad-input"
    assert runtime.facts.of(LEARNER).studied == {}


def test_a_heartbeat_with_a_number_that_is_none_keeps_nothing(learner: FlaskClient) -> None:
    heartbeat = '{"learner": "A1001", "item": "food/film", "tab": "t", "spans": [[0, NaN]]}'
    answer = learner.post("/api/study", data=heartbeat, content_type="application/json")
    assert answer.status_code == 400
    assert learner.post("/api/study", data="[", content_type="application/json").status_code == 400


def test_a_heartbeat_for_what_is_not_here_is_not_found(learner: FlaskClient) -> None:
    assert beat(learner, item="food/none").status_code == 404
    assert beat(learner, item="none/film").status_code == 404


def test_a_page_is_shown_within_ours(learner: FlaskClient) -> None:
    page = learner.get("/course/food/notes").text
    assert "<p>先看许可证。</p>" in page
    assert "已读 0:00 / 1:00" in page


def test_practice_and_exam_lead_to_their_own_pages(learner: FlaskClient) -> None:
    assert learner.get("/course/food/drill").headers["Location"] == "/practice/food/drill"
    assert learner.get("/course/food/final").headers["Location"] == "/exam/food/final"
