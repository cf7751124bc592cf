"""hub.publishing.org_table: a table that puts a unit below another moves it, with its history."""

from pathlib import Path

from hub.context.open_hub import Hub
from hub.people import unit_tree
from hub.publishing import org_table
from hub.store import unit_changes, units
from hub.store.engine import reading
from hub.store.units import Unit
from tests.content.cells.books import Cell, book
from tests.hub.actors import actor
from tests.hub.visitors import visitor

TREE = "code,name,parent\na,甲县,\nb,乙县,\na1,甲一所,a\na2,甲二所,a\nb1,乙一所,b\n"


def _file(folder: Path, text: str) -> Path:
    (folder / "org.csv").write_text(text, "utf-8")
    return folder / "org.csv"


def _unit(hub: Hub, code: str) -> Unit:
    with reading(hub.engine) as connection:
        found = units.by_code(connection, code)
    assert found is not None
    return found


def test_a_unit_under_another_parent_moves_there(sqlite_hub: Hub, tmp_path: Path) -> None:
    org_table.import_org(sqlite_hub, _file(tmp_path, TREE), actor())
    text = "代码,名称,上级\na1,甲一所,b\na2,甲二分所,c\nc,丙县,\na,甲县,a1\nb1,乙一所,无\n"
    seen = org_table.import_org(sqlite_hub, _file(tmp_path, text), actor(), dry_run=True)
    assert [(each.unit.code, each.was, each.above) for each in seen.moves] == [
        ("a1", "a", "b"), ("a2", "a", "c"), ("a", "0", "a1"),
    ]  # fmt: skip
    assert _unit(sqlite_hub, "a1").parent_id == _unit(sqlite_hub, "a").id
    done = org_table.import_org(sqlite_hub, _file(tmp_path, text), actor(), name="机构.csv")
    assert done.added + done.renamed + done.same + done.moved + done.refused == done.rows == 5
    assert (done.added, done.moved, [f.code for f in done.faults]) == (1, 3, ["parent-unknown"])
    assert _unit(sqlite_hub, "a1").parent_id == _unit(sqlite_hub, "b").id
    assert _unit(sqlite_hub, "a2").name == "甲二分所"
    with reading(sqlite_hub.engine) as connection:
        [change] = unit_changes.of_unit(connection, _unit(sqlite_hub, "a1").id)
    assert (change.what, change.was, change.became) == ("moved", "甲县", "乙县")


def test_a_unit_that_would_go_below_itself_stays(sqlite_hub: Hub, tmp_path: Path) -> None:
    org_table.import_org(sqlite_hub, _file(tmp_path, TREE), actor())
    done = org_table.import_org(sqlite_hub, _file(tmp_path, "代码,名称,上级\na,甲县,a1\n"), actor())
    assert (done.moved, done.refused, [f.code for f in done.faults]) == (0, 1, ["unit-stays"])


def test_the_unit_above_may_be_named_and_codes_have_their_zeros(
    sqlite_hub: Hub, tmp_path: Path
) -> None:
    rows: list[list[Cell]] = [
        ["某省机构一览表"], ["单位代码", "单位名称", "上级单位"],
        [(12, "0000"), "甲县", ""], [(13, "0000"), "甲一所", "甲县"],
    ]  # fmt: skip
    done = unit_tree.import_org(sqlite_hub, book(tmp_path / "o.xlsx", ("S", rows)), actor())
    assert (done.added, done.refused) == (2, 0)
    assert _unit(sqlite_hub, "0013").parent_id == _unit(sqlite_hub, "0012").id


def test_the_page_shows_who_moves_before_it_is_written(sqlite_hub: Hub, tmp_path: Path) -> None:
    org_table.import_org(sqlite_hub, _file(tmp_path, TREE), actor())
    came = visitor(sqlite_hub)
    body = "甲,乙,丙\na1,甲一所,b\n".encode()
    asked = came.hand_in("/org/import", "机构.csv", body)
    assert asked.status_code == 400
    action = asked.text.partition('action="/org/import/')[2].partition('"')[0]
    said = {"column-code": "0", "column-name": "1", "column-parent": "2"}
    seen = came.post(f"/org/import/{action}", **said)
    assert "换上级的单位" in seen.text
    assert "共 1 行 = 新增 0 + 改名 0 + 换上级 1 + 没有变化 0 + 有错 0" in seen.text
    token = action.partition("/")[0]
    assert came.post(f"/org/import/{token}").status_code == 303
    assert _unit(sqlite_hub, "a1").parent_id == _unit(sqlite_hub, "b").id
