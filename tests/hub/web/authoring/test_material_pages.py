"""Pages of materials, imports and banks: who may do what, and what they say."""

from __future__ import annotations

import base64
import re
import shutil
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from hub.context.open_hub import Hub
from hub.imports import jobs
from hub.imports.jobs import LOST_S, Worker
from hub.materials import uploads
from hub.materials.import_report import ImportTarget
from hub.people import unit_tree
from hub.publishing.errors import ChangedMeanwhile
from hub.store import audit, contents, materials
from hub.store.engine import reading
from hub.store.scope import whole
from hub.web.authoring.materials import MAX_FILES, WORKER
from tests.content.conftest import PDF, PNG, mp4
from tests.hub.actors import actor
from tests.hub.conftest import Clock
from tests.hub.imports.test_imports import GIFT
from tests.hub.people.test_unit_tree import table
from tests.hub.visitors import PASSWORD, Visitor, visitor


@pytest.fixture
def author(sqlite_hub: Hub) -> Visitor:
    return visitor(sqlite_hub, "编者", "author")


def hand_in(who: Visitor, *files: tuple[str, bytes], **fields: str) -> TestResponse:
    """Hand files in and wait until they were examined."""
    uploads = [(BytesIO(raw), name) for name, raw in files]
    answer = who.post("/materials/import", file=uploads, **fields)
    assert who.client.application.extensions[WORKER].rest(10)
    return answer


def into_bank(who: Visitor, number: int) -> TestResponse:
    """Say that the questions of an import may go into the bank, and wait until they have."""
    answer = who.post(f"/materials/imports/{number}", do="take")
    assert who.client.application.extensions[WORKER].rest(10)
    return answer


def test_files_are_handed_in_and_each_is_reported(author: Visitor) -> None:
    answer = hand_in(
        author, ("讲.srt", b"1\n00:00:01,000 --> 00:00:02,000\nx\n"), ("讲.mp4", mp4(9))
    )
    assert (answer.status_code, answer.location) == (303, "/materials/imports")
    page = author.get("/materials/imports")
    assert page.count("收下了") == 2
    assert "讲" in author.get("/materials")
    shown = author.get("/materials/1")
    assert "<track" in shown
    [sha] = set(re.findall(r'<video[^>]*src="/media/([0-9a-f]{64})"', shown))
    part = author.client.get(f"/media/{sha}", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.data, part.headers["Content-Type"]) == (
        206,
        b"ftyp",
        "video/mp4",
    )
    assert author.client.get(f"/media/{sha}").data == mp4(9)
    assert author.client.get(f"/media/{sha}", headers={"Range": "bytes=9999-"}).status_code == 416
    assert author.client.get(f"/media/{'0' * 64}").status_code == 404
    assert author.client.get("/media/x").status_code == 404


def test_one_file_leads_to_its_report(author: Visitor) -> None:
    answer = hand_in(author, ("题.gift", GIFT.encode()))
    assert answer.location == "/materials/imports/1"
    into_bank(author, 1)
    page = author.get("/materials/imports/1")
    assert "收下了一部分" in page
    assert "题.gift 第 5 行" in page
    table = author.client.get("/materials/imports/1/report.csv")
    assert table.data.startswith(b"\xef\xbb\xbf")
    assert "题.gift,3,2,0,1" in table.text


def test_columns_that_nobody_knows_are_asked_for_once(author: Visitor) -> None:
    rows = "甲,乙,丙,丁\n二加二？,4,5,A\n三加三？,6,7,A\n".encode()
    hand_in(author, ("题.csv", rows))
    page = author.get("/materials/imports/1")
    assert "请说明各列是什么" in page
    assert "要您说明列名" in author.get("/materials/imports")
    empty = author.post("/materials/imports/1", answer="丁")
    assert (empty.status_code, "请选出哪一列是题干" in empty.text) == (400, True)
    columns = {"text": "甲", "option_a": "乙", "option_b": "丙", "answer": "丁"}
    author.post("/materials/imports/1", **columns)
    assert author.client.application.extensions[WORKER].rest(10)
    into_bank(author, 1)
    assert "全部收下了" in author.get("/materials/imports/1")
    hand_in(author, ("又.csv", rows.replace("二".encode(), "五".encode())))
    into_bank(author, 2)
    assert "全部收下了" in author.get("/materials/imports/2")


@pytest.mark.parametrize("kind", ["xlsx", "gift", "moodle-xml", "qti3"])
def test_a_bank_is_exported_from_its_page(author: Visitor, kind: str) -> None:
    hand_in(author, ("题.gift", GIFT.encode()))
    into_bank(author, 1)
    assert f"format={kind}" in author.get("/banks/1")
    answer = author.client.get(f"/banks/1/export?format={kind}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert len(answer.data) > 100
    assert author.client.get("/banks/1/export?format=doc").status_code == 404


def test_a_picture_of_a_question_is_shown(author: Visitor) -> None:
    shown = base64.b64encode(PNG).decode()
    text = f'::q:: [html]<p>看图</p><img src\\="data:image/png;base64,{shown}"> {{=对 ~错}}\n'
    hand_in(author, ("图.gift", text.replace(f"{shown}", shown.replace("=", "\\=")).encode()))
    looked = re.search(r'src="(/materials/imports/1/files/[0-9a-f]{64})"',
                       author.get("/materials/imports/1"))  # fmt: skip
    assert looked is not None
    assert author.client.get(looked[1]).data == PNG
    into_bank(author, 1)
    assert author.client.get(looked[1]).status_code == 404
    match = re.search(r'src="(/media/[0-9a-f]{64})"', author.get("/banks/1"))
    assert match is not None
    answer = author.client.get(match[1])
    assert (answer.data, answer.headers["Content-Type"]) == (PNG, "image/png")


def test_a_report_is_no_formula_for_a_spreadsheet(author: Visitor) -> None:
    hand_in(author, ("=cmd|x.exe", b"MZ\x00\x01"))
    assert "\n'=cmd|x.exe,1,0,0,1" in author.client.get("/materials/imports/1/report.csv").text


def test_a_script_is_answered_with_the_job(author: Visitor) -> None:
    token = author.client.get("/password").text
    match = re.search(r'name="csrf-token" content="([^"]+)"', token)
    assert match is not None
    answer = author.client.post(
        "/materials/import",
        data={"csrf_token": match[1], "file": (BytesIO(PDF), "义.pdf")},
        headers={"Accept": "application/json"},
    )
    assert answer.json == {"jobs": [1]}


def test_nothing_chosen_is_said(author: Visitor) -> None:
    answer = author.post("/materials/import")
    assert (answer.status_code, "请先选文件" in answer.text) == (400, True)


def test_more_files_than_a_form_takes_are_said_and_none_is_lost_silently(author: Visitor) -> None:
    uploads = [(BytesIO(b"x"), f"{n}.txt") for n in range(MAX_FILES + 1)]
    answer = author.post("/materials/import", file=uploads)
    assert answer.status_code == 400
    assert f"一次最多 {MAX_FILES} 个文件" in answer.text
    assert "还没有导入过" in author.get("/materials/imports")


def test_a_running_import_asks_the_browser_to_come_again(
    author: Visitor, sqlite_hub: Hub, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as resting:
        resting.setattr(Worker, "give", lambda *_: None)
        author.post("/materials/import", file=(BytesIO(PDF), "义.pdf"))
    for path in ("/materials/imports", "/materials/imports/1"):
        answer = author.client.get(path)
        assert answer.headers["Refresh"] == "2"
        assert "排队" in answer.text
    clock.at += LOST_S + 1
    answer = author.client.get("/materials/imports/1")
    assert "Refresh" not in answer.headers
    assert "中断了" in answer.text
    author.post("/materials/imports/1")
    assert author.client.application.extensions[WORKER].rest(10)
    assert "全部收下了" in author.get("/materials/imports/1")
    assert author.post("/materials/imports/1").status_code == 400


def test_a_film_gets_subtitles_and_a_poster_and_loses_nothing(author: Visitor) -> None:
    hand_in(author, ("讲.mp4", mp4(9)))
    srt = b"1\n00:00:01,000 --> 00:00:02,000\nx\n"
    for action, name, raw in (("subtitles", "x.srt", srt), ("poster", "x.png", PNG)):
        answer = author.post("/materials/1", what=action, file=(BytesIO(raw), name))
        assert answer.status_code == 303
    assert "poster=" in author.get("/materials/1")
    late = srt.replace(b"00:00:02", b"00:09:02")
    answer = author.post("/materials/1", what="subtitles", file=(BytesIO(late), "x.srt"))
    assert (answer.status_code, "542 秒才结束" in answer.text) == (400, True)
    assert author.post("/materials/1", what="subtitles").status_code == 400
    assert author.post("/materials/1", what="title", title="新名").status_code == 303
    assert "新名" in author.get("/materials")
    assert author.post("/materials/1", what="title", title=" ").status_code == 400
    author.post("/materials/1", what="away")
    assert "新名" not in author.get("/materials")
    assert "新名" in author.get("/materials?kind=away")
    author.post("/materials/1", what="back")
    assert "新名" in author.get("/materials")
    assert author.post("/materials/1", what="else").status_code == 400


def test_a_film_that_browsers_do_not_play_is_converted_by_a_press(
    sqlite_hub: Hub, tmp_path: Path
) -> None:
    # What stands for ffmpeg gives a film that plays, whatever it is asked for.
    (tmp_path / "film.mp4").write_bytes(mp4(9))
    program = tmp_path / "ffmpeg"
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *progress*) cp {tmp_path}/film.mp4 large.mp4;'
        f" cp large.mp4 small.mp4;; *) echo Duration: 00:00:09.00, Video: >&2;; esac\n"
    )
    program.chmod(0o755)
    hub = replace(sqlite_hub, config=replace(sqlite_hub.config, ffmpeg=str(program)))
    author = visitor(hub, "编者", "author")
    assert "视频都转成各处都能放的" in author.get("/materials/import")
    hand_in(author, ("讲.mp4", mp4(9, b"hvc1")))
    page = author.get("/materials/imports/1")
    assert "HEVC" in page
    assert "转成各处都能放的</" in page
    answer = author.post("/materials/imports/1", what="convert")
    assert answer.location == "/materials/imports/1"
    assert author.client.application.extensions[WORKER].rest(10)
    assert "已转成各处都能放的" in author.get("/materials/imports/1")
    assert author.post("/materials/imports/1", what="convert").status_code == 400
    # A film that is here already, from its page.
    assert "720p 给网络快的所" in author.get("/materials/1")
    answer = author.post("/materials/1", what="convert")
    assert answer.location == "/materials/imports/2"
    assert author.client.application.extensions[WORKER].rest(10)
    assert "已转成各处都能放的" in author.get("/materials/imports/2")


def test_a_hub_without_ffmpeg_says_what_would_help(sqlite_hub: Hub) -> None:
    hub = replace(sqlite_hub, config=replace(sqlite_hub.config, ffmpeg="off"))
    author = visitor(hub, "编者", "author")
    assert "apt-get install ffmpeg" in author.get("/materials/import")
    hand_in(author, ("讲.mp4", mp4(9, b"hvc1")), convert="1")
    page = author.get("/materials/imports/1")
    assert "apt-get install ffmpeg" in page
    assert 'value="convert"' not in page
    assert author.post("/materials/imports/1", what="convert").status_code == 400


def test_only_those_who_make_courses_see_what_they_are_made_of(sqlite_hub: Hub) -> None:
    author = visitor(sqlite_hub, "编者", "author")
    hand_in(author, ("题.gift", GIFT.encode()), ("义.pdf", PDF))
    into_bank(author, 1)
    looker, reviewer = visitor(sqlite_hub, "看", "viewer"), visitor(sqlite_hub, "审", "reviewer")
    for path in ("/materials", "/materials/1", "/materials/imports", "/banks", "/banks/1"):
        looker.get(path, 403)
        reviewer.get(path)
    assert "素材" not in looker.get("/courses")
    for path in ("/materials/import", "/materials/1", "/banks/1"):
        assert reviewer.post(path).status_code == 403
    reviewer.get("/accounts", 403)
    reviewer.get("/materials/9", 404)
    reviewer.get("/banks/9", 404)


def _code(author: Visitor, place: int) -> str:
    codes = re.findall(r'href="/banks/1/questions/([^"]+)"', author.get("/banks/1"))
    return str(codes[place - 1])


FORM = {"text": "新题干", "option-0": "甲", "option-1": "乙", "answer": "B", "difficulty": "2"}


def test_a_question_is_changed_and_brought_back(sqlite_hub: Hub, author: Visitor) -> None:
    hand_in(author, ("题.gift", GIFT.encode()))
    into_bank(author, 1)
    path = f"/banks/1/questions/{_code(author, 1)}"
    assert "票证" in author.get(path)
    assert author.post(path, **FORM).status_code == 303
    page = author.get(path)
    assert "新题干" in page
    assert "票证" in page  # as it was before
    wrong = author.post(path, **FORM | {"answer": "E"})
    assert (wrong.status_code, "没有对应的选项" in wrong.text) == (400, True)
    twice = author.post(path, **FORM | {"option-1": "甲"})
    assert (twice.status_code, "与上面的一项相同" in twice.text) == (400, True)
    author.post("/banks/1/back/1")
    assert "新题干" not in author.get("/banks/1")
    with reading(sqlite_hub.engine) as connection:
        done = [entry.what for entry in audit.latest(connection, 2)]
    assert done == ["question back", "question change"]


def test_a_removed_question_can_be_undone(author: Visitor) -> None:
    hand_in(author, ("题.gift", GIFT.encode()))
    into_bank(author, 1)
    answer = author.post(f"/banks/1/questions/{_code(author, 1)}", remove="1")
    page = author.get(str(answer.location))
    assert "撤销" in page
    assert "1 题" in page
    author.post("/banks/1/back/1")
    assert "2 题" in author.get("/banks/1")


def test_a_bank_is_searched_renamed_and_put_away(author: Visitor) -> None:
    hand_in(author, ("题.gift", GIFT.encode()))
    into_bank(author, 1)
    assert "等于几" not in author.get("/banks/1?q=票证")
    assert "没有这样的题" in author.get("/banks/1?q=zzz&type=single&difficulty=3")
    author.post("/banks/1", what="title", title="通用题库")
    assert "通用题库" in author.get("/banks")
    author.post("/banks/1", what="title", title="")
    author.post("/banks/1", what="away")
    assert "通用题库" not in author.get("/banks").partition("收起的题库")[0]
    author.get("/banks/1", 404)
    assert "收起的题库（1 个）" in author.get("/banks")
    assert author.post("/banks/1", what="back").location == "/banks/1"
    assert "通用题库" in author.get("/banks/1")
    assert author.post("/banks/1", what="back").status_code == 404  # it is not put away


def test_new_roles_are_given_on_the_page_of_accounts(sqlite_hub: Hub) -> None:
    boss = visitor(sqlite_hub)
    boss.post("/accounts", name="新人", password=PASSWORD, role="reviewer", unit="")
    assert "审核课程" in boss.get("/accounts")


ODD = (
    "::一::甲？{=对#因为 ~错}\n\n::二::甲？{~对 =错}\n\n::三::丙？{=一 ~二 ~三 ####因为}\n\n"
    "::四::丙？{=一 ~二 ~三 ####因为}\n\n::五::丁？{=一 ~%50%二}\n\n::六::戊 {"
)


def test_questions_are_looked_at_before_they_go_in_what_is_odd_first(author: Visitor) -> None:
    hand_in(author, ("题.gift", ODD.encode()))
    assert "等您看过再放进题库" in author.get("/materials/imports")
    page = author.get("/materials/imports/1")
    summed = re.sub(r"<[^>]+>", "", page.split('<p class="import-sum">')[1].split("</p>")[0])
    assert summed == "4 要放进去 + 1 以前就有或重复 + 1 退回 = 6 文件里一共"
    assert "与第 1 题问的相同，答案不同" in page
    assert "部分得分没有带入" in page
    assert "丙？" not in page  # it is not odd
    assert author.get("/materials/imports/1?show=").count("丙？") == 2
    assert "与第 3 题完全一样" in author.get("/materials/imports/1?show=twice")
    assert "花括号没有成对" in author.get("/materials/imports/1?show=refused")
    assert "还没有题库" in author.get("/banks")
    into_bank(author, 1)
    assert "收下了一部分" in author.get("/materials/imports/1")
    assert author.get("/banks/1").count("asked-place") == 4
    hand_in(author, ("题.gift", ODD.replace("丁", "己").encode()))
    page = author.get("/materials/imports/2?show=known")
    assert page.count("题库里已有，不会重复") == 3


def test_questions_that_are_not_wanted_leave_nothing(author: Visitor, sqlite_hub: Hub) -> None:
    before = everything(sqlite_hub)
    shown = base64.b64encode(PNG).decode().replace("=", "\\=")
    hand_in(author, ("图.gift", f'[html]<img src\\="data:image/png;base64,{shown}">{{T}}'.encode()))
    assert everything(sqlite_hub) != before
    answer = author.post("/materials/imports/1", do="drop")
    assert (answer.status_code, answer.location) == (303, "/materials/import")
    assert everything(sqlite_hub) == before
    assert "什么也没有留下" in author.get("/materials/import")
    author.get("/materials/imports/1", 404)


def test_a_file_without_anything_new_needs_no_decision(author: Visitor) -> None:
    hand_in(author, ("题.gift", b"q {T}\n"))
    into_bank(author, 1)
    hand_in(author, ("题.gift", b"q {T}\n"), ("坏.gift", b"q {\n\n{T}\n"))
    assert "以前就有，没有重复导入" in author.get("/materials/imports/2")
    assert "没有收下" in author.get("/materials/imports/3")
    assert author.get("/banks").count('<th scope="row">') == 1


def test_an_upload_that_nobody_decided_on_is_said_to_be_gone(
    author: Visitor, sqlite_hub: Hub
) -> None:
    hand_in(author, ("题.gift", b"q {T}\n"))
    shutil.rmtree(sqlite_hub.config.data / "uploads")
    assert "上传的文件放得太久" in author.get("/materials/imports/1")
    into_bank(author, 1)
    assert "请再交一次" in author.get("/materials/imports/1")


def test_what_is_looked_at_is_decided_by_those_who_may_write_there(
    sqlite_hub: Hub, tmp_path: Path
) -> None:
    units = table(tmp_path, "code,name,parent\n43,云岭,\n44,海南,\n")
    unit_tree.import_org(sqlite_hub, units, actor("t"))
    hand_in(visitor(sqlite_hub, "编者", "author", "43"), ("题.gift", b"q {T}\n"))
    other = visitor(sqlite_hub, "邻编", "author", "44")
    other.get("/materials/imports/1", 404)
    other.get(f"/materials/imports/1/files/{'0' * 64}", 404)
    reviewer = visitor(sqlite_hub, "审", "reviewer", "43")
    assert "放进题库（" not in reviewer.get("/materials/imports/1")
    for who, status in ((other, 404), (reviewer, 403)):
        for deed in ("take", "drop"):
            assert who.post("/materials/imports/1", do=deed).status_code == status
    assert "等您看过再放进题库" in reviewer.get("/materials/imports")


def everything(hub: Hub) -> tuple[list[str], list[tuple[object, ...]]]:
    """All files of the hub's folder but its database, and what its tables hold."""
    files = sorted(
        str(path.relative_to(hub.config.data))
        for path in hub.config.data.rglob("*")
        if path.name != "uploads" and not path.name.startswith("hub.db")
    )
    with reading(hub.engine) as connection:
        tables = (contents.import_job, contents.bank, contents.question)
        rows = [tuple(row) for table in tables for row in connection.execute(table.select())]
    return files, rows


def test_of_two_who_decide_about_one_preview_only_the_first_does(
    sqlite_hub: Hub, author: Visitor
) -> None:
    """Also of two presses of one button: the second would find the file gone, and say so."""
    hand_in(author, ("题.gift", GIFT.encode()))
    with reading(sqlite_hub.engine) as connection:
        seen = materials.job(connection, whole(connection), 1)
    assert seen is not None
    jobs.again(sqlite_hub, seen, ImportTarget())
    for late in (partial(jobs.again, target=ImportTarget()), jobs.cancel):
        with pytest.raises(ChangedMeanwhile):
            late(sqlite_hub, seen)
    assert uploads.find(sqlite_hub, seen.token, uploads.CONTENT).is_file()
