"""Organisation import: any depth, no orphan, equal names stay apart; repeating changes nothing."""

from pathlib import Path

import pytest

from hub.context.open_hub import Hub
from hub.errors import MissingColumn
from hub.people import unit_tree
from hub.people.errors import UnreadableTable
from hub.store import units
from hub.store.engine import reading
from hub.store.units import Unit
from tests.hub.actors import actor

SHARED = Path(__file__).parents[4] / "shared" / "testdata" / "org"


def table(tmp_path: Path, text: str, name: str = "org.csv") -> Path:
    file = tmp_path / name
    file.write_text(text, "utf-8")
    return file


def tree(hub: Hub) -> dict[str, Unit]:
    with reading(hub.engine) as connection:
        return units.all_by_code(connection)


def test_a_table_of_units_becomes_a_tree_of_any_depth(hub: Hub, tmp_path: Path) -> None:
    rows = "".join(f"u{n},第{n}级,{f'u{n - 1}' if n else ''}\n" for n in range(9))
    report = unit_tree.import_org(hub, table(tmp_path, "code,name,parent\n" + rows), actor("test"))
    assert (report.rows, report.added, report.refused) == (9, 9, 0)
    deepest = tree(hub)["u8"]
    assert deepest.level == 9
    assert len(deepest.ancestors) == 10


def test_children_may_stand_above_their_parents(hub: Hub, tmp_path: Path) -> None:
    text = "代码,名称,上级\n1101,东城,11\n11,北京,\n"
    assert unit_tree.import_org(hub, table(tmp_path, text), actor("test")).added == 2
    assert tree(hub)["1101"].parent_id == tree(hub)["11"].id


def test_importing_again_changes_nothing_and_renames_are_taken(hub: Hub, tmp_path: Path) -> None:
    file = table(tmp_path, "code,name,parent\n11,北京,\n1101,东城,11\n")
    unit_tree.import_org(hub, file, actor("test"))
    again = unit_tree.import_org(hub, file, actor("test"))
    assert (again.added, again.renamed, again.same) == (0, 0, 2)
    renamed = table(tmp_path, "code,name,parent\n11,北京市,\n")
    assert unit_tree.import_org(hub, renamed, actor("test")).renamed == 1
    assert tree(hub)["11"].name == "北京市"


def test_each_bad_row_is_named_and_the_others_go_in(hub: Hub, tmp_path: Path) -> None:
    text = (
        "code,name,parent\n11,北京,\n,无码,11\n12,,\n11,重复,\n13,孤儿,99\n"
        "21,甲,22\n22,乙,21\n14,\x1b[2J,\n"
    )
    report = unit_tree.import_org(hub, table(tmp_path, text), actor("test"))
    assert (report.rows, report.added, report.refused) == (8, 1, 7)
    assert {(fault.row, fault.code) for fault in report.faults} == {
        (3, "code-missing"),
        (4, "name-missing"),
        (5, "code-twice"),
        (6, "parent-unknown"),
        (7, "parent-circle"),
        (8, "parent-circle"),
        (9, "text-malformed"),
    }
    assert all(fault.text().startswith(f"第 {fault.row} 行：") for fault in report.faults)


def test_an_import_never_moves_a_unit(hub: Hub, tmp_path: Path) -> None:
    unit_tree.import_org(
        hub, table(tmp_path, "code,name,parent\n11,甲,\n12,乙,\n1,丙,11\n"), actor("test")
    )
    report = unit_tree.import_org(
        hub, table(tmp_path, "code,name,parent\n1,丙,12\n"), actor("test")
    )
    [fault] = report.faults
    assert (fault.code, fault.values["now"], fault.values["parent"]) == ("unit-moved", "11", "12")
    assert "不能靠导入换上级" in fault.text()


def test_a_file_without_the_needed_columns_is_refused(sqlite_hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(MissingColumn, match="no column for 'code' among name, parent"):
        unit_tree.import_org(sqlite_hub, table(tmp_path, "name,parent\n北京,\n"), actor("test"))
    with pytest.raises(UnreadableTable, match="no rows"):
        unit_tree.import_org(sqlite_hub, table(tmp_path, ""), actor("test"))


@pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED} is not here")
def test_the_national_list_loads_without_an_orphan(hub: Hub) -> None:
    report = unit_tree.import_org(hub, SHARED, actor("test"))
    assert (report.rows, report.added, report.refused) == (3351, 3351, 0)
    known = tree(hub)
    by_id = {unit.id: unit for unit in known.values()}
    assert [unit.code for unit in known.values() if unit.parent_id is None] == ["0"]
    for unit in known.values():
        parent = by_id.get(unit.parent_id or 0)
        assert unit.path == f"{parent.path if parent else '/'}{unit.id}/"
    named = [unit for unit in known.values() if unit.name == "市辖区"]
    assert len(named) == len({unit.parent_id for unit in named}) > 1
    assert unit_tree.import_org(hub, SHARED, actor("test")).same == 3351
