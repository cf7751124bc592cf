"""A populated station for the benches: its data folder, its learners' cookies, its process."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeTimedSerializer
from psutil import Process

from install.servers import Server, free_port
from node.config import Config
from node.learning.exams import exam
from node.learning.exams.paper import Paper
from node.runtime import NodeRuntime
from node.store import classes, learners
from node.web.app import create_app
from node.web.auth import TOKEN
from sync.secrets import random_token
from tests.node.conftest import PIN_STORED, install_course, populate

EXAM = "food/final"
FILM = "food/film"
# As many as a node's threads write at once, so that group commit happens as in service.
AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Seat:
    """One signed-in learner in the middle of an exam."""

    learner: str
    cookie: str
    csrf: str
    questions: list[str]
    attempt: int


def seed(data: Path, count: int) -> list[Seat]:
    """Make a joined station with ``count`` learners signed in, an exam begun by each."""
    config = Config(data=data, host="127.0.0.1", port=free_port())
    config.save()
    runtime = NodeRuntime.open(config)
    try:
        populate(runtime)
        course = install_course(runtime)
        numbers = [f"L{n:05}" for n in range(count)]

        def roster(conn: sqlite3.Connection) -> None:
            for number in numbers:
                learners.put(conn, number, f"学员{number}", "科员", "红旗所")
                learners.set_pin(conn, number, PIN_STORED, runtime.clock.now())
            classes.put(conn, _class_of_today())

        runtime.store.write(roster)
        cookies = Cookies(runtime)

        def sit(number: str) -> Seat:
            attempt = exam.begin(runtime.store, course, "final", number, runtime.moment())
            asked = [question.id for question in Paper.from_text(attempt.paper).asked]
            cookie, csrf = cookies.sign_in(number)
            return Seat(number, cookie, csrf, asked, attempt.number)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            seats = list(pool.map(sit, numbers))
        runtime.mark_alive()
        return seats
    finally:
        runtime.close()


def _class_of_today() -> classes.Class:
    today = datetime.now(UTC)
    first, last = today - timedelta(days=5), today + timedelta(days=15)
    return classes.Class("k1", "冬季班", f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}", ("food",))


class Cookies:
    """Makes the cookies that the node's sign-in page sets."""

    def __init__(self, runtime: NodeRuntime) -> None:
        self._machine = runtime
        self._app = create_app(runtime)
        signer = self._app.session_interface.get_signing_serializer(self._app)  # type: ignore[attr-defined]
        assert isinstance(signer, URLSafeTimedSerializer)
        self._signer = signer
        with self._app.test_request_context("/"):
            from flask import session

            self._csrf = generate_csrf()
            self._csrf_secret = session["csrf_token"]

    def sign_in(self, number: str) -> tuple[str, str]:
        """The cookie and the form token of ``number``, signed in now."""
        token = random_token()
        self._machine.sessions.begin(token, self._machine.clock.now(), number, "", "127.0.0.1")
        cookie = self._signer.dumps({TOKEN: token, "csrf_token": self._csrf_secret})
        return f"xuezhan={cookie}", self._csrf


def write_seats(seats: list[Seat], file: Path) -> None:
    """Hand the seats to the process that makes the load."""
    file.write_text(json.dumps([asdict(seat) for seat in seats]), "utf-8")


def read_seats(file: Path) -> list[Seat]:
    """The seats that ``write_seats`` wrote."""
    return [Seat(**fields) for fields in json.loads(file.read_text("utf-8"))]


@contextmanager
def running(data: Path) -> Iterator[tuple[Process, int]]:
    """A node started by its command; gives the process and the port once it answers."""
    server = Server("node", data, Config.load(data).port).start()
    try:
        assert server.process is not None
        yield Process(server.process.pid), server.port
    finally:
        server.stop()
