from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from node.config import Config
from node.runtime import NodeRuntime
from node.sign_in import guessing, learner_account, slips
from node.sign_in.errors import AccountLocked, TooManyTries, UnfitSecret, WrongSecret
from node.sign_in.guessing import SOURCE, Source
from node.store import failures, learners
from tests.node.conftest import KEEPER, LEARNER, OTHER, PASSWORD, PIN, FakeTime

HERE, ELSEWHERE = Source("10.0.0.7"), Source("10.0.0.8")
FREE, LOCK_AFTER, MOST_S = 3, 10, guessing.ACCOUNT.most_s


def fail(runtime: NodeRuntime, pc: FakeTime, times: int, number: str = LEARNER) -> None:
    """Type a wrong PIN so many times, waiting each time as long as the node asks."""
    for _ in range(times):
        pc.go_on(MOST_S + 1)
        with pytest.raises(WrongSecret):
            learner_account.sign_in(runtime, number, "000000", HERE)


@pytest.mark.parametrize(
    ("pin", "again", "words"),
    [
        ("12345", "12345", "6 位数字"),
        ("abcdef", "abcdef", "6 位数字"),
        ("１２３４５７", "１２３４５７", "6 位数字"),
        ("123456", "123456", "太容易"),
        ("888888", "888888", "太容易"),
        ("112233", "112233", "太容易"),
        ("123123", "123123", "太容易"),
        ("121212", "121212", "太容易"),
        ("271828", "271829", "不一样"),
    ],
)
def test_an_unfit_pin_is_refused_with_the_reason(pin: str, again: str, words: str) -> None:
    with pytest.raises(UnfitSecret) as refused:
        learner_account.check_pin(pin, again)
    assert words in refused.value.words


def test_an_unknown_number_says_what_a_wrong_pin_says(browser: FlaskClient) -> None:
    answers = [
        browser.post("/sign-in", data={"number": number, "pin": "000000"})
        for number in (LEARNER, "NOBODY")
    ]
    plain = [re.sub(r"NOBODY|A1001|csrf.*", "", answer.text) for answer in answers]
    assert plain[0] == plain[1]
    assert {answer.status_code for answer in answers} == {403}


def test_failures_cost_waiting_that_grows_to_a_quarter_hour() -> None:
    delays = [guessing.LEARNER.delay_s(count) for count in range(1, 40)]
    assert delays[:6] == [0, 0, 0, 2, 4, 8]
    assert delays == sorted(delays)
    assert delays[-1] == 900


def test_the_right_pin_too_has_to_wait_out_the_delay(runtime: NodeRuntime, pc: FakeTime) -> None:
    fail(runtime, pc, FREE + 1)
    with pytest.raises(TooManyTries, match="wait 2 s"):
        learner_account.sign_in(runtime, LEARNER, PIN, HERE)
    pc.go_on(3)
    learner_account.sign_in(runtime, LEARNER, PIN, HERE)


def test_an_account_locks_until_the_keeper_lifts_it(
    app: Flask, runtime: NodeRuntime, pc: FakeTime
) -> None:
    fail(runtime, pc, LOCK_AFTER)
    pc.go_on(7 * 86_400)
    with pytest.raises(AccountLocked):
        learner_account.sign_in(runtime, LEARNER, PIN, HERE)
    keeper = app.test_client()
    keeper.post("/keeper/sign-in", data={"name": KEEPER, "password": PASSWORD})
    assert "请做一件事：给 1 位被锁定的学员解锁" in keeper.get("/keeper/").text
    keeper.post(f"/keeper/learners/{LEARNER}/unlock")
    learner_account.sign_in(runtime, LEARNER, PIN, HERE)


def test_a_restart_forgives_nothing(runtime: NodeRuntime, pc: FakeTime, config: Config) -> None:
    fail(runtime, pc, LOCK_AFTER)
    again = NodeRuntime.open(config, pc.clock())
    with pytest.raises(AccountLocked):
        learner_account.sign_in(again, LEARNER, PIN, HERE)
    again.close()


def test_one_source_that_guesses_at_many_accounts_is_slowed(
    runtime: NodeRuntime, pc: FakeTime
) -> None:
    for n in range(SOURCE.free + 1):
        with pytest.raises(WrongSecret):
            learner_account.sign_in(runtime, f"X{n}", "000000", HERE)
    with pytest.raises(TooManyTries):
        learner_account.sign_in(runtime, OTHER, PIN, HERE)
    learner_account.sign_in(runtime, OTHER, PIN, Source("10.0.0.99"))


def test_the_session_secret_changes_at_sign_in(app: Flask, runtime: NodeRuntime) -> None:
    client = app.test_client()
    client.post("/sign-in", data={"number": LEARNER, "pin": PIN})
    first = client.get_cookie("xuezhan")
    client.post("/sign-in", data={"number": OTHER, "pin": PIN})
    second = client.get_cookie("xuezhan")
    assert first is not None
    assert second is not None
    assert first.value != second.value
    stale = app.test_client()
    stale.set_cookie("xuezhan", first.value)
    assert stale.get("/results").status_code == 302


def test_signing_out_ends_the_session_for_whoever_kept_the_cookie(
    app: Flask, learner: FlaskClient
) -> None:
    cookie = learner.get_cookie("xuezhan")
    assert cookie is not None
    learner.post("/sign-out")
    thief = app.test_client()
    thief.set_cookie("xuezhan", cookie.value)
    assert thief.get("/results").headers["Location"].startswith("/sign-in")
    assert learner.get("/sign-out").status_code in (404, 405)


def test_signing_out_ends_the_keepers_session_for_whoever_kept_the_cookie(
    app: Flask, keeper: FlaskClient
) -> None:
    cookie = keeper.get_cookie("xuezhan")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("xuezhan", cookie.value)
    assert thief.get("/keeper/").status_code == 200
    keeper.post("/sign-out")
    assert thief.get("/keeper/").headers["Location"].startswith("/keeper/sign-in")


def test_signing_in_leads_on_to_our_own_pages_only(browser: FlaskClient) -> None:
    for target in ("//evil.example/x", "https://evil.example", "/\\evil.example", "evil"):
        answer = browser.post(
            "/sign-in", query_string={"next": target}, data={"number": LEARNER, "pin": PIN}
        )
        assert answer.headers["Location"] == "/"
    answer = browser.post("/sign-in?next=/mistakes", data={"number": LEARNER, "pin": PIN})
    assert answer.headers["Location"] == "/mistakes"


def test_a_post_without_the_forms_token_is_refused(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post("/sign-in", data={"number": LEARNER, "pin": PIN})
    assert answer.status_code == 400
    assert "刷新页面" in answer.text


def test_an_expired_session_is_told_to_scripts_in_json(
    learner: FlaskClient, pc: FakeTime, config: Config
) -> None:
    pc.go_on(config.session_idle_s + 1)
    answer = learner.post("/api/study", json={})
    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["error"] == "session-expired"


def test_a_session_outlives_a_restart_of_the_node(
    learner: FlaskClient, runtime: NodeRuntime
) -> None:
    cookie = learner.get_cookie("xuezhan")
    assert cookie is not None
    sessions = type(runtime.sessions)(runtime.store, 3600)
    with learner.session_transaction() as session:
        stored = sessions.find(session["t"], runtime.clock.now())
    assert stored is not None
    assert stored.learner == LEARNER


def test_the_keeper_changes_the_password_and_other_sign_ins_end(
    app: Flask, keeper: FlaskClient
) -> None:
    other = app.test_client()
    other.post("/keeper/sign-in", data={"name": KEEPER, "password": PASSWORD})
    new = {"old": PASSWORD, "new": "battery staple", "again": "battery staple"}
    assert keeper.post("/keeper/password", data=new).status_code == 303
    assert keeper.get("/keeper/").status_code == 200
    assert other.get("/keeper/").status_code == 302


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"old": "wrong one"}, "不对"),
        ({"new": "short", "again": "short"}, "至少要 8"),
        ({"again": "something else"}, "不一样"),
    ],
)
def test_a_password_that_will_not_do_is_refused_on_its_form(
    keeper: FlaskClient, change: dict[str, str], words: str
) -> None:
    form = {"old": PASSWORD, "new": "battery staple", "again": "battery staple"} | change
    answer = keeper.post("/keeper/password", data=form)
    assert answer.status_code in (400, 403)
    assert words in answer.text


def test_no_page_is_kept_by_the_browser_of_a_shared_pc(learner: FlaskClient) -> None:
    for page in ("/", "/sign-in", "/results"):
        assert learner.get(page).headers["Cache-Control"] == "no-store"


def test_pins_and_session_secrets_are_not_in_the_file_as_typed(
    learner: FlaskClient, runtime: NodeRuntime
) -> None:
    with learner.session_transaction() as session:
        token = session["t"].encode()
    runtime.store.read().execute("SELECT 1")
    raw = b"".join(path.read_bytes() for path in runtime.config.data.glob("node.db*"))
    assert PIN.encode() not in raw
    assert token not in raw
    assert failures.guessed(runtime.store.read(), 1) == set()


@pytest.mark.parametrize("number", [LEARNER, "a1001", "Ａ１００１", " ａ１００１ "])
@pytest.mark.parametrize("pin", [PIN, "２７１８２８"])
def test_number_and_pin_are_read_as_they_were_meant(
    browser: FlaskClient, number: str, pin: str
) -> None:
    answer = browser.post("/sign-in", data={"number": number, "pin": pin})
    assert (answer.status_code, answer.location) == (303, "/")
    assert "张一" in browser.get("/").text


def test_numbers_that_differ_by_case_alone_are_two_learners(
    browser: FlaskClient, runtime: NodeRuntime
) -> None:
    runtime.store.write(lambda conn: learners.put(conn, "a1001", "赵四", "", ""))
    assert learner_account.meant(runtime, "a1001") == "a1001"
    assert learner_account.meant(runtime, "A1001") == "A1001"
    assert learner_account.meant(runtime, "ａ１００１") == "a1001"
    runtime.store.write(lambda conn: learners.put(conn, "Ab1", "孙五", "", ""))
    runtime.store.write(lambda conn: learners.put(conn, "aB1", "李六", "", ""))
    assert learner_account.meant(runtime, "ab1") == "ab1"


def test_wrong_pins_count_for_the_learner_who_is_meant(
    runtime: NodeRuntime, pc: FakeTime, browser: FlaskClient
) -> None:
    for number in ("a1001", "Ａ1001", "A1001", "a1001"):
        browser.post("/sign-in", data={"number": number, "pin": "000000"})
    page = browser.post("/sign-in", data={"number": LEARNER, "pin": PIN})
    assert page.status_code == 429
    assert 'class="message message-waits"' in page.text


@pytest.mark.parametrize(
    ("number", "pin", "words"), [(LEARNER, " ", "请输入密码"), ("", PIN, "请输入学号")]
)
def test_what_was_left_empty_is_asked_for_and_costs_no_try(
    browser: FlaskClient, runtime: NodeRuntime, number: str, pin: str, words: str
) -> None:
    page = browser.post("/sign-in", data={"number": number, "pin": pin})
    assert page.status_code == 400
    assert words in page.text
    assert "不对" not in page.text
    tried = failures.of(runtime.store.read(), failures.Subject("learner A1001", "127.0.0.1"))
    assert tried.count == 0


def test_a_first_pin_in_full_width_is_the_pin_that_was_meant(runtime: NodeRuntime) -> None:
    runtime.store.write(lambda conn: learners.put(conn, "C3", "王桂兰", "", ""))
    learner = learners.find(runtime.store.read(), "C3")
    assert learner is not None
    [slip] = slips.make(runtime, [learner])
    mark = slips.sign_in(runtime, "C3", slip.word, HERE)
    slips.first_pin(runtime, "C3", mark, "２７１８２９", "271829")
    learner_account.sign_in(runtime, "C3", "271829", HERE)


def test_the_size_of_the_text_is_kept_by_the_browser(browser: FlaskClient) -> None:
    assert "data-size" not in browser.get("/sign-in").text
    browser.post("/text-size", data={"size": "largest"}, headers={"Referer": "/sign-in"})
    assert 'data-size="largest"' in browser.get("/sign-in").text
    browser.post("/text-size", data={"size": "<x>"})
    assert "data-size" not in browser.get("/sign-in").text
