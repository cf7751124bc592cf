"""A station whose line goes away, lies, and comes back (real processes, real commands)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from install.learner import NotAsExpected, SimulatedLearner
from install.servers import CommandFailed
from tests.together.conftest import Office, Open, change_settings

pytestmark = pytest.mark.slow


def _home(learner: SimulatedLearner) -> str:
    return learner.page("/").text


def test_a_term_with_the_line_down_is_whole_at_the_hub_when_it_is_back(office: Open) -> None:
    station = office()
    course, hub = station.hub.course, station.hub.server
    hub.stop()
    try:
        learner = station.learner()
        learner.sign_in()
        for item in course.items:
            if item.kind in ("video", "pdf", "page", "scorm"):
                learner.watch(course, item, 3.0)
            elif item.kind == "practice":
                learner.practise(course, item, 4)
            else:
                assert learner.sit(course, item) == len(learner.asked)
        with pytest.raises(CommandFailed, match="line-down"):
            station.sync()
        assert "线路断开" in _home(learner)
    finally:
        hub.start()
    station.sync()
    assert station.both_ends_agree() > 10
    # A second sync gets the same answer and changes nothing.
    station.sync()
    station.both_ends_agree()


@contextmanager
def _portal() -> Iterator[str]:
    """A hotel's log-in page that answers 200 to everything."""

    class Portal(BaseHTTPRequestHandler):
        def _page(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            page = "<html><body>请先登录网络</body></html>".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        do_GET = do_POST = _page

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Portal)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_portal_page_is_not_taken_for_the_hub(office: Open) -> None:
    station = office()
    course = station.hub.course
    practice = next(item for item in course.items if item.kind == "practice")
    learner = station.learner()
    with _portal() as portal:
        restart(station, f'hub_url = "{portal}"')
        learner.sign_in()
        learner.practise(course, practice, 3)
        station.node.stop()
        with pytest.raises(CommandFailed, match="not-the-hub"):
            station.sync()
    change_settings(station.node.data, f'hub_url = "{station.hub.server.address}"')
    assert "3" in station.sync()
    assert station.both_ends_agree() == 3


def restart(station: Office, settings: str) -> None:
    """Restart the station's node with other settings, so that no test depends on speed."""
    station.node.stop()
    change_settings(station.node.data, settings)
    station.node.start()


def test_a_session_that_expires_during_an_exam_loses_no_answer(office: Open) -> None:
    station = office()
    course = station.hub.course
    exam = next(item for item in course.items if item.kind == "exam")
    learner = station.learner()
    learner.sign_in()
    learner.begin(course, exam)
    learner.answer(course, exam, 0)
    restart(station, "session_idle_s = 1")
    learner.wait(2.1)
    with pytest.raises(NotAsExpected, match="session-expired"):
        learner.answer(course, exam, 1)
    restart(station, "session_idle_s = 600")
    learner.sign_in_again()
    learner.answer(course, exam, 1)
    assert learner.hand_in(course, exam) == 2
    station.sync()
    station.both_ends_agree()
