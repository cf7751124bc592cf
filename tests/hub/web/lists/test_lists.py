"""Lists as tables: order, columns, pages and files, all by the address; the choice of a unit."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from shutil import copytree

import pytest
from python_calamine import CalamineWorkbook

from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.intake import station_batch
from hub.people import roster, unit_tree
from hub.reports.duty import DAY_S
from hub.store.engine import writing
from tests.hub.actors import actor
from tests.hub.conftest import NOW, Clock, join_station, publish_course, sitting, study
from tests.hub.visitors import Visitor, visitor

ORG = (
    "代码,名称,上级\n43,云岭省局,\n4301,临江市局,43\n430121,清溪县局,4301\n430122,东河县局,4301\n"
    "44,南岭省局,\n4401,临江市局,44\n440121,清溪县局,4401\n"
)
LISTS = ("/stations", "/learners", "/results", "/courses", "/accounts", "/audit", "/")
OF_A_ROW = {"/stations": "=所", "/learners": "+甲", "/results": "+甲", "/accounts": "@li"}


@pytest.fixture(scope="module")
def hub(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Thirty stations, two that joined, learners and results; names like formulas."""
    folder = tmp_path_factory.mktemp("lists")
    clock = Clock()
    opened = open_hub.open_hub(copytree(sqlite_template, folder / "hub"), clock)
    (folder / "org.csv").write_text(ORG, "utf-8")
    unit_tree.import_org(opened, folder / "org.csv", actor())
    rows = [f"4301210{n:02},第{n:02}所,430121" for n in range(1, 31)]
    (folder / "s.csv").write_text("代码,名称,上级\n" + "\n".join(rows), "utf-8")
    station_batch.carry_out(opened, actor(), folder / "s.csv")
    clock.at = NOW - 10 * DAY_S  # in its first days nobody is behind
    publish_course(opened)
    clock.at = NOW
    station = join_station(opened, "430122001", "430122", "=所")
    (folder / "r.csv").write_text(
        "学号,姓名,单位\na1,+甲,430122001\na2,乙,430122001\nb1,丙,430121001\n", "utf-8"
    )
    roster.import_roster(opened, folder / "r.csv", actor())
    station.send(station.seal(study("a1", 0, 50), *sitting("a1")))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def boss(hub: Hub) -> Visitor:
    came = visitor(hub)
    visitor(hub, "@li", "manager", "430121")
    return came


def _names(page: str) -> list[str]:
    """The first cells of the rows of a list."""
    return re.findall(r'<th scope="row">(?:<label.*?</label>)?<a [^>]*>([^<]*)</a>', page)


def _file(came: Visitor, path: str) -> list[list[str]]:
    """The rows of a file."""
    with came.client.get(path) as answer:
        assert answer.status_code == 200
        assert "attachment" in answer.headers["Content-Disposition"]
        raw = answer.data
    if raw.startswith(b"PK"):
        book = CalamineWorkbook.from_filelike(BytesIO(raw))
        return [list(map(str, row)) for row in book.get_sheet_by_index(0).to_python()]
    return list(csv.reader(StringIO(raw.decode("utf-8-sig"))))


def test_a_heading_sorts_the_list_and_again_the_other_way_round(boss: Visitor) -> None:
    first = boss.get("/stations?sort=name&rows=25")
    assert _names(first) == sorted(_names(first))
    assert len(_names(first)) == 25
    assert re.search(
        r'aria-sort="ascending">(<label.*?</label>)?<a href="/stations\?sort=-name"', first
    )
    last = boss.get("/stations?sort=-name")
    assert _names(last)[0] == "第30所"
    assert 'aria-sort="descending"' in last


@pytest.mark.parametrize("sort", ["why", "nothing", "-", "name; DROP TABLE node", "--name"])
def test_an_order_that_there_is_not_is_the_usual_one(boss: Visitor, sort: str) -> None:
    asked = boss.client.get("/stations", query_string={"sort": sort})
    assert _names(asked.text) == _names(boss.get("/stations"))


def test_columns_and_rows_that_were_chosen_stay_in_this_browser(hub: Hub) -> None:
    came = visitor(hub, "chooses")
    assert "430121001" not in came.get("/stations")
    chosen = came.get("/stations?column=code&column=heard&rows=25&sort=name")
    assert "430121001" in chosen
    again = came.get("/stations?sort=name")
    assert "430121001" in again
    assert len(_names(again)) == 25
    assert "待传记录</a>" not in again
    assert "430121001" not in visitor(hub, "another").get("/stations")
    assert len(_names(came.get("/stations?rows=999999"))) == 25  # no such size


def test_what_was_filtered_and_sorted_stays_when_one_turns_the_page(boss: Visitor) -> None:
    boss.get("/stations?rows=25")
    page = boss.get("/stations?q=所&state=waiting&sort=-code")
    ways = re.findall(r'href="(/stations\?[^"]*page=2[^"]*)"', page)
    assert len(ways) == 2  # the next and the last
    for way in ways:
        assert {"q=%E6%89%80", "state=waiting", "sort=-code"} <= set(
            way.split("?")[1].replace("&amp;", "&").split("&")
        )
    following = boss.get(ways[0].replace("&amp;", "&"))
    assert "第 2 / 2 页" in following
    assert not set(_names(following)) & set(_names(page))


def test_a_page_behind_the_last_is_the_last(boss: Visitor) -> None:
    boss.get("/stations?rows=25")
    page = boss.get("/stations?page=99")
    assert "第 2 / 2 页" in page
    assert _names(page)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_holds_every_row_that_the_filters_show(boss: Visitor, path: str, kind: str) -> None:
    rows = _file(boss, f"{path}?as={kind}&rows=25")
    page = boss.get(f"{path}?rows=100")
    total = re.search(r"共 ([\d,]+) 条", page)
    assert total is not None
    assert len(rows) - 1 >= int(total[1].replace(",", ""))
    assert len({len(row) for row in rows}) == 1
    if name := OF_A_ROW.get(path):
        assert ("'" if kind == "csv" else "") + name in {row[0] for row in rows}


def test_a_file_follows_the_filter_and_the_order(boss: Visitor) -> None:
    rows = _file(boss, "/stations?q=第0&sort=-name&as=csv")
    assert [row[0] for row in rows[1:]] == [f"第0{n}所" for n in range(9, 0, -1)]


def test_a_file_reaches_no_further_than_the_account(hub: Hub) -> None:
    county = visitor(hub, "county", "viewer", "430122")
    rows = _file(county, "/stations?as=csv")
    assert [row[0] for row in rows[1:]] == ["'=所"]
    assert "联系电话" not in rows[0]


def test_the_log_is_cut_by_days(boss: Visitor, hub: Hub) -> None:
    from hub.store import audit

    with writing(hub.engine) as connection:
        audit.note(connection, 1_700_000_000, "old", "log in", source="10.9.9.9")  # 2023-11-15
    assert _whos(boss.get("/audit?from=2023-11-15&to=2023-11-15")) == ["old"]
    assert _whos(boss.get("/audit?to=2023-11-14")) == []
    assert "old" not in _whos(boss.get("/audit?from=2023-11-16"))
    for nonsense in ("x", "2023-13-40", "0001-01-01", "9999-12-31"):
        boss.get(f"/audit?from={nonsense}&to={nonsense}")


def _whos(page: str) -> list[str]:
    return re.findall(r"</th><td>([^<]*)</td>", page)


# How learners stand


def test_those_without_report_are_told_from_those_behind_and_each_tab_says_how_many(
    boss: Visitor,
) -> None:
    page = boss.get("/learners")
    tabs = re.findall(r"<li><a [^>]*>([^<]*?) ([\d,]+)</a></li>", page)
    assert tabs == [
        ("全部", "3"), ("已学完", "0"), ("在学", "1"), ("7 天没学", "1"), ("未上报", "1"),
        ("无必修课", "0"),
    ]  # fmt: skip
    assert _names(boss.get("/learners?state=unknown")) == ["丙"]
    assert _names(boss.get("/learners?state=behind")) == ["乙"]
    assert "临江市局 › 清溪县局" in boss.get("/learners?q=丙")


# The choice of a unit


def _offered(came: Visitor, text: str, deed: str = "see-figures") -> list[str]:
    answer = came.client.get("/units.json", query_string={"q": text, "for": deed})
    assert answer.status_code == 200
    return [unit["code"] for unit in answer.get_json()["units"]]


def test_a_unit_is_found_by_name_by_path_and_by_code(boss: Visitor) -> None:
    assert _offered(boss, "清溪") == ["430121", "440121"]
    assert _offered(boss, "南岭 清溪") == ["440121"]
    assert _offered(boss, "南岭省局 › 临江市局 › 清溪") == ["440121"]
    assert _offered(boss, "4301")[:2] == ["4301", "430121"]
    assert _offered(boss, "%") == []
    assert _offered(boss, "") == []


def test_only_units_are_offered_to_which_the_account_may_do_it(hub: Hub) -> None:
    county = visitor(hub, "county-manager", "manager", "430121")
    assert _offered(county, "清溪", "keep-people") == ["430121"]
    assert _offered(county, "清溪", "publish") == []
    assert county.client.get("/units.json?q=x&for=nothing").status_code == 404


def test_nothing_is_published_nor_a_class_opened_before_a_unit_is_chosen(boss: Visitor) -> None:
    page = boss.get("/classes/new")
    assert re.search(r'name="unit"[^>]* value=""', page)
    form = {"title": "班", "course": "food", "opens": "2026-12-01", "closes": "2026-12-20"}
    answer = boss.post("/classes/new", **form)
    assert answer.status_code == 400
    assert "请选单位" in answer.text
    answer = boss.post("/classes/new", unit="清溪县", **form)
    assert answer.status_code == 400
    assert "最接近的：临江市局 清溪县局（430121）、临江市局 清溪县局（440121）" in answer.text
    answer = boss.post("/classes/new", unit="4301299", **form)
    assert "东河县局（430122）" in answer.text
    assert "东河县局" in boss.post("/classes/new", unit="东河县局", **form).text
    assert boss.post("/classes/new", unit="东河县局", sure="yes", **form).status_code == 303
    assert boss.post("/classes/new", unit="430121", sure="yes", **form).status_code == 303


@pytest.mark.parametrize("path", ["/accounts", "/accounts/3", "/roster/import"])
def test_a_wrong_unit_is_named_with_what_comes_nearest(boss: Visitor, path: str) -> None:
    form = {"name": "x", "password": "long enough", "role": "viewer", "do": "give"}
    if path == "/roster/import":
        answer = boss.hand_in(path, "r.csv", b"a", unit="430199")
    else:
        answer = boss.post(path, unit="430199", **form)
    assert answer.status_code == 400
    assert "没有“430199”这个单位" in answer.text
    assert "（4301）" in answer.text
    assert 'value="430199"' in answer.text
