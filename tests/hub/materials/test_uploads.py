"""Uploads on pages: courses, rosters, the organisation; nothing is left half done."""

import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hub.context.open_hub import Hub
from hub.errors import UploadGone
from hub.materials import uploads
from hub.store import courses, units
from hub.store.engine import reading
from hub.store.schema import audit, learner, unit
from tests.hub.conftest import Clock
from tests.hub.visitors import Visitor, visitor

QUESTIONS = """
[[question]]
id = "q1"
type = "single"
text = "进货查验看什么？"
options = ["票证", "天气"]
answer = "A"
"""
COURSE = """
id = "small"
version = {version}
title = "小课"
required = true

[[item]]
id = "page"
kind = "page"
title = "读一页"
file = "page.md"
{said}

[[item]]
id = "practice"
kind = "practice"
title = "练一题"
questions = "practice.toml"
"""


def _zip(
    version: int = 1, page: str = "# 标题\n\n正文。", questions: str = QUESTIONS, said: str = ""
) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("small/course.toml", COURSE.format(version=version, said=said))
        archive.writestr("small/page.md", page)
        archive.writestr("small/practice.toml", questions)
    return out.getvalue()


@pytest.fixture
def boss(sqlite_hub: Hub) -> Visitor:
    return visitor(sqlite_hub)


def _published(hub: Hub) -> list[tuple[str, int]]:
    with reading(hub.engine) as connection:
        return [(course.id, course.version) for course in courses.every(connection)]


def _upload(boss: Visitor, content: bytes) -> str:
    answer = boss.hand_in("/courses/new", "small.zip", content)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_a_course_is_published_only_after_its_preview(sqlite_hub: Hub, boss: Visitor) -> None:
    preview = _upload(boss, _zip())
    page = boss.get(preview)
    assert "还没有发布" in page
    assert "读一页" in page
    assert _published(sqlite_hub) == []
    answer = boss.post(preview.split("?")[0], unit="0")
    assert (answer.status_code, answer.location) == (303, "/courses/small")
    assert _published(sqlite_hub) == [("small", 1)]
    assert "总局" in boss.get("/courses/small")


def test_the_preview_says_which_items_show_another_content(boss: Visitor) -> None:
    boss.post(_upload(boss, _zip()).split("?")[0], unit="0")
    page = boss.get(_upload(boss, _zip(2, "# 标题\n\n更正。")))
    assert "内容算同一份，学过的照算：读一页" in page
    assert "算另一份内容" not in page
    page = boss.get(_upload(boss, _zip(2, "# 全新的一页", said='content = "other"')))
    assert "算另一份内容：读一页。没学完的人要从头学" in page


def test_publishing_can_go_on_with_a_class_of_the_course(sqlite_hub: Hub, boss: Visitor) -> None:
    preview = _upload(boss, _zip()).split("?")[0]
    answer = boss.post(preview, unit="0", **{"class": "yes"})
    assert _published(sqlite_hub) == [("small", 1)]
    form = boss.get(answer.location)
    assert re.search(r'name="course" value="small" checked', form)
    assert 'name="unit" type="text" value="0"' in form


def test_all_faults_of_a_course_are_listed_and_nothing_is_kept(
    sqlite_hub: Hub, boss: Visitor
) -> None:
    bad = QUESTIONS.replace('answer = "A"', 'answer = "D"') + "titel = 1"
    answer = boss.hand_in("/courses/new", "bad.zip", _zip(questions=bad))
    assert answer.status_code == 400
    assert "practice.toml" in answer.text
    assert re.search(r"第 \d+ 行", answer.text)
    assert list((sqlite_hub.config.data / "uploads").iterdir()) == []
    assert _published(sqlite_hub) == []


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04cut"])
def test_what_is_no_zip_is_refused_with_what_to_do(boss: Visitor, content: bytes) -> None:
    answer = boss.hand_in("/courses/new", "x.zip", content)
    assert answer.status_code == 400
    assert "要改" in answer.text


def test_another_content_under_the_same_version_is_refused(boss: Visitor) -> None:
    boss.post(_upload(boss, _zip()).split("?")[0], unit="0")
    again = boss.post(_upload(boss, _zip(page="另一页")).split("?")[0], unit="0")
    assert (again.status_code, "version 加一" in again.text) == (400, True)
    newer = boss.post(_upload(boss, _zip(2)).split("?")[0], unit="0")
    assert newer.status_code == 303
    older = boss.post(_upload(boss, _zip(1)).split("?")[0], unit="0")
    assert (older.status_code, "更新的版本" in older.text) == (400, True)


def test_a_course_for_a_unit_that_is_not_there_stays_unpublished(
    sqlite_hub: Hub, boss: Visitor
) -> None:
    answer = boss.post(_upload(boss, _zip()).split("?")[0], unit="nowhere")
    assert (answer.status_code, "这个单位，或不在您负责的范围里" in answer.text) == (400, True)
    assert _published(sqlite_hub) == []


def test_a_file_beyond_the_limit_is_refused_in_words(sqlite_hub: Hub) -> None:
    came = visitor(sqlite_hub)
    came.client.application.config["MAX_CONTENT_LENGTH"] = 1_000
    answer = came.hand_in("/courses/new", "big.zip", b"x" * 5_000)
    assert answer.status_code == 413
    assert "文件太大" in answer.text


def test_a_form_without_its_token_is_refused(boss: Visitor) -> None:
    answer = boss.client.post("/courses/new", data={"file": (BytesIO(_zip()), "small.zip")})
    assert (answer.status_code, "过期" in answer.text) == (400, True)


ORG = "代码,名称,上级代码\n11,北京市,\n1101,东城区,11\n"


def _units(hub: Hub) -> int:
    with reading(hub.engine) as connection:
        return connection.execute(select(func.count()).select_from(unit)).scalar_one()


def _action(page: str, start: str) -> str:
    match = re.search(rf'action="({start}/[^"]+)"', page)
    assert match is not None, page
    return match[1]


def test_a_preview_of_the_organisation_writes_nothing(sqlite_hub: Hub, boss: Visitor) -> None:
    page = boss.hand_in("/org/import", "org.csv", ORG.encode()).text
    assert "还没有写入" in page
    assert "写入 2 行" in page
    assert _units(sqlite_hub) == 1
    with reading(sqlite_hub.engine) as connection:
        deeds = list(connection.execute(select(audit.c.what)).scalars())
    assert "org import" not in deeds
    boss.post(_action(page, "/org/import"), name="org.csv")
    assert _units(sqlite_hub) == 3


def test_bad_rows_are_named_before_anything_is_written(sqlite_hub: Hub, boss: Visitor) -> None:
    page = boss.hand_in("/org/import", "org.csv", (ORG + ",无码,11\n13,孤儿,99\n").encode()).text
    assert "第 4 行" in page
    assert "第 5 行" in page
    assert _units(sqlite_hub) == 1
    roster = "学号,姓名,单位\na1,王建国,0\n,无号,0\na1,重复,0\n"
    preview = boss.hand_in("/roster/import", "roster.csv", roster.encode()).location
    assert "写入 1 行" in boss.get(preview)
    page = boss.get(f"{preview}?show=refused")
    assert "第 3 行" in page
    assert "与第 2 行重复" in page


def test_a_roster_is_written_only_after_its_preview(sqlite_hub: Hub, boss: Visitor) -> None:
    raw = "学号,姓名\na1,王建国\na2,李秀英\n".encode("gb18030")
    page = boss.get(boss.hand_in("/roster/import", "名册.csv", raw, unit="0").location)
    assert "王建国" in page
    with reading(sqlite_hub.engine) as connection:
        assert connection.execute(select(func.count()).select_from(learner)).scalar_one() == 0
    answer = boss.post(_action(page, "/roster/import"), name="名册.csv", unit="0")
    assert answer.location == "/roster/imports/1"
    assert "李秀英" in boss.get("/learners")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe\x00", "另存为 UTF-8"),
        ("甲,乙\n1,2\n".encode(), "找不到“学号”"),
        ("学号,姓名\n1,2\n".encode(), "找不到“单位代码”"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(boss: Visitor, content: bytes, reason: str) -> None:
    answer = boss.hand_in("/roster/import", "x.csv", content)
    assert (answer.status_code, reason in answer.text) == (400, True)


def test_no_file_is_asked_for_again(boss: Visitor) -> None:
    for path in ("/courses/new", "/org/import", "/roster/import"):
        answer = boss.post(path)
        assert (answer.status_code, "请先选一个" in answer.text) == (400, True)


def test_uploads_nobody_decided_on_are_dropped(sqlite_hub: Hub, clock: Clock) -> None:
    token, file = uploads.keep(sqlite_hub, BytesIO(b"x"), "org")
    assert uploads.find(sqlite_hub, token, "org") == file
    clock.at = int(file.parent.stat().st_mtime) + uploads.KEPT_S + 1
    uploads.forget_old(sqlite_hub)
    with pytest.raises(UploadGone, match="upload it again"):
        uploads.find(sqlite_hub, token, "org")


@pytest.mark.parametrize("token", ["", "..", "../hub.key", "a" * 22, "x/y", "%2e%2e"])
def test_a_token_leads_nowhere_else(sqlite_hub: Hub, token: str) -> None:
    uploads.keep(sqlite_hub, BytesIO(b"x"), "org")
    with pytest.raises(UploadGone, match="no longer kept"):
        uploads.find(sqlite_hub, token, "org")


def test_an_upload_of_one_kind_is_not_taken_for_another(sqlite_hub: Hub, boss: Visitor) -> None:
    token, _file = uploads.keep(sqlite_hub, BytesIO(ORG.encode()), "org")
    assert boss.post(f"/roster/import/{token}").status_code == 404
    boss.get(f"/courses/new/{token}", 404)


def test_the_whole_tree_comes_in_by_one_file(
    sqlite_hub: Hub, boss: Visitor, tmp_path: Path
) -> None:
    lines = ["代码,名称,上级"]
    lines += [f"{n:02},省{n},{''}" for n in range(1, 6)]
    lines += [f"{n:02}{m:02},市{m},{n:02}" for n in range(1, 6) for m in range(1, 9)]
    page = boss.hand_in("/org/import", "org.csv", "\n".join(lines).encode()).text
    boss.post(_action(page, "/org/import"), name="org.csv")
    with reading(sqlite_hub.engine) as connection:
        top = units.by_code(connection, "03")
        assert top is not None
        assert len(units.children(connection, top.id)) == 8
