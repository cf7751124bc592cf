"""Fixtures of the node's tests: a machine with a roster and one small course, and browsers."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from content.model.course import Course, ExamSettings, FileRef, Item, Question
from content.packs.pack import seal_manifest
from node.clock import Clock
from node.config import Config
from node.learning.exams import exam, mock_exam
from node.runtime import NodeRuntime
from node.store import classes, courses, keepers, learners, meta
from node.store.meta import NodeIdentity
from node.web.app import create_app
from sync.identity import Identity as HubIdentity
from sync.signing import SigningKey
from tests.quick import quick_secret

START = 1_795_000_000  # 2026-11-18 in Unix seconds
LEARNER, OTHER, PIN = "A1001", "A1002", "271828"
KEEPER, PASSWORD = "管理员", "correct horse"
PIN_STORED, PASSWORD_STORED = quick_secret(PIN), quick_secret(PASSWORD)
HUB_KEY = SigningKey.from_bytes(bytes(range(32)))
NODE = 7


class FakeTime:
    """A PC's clocks, set by tests: ``raw`` claims the time of day, ``steady`` only counts."""

    def __init__(self) -> None:
        self.raw_s, self.steady_s = float(START), 1000.0

    def raw(self) -> float:
        return self.raw_s

    def steady(self) -> float:
        return self.steady_s

    def go_on(self, seconds: float) -> None:
        self.raw_s += seconds
        self.steady_s += seconds

    def clock(self, floor: int = START, skew_s: int = 0) -> Clock:
        return Clock(floor, skew_s, self.raw, self.steady)


def question(id: str, answer: str, type: str = "single") -> Question:
    options = ("甲", "乙", "丙", "丁") if type in ("single", "multiple") else ()
    return Question(
        id=id,
        type=type,  # type: ignore[arg-type]
        text=f"题目 {id}？",
        options=("正确", "错误") if type == "truefalse" else options,
        answer=answer,
        explain=f"{id} 的解析",
        see_item="film",
        see_second=30,
    )


def small_course(film: FileRef, page: FileRef, version: int = 1) -> Course:
    return Course(
        id="food",
        version=version,
        title="食品安全日常检查",
        summary="检查食品经营店的要点。",
        lecturer="王老师",
        category="食品",
        hours="2",
        credits="1",
        items=(
            Item("film", "video", "现场检查", seconds=120, file=film),
            Item("notes", "page", "检查要点", seconds=60, file=page),
            Item(
                "drill",
                "practice",
                "随堂练习",
                questions=(
                    question("p1", "A"),
                    question("p2", "AC", "multiple"),
                    question("p3", "A", "truefalse"),
                    question("p4", "许可证|许可证书", "fill"),
                ),
            ),
            Item(
                "final",
                "exam",
                "结业考试",
                questions=tuple(question(f"e{n}", "B") for n in range(1, 7)),
                exam=ExamSettings(draw=4, minutes=30, pass_percent=60, attempts=2),
            ),
        ),
    )


def install_course(runtime: NodeRuntime, version: int = 1) -> Course:
    """Install the small course as if it had been fetched."""
    film = runtime.config.data / "film.mp4"
    film.write_bytes(bytes(range(256)) * 400)
    page = runtime.config.data / "notes.html"
    page.write_text("<h1>检查要点</h1><p>先看许可证。</p>", "utf-8")
    course = small_course(
        runtime.blobs.add_file(film, "film.mp4"),
        runtime.blobs.add_file(page, "notes.html"),
        version,
    )
    manifest = seal_manifest(course, HUB_KEY)
    sha = runtime.blobs.add_bytes(manifest)
    wanted = courses.WantedCourse(course.id, version, sha, len(manifest), course.title, START)

    def store(conn: sqlite3.Connection) -> None:
        courses.want(conn, wanted)
        courses.install(conn, wanted, manifest, START)

    runtime.store.write(store)
    return courses.course(runtime.store.read(), course.id)


def populate(runtime: NodeRuntime) -> None:
    """Give the machine its identity, two learners with PINs, a keeper and a class."""

    def store(conn: sqlite3.Connection) -> None:
        meta.put_identity(
            conn,
            NodeIdentity(NODE, 1, "610102001", "红旗所", (HubIdentity.of(HUB_KEY),)),
        )
        for number, name in ((LEARNER, "张一"), (OTHER, "李二")):
            learners.put(conn, number, name, "科员", "红旗所")
            learners.set_pin(conn, number, PIN_STORED, START)
        keepers.set_password(conn, KEEPER, PASSWORD_STORED, START)
        classes.put(
            conn,
            classes.Class("k1", "冬季班", "2026-11-10", "2026-12-09", ("food",)),
        )

    runtime.store.write(store)


@pytest.fixture(autouse=True)
def _same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mock exams draw the same questions in every run, and attempts are numbered 1, 2, 3."""
    monkeypatch.setattr(mock_exam, "CHANCE", random.Random(8))
    monkeypatch.setattr(exam, "new_mark", lambda: 0)


@pytest.fixture
def pc() -> FakeTime:
    return FakeTime()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data=tmp_path / "node", hub_url="http://127.0.0.1:9")


@pytest.fixture(scope="session")
def joined_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a joined machine with learners, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("template") / "node"
    runtime = NodeRuntime.open(Config(data=folder), FakeTime().clock())
    populate(runtime)
    runtime.close()
    return folder


@pytest.fixture
def runtime(config: Config, pc: FakeTime, joined_folder: Path) -> Iterator[NodeRuntime]:
    """A joined machine with learners, not started: nothing runs by itself."""
    shutil.copytree(joined_folder, config.data, dirs_exist_ok=True)
    runtime = NodeRuntime.open(config, pc.clock())
    yield runtime
    runtime.close()


@pytest.fixture
def running(config: Config, joined_folder: Path) -> Iterator[NodeRuntime]:
    """A joined machine with learners whose clock runs, not started."""
    shutil.copytree(joined_folder, config.data, dirs_exist_ok=True)
    runtime = NodeRuntime.open(config)
    yield runtime
    runtime.close()


@pytest.fixture
def course(runtime: NodeRuntime) -> Course:
    """The small course, installed."""
    return install_course(runtime)


@pytest.fixture
def app(runtime: NodeRuntime, course: Course) -> Flask:
    app = create_app(runtime)
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    """Somebody who is not signed in."""
    return app.test_client()


@pytest.fixture
def sign_in_as(app: Flask) -> Callable[[str], FlaskClient]:
    """Sign a learner in, in a browser of their own."""

    def signed_in(number: str) -> FlaskClient:
        client = app.test_client()
        answer = client.post("/sign-in", data={"number": number, "pin": PIN})
        assert answer.status_code == 303, answer.text
        return client

    return signed_in


@pytest.fixture
def learner(sign_in_as: Callable[[str], FlaskClient]) -> FlaskClient:
    """A browser in which learner A1001 is signed in."""
    return sign_in_as(LEARNER)


@pytest.fixture
def keeper(app: Flask) -> FlaskClient:
    """A browser in which the keeper is signed in."""
    client = app.test_client()
    answer = client.post("/keeper/sign-in", data={"name": KEEPER, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return client
