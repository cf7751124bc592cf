"""SCORM at the node: the second port, and what a package may keep."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from content.model.activities import Scorm
from node.learning import scorm
from node.learning.scorm_tickets import Ticket
from node.runtime import NodeRuntime
from node.store import journal, scorm_states
from node.web import app as web
from node.web.app import create_app
from node.web.study.scorm_site import create_play_app, ticket_key
from tests.node.conftest import LEARNER, OTHER, PIN
from tests.node.scorm_site import COURSE, install_packages
from tests.scorm import Part, package

PAGE = "<!doctype html><title>页</title><p>你好"
PARTS = (Part("one", "第一节", "one.html"), Part("two", "第二节", "b/two.html"))
FILES: dict[str, str | bytes] = {
    "one.html": PAGE,
    "b/two.html": PAGE,
    "b/声音.mp3": b"ID3" * 100,
    "a.weird": "x",
}


@pytest.fixture
def packed(runtime: NodeRuntime, tmp_path: Path) -> NodeRuntime:
    install_packages(runtime, tmp_path, {"talk": package(*PARTS, files=FILES)})
    runtime.play_port = 8481
    return runtime


@pytest.fixture
def learner(packed: NodeRuntime) -> FlaskClient:
    app = create_app(packed)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    assert client.post("/sign-in", data={"number": LEARNER, "pin": PIN}).status_code == 303
    return client


@pytest.fixture
def second(packed: NodeRuntime, learner: FlaskClient) -> Iterator[FlaskClient]:
    """The second port; ``learner`` first, so that there is a key."""
    with create_play_app(packed).test_client() as client:
        yield client


def ticket(runtime: NodeRuntime, **other: Any) -> str:
    named = Ticket(**{"course": COURSE, "version": 1, "item": "talk", **other})
    return named.text(ticket_key(runtime), runtime.clock.now())


# The second port


def test_files_of_a_package_come_with_their_kind_and_rules(
    packed: NodeRuntime, second: FlaskClient
) -> None:
    answer = second.get(f"/{ticket(packed)}/files/B/Two.html", headers={"Host": "pc:8481"})
    assert answer.status_code == 200
    assert answer.text == PAGE
    # Without charset: old packages are in GBK and declare it themselves.
    assert answer.headers["Content-Type"] == "text/html"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith(
        "sandbox allow-scripts allow-same-origin allow-forms allow-modals allow-downloads;"
    )
    assert "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:" in policy
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'self' pc:*" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers


def test_a_sound_of_a_package_is_sent_in_parts(packed: NodeRuntime, second: FlaskClient) -> None:
    answer = second.get(f"/{ticket(packed)}/files/b/声音.mp3", headers={"Range": "bytes=3-5"})
    assert (answer.status_code, answer.data) == (206, b"ID3")
    assert answer.headers["Content-Type"] == "audio/mpeg"
    other = second.get(f"/{ticket(packed)}/files/a.weird")
    assert other.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    "path", ["files/none.html", "files/../../node.db", "files/%2e%2e/x", "files/", "other"]
)
def test_nothing_but_the_packages_files_is_there(
    packed: NodeRuntime, second: FlaskClient, path: str
) -> None:
    answer = second.get(f"/{ticket(packed)}/{path}")
    assert (answer.status_code, answer.data) == (404, b"")


@pytest.mark.parametrize("other", [{"version": 2}, {"item": "final"}, {"course": "food"}])
def test_a_ticket_for_what_is_not_here_opens_nothing(
    packed: NodeRuntime, second: FlaskClient, other: dict[str, Any]
) -> None:
    assert second.get(f"/{ticket(packed, **other)}/files/one.html").status_code == 404


def test_without_a_ticket_nothing_opens(second: FlaskClient) -> None:
    assert second.get(f"/{COURSE}.1.talk.99999.{'0' * 40}/files/one.html").status_code == 404
    assert second.get(f"/{COURSE}.1.talk.99999.{'0' * 40}/stage").status_code == 404


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/keeper/", "/ping", "/api/scorm", "/media/" + "a" * 64, "/static/x"]
)
def test_our_pages_are_not_on_the_second_port(second: FlaskClient, path: str) -> None:
    assert second.get(path).status_code == 404


def test_the_files_are_not_on_the_first_port(packed: NodeRuntime, learner: FlaskClient) -> None:
    assert learner.get(f"/{ticket(packed)}/files/one.html").status_code == 404
    assert learner.get(f"/{ticket(packed)}/stage").status_code == 404


def test_the_stage_brings_our_scripts_only(packed: NodeRuntime, second: FlaskClient) -> None:
    page = second.get(f"/{ticket(packed)}/stage")
    assert page.status_code == 200
    script = page.text.split('src="')[1].split('"')[0]
    assert second.get(script).headers["Content-Type"].startswith("text/javascript")
    beside = script.rpartition("/")[0]
    assert second.get(f"{beside}/stage2004.js").status_code == 200
    assert second.get(f"{beside}/keeper.js").status_code == 404
    assert second.get("/vendor/scorm-again-3.4.3/scorm12.min.js").status_code == 200
    assert second.get("/vendor/pdfjs-3.5.141/pdf.min.js").status_code == 404


def test_a_package_may_not_answer_for_its_own_pages(
    packed: NodeRuntime, second: FlaskClient
) -> None:
    address = f"/{ticket(packed)}/files/one.html"
    assert second.get(address, headers={"Service-Worker": "script"}).status_code == 404


def test_nothing_can_be_sent_to_the_second_port(packed: NodeRuntime, second: FlaskClient) -> None:
    assert second.post(f"/{ticket(packed)}/files/one.html", data="x").status_code in (405, 413)


@pytest.mark.parametrize("host", ["pc:8481; script-src *", "a b:1", "x" * 300 + ":1", "pc"])
def test_no_host_name_writes_into_the_rules(
    packed: NodeRuntime, second: FlaskClient, host: str
) -> None:
    try:
        answer = second.get(f"/{ticket(packed)}/files/one.html", headers={"Host": host})
    except ValueError:
        return
    policy = answer.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self'")


# The page


def test_the_page_frames_the_second_port_and_no_other(learner: FlaskClient) -> None:
    page = learner.get(f"/course/{COURSE}/talk")
    assert page.status_code == 200
    assert 'data-origin="http://localhost:8481"' in page.text
    assert "frame-src http://localhost:8481" in page.headers["Content-Security-Policy"]
    assert page.text.count("data-part=") == 2


def test_the_page_says_so_where_the_second_port_is_not_open(
    packed: NodeRuntime, learner: FlaskClient
) -> None:
    packed.play_port = 0
    page = learner.get(f"/course/{COURSE}/talk")
    assert 'data-origin=""' in page.text
    assert "frame-src" not in page.headers["Content-Security-Policy"]


# What is kept


def save(client: FlaskClient, parts: object, **more: object) -> tuple[int, dict[str, Any]]:
    body = {"learner": LEARNER, "item": f"{COURSE}/talk", "parts": parts, **more}
    answer = client.post("/api/scorm", json=body)
    return answer.status_code, answer.get_json()


def load(client: FlaskClient) -> dict[str, Any]:
    kept: dict[str, Any] = client.get(f"/api/scorm/{COURSE}/talk").get_json()["kept"]
    return kept


def test_what_a_package_keeps_comes_back(learner: FlaskClient) -> None:
    state = {"cmi": {"suspend_data": "第七页", "core": {"lesson_location": "7"}}, "exit": "suspend"}
    assert save(learner, {"one": state, "": {"last": "one"}}) == (200, {"saved": 2})
    assert load(learner) == {"one": state, "": {"last": "one"}}
    assert save(learner, {"one": None}) == (200, {"saved": 1})
    assert load(learner) == {"": {"last": "one"}}


@pytest.mark.parametrize("text", ["A\ud83dB", "\udc00", "\ude00\ud83d", "\\ud83d", "😀\ud800\\"])
def test_half_a_character_that_a_package_keeps_comes_back_as_it_was(
    learner: FlaskClient, text: str
) -> None:
    state = {"cmi": {"suspend_data": text, text: "x"}}
    assert save(learner, {"one": state}) == (200, {"saved": 1})
    assert load(learner) == {"one": state}


def test_the_player_is_told_what_it_needs(learner: FlaskClient) -> None:
    state = learner.get(f"/api/scorm/{COURSE}/talk").get_json()
    assert state["version"] == "1.2"
    assert state["learner"] == {"id": LEARNER, "name": "张一"}
    assert [part["launch"] for part in state["activities"]] == ["", "one.html", "b/two.html"]
    assert state["sequencing"] is None


def test_what_one_learner_keeps_no_other_sees(packed: NodeRuntime, learner: FlaskClient) -> None:
    save(learner, {"one": {"cmi": {}}})
    assert scorm_states.load(packed.store.read(), OTHER, f"{COURSE}/talk") == {}
    assert save(learner, {"one": {}}, learner=OTHER)[1]["error"] == "other-learner"


@pytest.mark.parametrize(
    "parts",
    [
        {"three": {}},
        {"one": "text"},
        {"one": {"x": "y" * scorm.MAX_PART_CHARS}},
        [],
        None,
        {str(n): {} for n in range(30)},
    ],
)
def test_what_no_player_keeps_is_refused(
    packed: NodeRuntime, learner: FlaskClient, parts: object
) -> None:
    status, answer = save(learner, parts)
    too_much = isinstance(parts, dict) and len(str(parts)) > scorm.MAX_PART_CHARS
    expected = (413, "package-keeps-too-much") if too_much else (400, "bad-input")
    assert (status, answer["error"]) == expected
    assert load(learner) == {}


def test_more_than_a_player_ever_sends_is_not_read(learner: FlaskClient) -> None:
    status, answer = save(learner, {"one": {"x": "y" * 1_000_000}})
    assert (status, answer["error"]) == (413, "body-too-large")


def test_long_saves_pass_where_tokens_are_asked_for(packed: NodeRuntime) -> None:
    app = create_app(packed)  # as stations run it: the token is checked before the body is read
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post("/sign-in", data={"number": LEARNER, "pin": PIN})
    app.config["WTF_CSRF_ENABLED"] = True
    token = {"X-CSRFToken": client.get("/api/exam/token").get_json()["csrf"]}
    state = {"cmi": {"suspend_data": "第七页甲" * 16_000}}  # 64,000 characters, 192 kB
    body = {"learner": LEARNER, "item": f"{COURSE}/talk", "parts": {"one": state}}
    assert client.post("/api/scorm", json=body, headers=token).status_code == 200
    assert load(client) == {"one": state}
    assert client.post("/api/scorm", json=body).status_code == 400


def test_a_package_keeps_no_more_than_its_share(
    packed: NodeRuntime, learner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scorm, "MAX_STATE_CHARS", 120)
    assert save(learner, {"one": {"x": "y" * 80}})[0] == 200
    assert save(learner, {"two": {"x": "y" * 80}})[0] == 413
    assert save(learner, {"one": {"x": "z" * 90}})[0] == 200


def test_nobody_keeps_anything_without_signing_in(learner: FlaskClient) -> None:
    learner.post("/sign-out")
    assert save(learner, {"one": {}})[0] == 401
    assert learner.get(f"/api/scorm/{COURSE}/talk").status_code == 401


def test_an_item_of_another_kind_keeps_nothing(learner: FlaskClient, packed: NodeRuntime) -> None:
    assert save(learner, {"one": {}}, item=f"{COURSE}/none")[0] == 404


def test_claims_of_a_package_are_no_study(packed: NodeRuntime, learner: FlaskClient) -> None:
    state = {"cmi": {"core": {"lesson_status": "passed", "score": {"raw": "100"}}}, "over": True}
    assert save(learner, {"one": state, "two": state})[0] == 200
    assert journal.of_learner(packed.store.read(), LEARNER) == []
    assert packed.facts.of(LEARNER).studied == {}


def test_time_in_a_package_counts_as_in_a_page(
    packed: NodeRuntime, learner: FlaskClient, pc: Any
) -> None:
    learner.get(f"/course/{COURSE}/talk")
    pc.go_on(120)
    beat = {"learner": LEARNER, "item": f"{COURSE}/talk", "tab": "t", "spans": [[0, 119]]}
    answer = learner.post("/api/study", json={**beat, "stops": False}).get_json()
    assert (answer["owed"], answer["done"]) == ([], False)
    pc.go_on(5)
    answer = learner.post("/api/study", json={**beat, "spans": [[119, 121]]}).get_json()
    assert answer["done"]


# Cookies: the ports share them


def test_a_planted_cookie_that_nobody_signed_signs_nobody_out(learner: FlaskClient) -> None:
    learner.set_cookie("xuezhan", "planted", path="/course")
    assert learner.get(f"/course/{COURSE}").status_code == 200


def test_of_two_cookies_that_we_signed_neither_is_believed(packed: NodeRuntime) -> None:
    app = create_app(packed)
    app.config["WTF_CSRF_ENABLED"] = False
    signed = []
    for number in (LEARNER, OTHER):
        client = app.test_client()
        client.post("/sign-in", data={"number": number, "pin": PIN})
        cookie = client.get_cookie("xuezhan")
        assert cookie is not None
        signed.append(cookie.value)
    plain = app.test_client(use_cookies=False)
    for pair, status in ((signed, 302), (signed[:1] * 2, 200), ([*signed[:1], "x"], 200)):
        header = "; ".join(f"xuezhan={value}" for value in pair)
        assert plain.get("/", headers={"Cookie": header}).status_code == status


# Sequencing, as scorm-again takes it


def test_the_tree_of_scorm_2004_is_told_whole(runtime: NodeRuntime, tmp_path: Path) -> None:
    from tests.content.scorm.test_sequencing import SEQUENCED

    parts = (Part("g", "章", parts=(Part("one", "一", "one.html", xml=SEQUENCED),)),)
    raw = package(*parts, version="2004", files=FILES)
    install_packages(runtime, tmp_path, {"deep": raw})
    scorm_package = _scorm(runtime)
    state = scorm.state(runtime.store, _Learner(), f"{COURSE}/deep", scorm_package)  # type: ignore[arg-type]
    tree = state["sequencing"]
    leaf = tree["children"][0]["children"][0]
    assert (tree["id"], leaf["id"]) == ("o", "one")
    controls = leaf["sequencingControls"]
    assert (controls["choice"], controls["flow"], controls["forwardOnly"]) == (False, True, False)
    assert leaf["sequencingRules"]["preConditionRules"] == [
        {
            "action": "skip",
            "conditionCombination": "any",
            "conditions": [
                {"condition": "satisfied", "operator": "not", "referencedObjective": "ob"}
            ],
        }
    ]
    assert leaf["attemptLimit"] == 3
    assert leaf["primaryObjective"]["minNormalizedMeasure"] == 0.8
    assert leaf["primaryObjective"]["mapInfo"][0]["readNormalizedMeasure"] is False
    assert leaf["completionThreshold"]["minProgressMeasure"] == 0.7
    assert leaf["hideLmsUi"] == ["continue"]
    assert leaf["sharedDataMaps"] == [
        {"targetID": "notes", "readSharedData": True, "writeSharedData": True},
        {"targetID": "log", "readSharedData": False, "writeSharedData": True},
    ]
    assert state["activities"][2]["passing"] == "0.8"


class _Learner:
    number, name = LEARNER, "张一"


def _scorm(runtime: NodeRuntime) -> Scorm:
    from node.store import courses

    scorm_package = courses.course(runtime.store.read(), COURSE).items[0].scorm
    assert scorm_package is not None
    return scorm_package


def test_a_database_of_the_first_release_gets_the_table(runtime: NodeRuntime) -> None:
    def note(conn: sqlite3.Connection) -> None:
        scorm_states.save(conn, "a", "b/c", {"": "{}"}, 1)

    runtime.store.write(note)
    assert scorm_states.size(runtime.store.read(), "a", "b/c") == 2
    assert web.MAX_BODY_BYTES < 100_000
