import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.errors import TooMany
from hub.people import log_in
from hub.people.errors import WrongPassword
from hub.people.log_in import ACCOUNT_TRIES, MAX_SESSION_S, NAME_TRIES, WINDOW_S, LogInTry
from hub.store import audit
from hub.store.audit import AuditFilter
from hub.store.engine import open_engine, reading
from hub.store.schema import session
from hub.web.current import EXTENSION
from hub.web.known_browser import COOKIE
from tests.hub.conftest import Clock
from tests.hub.visitors import PASSWORD, Visitor, account, stranger, visitor


def test_the_right_password_opens_the_overview(sqlite_hub: Hub) -> None:
    account(sqlite_hub, "boss")
    came = stranger(sqlite_hub)
    answer = came.log_in("boss")
    assert (answer.status_code, answer.location) == (303, "/")
    assert "boss" in came.get("/")


def test_a_wrong_name_and_a_wrong_password_read_the_same(sqlite_hub: Hub) -> None:
    account(sqlite_hub, "boss")
    came = stranger(sqlite_hub)
    pages = [came.log_in("boss", "wrong one").text, came.log_in("nobody", "wrong one").text]
    assert "用户名或密码不对" in pages[0]
    # The form's token contains the second in which it was made.
    first, second = (re.sub(r'content="[\w.-]+"|value="[\w.-]{40,}"', "", page) for page in pages)
    assert first.replace("boss", "nobody") == second


def test_after_five_wrong_passwords_the_right_one_must_wait(hub: Hub, clock: Clock) -> None:
    account(hub, "boss")
    for _ in range(NAME_TRIES):
        with pytest.raises(WrongPassword, match="name or password is wrong"):
            log_in.log_in(hub, LogInTry("boss", "guess", "10.0.0.9"))
    with pytest.raises(TooMany, match="too many tries") as refused:
        log_in.log_in(hub, LogInTry("boss", PASSWORD, "10.0.0.9"))
    clock.at += refused.value.again_s
    assert log_in.log_in(hub, LogInTry("boss", PASSWORD, "10.0.0.9")).name == "boss"


def test_strangers_slow_themselves_down_and_not_the_person(hub: Hub) -> None:
    account(hub, "boss")
    for _ in range(NAME_TRIES):
        with pytest.raises(WrongPassword, match="wrong"):
            log_in.log_in(hub, LogInTry("boss", "guess", "10.0.0.9"))
    assert log_in.log_in(hub, LogInTry("boss", PASSWORD, "10.0.0.10")).name == "boss"


def test_guesses_from_many_addresses_hold_up_no_browser_that_the_account_knows(hub: Hub) -> None:
    account(hub, "boss")
    for number in range(ACCOUNT_TRIES):
        with pytest.raises(WrongPassword, match="wrong"):
            log_in.log_in(hub, LogInTry("boss", "guess", f"10.0.{number}.9"))
    with pytest.raises(TooMany, match="too many"):
        log_in.log_in(hub, LogInTry("boss", PASSWORD, "10.1.0.9"))
    known = LogInTry("boss", PASSWORD, "10.1.0.9", browser="b1")
    assert log_in.log_in(hub, known).name == "boss"
    for _ in range(NAME_TRIES):
        with pytest.raises(WrongPassword, match="wrong"):
            log_in.log_in(hub, LogInTry("boss", "guess", "10.1.0.9", "b1"))
    with pytest.raises(TooMany, match="too many"):  # whoever has the browser is slowed as well
        log_in.log_in(hub, known)


def test_a_right_password_forgives_its_source_no_guesses_at_others(sqlite_hub: Hub) -> None:
    account(sqlite_hub, "boss")
    for number in range(log_in.SOURCE_TRIES - 1):
        with pytest.raises(WrongPassword, match="wrong"):
            log_in.log_in(sqlite_hub, LogInTry(f"user{number}", "guess", "10.0.0.9"))
    assert log_in.log_in(sqlite_hub, LogInTry("boss", PASSWORD, "10.0.0.9")).name == "boss"
    with pytest.raises(WrongPassword, match="wrong"):
        log_in.log_in(sqlite_hub, LogInTry("last", "guess", "10.0.0.9"))
    with pytest.raises(TooMany, match="too many"):
        log_in.log_in(sqlite_hub, LogInTry("another", "guess", "10.0.0.9"))


def test_a_browser_knows_who_logged_in_with_it_and_a_forged_cookie_says_nothing(
    sqlite_hub: Hub,
) -> None:
    came = visitor(sqlite_hub)
    came.post("/log-out")
    for _ in range(NAME_TRIES):  # somebody else in the office
        with pytest.raises(WrongPassword, match="wrong"):
            log_in.log_in(sqlite_hub, LogInTry("boss", "guess", "127.0.0.1"))
    assert came.log_in("boss").status_code == 303
    came.post("/log-out")
    came.client.set_cookie(COOKIE, "forged")
    assert came.log_in("boss").status_code == 429


def test_wrong_passwords_are_in_the_audit_log(hub: Hub) -> None:
    account(hub, "boss")
    with pytest.raises(WrongPassword, match="wrong"):
        log_in.log_in(hub, LogInTry("boss", "guess", "10.0.0.9"))
    with reading(hub.engine) as connection:
        entry = audit.latest(connection)[0]
    assert (entry.user, entry.what, dict(entry.parameters)) == (
        "boss", "log in refused", {"source": "10.0.0.9"},
    )  # fmt: skip


def test_a_restart_forgives_no_wrong_password(sqlite_hub: Hub, clock: Clock) -> None:
    account(sqlite_hub, "boss")
    for _ in range(NAME_TRIES):
        with pytest.raises(WrongPassword, match="wrong"):
            log_in.log_in(sqlite_hub, LogInTry("boss", "guess", "127.0.0.1"))
    again = open_hub.open_hub(sqlite_hub.config.data, clock)
    page = stranger(again).log_in("boss")
    again.close()
    assert page.status_code == 429
    assert "15 分钟后再试" in page.text


def test_the_right_password_forgives_wrong_ones(sqlite_hub: Hub) -> None:
    account(sqlite_hub, "boss")
    for _ in range(3):
        for _ in range(NAME_TRIES - 1):
            with pytest.raises(WrongPassword, match="wrong"):
                log_in.log_in(sqlite_hub, LogInTry("boss", "guess", "10.0.0.9"))
        assert log_in.log_in(sqlite_hub, LogInTry("boss", PASSWORD, "10.0.0.9")).name == "boss"


def test_guesses_at_many_names_from_one_address_are_braked(sqlite_hub: Hub, clock: Clock) -> None:
    for number in range(log_in.SOURCE_TRIES):
        with pytest.raises(WrongPassword, match="wrong"):
            log_in.log_in(sqlite_hub, LogInTry(f"user{number}", "guess", "10.0.0.9"))
    with pytest.raises(TooMany, match="too many"):
        log_in.log_in(sqlite_hub, LogInTry("another", "guess", "10.0.0.9"))
    clock.at += WINDOW_S
    with pytest.raises(WrongPassword, match="wrong"):
        log_in.log_in(sqlite_hub, LogInTry("another", "guess", "10.0.0.9"))


def test_a_log_in_starts_a_new_session(sqlite_hub: Hub) -> None:
    account(sqlite_hub, "boss")
    came = stranger(sqlite_hub)
    with came.client.session_transaction() as planted:
        planted["planted"] = "by somebody else"
    came.log_in("boss")
    with came.client.session_transaction() as now:
        assert "planted" not in now


def test_logging_out_needs_a_post_with_its_token(sqlite_hub: Hub) -> None:
    came = visitor(sqlite_hub)
    assert came.client.get("/log-out").status_code == 405
    assert came.client.post("/log-out").status_code == 400
    assert "boss" in came.get("/")
    assert came.post("/log-out").status_code == 303
    assert came.client.get("/").location == "/log-in"


def test_a_new_password_ends_all_other_sessions(sqlite_hub: Hub) -> None:
    here, there = visitor(sqlite_hub), visitor(sqlite_hub)
    new = "another horse"
    assert here.post("/password", old=PASSWORD, new=new, again=new).status_code == 303
    assert "boss" in here.get("/")
    assert there.client.get("/").status_code == 302
    assert there.log_in("boss", new).status_code == 303


@contextmanager
def copy_of(came: Visitor) -> Iterator[Visitor]:
    """A browser with the same cookie, at another process of the same hub."""
    cookie = came.client.get_cookie("xuezhan-hub")
    assert cookie is not None
    hub: Hub = came.client.application.extensions[EXTENSION]
    another = replace(hub, engine=open_engine(hub.config.database_url))
    copy = stranger(another)
    copy.client.set_cookie("xuezhan-hub", cookie.value)
    yield copy
    another.close()


def test_a_copied_cookie_is_refused_after_log_out(hub: Hub) -> None:
    here, other = visitor(hub), visitor(hub)
    with copy_of(here) as copy:
        assert "boss" in copy.get("/")
        here.post("/log-out")
        assert copy.client.get("/").location == "/log-in"
    assert "boss" in other.get("/")


def test_a_copied_cookie_is_refused_after_a_new_password(hub: Hub) -> None:
    here, new = visitor(hub), "another horse"
    with copy_of(here) as copy:
        assert here.post("/password", old=PASSWORD, new=new, again=new).status_code == 303
        assert copy.client.get("/").status_code == 302
    assert "boss" in here.get("/")


def test_a_session_that_is_used_each_day_ends_after_a_month(sqlite_hub: Hub, clock: Clock) -> None:
    came = visitor(sqlite_hub)
    clock.at += MAX_SESSION_S - 1
    assert "boss" in came.get("/")
    clock.at += 1
    assert came.client.get("/").status_code == 302
    visitor(sqlite_hub)
    with reading(sqlite_hub.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(session)) == 1


def test_no_session_begins_with_a_password_that_was_just_changed(hub: Hub) -> None:
    account(hub, "boss")
    before = log_in.log_in(hub, LogInTry("boss", PASSWORD, "10.0.0.9"))
    log_in.change_password(hub, before, PASSWORD, "another horse")
    with pytest.raises(WrongPassword, match="wrong"):
        log_in.begin_session(hub, before)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"old": "wrong", "new": "long enough", "again": "long enough"}, "现在的密码不对"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "至少 8 个字符"),
        ({"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "不能与用户名或原密码相同"),
        ({"old": PASSWORD, "new": "long enough", "again": "different"}, "两次输入"),
    ],
)
def test_a_password_change_that_fails_says_why(
    sqlite_hub: Hub, fields: dict[str, str], reason: str
) -> None:
    came = visitor(sqlite_hub)
    answer = came.post("/password", **fields)
    assert answer.status_code == 400
    assert reason in answer.text


def test_the_audit_log_finds_deeds_and_keeps_no_secret(hub: Hub) -> None:
    account(hub, "boss")
    log_in.log_in(hub, LogInTry("boss", PASSWORD, "10.0.0.9"))
    with reading(hub.engine) as connection:
        rows = audit.search(connection, AuditFilter("10.0.0.9"), 10, 0)
        total = audit.count(connection, AuditFilter("10.0.0.9"))
        everything = audit.search(connection, AuditFilter(), 100, 0)
    assert (total, rows[0].user, rows[0].what) == (1, "boss", "log in")
    assert not any(PASSWORD in str(row) for row in everything)


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example/", "\\\\evil", "x"])
def test_after_log_in_nobody_is_sent_to_another_server(sqlite_hub: Hub, address: str) -> None:
    account(sqlite_hub, "boss")
    came = stranger(sqlite_hub)
    answer = came.post("/log-in", name="boss", password=PASSWORD, next=address)
    assert answer.location == "/"


def test_after_log_in_one_is_where_one_wanted_to_go(sqlite_hub: Hub) -> None:
    account(sqlite_hub, "boss")
    came = stranger(sqlite_hub)
    assert "next=/results" in came.client.get("/results?passed=yes").location.replace("%2F", "/")
    answer = came.post("/log-in", name="boss", password=PASSWORD, next="/results?passed=yes")
    assert answer.location == "/results?passed=yes"
