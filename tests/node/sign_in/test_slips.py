"""One-time words on slips: the first sign-in, the one after a reset, and who else tries."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient

from node.runtime import NodeRuntime
from node.sign_in import guessing, learner_account, slips
from node.sign_in.errors import SlipExpired, TooManyTries, WrongSecret, WrongWord
from node.sign_in.guessing import Source
from node.sign_in.one_time import LETTERS, as_printed, one_time_word
from node.store import learners
from tests.node.conftest import KEEPER, LEARNER, OTHER, PIN, FakeTime

HERE, STRANGER = Source("10.0.0.7"), Source("10.0.0.66")
NEW, NAME, OWN = "C3", "王桂兰", "314159"
DAY_S = 86_400
SHEET = re.compile(r'<dd>([^<]+)</dd>.*?<dd class="slip-word">([^<]+)</dd>')


@pytest.fixture(autouse=True)
def newcomer(runtime: NodeRuntime) -> None:
    """C3 came by the roster; the others have PINs."""
    runtime.store.write(lambda conn: learners.put(conn, NEW, NAME, "", ""))


def slip_of(runtime: NodeRuntime, number: str = NEW) -> str:
    """Print a slip; its word."""
    learner = learners.find(runtime.store.read(), number)
    assert learner is not None
    [printed] = slips.make(runtime, [learner])
    return printed.word


def come_in(client: FlaskClient, word: str, number: str = NEW) -> int:
    """Type what stands on the slip."""
    return client.post("/sign-in/slip", data={"number": number, "word": word}).status_code


def set_pin(client: FlaskClient, pin: str = OWN) -> int:
    return client.post("/pin", data={"pin": pin, "again": pin}).status_code


def test_a_number_alone_takes_no_account_that_has_no_pin(
    browser: FlaskClient, runtime: NodeRuntime
) -> None:
    slip_of(runtime)
    answer = browser.post("/sign-in", data={"number": NEW, "pin": ""})
    assert answer.status_code == 400
    assert NAME not in answer.text
    assert NAME not in browser.get("/pin", follow_redirects=True).text
    assert set_pin(browser) == 303
    assert learners.pin(runtime.store.read(), NEW) == ""


def test_who_has_no_pin_is_answered_like_an_unknown_number(browser: FlaskClient) -> None:
    answers = [
        browser.post("/sign-in", data={"number": number, "pin": "000000"})
        for number in (NEW, "NOBODY")
    ]
    plain = [re.sub(r"NOBODY|C3|csrf.*", "", answer.text) for answer in answers]
    assert plain[0] == plain[1]
    words = [
        browser.post("/sign-in/slip", data={"number": number, "word": "aaaa-bbbb"})
        for number in (NEW, "NOBODY", LEARNER)
    ]
    plain = [re.sub(r"NOBODY|C3|A1001|csrf.*", "", answer.text) for answer in words]
    assert plain[0] == plain[1] == plain[2]


def test_number_and_word_lead_to_the_own_pin(browser: FlaskClient, runtime: NodeRuntime) -> None:
    assert come_in(browser, slip_of(runtime)) == 303
    assert NAME in browser.get("/pin").text
    assert set_pin(browser) == 303
    assert browser.get("/results").status_code == 200
    learner_account.sign_in(runtime, NEW, OWN, HERE)


def test_a_word_may_be_typed_in_capitals_without_hyphen(
    browser: FlaskClient, runtime: NodeRuntime
) -> None:
    word = slip_of(runtime)
    assert come_in(browser, f" {word.upper().replace('-', ' ')} ") == 303


def test_a_word_opens_one_account_and_once(
    app: Flask, browser: FlaskClient, runtime: NodeRuntime
) -> None:
    runtime.store.write(lambda conn: learners.put(conn, "C4", "李四", "", ""))
    word = slip_of(runtime)
    slip_of(runtime, "C4")
    assert come_in(browser, word, "C4") == 403
    assert come_in(browser, word) == 303
    set_pin(browser)
    assert come_in(app.test_client(), word) == 403


def test_printing_again_voids_the_older_slip_also_half_way(
    app: Flask, browser: FlaskClient, runtime: NodeRuntime
) -> None:
    older = slip_of(runtime)
    assert come_in(browser, older) == 303
    newer = slip_of(runtime)
    assert come_in(app.test_client(), older) == 403
    assert set_pin(browser) == 403
    assert learners.pin(runtime.store.read(), NEW) == ""
    assert come_in(browser, newer) == 303
    assert set_pin(browser) == 303


def test_a_first_slip_holds_for_a_term(runtime: NodeRuntime, pc: FakeTime) -> None:
    word = slip_of(runtime)
    pc.go_on(200 * DAY_S)
    assert slips.sign_in(runtime, NEW, word, HERE)


def test_a_slip_after_a_reset_holds_a_day_printed_again_too(
    runtime: NodeRuntime, pc: FakeTime
) -> None:
    first = slips.reset_pin(runtime, LEARNER, KEEPER)
    pc.go_on(DAY_S - 1)
    mark = slips.sign_in(runtime, LEARNER, first.word, HERE)
    pc.go_on(1)
    with pytest.raises(SlipExpired):
        slips.sign_in(runtime, LEARNER, first.word, HERE)
    with pytest.raises(SlipExpired):
        slips.first_pin(runtime, LEARNER, mark, OWN, OWN)
    again = slip_of(runtime, LEARNER)
    pc.go_on(DAY_S - 1)
    slips.sign_in(runtime, LEARNER, again, HERE)
    pc.go_on(1)
    with pytest.raises(SlipExpired):
        slips.sign_in(runtime, LEARNER, again, HERE)


def test_a_wrong_word_does_not_tell_whether_the_slip_has_expired(
    runtime: NodeRuntime, pc: FakeTime
) -> None:
    slips.reset_pin(runtime, LEARNER, KEEPER)
    pc.go_on(2 * DAY_S)
    with pytest.raises(WrongWord):
        slips.sign_in(runtime, LEARNER, "aaaa-bbbb", HERE)


def test_words_are_counted_like_pins(runtime: NodeRuntime) -> None:
    word = slip_of(runtime)
    notices = []
    for _ in range(6):
        with pytest.raises((WrongWord, TooManyTries)) as refused:
            slips.sign_in(runtime, NEW, "aaaa-bbbb", STRANGER)
        notices.append(refused.value.code)
    assert notices == ["wrong-word"] * 4 + ["too-many-tries"] * 2
    slips.sign_in(runtime, NEW, word, HERE)


def test_strangers_who_guess_at_the_pin_do_not_keep_the_slip_out(
    runtime: NodeRuntime, pc: FakeTime
) -> None:
    word = slip_of(runtime)
    for n in range(30):
        pc.go_on(guessing.ACCOUNT.most_s + 1)
        with pytest.raises(WrongSecret):
            learner_account.sign_in(runtime, NEW, "000000", Source(f"10.1.0.{n}"))
    slips.sign_in(runtime, NEW, word, HERE)


def test_only_the_hash_of_a_word_is_kept(runtime: NodeRuntime) -> None:
    word = slip_of(runtime)
    raw = b"".join(path.read_bytes() for path in runtime.config.data.glob("node.db*"))
    assert word.encode() not in raw
    assert NAME.encode() in raw


def test_words_have_no_letters_that_are_mistaken_on_paper() -> None:
    words = {one_time_word(3) for _ in range(200)}
    assert len(words) == 200
    assert not set("".join(words)) & set("01iolIOL")
    assert {as_printed(word.upper().replace("-", " ")) for word in words} == words
    assert len(LETTERS) ** 8 > 10**11


# What the keeper prints


def test_sheets_are_for_who_has_none_and_show_each_word_once(
    app: Flask, keeper: FlaskClient, runtime: NodeRuntime
) -> None:
    page = keeper.get("/keeper/slips/").text
    assert "1 位学员还没有登录条" in page
    sheet = dict(SHEET.findall(keeper.post("/keeper/slips/").text))
    assert set(sheet) == {NEW}
    assert sheet[NEW] not in keeper.get("/keeper/slips/").text
    again = keeper.post("/keeper/slips/")  # nobody is left: nothing is made void
    assert again.status_code == 303
    assert come_in(app.test_client(), sheet[NEW]) == 303


def test_all_slips_are_made_again_after_a_question(app: Flask, keeper: FlaskClient) -> None:
    old = dict(SHEET.findall(keeper.post("/keeper/slips/").text))
    assert "作废" in keeper.get("/keeper/slips/again").text
    new = dict(SHEET.findall(keeper.post("/keeper/slips/again").text))
    assert come_in(app.test_client(), old[NEW]) == 403
    assert come_in(app.test_client(), new[NEW]) == 303


def test_a_large_station_is_printed_in_batches(
    keeper: FlaskClient, runtime: NodeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slips, "MOST_AT_ONCE", 2)
    for n in range(4):
        runtime.store.write(partial(learners.put, number=f"D{n}", name="赵", post="", unit=""))
    printed: list[str] = []
    for left in ("还有 3 位", "还有 1 位"):
        page = keeper.post("/keeper/slips/").text
        assert left in page
        printed += dict(SHEET.findall(page))
    printed += dict(SHEET.findall(keeper.post("/keeper/slips/").text))
    assert sorted(printed) == [NEW, "D0", "D1", "D2", "D3"]


def test_one_slip_is_printed_from_the_list_and_never_for_who_has_a_pin(
    keeper: FlaskClient, runtime: NodeRuntime
) -> None:
    assert f"/keeper/slips/of/{NEW}" in keeper.get("/keeper/learners").text
    sheet = keeper.post(f"/keeper/slips/of/{NEW}").text
    assert NAME in sheet
    assert "一直有效" in sheet
    answer = keeper.post(f"/keeper/slips/of/{LEARNER}")
    assert answer.headers["Location"] == f"/keeper/learners/{LEARNER}/pin"
    learner_account.sign_in(runtime, LEARNER, PIN, HERE)
    assert keeper.post("/keeper/slips/of/nobody").status_code == 404


@pytest.mark.parametrize(
    "page", ["/keeper/slips/", "/keeper/slips/again", f"/keeper/slips/of/{NEW}"]
)
def test_slips_are_printed_by_the_keeper_only(learner: FlaskClient, page: str) -> None:
    assert learner.post(page).headers["Location"].startswith("/keeper/sign-in")


def test_the_wall_list_has_names_and_no_numbers(keeper: FlaskClient, runtime: NodeRuntime) -> None:
    slip_of(runtime)
    wall = keeper.get("/keeper/learners/print").text
    assert NAME in wall
    assert not [number for number in (LEARNER, OTHER, NEW) if number in wall]
    assert "空着" not in wall


# Resets


def test_a_reset_gives_a_slip_and_ends_the_sessions(
    app: Flask, learner: FlaskClient, keeper: FlaskClient
) -> None:
    page = keeper.post(f"/keeper/learners/{LEARNER}/pin").text
    [(number, word)] = SHEET.findall(page)
    assert number == LEARNER
    assert "以前有效" in page
    assert learner.get("/results").headers["Location"].startswith("/sign-in")
    stranger = app.test_client()
    assert stranger.post("/sign-in", data={"number": LEARNER, "pin": ""}).status_code == 400
    assert come_in(learner, word, LEARNER) == 303
    assert set_pin(learner) == 303


def test_the_learner_is_told_of_a_reset_once(app: Flask, runtime: NodeRuntime) -> None:
    word = slips.reset_pin(runtime, LEARNER, KEEPER).word
    client = app.test_client()
    come_in(client, word, LEARNER)
    set_pin(client)
    home = client.get("/").text
    assert f"站点管理员 {KEEPER} 在 2026-11-18" in home
    assert "告诉总局" in home
    assert "重设过" not in client.get("/").text
    again = app.test_client()
    again.post("/sign-in", data={"number": LEARNER, "pin": OWN})
    assert "重设过" not in again.get("/").text


def test_who_signs_in_the_first_time_is_told_of_no_reset(
    browser: FlaskClient, runtime: NodeRuntime
) -> None:
    come_in(browser, slip_of(runtime))
    set_pin(browser)
    assert "重设过" not in browser.get("/").text


def test_a_reset_in_the_middle_of_an_exam_is_no_way_around_the_slip(
    learner: FlaskClient, runtime: NodeRuntime
) -> None:
    slips.reset_pin(runtime, LEARNER, KEEPER)
    answer = learner.post("/api/exam/sign-in", json={"learner": LEARNER, "pin": ""})
    assert answer.status_code == 400


# The learner's own page


def change(client: FlaskClient, old: str = PIN, pin: str = OWN, again: str = "") -> tuple[int, str]:
    form = {"old": old, "pin": pin, "again": again or pin}
    answer = client.post("/account", data=form)
    return answer.status_code, answer.text


def test_a_learner_changes_the_own_pin_and_other_sign_ins_end(
    learner: FlaskClient, sign_in_as: Callable[[str], FlaskClient], runtime: NodeRuntime
) -> None:
    other = sign_in_as(LEARNER)
    assert "/account" in learner.get("/").text
    assert change(learner)[0] == 303
    assert "密码已更换" in learner.get("/account").text
    assert other.get("/results").headers["Location"].startswith("/sign-in")
    learner_account.sign_in(runtime, LEARNER, OWN, HERE)
    with pytest.raises(WrongSecret):
        learner_account.sign_in(runtime, LEARNER, PIN, HERE)


@pytest.mark.parametrize(
    ("old", "pin", "again", "status", "words"),
    [
        ("000000", OWN, OWN, 403, "现在的密码不对"),
        (PIN, "123456", "", 400, "太容易"),
        (PIN, OWN, "314158", 400, "不一样"),
        (PIN, PIN, "", 400, "要和现在的不一样"),
    ],
)
def test_a_pin_that_will_not_do_is_refused_on_the_form(
    learner: FlaskClient, old: str, pin: str, again: str, status: int, words: str
) -> None:
    code, text = change(learner, old, pin, again)
    assert code == status
    assert words in text


def test_the_old_pin_cannot_be_guessed_on_that_page(learner: FlaskClient) -> None:
    codes = [change(learner, "000000")[0] for _ in range(6)]
    assert codes == [403] * 4 + [429] * 2
    assert change(learner)[0] == 429
