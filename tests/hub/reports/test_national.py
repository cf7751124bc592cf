"""The whole country: the national tree, stations in use, figures that add up at each level."""

import pytest

from hub.context.open_hub import Hub
from hub.reports.figures import overview
from hub.store import units
from hub.store.engine import reading
from hub.store.scope import Scope
from tests.hub.filling import SHARED, Clock, fill, new_hub
from tests.hub.visitors import visitor


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    if not (SHARED / "org").is_dir():
        pytest.skip("no ../shared/testdata/org here")
    folder = tmp_path_factory.mktemp("country")
    hub = new_hub(folder / "hub", Clock())
    fill(hub, folder, counties=8, a_county=3, a_station=4)
    return hub


def test_the_tree_is_whole(country: Hub) -> None:
    with reading(country.engine) as connection:
        assert units.count(connection) == 1 + 31 + 342 + 2_978 + 24


def test_every_level_adds_up_to_the_one_above(country: Hub) -> None:
    with reading(country.engine) as connection:
        top = units.root(connection)
        assert top is not None
        level, people = [top], set()
        for _ in range(4):
            counted = [overview(connection, Scope((unit,)), country.now()) for unit in level]
            for unit_overview in counted:
                whole = unit_overview.whole
                assert whole.due == whole.done + whole.studying + whole.behind + whole.unknown
                for name in ("people", "due", "done", "behind", "unknown", "visits", "stations"):
                    parts = sum(getattr(part, name) for part in unit_overview.parts)
                    assert parts == getattr(whole, name), (whole.unit.name, name)
            people.add(sum(unit_overview.whole.people for unit_overview in counted))
            level = [
                part.unit
                for unit_overview in counted
                for part in unit_overview.parts
                if part.people
            ]
        assert people == {8 * 3 * 4}


def test_the_country_is_in_all_states(country: Hub) -> None:
    with reading(country.engine) as connection:
        top = units.root(connection)
        assert top is not None
        whole = overview(connection, Scope((top,)), country.now()).whole
    assert min(whole.done, whole.studying, whole.behind, whole.unknown) > 0
    assert min(whole.silent, whole.waiting) > 0


def test_pages_of_every_level_answer(country: Hub) -> None:
    came = visitor(country)
    with reading(country.engine) as connection:
        busy = units.by_code(connection, "0")
        assert busy is not None
        path = [busy]
        while len(path) < 4:
            counted = overview(connection, Scope((path[-1],)), country.now())
            path.append(max(counted.parts, key=lambda part: part.people).unit)
    for unit in path[1:]:
        assert unit.name in came.get(f"/units/{unit.id}")
    for sort in ("worst", "stuck", "name"):
        assert "下级单位" in came.get(f"/?sort={sort}")
    assert "共 3,376 条" in came.get("/units?page=2")
    assert came.get("/units?q=朝阳区").count("/units/") >= 2


def test_a_search_of_the_whole_country_names_what_is_above(country: Hub) -> None:
    page = visitor(country, "searcher").get("/units?q=市辖区")
    assert "上海市" in page
