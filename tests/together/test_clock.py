"""A station PC whose clock says 2000 or 2038 (the real command under a wrong clock)."""

from datetime import UTC, datetime

import pytest

from hub.context import open_hub
from hub.store import results
from hub.store.engine import reading
from tests.faking import WrongClocks
from tests.together.conftest import Office, Open

pytestmark = pytest.mark.slow

WRONG = ["2000-01-01 08:00:00", "2038-01-20 08:00:00"]


@pytest.mark.parametrize("at", WRONG)
def test_an_exam_counts_once_and_today_whatever_the_clock_says(
    at: str, office: Open, clocks: WrongClocks
) -> None:
    station = office(before=clocks.faked(f"@{at}"))
    course = station.hub.course
    exam = next(item for item in course.items if item.kind == "exam")
    learner = station.learner()
    learner.sign_in()
    learner.sit(course, exam)
    station.sync()
    assert station.both_ends_agree() > 2
    (day,) = _days_of_results(station, learner.number)
    assert abs((day - datetime.now(UTC)).days) <= 1


def _days_of_results(station: Office, number: str) -> list[datetime]:
    hub = open_hub.open_hub(station.hub.server.data)
    try:
        with reading(hub.engine) as connection:
            rows = results.of_learners(connection, [number])
    finally:
        hub.close()
    return [datetime.fromtimestamp(row.submitted_at, UTC) for row in rows]
