"""Pages of authoring and review: every button saves, faults at their field, who may do what."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest

from hub.authoring import bank_editing
from hub.context.open_hub import Hub
from hub.people import unit_tree
from tests.content.conftest import PDF, mp4
from tests.hub.actors import actor
from tests.hub.conftest import publish_course
from tests.hub.imports.test_imports import GIFT
from tests.hub.visitors import Visitor, visitor
from tests.hub.web.authoring.test_material_pages import hand_in, into_bank


@pytest.fixture
def author(sqlite_hub: Hub) -> Visitor:
    return visitor(sqlite_hub, "作者", "author")


@pytest.fixture
def reviewer(sqlite_hub: Hub) -> Visitor:
    return visitor(sqlite_hub, "审者", "reviewer")


def edition(who: Visitor, path: str = "/authoring/c/review") -> str:
    match = re.search(r'name="edition" value="(\d+)"', who.get(path))
    assert match is not None
    return match[1]


def do(who: Visitor, **fields: str) -> int:
    fields.setdefault("edition", edition(who, "/authoring/c/about"))
    return who.post("/authoring/c", **fields).status_code


@pytest.fixture
def course(author: Visitor) -> Visitor:
    """An author with a course of a film and an exam."""
    hand_in(author, ("讲.mp4", mp4(90)), ("题.gift", GIFT.encode()))
    into_bank(author, 2)
    answer = author.post("/authoring/new", title="进货查验", id="c", category="食品安全")
    assert answer.location == "/authoring/c"
    author.post("/authoring/c/add/m1", edition="1", material="1")
    answer = author.post("/authoring/c/add/m1", edition="2", kind="exam", bank="1")
    assert answer.location == "/authoring/c/items/exam1"
    rules = {"draw": "2", "minutes": "20", "pass_percent": "60", "attempts": "1"}
    answer = author.post(
        "/authoring/c/items/exam1", edition="3", title="考试", required="yes", **rules
    )
    assert answer.status_code == 303
    return author


def test_a_course_goes_from_its_title_to_stations(course: Visitor, reviewer: Visitor) -> None:
    page = course.get("/authoring/c")
    assert "抽 2 / 2 题，20 分钟" in page
    assert "去送审" in page
    preview = course.get("/authoring/c/preview")
    assert "必学 2 项" in preview
    assert "票证" in course.get("/authoring/c/preview/exam1")
    assert "<video" in course.get("/authoring/c/preview/video1")
    course.get("/authoring/c/preview/none", 404)
    course.post("/authoring/c/review", what="submit", edition=edition(course), comment="请看")
    assert "等一位没有改过它的同事审核" in course.get("/authoring/c/review")
    waiting = reviewer.get("/authoring/c/review")
    assert "您来审核" in waiting
    assert "请看" in waiting
    empty = reviewer.post("/authoring/c/review", what="return", edition=edition(reviewer))
    assert (empty.status_code, "请写明要改什么" in empty.text) == (400, True)
    reviewer.post("/authoring/c/review", what="approve", edition=edition(reviewer))
    wrong = reviewer.post("/authoring/c/publish", unit="999", edition=edition(reviewer))
    assert (wrong.status_code, "这个单位，或不在您负责的范围里" in wrong.text) == (409, True)
    answer = reviewer.post("/authoring/c/publish", unit="0", edition=edition(reviewer))
    assert (answer.status_code, answer.location) == (303, "/courses/c")
    assert "第一版" in course.get("/courses/c/changes/1")
    assert "已发布" in course.get("/authoring")


def test_what_was_returned_says_why_and_the_next_version_what_changed(
    course: Visitor, reviewer: Visitor
) -> None:
    course.post("/authoring/c/review", what="submit", edition=edition(course))
    reviewer.post("/authoring/c/review", what="return", edition=edition(reviewer), comment="太短")
    assert "太短" in course.get("/authoring/c")
    for _version in (1, 2):
        course.post("/authoring/c/review", what="submit", edition=edition(course))
        reviewer.post("/authoring/c/review", what="approve", edition=edition(reviewer))
        reviewer.post("/authoring/c/publish", unit="0", edition=edition(reviewer))
        about = {
            "title": "进货查验",
            "category": "食品安全",
            "hours": "3",
            "credits": "1",
            "required": "yes",
        }
        course.post("/authoring/c/about", edition=edition(course, "/authoring/c/about"), **about)
    assert "学时从“0”改为“3”" in course.get("/courses/c/changes/2")
    assert "与已发布的第 2 版相同" in course.get("/authoring/c/review")
    course.get("/courses/c/changes/9", 404)


def test_who_puts_another_film_in_says_whether_it_is_the_same(
    course: Visitor, reviewer: Visitor
) -> None:
    course.post("/authoring/c/review", what="submit", edition=edition(course))
    reviewer.post("/authoring/c/review", what="approve", edition=edition(reviewer))
    reviewer.post("/authoring/c/publish", unit="0", edition=edition(reviewer))
    assert "内容呢" not in course.get("/authoring/c/items/video1")
    hand_in(course, ("新讲.mp4", mp4(80)))
    do(course, do="remove", item="video1")
    course.post("/authoring/c/add/m1", edition=edition(course, "/authoring/c/about"), material="2")
    # It stands in the place of the one that was taken out, and is not that film.
    page = course.get("/authoring/c/items/video1")
    assert re.search('value="other"[^>]* checked', page)
    assert "《新讲》算另一份内容：没学完的人要从头学" in course.get("/authoring/c/review")
    said = {"title": "新讲", "required": "yes", "content": "same"}
    course.post("/authoring/c/items/video1", edition=edition(course, "/authoring/c/about"), **said)
    assert re.search('value="same"[^>]* checked', course.get("/authoring/c/items/video1"))
    assert "《新讲》的内容算同一份：学过的照算" in course.get("/authoring/c/review")


def test_only_who_may_does_what(course: Visitor, reviewer: Visitor, sqlite_hub: Hub) -> None:
    looker = visitor(sqlite_hub, "看", "viewer")
    for path in ("/authoring", "/authoring/c", "/authoring/c/review", "/authoring/c/preview"):
        looker.get(path, 403)
    for path in ("/authoring/new", "/authoring/c", "/authoring/c/about", "/lecturers"):
        assert reviewer.post(path).status_code == 403
    assert reviewer.post("/authoring/c/review", what="submit").status_code == 403
    assert course.post("/authoring/c/review", what="approve").status_code == 403
    assert course.post("/authoring/c/review", what="else").status_code == 400
    boss = visitor(sqlite_hub)
    boss.post("/authoring/c/review", what="submit", edition=edition(boss))
    answer = boss.post("/authoring/c/review", what="approve", edition=edition(boss))
    assert (answer.status_code, "请另一位同事审核" in answer.text) == (403, True)
    boss.get("/authoring/none", 404)


def test_before_anything_goes_somebody_is_asked(course: Visitor) -> None:
    do(course, do="module-add", title="本季新规", kind="flexible")
    page = course.get("/authoring/c")
    assert "/authoring/c/remove?item=exam1" in page
    assert "/authoring/c/remove?module=m1" in page
    assert "/authoring/c/remove?module=m2" not in page  # empty: it is removed at once
    asked = course.get("/authoring/c/remove?module=m1")
    assert "里面的 2 个课件也一起去掉" in asked
    assert 'value="module-remove"' in asked
    assert "去掉《考试》？" in course.get("/authoring/c/remove?item=exam1")
    course.get("/authoring/c/remove?item=none", 404)
    assert "at-exam1" in course.get("/authoring/c")


def test_a_lecturer_taken_out_can_be_brought_back(author: Visitor) -> None:
    author.post("/lecturers", name="王建华")
    answer = author.post("/lecturers", id="1", away="1")
    page = author.get(str(answer.location))
    assert "移出的人还可以取回" in page
    assert "王建华" not in page
    author.post("/lecturers", id="1", back="1")
    assert "王建华" in author.get("/lecturers")


def test_modules_and_items_are_moved_with_buttons(course: Visitor) -> None:
    assert do(course, do="up", item="exam1") == 303
    page = course.get("/authoring/c")
    assert page.index("at-exam1") < page.index("at-video1")
    do(course, do="module-add", title="本季新规", kind="flexible")
    do(course, do="module-put", module="m1", title="基础", kind="base")
    do(course, do="place", item="video1", module="m2", before="")
    page = course.get("/authoring/c")
    assert page.index("本季新规") < page.index("at-video1")
    do(course, do="module-up", module="m2")
    assert "活模块" in course.get("/authoring/c/preview")
    do(course, do="share", module="m2")
    do(course, do="module-shared", shared="1")
    assert course.get("/authoring/c").count('id="at-m') == 3
    do(course, do="share", module="m2")
    assert "这个共享模块有了新内容" in course.get("/authoring/c")
    do(course, do="module-update", module="m3")
    assert "这个共享模块有了新内容" not in course.get("/authoring/c")
    do(course, do="module-remove", module="m3")
    do(course, do="remove", item="exam1")
    assert "at-exam1" not in course.get("/authoring/c")
    assert do(course, do="nonsense") == 400
    assert do(course, do="up", item="video1", edition="1") == 409
    assert do(course, do="module-shared", shared="99") == 404


def test_a_shared_module_whose_bank_is_not_shared_says_what_is_missing(
    course: Visitor, sqlite_hub: Hub, tmp_path: Path
) -> None:
    do(course, do="share", module="m1")
    (tmp_path / "o.csv").write_text("code,name,parent\n43,云岭,\n", "utf-8")
    unit_tree.import_org(sqlite_hub, tmp_path / "o.csv", actor())
    county = visitor(sqlite_hub, "县", "author", "43")
    county.post("/authoring/new", title="县课", id="county", category="食品安全")
    take_in = {"do": "module-shared", "shared": "1", "edition": "1"}
    answer = county.post("/authoring/county", **take_in)
    page = county.get(str(answer.location))
    assert "没有给下级用" in page
    assert page.count('id="at-m') == 1
    bank_editing.set_open(sqlite_hub, actor(), 1, True)
    answer = county.post("/authoring/county", **take_in)
    assert county.get(str(answer.location).partition("#")[0]).count('id="at-m') == 2


def test_a_file_is_uploaded_right_where_it_is_needed(course: Visitor) -> None:
    def add(name: str, raw: bytes) -> tuple[int, str]:
        now = edition(course, "/authoring/c/about")
        answer = course.post("/authoring/c/add/m1", edition=now, file=(BytesIO(raw), name))
        return answer.status_code, answer.text

    assert add("义.pdf", PDF)[0] == 303
    assert "义" in course.get("/authoring/c")
    status, text = add("x.exe", b"MZ\x00\x01")
    assert (status, "认不出" in text) == (400, True)
    status, text = add("题.gift", GIFT.replace("甲", "乙").encode())
    assert (status, "不是一个课件" in text or "花括号" in text) == (400, True)
    assert course.post("/authoring/c/add/m1", edition="9").status_code == 400
    assert course.post("/authoring/c/add/m1", edition="9", kind="exam").status_code == 400
    course.get("/authoring/c/add/none", 404)


def test_faults_stand_at_their_fields(course: Visitor) -> None:
    now = edition(course, "/authoring/c/about")
    wrong = {"title": "", "hours": "几", "credits": "1", "licence_expires": "2027-13-01"}
    answer = course.post("/authoring/c/about", edition=now, lecturer="字" * 61, **wrong)
    assert answer.status_code == 400
    for name in ("title", "hours", "licence_expires", "lecturer"):
        assert f'id="e-{name}"' in answer.text
    answer = course.post("/authoring/c/items/exam1", edition=now, title="", draw="0", minutes="999")
    for name in ("title", "draw", "minutes", "pass_percent", "attempts"):
        assert f'id="e-{name}"' in answer.text
    assert course.post("/authoring/new", title="").status_code == 400
    assert "这个编号已经用了" in course.post("/authoring/new", title="x", id="c").text


def test_lecturers_are_kept_and_offered(course: Visitor) -> None:
    fields = {"name": "周建国", "office": "省局", "title": "高级讲师", "field": "食品"}
    assert course.post("/lecturers", **fields).status_code == 303
    assert "省局 · 高级讲师 · 食品" in course.get("/authoring/c/about")
    assert course.post("/lecturers", name="").status_code == 400
    course.post("/lecturers", id="1", away="1")
    assert "周建国" not in course.get("/lecturers")


def test_a_published_course_is_taken_up_again(sqlite_hub: Hub, author: Visitor) -> None:
    from hub.store import courses
    from hub.store.engine import reading

    publish_course(sqlite_hub)
    with reading(sqlite_hub.engine) as connection:
        assert courses.newest(connection, "food") is not None
    answer = author.post("/authoring/next/food")
    assert answer.location == "/authoring/food"
    assert "食品经营现场检查" in author.get("/authoring/food")
    assert author.post("/authoring/next/none").status_code == 404


def test_a_draft_is_discarded_after_a_question(course: Visitor) -> None:
    page = "/authoring/c/discard"
    assert "删去这份草稿" in course.get(page)
    course.post(page, edition=edition(course, page))
    course.get("/authoring/c", 404)


def test_an_exam_is_offered_no_bank_whose_questions_units_below_read(course: Visitor) -> None:
    for number, title in ((2, "练习用"), (3, "考试用")):
        answer = course.post("/banks/new", title=title)
        assert answer.location == f"/banks/{number}/new"
    course.post("/banks/2", what="open")
    page = course.get("/authoring/c/items/exam1")
    assert '<option value="3"' in page
    assert '<option value="2"' not in page
    course.post("/authoring/c/add/m1", edition="4", kind="practice", bank="1")
    assert '<option value="2"' in course.get("/authoring/c/items/practice1")
    course.post("/banks/1", what="open")  # the one that was chosen stays, with what is wrong
    page = course.get("/authoring/c/items/exam1")
    assert '<option value="1" selected' in page
    assert "不能用来考试" in page
