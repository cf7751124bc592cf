import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.errors import NameTaken, NotYourUnit, TooMany, WeakPassword, WrongPassword
from hub.people import accounts
from hub.people.accounts import MAX_SESSION_S, NAME_TRIES, WINDOW_S
from hub.store import audit, users
from hub.store.engine import open_engine, reading
from hub.store.schema import session
from hub.web.current import EXTENSION
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
            accounts.log_in(hub, "boss", "guess", "10.0.0.9")
    with pytest.raises(TooMany, match="too many tries") as refused:
        accounts.log_in(hub, "boss", PASSWORD, "10.0.0.10")
    clock.at += refused.value.again_s
    assert accounts.log_in(hub, "boss", PASSWORD, "10.0.0.10").name == "boss"


def test_a_restart_forgives_no_wrong_password(sqlite_hub: Hub, clock: Clock) -> None:
    account(sqlite_hub, "boss")
    for _ in range(NAME_TRIES):
        with pytest.raises(WrongPassword, match="wrong"):
            accounts.log_in(sqlite_hub, "boss", "guess", "10.0.0.9")
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
                accounts.log_in(sqlite_hub, "boss", "guess", "10.0.0.9")
        assert accounts.log_in(sqlite_hub, "boss", PASSWORD, "10.0.0.9").name == "boss"


def test_guesses_at_many_names_from_one_address_are_braked(sqlite_hub: Hub, clock: Clock) -> None:
    for number in range(accounts.SOURCE_TRIES):
        with pytest.raises(WrongPassword, match="wrong"):
            accounts.log_in(sqlite_hub, f"user{number}", "guess", "10.0.0.9")
    with pytest.raises(TooMany, match="too many"):
        accounts.log_in(sqlite_hub, "another", "guess", "10.0.0.9")
    clock.at += WINDOW_S
    with pytest.raises(WrongPassword, match="wrong"):
        accounts.log_in(sqlite_hub, "another", "guess", "10.0.0.9")


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
    before = accounts.log_in(hub, "boss", PASSWORD, "10.0.0.9")
    accounts.change_password(hub, before, PASSWORD, "another horse")
    with pytest.raises(WrongPassword, match="wrong"):
        accounts.begin_session(hub, before)


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


def test_a_closed_account_is_out_at_once(sqlite_hub: Hub) -> None:
    boss, clerk = visitor(sqlite_hub), visitor(sqlite_hub, "clerk", "viewer")
    with reading(sqlite_hub.engine) as connection:
        user = users.by_name(connection, "clerk")
    assert user is not None
    boss.post(f"/accounts/{user.id}/close")
    assert clerk.client.get("/").status_code == 302
    assert clerk.log_in("clerk").status_code == 403
    boss.post(f"/accounts/{user.id}/open")
    assert clerk.client.get("/").status_code == 302
    assert clerk.log_in("clerk").status_code == 303


def test_nobody_closes_the_own_account(sqlite_hub: Hub) -> None:
    boss = visitor(sqlite_hub)
    with reading(sqlite_hub.engine) as connection:
        user = users.by_name(connection, "boss")
    assert user is not None
    boss.post(f"/accounts/{user.id}/close")
    assert "boss" in boss.get("/")


def test_accounts_are_added_with_their_faults_named(hub: Hub) -> None:
    account(hub, "boss")
    with reading(hub.engine) as connection:
        boss = users.by_name(connection, "boss")
    assert boss is not None
    accounts.add(hub, boss, "clerk", "long enough", "viewer", "0")
    with pytest.raises(NameTaken, match="'clerk'"):
        accounts.add(hub, boss, "clerk", "long enough", "viewer", "")
    with pytest.raises(NameTaken, match="''"):
        accounts.add(hub, boss, "  ", "long enough", "viewer", "")
    with pytest.raises(WeakPassword, match="8 to 200"):
        accounts.add(hub, boss, "other", "short", "viewer", "")
    with pytest.raises(NotYourUnit, match="'nowhere'"):
        accounts.add(hub, boss, "other", "long enough", "viewer", "nowhere")
    assert [(user.name, unit) for user, unit in accounts.everyone(hub) if user.name == "clerk"] == [
        ("clerk", "")
    ]


def test_the_audit_log_finds_deeds_and_keeps_no_secret(hub: Hub) -> None:
    account(hub, "boss")
    accounts.log_in(hub, "boss", PASSWORD, "10.0.0.9")
    with reading(hub.engine) as connection:
        total, rows = audit.search(connection, "10.0.0.9", 10, 0)
        _, everything = audit.search(connection, "", 100, 0)
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
