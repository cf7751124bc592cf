"""The library and its pages: volumes are indexed when they arrive, and their words are found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from flask.testing import FlaskClient

from content.model.course import Course, FileRef, Volume
from content.model.terms import Licence
from content.model.volume import Document
from content.packs.pack import seal_manifest
from node.errors import NotFound
from node.learning.library import BEHIND_S, RETRY_S, Library, Query
from node.runtime import NodeRuntime
from node.store import courses
from node.store import library as index
from node.threads import ThreadFault
from tests.node.conftest import HUB_KEY, LEARNER, START, FakeTime
from tests.node.learning.test_licence import TO_MIDNIGHT_S
from tests.node.shelving import FOOD, SHELVES, shelve

NAUGHTY = Path(__file__).parents[4] / "shared" / "testdata" / "hostile" / "blns" / "blns.json"


@pytest.fixture
def library(runtime: NodeRuntime) -> Library:
    shelve(runtime)
    runtime.library.catch_up()
    return runtime.library


def titles(library: Library, text: str, shelf: str = "") -> list[str]:
    query = Query.of(text)
    assert query is not None
    shelves = library.shelves()
    on = next((volume for volume in shelves if volume.title == shelf), None)
    return [hit.entry.title for hit in library.search(query, on, 20, 0, shelves).found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("许可", ["食品经营许可管理办法", "进货查验记录制度"]),  # in the title first
        ("许可证", ["进货查验记录制度"]),
        ("查验 记录", ["进货查验记录制度"]),
        ("經營許可", ["食品经营许可管理办法"]),  # traditional finds simplified
        ("监督管理条例", ["计量器具管理办法"]),  # and the other way round
        ("作业", ["计量器具管理办法"]),  # two characters
        ("械", []),
        ("gb 7718", ["计量器具管理办法"]),
        ("ＧＢ７７１８", ["计量器具管理办法"]),
        ("查验供货者的，许可证", ["进货查验记录制度"]),
        ("17号", ["食品经营许可管理办法"]),
        ("许可 作业", []),
        ("许可活", ["食品经营许可管理办法"]),
        ("可许", []),
    ],
)
def test_words_are_found(library: Library, text: str, expected: list[str]) -> None:
    assert titles(library, text) == expected


def test_a_library_whose_licence_is_over_is_not_searched(
    runtime: NodeRuntime, pc: FakeTime, sign_in_as: Callable[[str], FlaskClient]
) -> None:
    pc.go_on(TO_MIDNIGHT_S)
    learner = sign_in_as(LEARNER)
    shelve(runtime, licence=Licence("某社", "2026-11-18"))
    runtime.library.catch_up()
    address = f"/library/laws/v1/{FOOD[0].id}"
    assert learner.get(address).status_code == 200
    assert "食品经营许可管理办法" in learner.get("/library/").text
    pc.go_on(600)
    assert learner.get(address).status_code == 404
    for page in ("/library/", "/library/?q=许可", "/library/?in=laws/v1"):
        assert "食品经营许可管理办法" not in learner.get(page).text
    shelve(runtime, version=2, licence=Licence("某社", "2027-11-18"))  # the same volumes
    runtime.library.catch_up()
    assert learner.get(address).status_code == 200


SOUNDED = {
    "bracket": "修满二十个学（xué）分（fēn）方可结业",
    "mixed": "修滿二十個學(xué)分(fēn)方可結業",
    "plain": "修满 学(xue2)分 方可结业",
    "forms": "修滿學（学）分方可結業",
    "zhuyin": "修滿學（ㄒㄩㄝˊ）分方可結業",
}


def test_words_with_their_sound_behind_them_are_found(runtime: NodeRuntime) -> None:
    documents = [
        Document(f"{n:012x}", name, text) for n, (name, text) in enumerate(SOUNDED.items())
    ]
    shelve(
        runtime, {"一": documents, "二": [Document("f" * 12, "none", "食品（PE）管，学会（A）分")]}
    )
    runtime.library.catch_up()
    library = runtime.library
    assert set(titles(library, "学分")) == set(titles(library, "学（xué）分")) == set(SOUNDED)
    assert set(titles(library, "xué")) == {"bracket", "mixed", "plain"}
    assert titles(library, "食品管") == []
    assert titles(library, "pe管") == ["none"]
    query = Query.of("學分")
    assert query is not None
    (hit,) = [piece.text for piece in query.pieces(SOUNDED["mixed"]) if piece.hit]
    assert hit == "學(xué)分"


def test_a_shelf_can_be_searched_alone(library: Library) -> None:
    assert titles(library, "管理办法", "计量管理") == ["计量器具管理办法"]
    assert len(titles(library, "管理办法")) == 2


def test_hits_are_marked_in_the_text_as_it_stands(library: Library) -> None:
    query = Query.of("監督管理")
    assert query is not None
    assert [piece.text for piece in query.pieces("依监督、管理條例") if piece.hit] == ["监督、管理"]
    assert "".join(piece.text for piece in query.pieces("依监督、管理條例")) == "依监督、管理條例"
    (hit,) = library.search(query, library.shelf("laws", "v2"), 20, 0, library.shelves()).found
    assert [piece.text for piece in hit.excerpt if piece.hit] == ["監督管理"]


@pytest.mark.parametrize("text", ["", "  ", "，。", '"', "***", "(((", "AND", "NEAR(a b)", "a*"])
def test_what_is_no_word_or_looks_like_an_operator_is_harmless(library: Library, text: str) -> None:
    query = Query.of(text)
    if query is not None:
        assert titles(library, text) == []


def test_naughty_strings_are_looked_for_like_others(learner: FlaskClient, library: Library) -> None:
    if not NAUGHTY.exists():
        pytest.skip("no ../shared/testdata/hostile here")
    for text in json.loads(NAUGHTY.read_text("utf-8")):
        answer = learner.get("/library/", query_string={"q": text})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text


def test_a_new_version_replaces_what_is_found(runtime: NodeRuntime, library: Library) -> None:
    before = {shelf.sha: shelf.id for shelf in library.shelves()}
    changed = (FOOD[0], Document(FOOD[1].id, "进货查验记录制度", "保存两年。"))
    shelve(runtime, {**SHELVES, "食品安全": changed}, version=2)
    library.catch_up()
    assert titles(library, "供货者") == []
    assert titles(library, "保存两年") == ["进货查验记录制度"]
    # The volume that did not change was not indexed again.
    assert len({shelf.sha: shelf.id for shelf in library.shelves()}.items() & before.items()) == 1


def test_a_library_that_is_withdrawn_is_no_longer_found(
    runtime: NodeRuntime, library: Library
) -> None:
    runtime.store.write(lambda conn: courses.unwant(conn, "laws"))
    library.catch_up()
    assert library.shelves() == []
    assert library.is_empty


def test_a_damaged_index_is_made_anew(runtime: NodeRuntime, library: Library) -> None:
    path = runtime.config.data / "library.db"
    index.forget(path)
    path.write_bytes(b"no database" * 1000)
    fresh = Library(runtime.config.data, runtime.store, runtime.blobs)
    with pytest.raises(sqlite3.DatabaseError):
        fresh.catch_up()
    again = Library(runtime.config.data, runtime.store, runtime.blobs)
    again.catch_up()
    assert titles(again, "许可证") == ["进货查验记录制度"]


def test_a_volume_that_breaks_a_rule_is_left_out_and_the_rest_is_found(
    runtime: NodeRuntime,
) -> None:
    raw = b'{"format":"xuezhan-volume-1","title":"x"}\n{}\n'
    sha = runtime.blobs.add_bytes(raw)
    bad = Volume("bad", "坏卷", FileRef("bad.volume", len(raw), sha), 1, 1)
    course = Course("other", 1, "别的", volumes=(bad,))
    manifest = seal_manifest(course, HUB_KEY)
    name = runtime.blobs.add_bytes(manifest)
    wanted = courses.WantedCourse("other", 1, name, len(manifest), "别的", START)
    runtime.store.write(lambda conn: courses.install(conn, wanted, manifest, START))
    shelve(runtime)
    runtime.library.catch_up()
    assert [shelf.title for shelf in runtime.library.shelves()] == ["食品安全", "计量管理"]


def test_the_index_is_made_beside_the_other_duties(runtime: NodeRuntime) -> None:
    runtime.library.index_if_changed()
    runtime.library.wait()
    assert runtime.library.is_empty
    shelve(runtime)
    runtime.library.index_if_changed()
    runtime.library.wait()
    assert titles(runtime.library, "许可证") == ["进货查验记录制度"]


def test_a_library_that_cannot_be_indexed_is_left_alone_until_its_pause_is_over(
    runtime: NodeRuntime, pc: FakeTime
) -> None:
    shelve(runtime)
    stands_in_the_way = runtime.config.data / "library.db"
    stands_in_the_way.mkdir()
    library = Library(runtime.config.data, runtime.store, runtime.blobs, pc.steady)
    started: list[Thread | None] = []
    for _ in range(20):
        library.index_if_changed()
        library.wait()
        if library._thread not in started:
            started.append(library._thread)
        pc.go_on(5)
    assert len(started) == 1
    stands_in_the_way.rmdir()
    pc.go_on(RETRY_S)
    library.index_if_changed()
    library.wait()
    assert titles(library, "许可证") == ["进货查验记录制度"]


def test_a_library_that_stays_behind_is_told_and_no_longer_when_it_has_caught_up(
    runtime: NodeRuntime, pc: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelve(runtime)
    library = Library(runtime.config.data, runtime.store, runtime.blobs, pc.steady)
    with monkeypatch.context() as patch:
        patch.setattr(library, "catch_up", lambda: 1 / 0)  # an unforeseen error
        while pc.steady_s < 1_000 + BEHIND_S:
            assert library.state().fault is None
            library.index_if_changed()
            library.wait()
            pc.go_on(RETRY_S)
        pc.go_on(1)
        state = library.state()
        assert (state.name, state.fault) == ("library", ThreadFault.FAILING)
    library.index_if_changed()
    library.wait()
    assert library.state().fault is None
    assert titles(library, "许可证") == ["进货查验记录制度"]


def test_what_is_not_there_is_not_found(library: Library) -> None:
    with pytest.raises(NotFound):
        library.shelf("laws", "v9")
    with pytest.raises(NotFound):
        library.document(library.shelf("laws", "v1"), "nothing")


def test_the_pages_show_shelves_hits_and_documents(learner: FlaskClient, library: Library) -> None:
    home = learner.get("/library/").text
    assert "食品安全" in home
    assert "计量管理" in home
    assert "2015-08-31" in home.partition("最近发布")[2]
    results = learner.get("/library/?q=許可證").text
    assert "找到 1 份" in results
    assert "<mark>许可证</mark>" in results
    assert "应当查验<mark>供货者</mark>的" in learner.get("/library/?in=laws/v1&q=供货者").text
    assert "在全部分类里找到" in learner.get("/library/?in=laws/v2&q=供货者").text
    assert "没有找到“没有的词”" in learner.get("/library/?q=没有的词").text
    page = learner.get(f"/library/laws/v1/{FOOD[0].id}?q=许可").text
    assert "<mark>许可</mark>" in page
    assert "<h2>第一章 总则</h2>" in page
    assert learner.get("/library/laws/v1/nothing").status_code == 404


def test_nobody_reads_without_signing_in_and_the_way_is_shown_when_there_is_one(
    runtime: NodeRuntime, browser: FlaskClient, learner: FlaskClient
) -> None:
    assert browser.get("/library/").status_code in (302, 303)
    assert "/library/" not in learner.get("/").text
    assert "资料还没有到本站" in learner.get("/library/").text
    shelve(runtime)
    runtime.library.catch_up()
    assert "/library/" in learner.get("/").text
    # A library is not a course to study.
    assert "法规库" not in learner.get("/").text
