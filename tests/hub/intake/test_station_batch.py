"""Many stations from a table: what each row does, and new codes in bulk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.context.open_hub import Hub
from hub.intake import station_batch, stations
from hub.people import unit_tree
from hub.rights import Role
from hub.store import codes, contacts, units
from hub.store.engine import reading
from tests.hub.actors import actor, actor_at
from tests.hub.conftest import Clock, join_station
from tests.hub.visitors import visitor

ORG = "代码,名称,上级\n43,云岭省局,\n4301,临江市局,43\n4302,南江市局,43\n430101,东所,4301\n"
TABLE = (
    "单位代码,名称,上级代码\n430101,东所,4301\n430102,西所,4301\n430103,北所,4301\n"
    "430104,,\n430101,东所,4301\n430201,南所,4302\n,无,4301\n999,谁,888\n"
)


@pytest.fixture
def used(hub: Hub, tmp_path: Path) -> Hub:
    (tmp_path / "org.csv").write_text(ORG, "utf-8")
    unit_tree.import_org(hub, tmp_path / "org.csv", actor())
    join_station(hub, "430103", "4301", "北所")
    return hub


def _state(hub: Hub, code: str) -> str:
    with reading(hub.engine) as connection:
        unit = units.by_code(connection, code)
        return contacts.state_at(connection, unit.id) if unit else "no unit"


def test_a_table_says_what_it_would_do_and_then_does_it(used: Hub, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE, "utf-8")
    city = actor_at(used, "4301", Role.ADMINISTRATOR)
    plan = station_batch.plan(used, city, tmp_path / "t.csv")
    assert [(each.what, each.code) for each in plan.planned] == [
        ("new", "430101"), ("unit", "430102"),
    ]  # fmt: skip
    assert [(fault.row, fault.code) for fault in plan.faults] == [
        (4, "station-taken"), (5, "unit-new"), (6, "code-twice"), (7, "unit-elsewhere"),
        (8, "code-missing"), (9, "unit-new"),
    ]  # fmt: skip
    assert plan.rows == len(plan.planned) + plan.refused
    assert all(fault.text() for fault in plan.faults)
    assert (_state(used, "430101"), _state(used, "430102")) == ("", "no unit")
    station_batch.carry_out(used, city, tmp_path / "t.csv")
    assert (_state(used, "430101"), _state(used, "430102")) == ("waiting", "waiting")
    assert (_state(used, "430103"), _state(used, "430201")) == ("active", "no unit")
    again = station_batch.plan(used, city, tmp_path / "t.csv")
    assert [each.what for each in again.planned] == ["renew", "renew"]


def test_codes_are_renewed_in_bulk_for_those_that_wait_and_are_ones_own(
    used: Hub, clock: Clock
) -> None:
    waiting = stations.add(used, "430101", "test")
    other = stations.add(used, "430201", "test", "南所", "4302")
    with reading(used.engine) as connection:
        before = {n: codes.of_node(connection, n) for n in (waiting.node_id, other.node_id, 1)}
    clock.at += 60
    city = actor_at(used, "4301", Role.ADMINISTRATOR)
    station_batch.renew(used, city, [waiting.node_id, other.node_id, 1, 0, 999])
    with reading(used.engine) as connection:
        after = {n: codes.of_node(connection, n) for n in before}
    assert [before[n] != after[n] for n in before] == [True, False, False]


def test_from_the_table_to_the_slips_on_the_pages(used: Hub) -> None:
    came = visitor(used)
    page = came.hand_in("/stations/batch", "所.csv", TABLE.encode()).text
    assert "预览：还没有写入" in page
    assert "“北所”已经有站点在工作" in page
    [token] = re.findall(r'action="/stations/batch/([\w-]+)"', page)
    done = came.post(f"/stations/batch/{token}", name="所.csv")
    assert done.status_code == 303
    slips = came.get(done.location)
    assert re.findall(r"<b>([东西南北]所)</b>", slips) == ["东所", "西所", "南所"]
    found = re.findall(r'aria-label="接入码 ([0-9A-Z-]{19})"', slips)
    assert len(set(found)) == 3
    assert all(f'--code <span class="one-line">{code}</span>' in slips for code in found)
    question = came.get("/stations/codes?pick=1&pick=2&pick=3")
    assert "给 2 个站点换新的接入码？" in question  # one of them is at work
    picks = re.findall(r'name="pick" value="(\d+)"', question)
    renewed = came.post("/stations/codes", pick=picks)
    again = came.get(renewed.location)
    assert not set(re.findall(r'aria-label="接入码 ([0-9A-Z-]{19})"', again)) & set(found[:2])
    assert came.client.get("/stations/codes?pick=1").location == "/stations?state=waiting"
    assert came.get("/stations/codes?state=nothing", 404)


def test_slips_are_of_ones_own_stations_only(used: Hub) -> None:
    stations.add(used, "430101", "test")
    other = stations.add(used, "430201", "test", "南所", "4302")
    city = visitor(used, "city", "admin", "4301")
    assert "南所" not in city.get(f"/stations/slips?pick={other.node_id}")
    assert "东所" in city.get("/stations/slips")
    assert "南所" not in city.get("/stations/slips")
