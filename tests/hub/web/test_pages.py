"""Each page, empty and filled, in both languages, with hostile names."""

import json
import re
import shutil
from pathlib import Path

import pytest

from content.source.folder import read_folder
from hub.context.open_hub import Hub
from hub.intake import stations
from hub.people import roster
from hub.publishing import publish
from hub.store import units
from hub.store.engine import writing
from tests.hub.actors import actor
from tests.hub.conftest import Clock, join_station, practice, publish_course, sitting, study
from tests.hub.filling import SAMPLES, SHARED
from tests.hub.visitors import Visitor, account, stranger, visitor

PAGES = (
    "/",
    "/units?q=11",
    "/units?q=nothing",
    "/stations",
    "/stations?state=stuck",
    "/stations?state=expired",
    "/stations/new",
    "/stations/new?q=1",
    "/stations/new?parent=0",
    "/stations/new?parent=nowhere",
    "/learners",
    "/learners?state=done",
    "/learners?q=nobody",
    "/results",
    "/results?passed=yes",
    "/courses",
    "/courses/new",
    "/classes",
    "/classes/new",
    "/units?closed=yes",
    "/stations?state=gone",
    "/governing",
    "/keys",
    "/accounts",
    "/audit",
    "/audit?q=nothing",
    "/org/import",
    "/roster/import",
    "/password",
)
FILLED = (
    "/stations/1",
    "/stations/1/note",
    "/stations/1/replace",
    "/stations/2",
    "/stations/2/note",
    "/learners/n1",
    "/learners/n1/records",
    "/learners/n2",
    "/courses/food",
)


@pytest.fixture
def filled(sqlite_hub: Hub) -> Hub:
    """A station that joined with two learners, a station that waits, a course."""
    station = join_station(sqlite_hub, "110101001", name="东城所")
    stations.add(sqlite_hub, "110101002", "test", "西城所", "0")
    publish_course(sqlite_hub)
    file = sqlite_hub.config.data / "roster.csv"
    file.write_text("学号,姓名,单位\nn1,王建国,110101001\nn2,李秀英,110101001\n", "utf-8")
    roster.import_roster(sqlite_hub, file, actor("test"))
    records = [study("n1", 0, 40), practice("n1", "food/q1", False), *sitting("n1", wrong=1)]
    station.send(station.seal(*records))
    return sqlite_hub


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_a_new_hub_says_what_to_do(sqlite_hub: Hub, language: str) -> None:
    came = visitor(sqlite_hub)
    came.client.set_cookie("lang", language)
    for path in PAGES:
        page = came.get(path)
        assert f'lang="{"en" if language == "en" else "zh-CN"}"' in page
        assert "<h1" in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_a_filled_hub_answers(filled: Hub, language: str) -> None:
    came = visitor(filled)
    came.client.set_cookie("lang", language)
    for path in (*PAGES, *FILLED):
        page = came.get(path)
        assert "%(" not in page, path
        if language == "en":
            text = re.sub(r"<[^>]*>", "", page)
            known = r"王建国|李秀英|东城所|西城所|食品[^<\n]*|总局|看课|考试|中文|第 \d+ 题"
            known += "|[A-D] [甲乙丙丁]"  # what a learner chose
            assert not re.search(r"[\u4e00-\u9fff]", re.sub(known, "", text)), path


def test_every_page_guards_itself(filled: Hub) -> None:
    answer = visitor(filled).client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "HttpOnly" in stranger(filled).client.get("/log-in").headers["Set-Cookie"]


def _hostile() -> list[str]:
    if not (SHARED / "hostile").is_dir():
        pytest.skip("no ../shared/testdata/hostile here")
    naughty = json.loads((SHARED / "hostile" / "blns" / "blns.json").read_text("utf-8"))
    lists = sorted((SHARED / "hostile" / "xss-list").rglob("*.txt"))
    attacks = lists[0].read_text("utf-8", "replace").splitlines()
    both = [*naughty, *attacks[:: len(attacks) // 400]]
    return [text for text in both if text and "\0" not in text]


def test_hostile_names_and_titles_are_shown_and_never_run(filled: Hub) -> None:
    """As names of units, people, classes and accounts, put in past every check."""
    from sqlalchemy import update

    from hub.store.schema import class_, course, learner, node, unit

    came = visitor(filled)
    texts = _hostile()
    # Many strings in one name: if one of them breaks out, the whole name does.
    for at in range(0, len(texts), 60):
        name = " ".join(texts[at : at + 60])
        with writing(filled.engine) as connection:
            connection.execute(update(unit).where(unit.c.code != "0").values(name=name))
            connection.execute(update(learner).values(name=name, post=name))
            connection.execute(update(node).values(name=name, software=name))
            connection.execute(update(course).values(title=name, category=name))
            connection.execute(update(class_).values(title=name))
        for path in ("/", "/stations", "/stations/1", "/learners", "/learners/n1", "/results"):
            _is_inert(came.get(path))
    for text in texts[::20]:
        for path in ("/units", "/learners", "/stations", "/results", "/audit", "/stations/new"):
            answer = came.client.get(path, query_string={"q": text})
            assert answer.status_code == 200
            _is_inert(answer.text)


def _is_inert(page: str) -> None:
    scripts = re.findall(r"<script[^>]*>", page)
    assert all(re.fullmatch(r'<script src="/static/[\w/.]+" defer>', tag) for tag in scripts)
    assert not re.search(r"<(img|iframe|object|embed|video|audio|body onload)", page)
    tags = re.findall(r"<[a-zA-Z][^>]*>", page)
    bare = [re.sub(r'"[^"]*"', "", tag) for tag in tags]
    assert not any(re.search(r"\son[a-z]+\s*=", tag) for tag in bare)
    assert not re.search(r'(href|src|action)="\s*javascript:', page, re.IGNORECASE)


def test_a_unit_that_does_not_exist_is_not_there(filled: Hub) -> None:
    came = visitor(filled)
    for path in ("/units/999", "/stations/999", "/learners/nobody", "/courses/none", "/nowhere"):
        assert "这里没有这一页" in came.get(path, 404)


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999", "½", ""])
def test_a_page_number_that_makes_no_sense_is_the_first(filled: Hub, page: str) -> None:
    came = visitor(filled)
    for path in ("/learners", "/stations", "/results", "/audit", "/"):
        assert came.client.get(path, query_string={"page": page}).status_code == 200


def test_the_language_stays_and_one_returns_to_the_page(filled: Hub) -> None:
    came = visitor(filled)
    token = re.search(r'name="csrf-token" content="([^"]+)"', came.get("/stations"))
    assert token is not None
    fields = {"csrf_token": token[1], "lang": "en"}
    headers = {"Referer": "http://localhost/stations?state=stuck"}
    answer = came.client.post("/lang", data=fields, headers=headers)
    assert answer.location == "/stations?state=stuck"
    assert "Stations" in came.get("/stations")


def test_the_note_shows_the_code_until_it_is_used(filled: Hub, clock: Clock) -> None:
    came = visitor(filled)
    page = came.get("/stations/2/note")
    code = re.search(r'aria-label="接入码 ([0-9A-Z-]{19})"', page)
    assert code is not None
    # The same command that docs/operating.md tells people to run.
    command = f"sh install/install.sh \\\n  --hub {filled.config.address} \\\n  --code {code[1]}"
    assert command in page
    clock.at += 15 * 86_400
    assert code[1] not in came.get("/stations/2/note")
    assert "接入码已过期" in came.get("/stations/2")
    answer = came.post("/stations/2/code")
    assert answer.status_code == 303
    assert code[1] not in came.get(answer.location)
    assert "请您看一看" in came.get("/stations/1/note")
    assert 'class="code"' not in came.get("/stations/1/note")


def test_what_waits_for_a_station_is_said_in_words(filled: Hub) -> None:
    page = visitor(filled).get("/stations/2")
    assert "课程 1 门" in page
    assert "课程目录" in page


def test_a_working_station_is_replaced_only_when_one_says_so(filled: Hub) -> None:
    came = visitor(filled)
    assert came.post("/stations/1/code").status_code == 400
    assert came.post("/stations/1/code", replace="yes").status_code == 303
    page = came.get("/stations/1")
    assert "已停用" in page
    assert "boss停用了它" in page
    assert re.search(r"这个单位现在用的是站点机 \d+ 号", page)
    assert "/stations/1" not in came.get("/stations")
    assert "/stations/1" in came.get("/stations?state=gone")


def test_a_stolen_computer_is_put_out_of_use_only_after_a_question(filled: Hub) -> None:
    came = visitor(filled)
    assert "没有传来" in came.get("/stations/1/revoke")
    assert came.post("/stations/1/state", state="revoked").status_code == 303
    page = came.get("/stations/1")
    assert "已停用：不再接收它的数据" in page
    assert "现在用的是" not in page
    came.get("/stations/1/revoke", 404)
    assert came.post("/stations/1/state", state="active").status_code == 400


def test_a_learner_page_shows_the_answers_and_where_they_came_from(filled: Hub) -> None:
    page = visitor(filled).get("/learners/n1")
    assert "80" in page
    assert "依据：东城所 站点机 1 号" in page
    assert page.count("未答") == 0
    assert "合格" in page


def test_the_blanks_of_one_answer_are_told_apart_in_the_records(filled: Hub) -> None:
    station = join_station(filled, "110101003", name="南城所")
    record = practice("n2", "food/q2", True)._replace(response="5‖1")
    station.send(station.seal(record))
    assert ">5 / 1</td>" in visitor(filled).get("/learners/n2/records")


def test_who_never_began_is_not_said_to_have_paused(filled: Hub) -> None:
    page = visitor(filled).get("/learners?q=n2").split("<tbody>")[1]
    assert "还没开始" in page
    assert "7 天没学" not in page


def test_a_library_lists_its_volumes(sqlite_hub: Hub) -> None:
    publish.publish(sqlite_hub, read_folder(SAMPLES / "library" / "handbook"), "0", "command line")
    came = visitor(sqlite_hub)
    page = came.get("/courses/handbook")
    assert "执法文书" in page
    assert "份数" in page
    assert "长度" not in page
    assert "枢纽命令行" in page
    assert "共 4 卷资料。" in came.get("/courses/handbook/changes/1")


def test_the_check_agrees_and_names_a_difference(filled: Hub) -> None:
    came = visitor(filled)
    page = came.get("/learners/n1/records")
    assert "一致：9 条记录" in page
    # The page shows the titles of what the records are about; q1 is in no course.
    assert '看课<small class="soft">食品经营现场检查</small>' in page
    assert re.findall(r"food/\w+", page) == ["food/q1"]
    from hub.facts import codec
    from hub.store import facts
    from sync.facts import Facts

    with writing(filled.engine) as connection:
        facts.put(connection, {"n1": codec.pack(Facts())})
    assert "不一致" in came.get("/learners/n1/records")


def test_a_station_at_a_county_has_a_page_besides_the_county(filled: Hub) -> None:
    join_station(filled, "county", name="某县")
    join_station(filled, "village", "county", "某所")
    with writing(filled.engine) as connection:
        county = units.by_code(connection, "county")
    assert county is not None
    page = visitor(filled).get(f"/units/{county.id}")
    assert "本级站点" in page
    assert "某所" in page


def test_headquarters_can_be_served_from_a_copy(filled: Hub, tmp_path: Path) -> None:
    """No page depends on where the data folder is."""
    from hub.context import open_hub

    copy = shutil.copytree(filled.config.data, tmp_path / "copy")
    again = open_hub.open_hub(copy, filled.now)
    account(again, "boss")
    came = Visitor(stranger(again).client)
    came.log_in("boss")
    assert "王建国" in came.get("/learners")
    again.close()
