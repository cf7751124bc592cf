"""An account for a unit sees and changes only what is at or below that unit."""

import pytest

from hub.context.open_hub import Hub
from hub.intake import stations
from hub.people import roster
from hub.store import marks, units
from hub.store.engine import reading
from hub.store.scope import Scope
from tests.hub.actors import actor
from tests.hub.conftest import join_station, publish_course, sitting, study
from tests.hub.visitors import Visitor, visitor


@pytest.fixture
def two(sqlite_hub: Hub) -> Hub:
    """Two provinces, each with a station and a learner who sat the exam."""
    hub = sqlite_hub
    for code in ("north", "south"):
        join_station(hub, code, name=f"{code}省")
    file = hub.config.data / "roster.csv"
    publish_course(hub)
    lines = ["学号,姓名,单位"]
    for code in ("north", "south"):
        lines.append(f"{code}1,{code}人,{code}station")
        station = join_station(hub, f"{code}station", code, f"{code}所")
        station.send(station.seal(study(f"{code}1", 0, 100), *sitting(f"{code}1")))
    file.write_text("\n".join(lines), "utf-8")
    roster.import_roster(hub, file, actor("test"))
    stations.add(hub, "southwaits", "test", "south待接入", "south")
    return hub


@pytest.fixture
def north(two: Hub) -> Visitor:
    return visitor(two, "north", "admin", "north")


def _ids(hub: Hub) -> tuple[int, int]:
    """The unit and the node of the southern station."""
    with reading(hub.engine) as connection:
        unit = units.by_code(connection, "southstation")
        assert unit is not None
        from hub.store import nodes

        [node] = nodes.of_unit(connection, unit.id)
    return unit.id, node.id


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/stations",
        "/learners",
        "/results",
        "/units?q=s",
        "/units?q=o",
        "/courses",
        "/stations/new?q=o",
    ],
)
def test_no_list_names_what_is_outside(north: Visitor, path: str) -> None:
    page = north.get(path)
    assert "south" not in page.replace("southern", "")
    assert "north" in page


def test_pages_of_units_stations_and_learners_outside_are_not_there(
    two: Hub, north: Visitor
) -> None:
    unit_id, node_id = _ids(two)
    for path in (
        f"/units/{unit_id}",
        f"/stations/{node_id}",
        f"/stations/{node_id}/note",
        f"/stations/{node_id}/replace",
        "/learners/south1",
        "/learners/south1/records",
        f"/learners?unit={unit_id}",
        f"/results?unit={unit_id}",
        f"/results.xlsx?unit={unit_id}",
        f"/stations?unit={unit_id}",
        "/units/1",
    ):
        north.get(path, 404)


def test_what_is_outside_cannot_be_changed(two: Hub, north: Visitor) -> None:
    _unit_id, node_id = _ids(two)
    assert north.post(f"/stations/{node_id}/code", replace="yes").status_code == 404
    assert north.post(f"/stations/{node_id}/state", state="frozen").status_code == 404
    assert "没有这个单位" in north.post("/stations/new", parent="south", where="here").text
    below = {"parent": "north", "where": "below", "name": "新所", "code": "southwaits"}
    answer = north.post("/stations/new", **below)
    assert (answer.status_code, "已经属于别处" in answer.text) == (400, True)


def test_results_are_counted_and_exported_within_the_scope_only(two: Hub, north: Visitor) -> None:
    with reading(two.engine) as connection:
        unit = units.by_code(connection, "north")
        assert unit is not None
        scope = Scope((unit,))
        everything = marks.ResultFilter("/")
        assert marks.count(connection, scope, everything).sittings == 1
        assert [row.learner for row in marks.every(connection, scope, everything)] == ["north1"]


@pytest.mark.parametrize("path", ["/keys", "/audit", "/courses/new"])
def test_what_is_of_the_whole_hub_is_closed_to_the_administrator_of_a_province(
    two: Hub, north: Visitor, path: str
) -> None:
    north.get(path, 403)
    assert f'href="{path}"' not in north.get("/governing") + north.get("/courses")
    visitor(two).get(path)


@pytest.mark.parametrize(
    "path", ["/governing", "/accounts", "/org/import", "/roster/import", "/classes/new"]
)
def test_what_a_province_does_for_its_own_units_is_open_to_it(north: Visitor, path: str) -> None:
    north.get(path)
    if path != "/governing":
        visible = north.get("/governing") + north.get("/courses")
        assert f'href="{path}"' in visible


def test_a_viewer_sees_and_changes_nothing(two: Hub) -> None:
    viewer = visitor(two, "viewer", "viewer")
    _unit_id, node_id = _ids(two)
    assert "southstation" in viewer.get(f"/stations/{node_id}")
    assert "添加站点" not in viewer.get("/stations")
    viewer.get("/stations/new", 403)
    viewer.get(f"/stations/{node_id}/note", 403)
    for path in (f"/stations/{node_id}/code", f"/stations/{node_id}/state", "/stations/new"):
        assert viewer.post(path, state="frozen").status_code == 403


def test_an_account_whose_unit_is_a_station_sees_its_learners(two: Hub) -> None:
    keeper = visitor(two, "keeper", "viewer", "northstation")
    assert "north1" in keeper.get("/learners")
    assert "northstation" in keeper.get("/units?q=north")
    assert "north省" not in keeper.get("/learners/north1")


def test_a_province_adds_stations_below_itself(two: Hub, north: Visitor) -> None:
    fields = {"parent": "north", "where": "below", "name": "新所", "code": "north9"}
    answer = north.post("/stations/new", **fields)
    assert answer.status_code == 303
    page = north.get(answer.location)
    assert "接入码" in page
    assert "新所" in page


@pytest.mark.parametrize("path", ["/", "/learners/north1", "/results.xlsx", "/stations/1/note"])
def test_without_an_account_every_page_leads_to_the_log_in(two: Hub, path: str) -> None:
    from tests.hub.visitors import stranger

    answer = stranger(two).client.get(path)
    assert answer.status_code == 302
    assert answer.location.startswith("/log-in")
