"""One question on its page: every type written, faults at their fields, pictures and sounds."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from werkzeug.test import TestResponse

from content.model import limits
from content.model.course import Question
from content.packs.manifest import from_values, to_values
from content.packs.without_answers import closed
from hub.authoring import build
from hub.authoring.draft_plan import ItemPlan, ModulePlan, Plan
from hub.context.open_hub import Hub
from hub.materials import uploads
from hub.store import audit, banks
from hub.store.engine import reading
from tests.content.conftest import PNG
from tests.hub.visitors import Visitor, visitor

OPTIONS = {"option-0": "甲", "option-1": "乙", "option-2": "丙"}
PAIRS = {"prompt-0": "左", "prompt-1": "右", "pair-0": "B", "pair-1": "-"}
EVERY: list[tuple[str, dict[str, object], str]] = [
    ("single", {**OPTIONS, "answer": "B"}, "B"),
    ("multiple", {**OPTIONS, "answer": ["A", "C"]}, "AC"),
    ("truefalse", {"answer": "B"}, "B"),
    ("fill", {"text": "从____到____", "answer": "一|1\n二"}, "一|1‖二"),
    ("numeric", {"number-0": "9.8", "off-0": "0.1", "number-1": "10"}, "#9.8~0.1|10~0"),
    ("matching", {**OPTIONS, **PAIRS}, "=B-"),
    ("ordering", {**OPTIONS}, ">ABC"),
    ("essay", {"answer": "要点"}, "*要点"),
]


@pytest.fixture
def author(sqlite_hub: Hub) -> Visitor:
    who = visitor(sqlite_hub, "作者", "author")
    answer = who.post("/banks/new", title="检查")
    assert answer.location == "/banks/1/new"
    return who


def write(who: Visitor, **fields: object) -> TestResponse:
    return who.post("/banks/1/new", **{"type": "single", "text": "题", **fields})


def held(hub: Hub) -> tuple[Question, ...]:
    with reading(hub.engine) as connection:
        return banks.questions(connection, 1)


@pytest.mark.parametrize(("kind", "fields", "key"), EVERY, ids=[case[0] for case in EVERY])
def test_a_question_of_every_type_is_written(
    author: Visitor, sqlite_hub: Hub, kind: str, fields: dict[str, object], key: str
) -> None:
    assert "先看看" in author.get(f"/banks/1/new?type={kind}")
    more = {"type": kind, "explain": "因为", "chapter": "一", "difficulty": "2"}
    answer = write(author, **fields, **more)
    question = held(sqlite_hub)[0]
    assert answer.location == f"/banks/1/questions/{question.id}"
    assert (question.type, question.answer, question.explain) == (kind, key, "因为")
    assert (question.chapter, question.difficulty) == ("一", 2)
    page = author.get(str(answer.location))
    assert "因为" in page
    again = author.post(str(answer.location), **{"text": "题", **fields, "explain": "改了"})
    assert again.status_code == 303
    assert held(sqlite_hub)[0].answer == key
    with reading(sqlite_hub.engine) as connection:
        done = [entry.what for entry in audit.latest(connection, 3)]
    assert done == ["question change", "question add", "bank begin"]


def test_all_faults_stand_beside_their_fields_and_nothing_typed_is_lost(
    author: Visitor, sqlite_hub: Hub
) -> None:
    answer = author.post("/banks/1/new", type="single", **{"option-0": "甲", "explain": "留着"})
    assert answer.status_code == 400
    assert "有 3 处要改" in answer.text
    for name in ("text", "option-1", "answer"):
        assert f'id="e-{name}"' in answer.text, name
        assert f"e-{name}" in re.findall(r'aria-describedby="([^"]*)"', answer.text).__str__()
    assert "留着" in answer.text
    assert held(sqlite_hub) == ()


def test_the_same_question_goes_in_once_and_the_next_one_keeps_its_chapter(
    author: Visitor, sqlite_hub: Hub
) -> None:
    answer = write(author, **OPTIONS, answer="A", chapter="秤", difficulty="3", do="again")
    assert 'value="秤"' in author.get(str(answer.location))
    twice = write(author, **OPTIONS, answer="A")
    assert (twice.status_code, "完全一样的题" in twice.text) == (400, True)
    assert len(held(sqlite_hub)) == 1


def test_buttons_of_the_form_keep_what_was_typed(author: Visitor, sqlite_hub: Hub) -> None:
    page = write(author, **OPTIONS, answer="A", do="more-option", **{"rows-option": "4"}).text
    assert "选项 F" in page
    assert ">甲</textarea>" in page
    page = write(author, **OPTIONS, answer="A", do="type-ordering").text
    assert "按正确的先后写" in page
    assert ">甲</textarea>" in page
    seen = write(author, **OPTIONS, answer="B", do="look")
    assert seen.status_code == 200
    assert 'class="right"><b>B</b>' in seen.text
    assert held(sqlite_hub) == ()


def attach(who: Visitor, name: str, raw: bytes, **fields: object) -> TestResponse:
    file = (BytesIO(raw), name)
    return write(who, **{**OPTIONS, "answer": "A", "do": "attach", "file": file, **fields})


def test_a_picture_is_handed_in_seen_kept_and_removed(author: Visitor, sqlite_hub: Hub) -> None:
    page = attach(author, "秤.png", PNG, alt="一台秤", where="option-1").text
    assert "乙[[图1]]" in page
    match = re.search(r'src="(/questions/files/[\w-]+)"', page)
    assert match is not None
    shown = author.client.get(match[1])
    assert (shown.data, shown.mimetype) == (PNG, "image/png")
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    token = f"fresh:{match[1].rpartition('/')[2]}"
    file: dict[str, str] = {"file-1": token, "alt-1": "一台秤", "text": "看[[图1]]"}
    seen = author.post("/banks/1/new", **OPTIONS, answer="A", do="look", **file)
    assert seen.text.count(match[1]) == 2  # in the form and in the preview
    answer = author.post("/banks/1/new", **OPTIONS, answer="A", **file)
    question = held(sqlite_hub)[0]
    assert [ref.size for ref in question.media] == [len(PNG)]
    assert 'alt="一台秤"' in question.text
    assert not list((sqlite_hub.config.data / "uploads").iterdir())
    author.get(match[1], 404)
    path = str(answer.location)
    assert "[[图1]]" in author.get(path)
    dropped = author.post(
        path, **OPTIONS, answer="A", do="drop-1", **file | {"file-1": question.media[0].sha256}
    )
    assert "[[图1]]" not in dropped.text
    assert author.post(path, **OPTIONS, answer="A", text="看").status_code == 303
    assert held(sqlite_hub)[0].media == ()


@pytest.mark.parametrize(
    ("name", "raw", "words"),
    [
        ("图.png", b"MZ\x90\0 not a picture", "不是能显示的图片或声音"),
        ("图.png", b"<script>alert(1)</script>", "不是能显示的图片或声音"),
        ("图.png", b"", "不是能显示的图片或声音"),
    ],
)
def test_what_is_no_picture_is_refused_by_its_content(
    author: Visitor, sqlite_hub: Hub, name: str, raw: bytes, words: str
) -> None:
    answer = attach(author, name, raw, alt="甲")
    assert (answer.status_code, words in answer.text) == (400, True)
    assert 'id="e-file"' in answer.text
    assert not (sqlite_hub.config.data / "uploads").exists() or not list(
        (sqlite_hub.config.data / "uploads").iterdir()
    )


def test_a_picture_that_is_too_large_is_refused(
    author: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_PICTURE_BYTES", 2_000)
    answer = attach(author, "大.png", PNG + b"\0" * 2_000, alt="甲")
    assert (answer.status_code, "上限是 2 kB" in answer.text) == (400, True)


def test_a_picture_needs_its_words_and_only_its_own_files_are_shown(
    author: Visitor, sqlite_hub: Hub
) -> None:
    first = attach(author, "秤.png", PNG, do="save")
    assert (first.status_code, 'id="e-alt-1"' in first.text) == (400, True)
    secret = sqlite_hub.blobs.add_bytes(PNG + b"secret")
    stolen = write(author, **OPTIONS, answer="A", text="看[[图1]]", **{"file-1": secret})
    assert (stolen.status_code, 'id="e-text"' in stolen.text) == (400, True)
    assert author.client.get(f"/media/{secret}").status_code == 404
    assert attach(author, "", b"", do="attach").status_code == 400


def test_a_sound_travels_with_the_question_to_stations(author: Visitor, sqlite_hub: Hub) -> None:
    sound = b"ID3" + b"\0" * 500
    page = attach(author, "听.mp3", sound).text
    match = re.search(r'name="file-1" value="(fresh:[\w-]+)"', page)
    assert match is not None
    assert "<audio controls" in page
    answer = write(author, **OPTIONS, answer="A", text="听[[音1]]", **{"file-1": match[1]})
    assert answer.status_code == 303
    items = (ItemPlan("p", "练习", "practice", bank=1), ItemPlan("e", "考", "exam", bank=1, draw=1))
    plan = Plan("课", category="食品安全", modules=(ModulePlan("m1", items=items),))
    with reading(sqlite_hub.engine) as connection:
        built = build.build(connection, plan, "c", 1)
    assert built.faults == {}
    course = from_values(to_values(closed(built.course)))
    shas = {ref.sha256 for ref in course.files()}
    assert {sqlite_hub.blobs.read(sha, 1_000) for sha in shas} == {sound}


def test_only_authors_of_the_unit_write_into_a_bank(author: Visitor, sqlite_hub: Hub) -> None:
    reviewer = visitor(sqlite_hub, "审者", "reviewer")
    for path in ("/banks/new", "/banks/1/new"):
        assert reviewer.post(path).status_code == 403
        reviewer.get(path, 403)
    author.get("/banks/9/new", 404)
    token, _file = uploads.keep(sqlite_hub, BytesIO(PNG), "asked")
    reviewer.get(f"/questions/files/{token}", 403)
    author.get("/questions/files/no-such-token-at-all", 404)
    for title in ("", "长" * 81, "检查"):
        assert author.post("/banks/new", title=title).status_code == 400
