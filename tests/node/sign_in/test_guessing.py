"""What strangers reach by guessing, and what they cannot take from those who belong here."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient

from node.config import Config
from node.errors import InputError
from node.keeper import health
from node.runtime import NodeRuntime
from node.sign_in import guessing, keeper_accounts, learner_account
from node.sign_in.errors import (
    AccountLocked,
    NotTyped,
    TooManyTries,
    WrongOldPassword,
    WrongPassword,
)
from node.sign_in.guessing import ACCOUNT, LEARNER, SOURCE, Source
from node.store import failures
from node.store.failures import Subject
from node.store.known_browsers import MOST_OF_ACCOUNT
from node.web import known_browser
from tests.node.conftest import KEEPER, OTHER, PASSWORD, PIN, FakeTime
from tests.node.conftest import LEARNER as NUMBER
from tests.quick import secrets_cost_little

AT_HOME = Source("10.0.0.7", browser="the learner's own")
STRANGER = Source("10.0.0.66")
DAY_S = 86_400


@pytest.fixture(autouse=True, scope="module")
def unknown_numbers_cost_little() -> Iterator[None]:
    """The decoy is made once a process; here it is made cheaply, and anew for whoever comes."""
    guessing.decoy.cache_clear()
    with secrets_cost_little():
        guessing.decoy()
    yield
    guessing.decoy.cache_clear()


def wrong(runtime: NodeRuntime, source: Source, number: str = NUMBER) -> str:
    """Type a wrong PIN; what the node says."""
    with pytest.raises(InputError) as refused:
        learner_account.sign_in(runtime, number, "000000", source)
    return refused.value.code


def right(runtime: NodeRuntime, source: Source, number: str = NUMBER) -> None:
    learner_account.sign_in(runtime, number, PIN, source)


def besiege(runtime: NodeRuntime, pc: FakeTime, times: int, number: str = NUMBER) -> None:
    """Guess so often from ever new addresses, as soon as each guess is let through."""
    for n in range(times):
        pc.go_on(ACCOUNT.most_s + 1)
        assert wrong(runtime, Source(f"10.1.{n // 200}.{n % 200}"), number) == "wrong-secret"


def test_forty_wrong_pins_at_once_are_compared_no_more_often_than_in_a_row(
    runtime: NodeRuntime,
) -> None:
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: wrong(runtime, STRANGER), range(40)))
    assert answers.count("wrong-secret") == LEARNER.free + 1
    assert answers.count("too-many-tries") == 40 - LEARNER.free - 1


def test_right_pins_one_after_the_other_cost_nothing(runtime: NodeRuntime) -> None:
    for _ in range(2 * SOURCE.free):
        right(runtime, AT_HOME)
        right(runtime, STRANGER, OTHER)
    assert failures.guessed(runtime.store.read(), 1) == set()


def test_strangers_do_not_keep_a_learner_out_of_a_browser_that_is_known(
    runtime: NodeRuntime, pc: FakeTime
) -> None:
    right(runtime, AT_HOME)
    besiege(runtime, pc, 30)
    assert wrong(runtime, STRANGER) == "too-many-tries"
    right(runtime, AT_HOME)
    for _ in range(LEARNER.lock_after):  # even from the same address, behind the same router
        pc.go_on(ACCOUNT.most_s + 1)
        wrong(runtime, Source(AT_HOME.address))
    assert wrong(runtime, Source(AT_HOME.address)) == "account-locked"
    right(runtime, AT_HOME)


def test_a_stranger_locks_the_account_for_the_own_source_only(
    runtime: NodeRuntime, pc: FakeTime
) -> None:
    for _ in range(LEARNER.lock_after):
        pc.go_on(ACCOUNT.most_s + 1)
        wrong(runtime, STRANGER)
    with pytest.raises(AccountLocked):
        learner_account.sign_in(runtime, NUMBER, PIN, STRANGER)
    pc.go_on(ACCOUNT.most_s + 1)
    right(runtime, Source("10.0.0.8"))


def test_a_known_browser_of_another_account_is_a_stranger(
    runtime: NodeRuntime, pc: FakeTime
) -> None:
    right(runtime, AT_HOME, OTHER)
    besiege(runtime, pc, 12)
    assert wrong(runtime, AT_HOME) == "too-many-tries"


def test_a_known_browser_is_braked_and_locked_by_its_own_mistakes(
    runtime: NodeRuntime, pc: FakeTime
) -> None:
    right(runtime, AT_HOME)
    answers = [wrong(runtime, AT_HOME) for _ in range(LEARNER.free + 2)]
    assert answers[-2:] == ["wrong-secret", "too-many-tries"]
    for _ in range(LEARNER.lock_after - LEARNER.free - 1):
        pc.go_on(LEARNER.most_s + 1)
        wrong(runtime, AT_HOME)
    assert wrong(runtime, AT_HOME) == "account-locked"


def test_ten_thousand_pins_from_many_sources_would_take_years(
    runtime: NodeRuntime, pc: FakeTime
) -> None:
    compared, days = 0, 20
    for n in range(days * 24):  # every hour from a new address, and as often as it is let
        while wrong(runtime, Source(f"10.2.{n // 200}.{n % 200}")) == "wrong-secret":
            compared += 1
        pc.go_on(3_600)
    assert compared <= 20 + 4 * days
    assert 10_000 / (compared / days) > 5 * 365


def test_a_quiet_day_makes_no_new_tries_free(runtime: NodeRuntime, pc: FakeTime) -> None:
    besiege(runtime, pc, ACCOUNT.free + 2)
    pc.go_on(DAY_S)
    assert wrong(runtime, Source("10.3.0.1")) == "wrong-secret"
    assert wrong(runtime, Source("10.3.0.2")) == "too-many-tries"


def test_one_pin_against_all_accounts_gets_twenty_and_then_four_an_hour(
    runtime: NodeRuntime, pc: FakeTime
) -> None:
    compared = 0
    for n in range(24 * 60):
        if wrong(runtime, STRANGER, f"X{n}") == "wrong-secret":
            compared += 1
        pc.go_on(60)
    assert SOURCE.free <= compared <= SOURCE.free + 10 + 24 * 4


def test_ones_own_right_pin_does_not_wipe_out_guesses_at_others(runtime: NodeRuntime) -> None:
    for n in range(SOURCE.free):
        wrong(runtime, STRANGER, f"X{n}")
        right(runtime, Source(STRANGER.address), OTHER)
    assert wrong(runtime, STRANGER, "X98") == "wrong-secret"
    assert wrong(runtime, STRANGER, "X99") == "too-many-tries"


def test_ones_own_mistakes_are_taken_back_with_the_right_pin(runtime: NodeRuntime) -> None:
    for _ in range(SOURCE.free):
        wrong(runtime, STRANGER, OTHER)
        right(runtime, STRANGER, OTHER)
    conn = runtime.store.read()
    assert failures.of(conn, Subject("", STRANGER.address)).count == 0
    assert failures.of(conn, Subject(guessing.learner(OTHER), "")).count == 0


def test_counters_of_all_kinds_outlive_a_restart(
    runtime: NodeRuntime, pc: FakeTime, config: Config
) -> None:
    right(runtime, AT_HOME)
    besiege(runtime, pc, 12)
    again = NodeRuntime.open(config, pc.clock())
    assert wrong(again, STRANGER) == "too-many-tries"
    right(again, AT_HOME)
    again.close()


def test_the_keeper_is_told_of_guesses_and_lifts_their_brake(
    runtime: NodeRuntime, pc: FakeTime
) -> None:
    besiege(runtime, pc, 12, "NOBODY")
    besiege(runtime, pc, 12)
    assert health.locked_learners(runtime) == {NUMBER}
    assert wrong(runtime, STRANGER) == "too-many-tries"
    learner_account.unlock(runtime, NUMBER)
    right(runtime, STRANGER)
    assert health.locked_learners(runtime) == set()


def guess_keeper(runtime: NodeRuntime, pc: FakeTime) -> None:
    for n in range(30):
        pc.go_on(ACCOUNT.most_s + 1)
        with pytest.raises(WrongPassword):
            keeper_accounts.sign_in(runtime, KEEPER, "guess", Source(f"10.1.0.{n}"))


def test_the_keeper_gets_in_at_the_pc_itself_whatever_strangers_do(
    runtime: NodeRuntime, pc: FakeTime
) -> None:
    guess_keeper(runtime, pc)
    with pytest.raises(TooManyTries):
        keeper_accounts.sign_in(runtime, KEEPER, PASSWORD, STRANGER)
    keeper_accounts.sign_in(runtime, KEEPER, PASSWORD, Source("127.0.0.1", here=True))


def test_a_keepers_known_browser_is_not_slowed_by_strangers(
    runtime: NodeRuntime, pc: FakeTime
) -> None:
    keeper_accounts.sign_in(runtime, KEEPER, PASSWORD, AT_HOME)
    guess_keeper(runtime, pc)
    keeper_accounts.sign_in(runtime, KEEPER, PASSWORD, AT_HOME)


def test_guessing_at_the_pc_itself_waits_seconds_only(runtime: NodeRuntime, pc: FakeTime) -> None:
    here = Source("127.0.0.1", here=True)
    for _ in range(50):
        pc.go_on(6)
        with pytest.raises(WrongPassword):
            keeper_accounts.sign_in(runtime, KEEPER, "guess", here)
    with pytest.raises(TooManyTries):
        keeper_accounts.sign_in(runtime, KEEPER, PASSWORD, here)
    pc.go_on(6)
    keeper_accounts.sign_in(runtime, KEEPER, PASSWORD, here)


def test_the_old_password_cannot_be_guessed_on_the_page_that_changes_it(
    runtime: NodeRuntime,
) -> None:
    new = ("battery staple", "battery staple", STRANGER)
    for _ in range(guessing.KEEPER.free + 1):
        with pytest.raises(WrongOldPassword):
            keeper_accounts.change_password(runtime, KEEPER, "guess", *new)
    with pytest.raises(TooManyTries):
        keeper_accounts.change_password(runtime, KEEPER, PASSWORD, *new)


# The cookie


def sign_in(client: FlaskClient, pin: str = PIN, **more: str) -> int:
    form = {"number": NUMBER, "pin": pin}
    return client.post("/sign-in", data=form, environ_base={"REMOTE_ADDR": "10.0.0.7"} | more
    ).status_code  # fmt: skip


def test_a_browser_keeps_its_long_cookie_when_it_signs_out(
    app: Flask, runtime: NodeRuntime, pc: FakeTime
) -> None:
    client = app.test_client()
    assert sign_in(client) == 303
    client.post("/sign-out")
    cookie = client.get_cookie(known_browser.COOKIE)
    assert cookie is not None
    besiege(runtime, pc, 30)
    assert sign_in(app.test_client()) == 429
    assert sign_in(client) == 303


def test_the_long_cookie_alone_opens_nothing(app: Flask) -> None:
    client, thief = app.test_client(), app.test_client()
    sign_in(client)
    cookie = client.get_cookie(known_browser.COOKIE)
    assert cookie is not None
    thief.set_cookie(known_browser.COOKIE, cookie.value)
    assert thief.get("/results").headers["Location"].startswith("/sign-in")
    assert sign_in(thief, "000000") == 403


def test_a_long_cookie_that_we_did_not_sign_names_nobody(
    app: Flask, runtime: NodeRuntime, pc: FakeTime
) -> None:
    right(runtime, Source("10.0.0.7", browser="made up"))
    besiege(runtime, pc, 30)
    client = app.test_client()
    client.set_cookie(known_browser.COOKIE, '"made up".c2lnbmF0dXJl')
    assert sign_in(client) == 429


def test_a_wrong_pin_gets_no_long_cookie(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, "000000")
    assert client.get_cookie(known_browser.COOKIE) is None


@pytest.mark.parametrize(
    ("address", "header", "status"),
    [
        ("127.0.0.1", "", 303),
        ("::1", "", 303),
        ("::ffff:127.0.0.1", "", 303),
        ("10.0.0.9", "", 429),
        ("127.0.0.1", "X-Forwarded-For", 429),
    ],
)
def test_only_a_browser_of_the_pc_itself_counts_as_here(
    app: Flask, runtime: NodeRuntime, pc: FakeTime, address: str, header: str, status: int
) -> None:
    guess_keeper(runtime, pc)
    answer = app.test_client().post(
        "/keeper/sign-in",
        data={"name": KEEPER, "password": PASSWORD},
        environ_base={"REMOTE_ADDR": address},
        headers={header: "10.0.0.9"} if header else {},
    )
    assert answer.status_code == status


def test_an_account_is_known_in_its_sixty_latest_browsers(
    runtime: NodeRuntime, pc: FakeTime
) -> None:
    for n in range(MOST_OF_ACCOUNT + 1):
        pc.go_on(1)
        right(runtime, Source(f"10.4.0.{n}", browser=f"browser {n}"))
    besiege(runtime, pc, 12)
    assert wrong(runtime, Source("10.5.0.1", browser="browser 0")) == "too-many-tries"
    right(runtime, Source("10.5.0.1", browser="browser 1"))


def test_a_number_of_any_length_is_refused_like_any_other(runtime: NodeRuntime) -> None:
    assert wrong(runtime, STRANGER, "9" * 60_000) == "wrong-secret"
    with pytest.raises(NotTyped):
        learner_account.sign_in(runtime, "", PIN, STRANGER)
    rows = runtime.store.read().execute("SELECT max(length(account)) FROM sign_in_failure")
    assert rows.fetchone()[0] <= guessing.MOST_ACCOUNT_CHARS
