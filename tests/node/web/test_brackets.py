"""JSON that is nested too deeply is refused like any other bad input."""

import pytest
from flask.testing import FlaskClient

DEEP = [b"[" * 60_000, b'{"a":' * 12_000, b"[" * 30_000 + b"]" * 30_000]


@pytest.mark.parametrize("body", DEEP)
@pytest.mark.parametrize("path", ["/api/exam/answer", "/api/study", "/api/scorm"])
def test_a_body_of_brackets_is_no_object(learner: FlaskClient, path: str, body: bytes) -> None:
    answer = learner.post(path, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"] == "bad-input"
