import re
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pyotp
import pytest
from sqlalchemy import Connection

from hub.context.open_hub import Hub
from hub.errors import NameTaken, NotAllowed, NotYourUnit
from hub.people import accounts, unit_tree
from hub.people.accounts import NewAccount
from hub.people.errors import LastAdministrator, NoSuchAccount, WeakPassword
from hub.people.log_in import NAME_TRIES, WINDOW_S
from hub.people.second_factor import CODE_TRIES
from hub.rights import Role
from hub.store import audit, units, users
from hub.store.engine import reading
from tests.hub.actors import actor, actor_at
from tests.hub.conftest import Clock
from tests.hub.visitors import PASSWORD, account, stranger, visitor


@pytest.fixture
def tree(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """Two provinces; a county with a township in the first."""
    file = tmp_path_factory.mktemp("tree") / "org.csv"
    file.write_text(
        "code,name,parent\n43,云岭,\n44,海南,\n4301,清河县,43\n430101,城关所,4301\n", "utf-8"
    )
    unit_tree.import_org(hub, file, actor())
    return hub


def new(name: str, role: str = "viewer", unit: str = "", first: str = "long enough") -> NewAccount:
    return NewAccount(name, first, role, unit, "王桂兰", "0871-5551")


def test_a_closed_account_is_out_at_once(sqlite_hub: Hub) -> None:
    boss, clerk = visitor(sqlite_hub), visitor(sqlite_hub, "clerk", "viewer")
    with reading(sqlite_hub.engine) as connection:
        user = users.by_name(connection, "clerk")
    assert user is not None
    boss.post(f"/accounts/{user.id}", do="close", sure="1")
    assert clerk.client.get("/").status_code == 302
    assert clerk.log_in("clerk").status_code == 403
    boss.post(f"/accounts/{user.id}", do="open")
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
    boss = actor("boss")
    accounts.add(hub, boss, new("clerk"))
    with pytest.raises(NameTaken, match="'clerk'"):
        accounts.add(hub, boss, new("clerk"))
    with pytest.raises(NameTaken, match="''"):
        accounts.add(hub, boss, new("  "))
    with pytest.raises(WeakPassword, match="8 to 200"):
        accounts.add(hub, boss, new("other", first="short"))
    with pytest.raises(NotYourUnit, match="'nowhere'"):
        accounts.add(hub, boss, new("other", unit="nowhere"))
    with pytest.raises(NotYourUnit):
        accounts.add(hub, boss, new("other", role="emperor"))
    kept = accounts.by_name(hub, "clerk")
    assert (kept.user.real_name, kept.user.telephone) == ("王桂兰", "0871-5551")
    assert [(held.role, held.unit.code) for held in kept.roles] == [("viewer", "0")]


def test_the_first_password_must_be_changed_before_anything_else(sqlite_hub: Hub) -> None:
    accounts.add(sqlite_hub, actor("boss"), new("clerk"))
    came = stranger(sqlite_hub)
    assert came.log_in("clerk", "long enough").location == "/password"
    for path in ("/", "/learners", "/me"):
        assert came.client.get(path).location == "/password"
    done = came.post("/password", old="long enough", new="my own secret", again="my own secret")
    assert done.status_code == 303
    came.get("/")


def test_a_county_makes_accounts_below_itself_only(tree: Hub) -> None:
    county = actor_at(tree, "4301", Role.MANAGER, "county")
    user_id = accounts.add(tree, county, new("office", "author", "430101"))
    assert [each.user.id for each in accounts.kept_by(tree, county)] == [user_id]
    for role, unit in (("viewer", "44"), ("viewer", "43"), ("viewer", "4301"), ("admin", "430101")):
        with pytest.raises(NotYourUnit):
            accounts.add(tree, county, new("other", role, unit))


def test_nobody_resets_an_account_that_holds_more_than_they_do(tree: Hub) -> None:
    boss, county = actor("boss"), actor_at(tree, "4301", Role.MANAGER, "county")
    user_id = accounts.add(tree, boss, new("both", "author", "430101"))
    accounts.reset(tree, county, user_id)
    accounts.give_role(tree, boss, user_id, "viewer", "")
    for deed in (accounts.reset, accounts.get, accounts.end_sessions):
        with pytest.raises(NoSuchAccount):
            deed(tree, county, user_id)
    with pytest.raises(NoSuchAccount):
        accounts.set_active(tree, county, user_id, False)


def test_a_reset_gives_one_log_in_and_ends_the_others(sqlite_hub: Hub) -> None:
    boss, clerk = visitor(sqlite_hub), visitor(sqlite_hub, "clerk", "viewer")
    user = accounts.by_name(sqlite_hub, "clerk").user
    assert "要重设 clerk 的密码吗" in boss.get(f"/accounts/{user.id}/reset")
    clerk.get("/")
    page = boss.post(f"/accounts/{user.id}/reset").text
    assert clerk.client.get("/").location.startswith("/log-in")
    assert clerk.log_in("clerk").status_code == 403
    password = "-".join(re.findall(r"<span>([a-z2-9]{4})</span>", page))
    assert clerk.log_in("clerk", password).location == "/password"


def test_somebody_who_governs_the_hub_is_always_left(hub: Hub) -> None:
    account(hub, "second")
    by, admin = actor("second"), accounts.by_name(hub, "admin").user
    second = accounts.by_name(hub, "second").user
    accounts.set_active(hub, by, admin.id, False)
    other = actor("somebody else")
    with pytest.raises(LastAdministrator):
        accounts.set_active(hub, other, second.id, False)
    with pytest.raises(LastAdministrator):
        accounts.take_role(hub, other, second.id, "admin", 1)
    assert accounts.by_name(hub, "second").user.active
    assert [held.role for held in accounts.by_name(hub, "second").roles] == ["admin"]


def test_nobody_gives_or_takes_roles_of_their_own(sqlite_hub: Hub) -> None:
    account(sqlite_hub, "boss")
    user = accounts.by_name(sqlite_hub, "boss").user
    for change in (
        lambda: accounts.give_role(sqlite_hub, actor("boss"), user.id, "author", ""),
        lambda: accounts.take_role(sqlite_hub, actor("boss"), user.id, "admin", 1),
        lambda: accounts.set_active(sqlite_hub, actor("boss"), user.id, False),
        lambda: accounts.reset(sqlite_hub, actor("boss"), user.id),
    ):
        with pytest.raises(NotAllowed):
            change()


def test_an_account_has_several_roles_and_sees_the_units_of_all(tree: Hub) -> None:
    boss, clerk = visitor(tree), visitor(tree, "clerk", "viewer", "4301")
    user = accounts.by_name(tree, "clerk").user
    assert boss.post(f"/accounts/{user.id}", do="give", role="author", unit="44").status_code == 303
    with reading(tree.engine) as connection:
        places = {each.code: each.id for each in units.all_by_code(connection).values()}
    clerk.get(f"/units/{places['4301']}")
    assert "清河县" in clerk.get("/")  # the other unit of the two
    clerk.get("/authoring")
    clerk.get(f"/units/{places['43']}", 404)
    give = {"do": "take", "sure": "1", "role": "author", "unit_id": places["44"]}
    boss.post(f"/accounts/{user.id}", **give)
    clerk.get(f"/units/{places['44']}", 404)
    clerk.get("/authoring", 403)


def test_an_account_without_a_role_sees_nothing(tree: Hub) -> None:
    boss, clerk = visitor(tree), visitor(tree, "clerk", "viewer")
    user = accounts.by_name(tree, "clerk").user
    boss.post(f"/accounts/{user.id}", do="take", sure="1", role="viewer", unit_id=1)
    clerk.get("/", 403)
    assert "还没有角色" in clerk.get("/me")


def test_who_finds_a_pc_left_open_does_not_get_to_guess_its_password(
    sqlite_hub: Hub, clock: Clock
) -> None:
    boss = visitor(sqlite_hub)
    form = {"new": "another password", "again": "another password"}
    for _ in range(NAME_TRIES):
        assert boss.post("/password", old="guess", **form).status_code == 400
    assert boss.post("/password", old=PASSWORD, **form).status_code == 429
    clock.at += WINDOW_S
    assert boss.post("/password", old=PASSWORD, **form).status_code == 303


def test_a_second_factor_is_asked_for_and_each_code_counts_once(
    sqlite_hub: Hub, clock: Clock
) -> None:
    boss = visitor(sqlite_hub)
    [secret] = re.findall(r"<code>((?:[A-Z2-7]{4} ?){8})</code>", boss.get("/me"))
    app = pyotp.TOTP(secret.replace(" ", ""))
    on = {"code": app.at(clock.at), "password": PASSWORD}
    assert boss.post("/me/second-factor", password=PASSWORD, code="000000").status_code == 400
    assert "现在的密码不对" in boss.post("/me/second-factor", **on | {"password": "?"}).text
    assert boss.post("/me/second-factor", **on).status_code == 303
    came = stranger(sqlite_hub)
    assert came.log_in("boss").location.startswith("/log-in/code")
    assert came.client.get("/").status_code == 302  # the password alone opens nothing
    assert came.post("/log-in/code", code=app.at(clock.at)).status_code == 403  # used
    clock.at += 30
    assert came.post("/log-in/code", code=app.at(clock.at)).status_code == 303
    came.get("/")
    for _ in range(CODE_TRIES):
        assert came.post("/me/second-factor", code="000000").status_code == 400
    assert came.post("/me/second-factor", code="000000").status_code == 429
    clock.at += 900
    assert came.post("/me/second-factor", code=app.at(clock.at)).status_code == 303
    again = stranger(sqlite_hub)
    assert again.log_in("boss").location == "/"


def test_sessions_are_listed_and_ended_one_by_one(hub: Hub) -> None:
    here, there = visitor(hub), stranger(hub)
    there.log_in("boss")
    page = here.get("/me")
    [number] = re.findall(r"/me/sessions/(\w+)/end", page)
    other = visitor(hub, "other")
    other.post(f"/me/sessions/{number}/end")
    there.get("/")  # of another account: nothing happened
    here.post(f"/me/sessions/{number}/end")
    assert there.client.get("/").status_code == 302
    here.get("/")


def test_details_and_sessions_of_others_are_on_their_page(sqlite_hub: Hub) -> None:
    boss, clerk = visitor(sqlite_hub), visitor(sqlite_hub, "clerk", "viewer")
    user = accounts.by_name(sqlite_hub, "clerk").user
    boss.post(f"/accounts/{user.id}", do="details", real_name="王桂兰", telephone="5551")
    page = boss.get(f"/accounts/{user.id}")
    assert "王桂兰" in page
    assert "127.0.0.1" in page
    assert "王桂兰" in clerk.get("/")
    boss.post(f"/accounts/{user.id}", do="end")
    assert clerk.client.get("/").status_code == 302
    assert "王桂兰" in boss.get("/accounts?q=桂兰")
    assert "没有找到" in boss.get("/accounts?q=nobody-of-this-name")


def test_what_is_done_with_accounts_is_in_the_audit_log(hub: Hub) -> None:
    boss = actor("boss")
    user_id = accounts.add(hub, boss, new("clerk"))
    accounts.set_details(hub, boss, user_id, "王", "1")
    accounts.give_role(hub, boss, user_id, "author", "")
    accounts.take_role(hub, boss, user_id, "author", 1)
    accounts.reset(hub, boss, user_id)
    with reading(hub.engine) as connection:
        deeds = [entry.what for entry in audit.latest(connection, 5)]
    assert deeds == ["account reset", "role take", "role give", "account details", "account add"]


def test_of_two_administrators_who_close_each_other_at_once_one_stays(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        account(hub, name)
    accounts.set_active(hub, actor("a"), accounts.by_name(hub, "admin").user.id, False)
    ids = {name: accounts.by_name(hub, name).user.id for name in ("a", "b")}
    checking, second_done = Event(), Event()
    check = accounts._check_governed

    def slowly(connection: Connection) -> None:
        checking.set()
        second_done.wait(1)  # the second waits for a lock of ours, or is done by then
        check(connection)

    monkeypatch.setattr(accounts, "_check_governed", slowly)
    with ThreadPoolExecutor(1) as beside:
        first = beside.submit(accounts.set_active, hub, actor("a"), ids["b"], False)
        assert checking.wait(20)
        monkeypatch.setattr(accounts, "_check_governed", check)
        with pytest.raises(LastAdministrator):
            accounts.set_active(hub, actor("b"), ids["a"], False)
        second_done.set()
        first.result(20)
    assert [accounts.by_name(hub, name).user.active for name in ("a", "b")] == [True, False]


def test_a_button_that_is_none_changes_nothing(sqlite_hub: Hub) -> None:
    boss = visitor(sqlite_hub)
    account(sqlite_hub, "clerk", "viewer")
    user = accounts.by_name(sqlite_hub, "clerk").user
    assert boss.post(f"/accounts/{user.id}", do="promote").status_code == 400
