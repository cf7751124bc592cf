"""The station's page says whether it is the same computer, and can release a frozen station."""

import json
import re

import pytest
from flask.testing import FlaskClient

from hub.context.open_hub import Hub
from hub.intake import stations
from hub.store import nodes
from hub.store.engine import reading
from hub.web.app import create_app
from sync.secrets import secret_matches
from tests.hub.conftest import Station, join_station, study
from tests.hub.visitors import PASSWORD, account, visitor


@pytest.fixture
def station(sqlite_hub: Hub) -> Station:
    return join_station(sqlite_hub, "110101001")


@pytest.fixture
def office(sqlite_hub: Hub) -> FlaskClient:
    """A browser in which the administrator is logged in."""
    account(sqlite_hub, "office")
    client = create_app(sqlite_hub).test_client()
    token = csrf(client.get("/log-in").text)
    done = client.post(
        "/log-in", data={"name": "office", "password": PASSWORD, "csrf_token": token}
    )
    assert done.status_code in (302, 303), done.text
    return client


def csrf(page: str) -> str:
    match = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert match is not None, page[:800]
    return match[1]


def state(hub: Hub, node: int) -> str:
    with reading(hub.engine) as connection:
        stored = nodes.get(connection, node)
    assert stored is not None
    return stored.state


def test_the_page_counts_starts_and_contradictions(
    sqlite_hub: Hub, station: Station, office: FlaskClient
) -> None:
    station.send(station.seal(study("1001", 0, 9)))
    page = office.get(f"/stations/{station.node}").text
    assert "是不是同一台" in page
    assert "1 次" in page
    assert "没有换过" in page
    assert "另存不计" not in page
    twin = Station(sqlite_hub, station.node, station.key, boots=(b"boot0001",), contact=5)
    assert twin.send(twin.seal(study("1001", 20, 29))).refusal == "cloned"
    page = office.get(f"/stations/{station.node}").text
    assert "1 批，另存不计" in page
    assert "请他们关掉另一份" in page


def test_a_frozen_station_is_asked_about_before_it_goes_on(
    sqlite_hub: Hub, station: Station, office: FlaskClient
) -> None:
    asking = f"/stations/{station.node}/unfreeze"
    assert office.get(asking).status_code == 404
    stations.set_state(sqlite_hub, station.node, "frozen", "test")
    page = office.get(asking).text
    assert "请先确认另一份副本已经关掉" in page
    to = f"/stations/{station.node}/state"
    assert office.post(to, data={"state": "active"}).status_code == 400
    assert state(sqlite_hub, station.node) == "frozen"
    done = office.post(to, data={"state": "active", "csrf_token": csrf(page)})
    assert done.status_code == 303
    assert state(sqlite_hub, station.node) == "active"


def test_a_station_is_told_the_new_password_of_its_keeper_and_only_its_hash(
    sqlite_hub: Hub,
) -> None:
    station, boss = join_station(sqlite_hub, "110101002"), visitor(sqlite_hub)
    station.send()
    assert "要重设" in boss.get(f"/stations/{station.node}/keeper")
    page = boss.post(f"/stations/{station.node}/keeper").text
    password = "-".join(re.findall(r"<span>([a-z2-9]{4})</span>", page))
    [order] = [each for each in station.send().orders if each.kind == "keeper"]
    body = json.loads(order.body)
    assert secret_matches(password, body["secret"])
    assert body["at"] == sqlite_hub.now()
    assert password not in order.body.decode()
