from datetime import datetime
from io import BytesIO

from python_calamine import CalamineWorkbook

from content.face.spoken import moment
from hub.context.open_hub import Hub
from hub.people import roster
from tests.hub.actors import actor
from tests.hub.conftest import NOW, Clock, course, join_station, publish_course, sitting, study
from tests.hub.visitors import visitor

FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "=HYPERLINK(1)")


def _download(hub: Hub, address: str = "/results.xlsx") -> bytes:
    with visitor(hub).client.get(address) as answer:
        return bytes(answer.data)


def _workbook(
    hub: Hub, address: str = "/results.xlsx"
) -> tuple[list[list[object]], list[list[object]]]:
    raw = _download(hub, address)
    book = CalamineWorkbook.from_filelike(BytesIO(raw))
    about, rows = (book.get_sheet_by_name(name).to_python() for name in ("说明", "成绩"))
    return [list(row) for row in about], [list(row) for row in rows]


def _sat(hub: Hub, names: tuple[str, ...]) -> None:
    station = join_station(hub, "110101001", name="东城所")
    publish_course(hub)
    lines = ["学号,姓名,单位", *(f"n{n},{name},110101001" for n, name in enumerate(names))]
    file = hub.config.data / "roster.csv"
    file.write_text("\n".join(lines), "utf-8")
    assert roster.import_roster(hub, file, actor("test")).refused == 0
    records = [record for n in range(len(names)) for record in sitting(f"n{n}", wrong=n % 4)]
    station.send(station.seal(*records))


def test_the_workbook_holds_each_sitting_once(hub: Hub) -> None:
    _sat(hub, ("王建国", "李秀英"))
    about, rows = _workbook(hub)
    assert rows[0][:6] == ["学号", "姓名", "单位", "单位代码", "上级", "考试"]
    assert [(row[0], row[1], row[7], row[10]) for row in rows[1:]] == [
        ("n0", "王建国", 100, "合格"),
        ("n1", "李秀英", 80, "合格"),
    ]
    assert isinstance(rows[1][12], datetime)
    values = {row[0]: row[1] for row in about}
    assert (values["答卷，人次"], values["参考，人"]) == ("2", "2")
    assert "北京时间" in str(values["算于"])


def test_a_completion_stays_with_day_and_version_on_pages_and_in_the_workbook(
    sqlite_hub: Hub, clock: Clock
) -> None:
    _sat(sqlite_hub, ("王建国", "李秀英"))
    station = join_station(sqlite_hub, "110101002")
    station.send(station.seal(study("n0", 0, 100), study("n1", 0, 50)))
    clock.at = NOW + 86_400
    publish_course(sqlite_hub, course(version=2, seconds=200))
    client = visitor(sqlite_hub).client
    day = moment(NOW)[:10]
    for address in ("/learners/n0", "/results", "/results?q=n0"):
        assert f"学完（第 1 版，{day}）" in client.get(address).text
    for address in ("/learners/n1", "/results?q=n1"):
        assert "学完（" not in client.get(address).text
    assert "1 / 2 人" in client.get("/courses").text
    _about, rows = _workbook(sqlite_hub)
    assert rows[0][15:] == ["课程学完", "学完的版本"]
    assert {str(row[0]): row[15:] for row in rows[1:]} == {"n0": [day, 1.0], "n1": ["", ""]}


def test_names_that_look_like_formulas_stay_texts(sqlite_hub: Hub) -> None:
    _sat(sqlite_hub, FORMULAS)
    raw = _download(sqlite_hub)
    import zipfile

    with zipfile.ZipFile(BytesIO(raw)) as book:
        sheets = [book.read(name) for name in book.namelist() if "worksheets/sheet" in name]
    assert not any(b"<f>" in sheet or b"<hyperlink" in sheet for sheet in sheets)
    _about, rows = _workbook(sqlite_hub)
    assert {row[1] for row in rows[1:]} == set(FORMULAS)


def test_the_header_row_stays_in_sight(sqlite_hub: Hub) -> None:
    _sat(sqlite_hub, ("王建国",))
    raw = _download(sqlite_hub)
    import zipfile

    with zipfile.ZipFile(BytesIO(raw)) as book:
        sheet = book.read("xl/worksheets/sheet2.xml")
    assert b'state="frozen"' in sheet
    assert b"<autoFilter" in sheet


def test_the_workbook_follows_the_filter(hub: Hub) -> None:
    _sat(hub, ("王建国", "李秀英", "张伟", "赵敏"))
    for address, numbers in (
        ("/results.xlsx?passed=no", ["n3"]),
        ("/results.xlsx?passed=yes", ["n0", "n1", "n2"]),
        ("/results.xlsx?q=张", ["n2"]),
        ("/results.xlsx?course=food", ["n0", "n1", "n2", "n3"]),
        ("/results.xlsx?course=other", []),
        ("/results.xlsx?class=none", []),
    ):
        _about, rows = _workbook(hub, address)
        assert [row[0] for row in rows[1:]] == numbers, address


def test_a_class_selects_its_courses_and_its_units(hub: Hub) -> None:
    from datetime import date

    from hub.publishing import classes

    _sat(hub, ("王建国",))
    dates = (date(2026, 11, 1), date(2026, 11, 20))
    classes.put(hub, "here", "本所班", "110101001", dates, ("food",), actor("test"))
    join_station(hub, "elsewhere")
    classes.put(hub, "there", "外地班", "elsewhere", dates, ("food",), actor("test"))
    assert len(_workbook(hub, "/results.xlsx?class=here")[1]) == 2
    assert len(_workbook(hub, "/results.xlsx?class=there")[1]) == 1


def test_an_empty_selection_is_still_a_workbook(sqlite_hub: Hub) -> None:
    about, rows = _workbook(sqlite_hub)
    assert len(rows) == 1
    assert ["最近一次交卷", "还没有"] in about
