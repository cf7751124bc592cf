"""Every page of the hub, and a small hub in use behind them, for tests that ask it of all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from hub import machine, org, roster, stations
from hub.config import Config
from hub.store.engine import reading
from hub.store.units import by_code
from hub.web.app import create_app
from tests.hub.conftest import Clock, Station, join_station, publish_course, sitting, study

ORG = "代码,名称,上级\n43,云岭省局,\n4301,临江市局,43\n430121,清溪县局,4301\n"
ROSTER = "学号,姓名,单位,职务\nA1,周建国,430121001,所长\nA2,吴秀英,430121001,科员\n"


@dataclass(frozen=True, slots=True)
class InUse:
    """A hub with a tree, two stations, learners and results; its application and sign-in."""

    app: Flask
    client: FlaskClient
    unit: int


@contextmanager
def in_use(folder: Path) -> Iterator[InUse]:
    """A small hub that has seen study, passed and failed exams, a silent and a frozen station."""
    password = machine.create(Config(data=folder), Clock())
    hub = machine.open_hub(folder, Clock())
    (folder / "org.csv").write_text(ORG, "utf-8")
    (folder / "roster.csv").write_text(ROSTER, "utf-8")
    org.import_org(hub, folder / "org.csv", "test")
    publish_course(hub)
    station: Station = join_station(hub, "430121001", "430121", "红旗所")
    join_station(hub, "430121002", "430121", "东关所")
    copied = join_station(hub, "430121003", "430121", "西街所")
    stations.set_state(hub, copied.node, "frozen", "test")
    roster.import_roster(hub, folder / "roster.csv", "test", "0")
    records = [study("A1", 0, 90), *sitting("A1"), *sitting("A2", wrong=4)]
    station.send(station.seal(*records))
    with reading(hub.engine) as connection:
        county = by_code(connection, "430121")
    assert county is not None
    app = create_app(hub)
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    assert client.post("/log-in", data={"name": "admin", "password": password}).status_code in (
        302,
        303,
    )
    yield InUse(app, client, county.id)
    hub.close()


# The view's name and its address; {unit} is a county.
PAGES = (
    ("overview.home", "/"),
    ("units.show", "/units/{unit}"),
    ("units.search", "/units?q=所"),
    ("units.import_page", "/org/import"),
    ("stations.index", "/stations"),
    ("stations.show", "/stations/1"),
    ("stations.show", "/stations/2"),
    ("stations.note", "/stations/1/note"),
    ("stations.add", "/stations/new"),
    ("stations.replace", "/stations/1/replace"),
    ("stations.show", "/stations/3"),
    ("stations.unfreeze", "/stations/3/unfreeze"),
    ("learners.index", "/learners"),
    ("learners.show", "/learners/A1"),
    ("learners.records", "/learners/A1/records"),
    ("learners.import_page", "/roster/import"),
    ("results.index", "/results"),
    ("courses.index", "/courses"),
    ("courses.show", "/courses/food"),
    ("courses.upload", "/courses/new"),
    ("courses.new_class", "/classes/new"),
    ("auth.governing", "/governing"),
    ("auth.account_list", "/accounts"),
    ("auth.audit_log", "/audit"),
    ("auth.password", "/password"),
)
# Answers to stations, files; the log-in, which has a test of its own; a page after an upload.
NO_PAGES = {
    "auth.log_in",
    "courses.preview",
    "exchange.blob",
    "look.face_file",
    "look.own_file",
    "results.workbook",
}
