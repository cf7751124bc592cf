"""hub.people.unit_names: a unit is meant by code, name, county and station, or its whole path."""

from collections.abc import Sequence

import pytest

from hub.people.unit_names import UnitNames
from hub.store.units import Unit

TREE = (
    Unit(1, None, "0", "总局", 0, "/1/"),
    Unit(2, 1, "43", "云岭省", 1, "/1/2/"),
    Unit(3, 2, "4301", "清溪县市场监督管理局", 2, "/1/2/3/"),
    Unit(4, 2, "4302", "新县市场监督管理局", 2, "/1/2/4/"),
    Unit(5, 3, "430101", "城关所", 3, "/1/2/3/5/"),
    Unit(6, 4, "430201", "城关所", 3, "/1/2/4/6/"),
    Unit(7, 4, "430202", "河西所", 3, "/1/2/4/7/"),
)


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        (["430101"], ["430101"]),
        (["河西所"], ["430202"]),
        (["城关所"], ["430101", "430201"]),
        (["云岭省/清溪县市场监督管理局/城关所"], ["430101"]),
        (["云岭省 > 新县市场监督管理局 > 城关所"], ["430201"]),
        (["云岭省新县市场监督管理局城关所"], ["430201"]),
        (["云岭省清溪县城关所"], ["430101"]),
        (["清溪县市场监督管理局", "城关所"], ["430101"]),
        (["新县", "城关所"], ["430201"]),
        (["新县市场监督管理局-河西所"], ["430202"]),
        (["清溪县市场监督管理局", ""], ["4301"]),
        (["清溪县", "河西所"], []),
        (["外省城关所"], []),
        (["城"], []),
        ([], []),
    ],
)
def test_the_unit_that_is_meant_is_found_or_none(texts: Sequence[str], codes: list[str]) -> None:
    names = UnitNames(TREE[1:], TREE)
    assert [unit.code for unit in names.meant(texts)] == codes
    assert [unit.code for unit in names.meant(texts)] == codes  # the second time, too


def test_a_unit_that_is_not_kept_is_never_meant() -> None:
    names = UnitNames([unit for unit in TREE if unit.path.startswith("/1/2/3/")], TREE)
    assert [unit.code for unit in names.meant(["城关所"])] == ["430101"]
    assert names.meant(["430201"]) == []
