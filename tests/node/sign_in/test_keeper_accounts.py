"""Keepers: a second one, a forgotten password, handing over, and the command beside the node."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from node.__main__ import cli
from node.config import Config
from node.errors import NotFound, NotJoined
from node.runtime import NodeRuntime
from node.sign_in import keeper_accounts
from node.sign_in.errors import UnfitKeeper, WrongPassword
from node.sign_in.guessing import Source
from node.store import keepers, orders
from sync.exchange import Order
from tests.node.conftest import KEEPER, PASSWORD, FakeTime
from tests.quick import quick_secret

HERE = Source("127.0.0.1", here=True)
SECOND, OWN = "李站长", "battery staple"
PRINTED = re.compile(r"\b[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\b")


def command(runtime: NodeRuntime, *words: str) -> str:
    """Run ``xuezhan-node keeper`` beside the running node; what it prints."""
    runtime.config.save()
    done = CliRunner().invoke(
        cli, ["keeper", *words, "--data", str(runtime.config.data)], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return done.output


def one_time(output: str) -> str:
    [password] = PRINTED.findall(output)
    return str(password)


def signed_in(app: Flask, name: str, password: str) -> FlaskClient:
    client = app.test_client()
    answer = client.post("/keeper/sign-in", data={"name": name, "password": password})
    assert answer.status_code == 303, answer.text
    return client


def change(client: FlaskClient, old: str, new: str = OWN) -> int:
    form = {"old": old, "new": new, "again": new}
    return client.post("/keeper/password", data=form).status_code


def test_a_forgotten_password_is_reset_at_the_stations_pc(running: NodeRuntime) -> None:
    password = one_time(command(running, "reset", KEEPER))
    with pytest.raises(WrongPassword):
        keeper_accounts.sign_in(running, KEEPER, PASSWORD, HERE)
    keeper_accounts.sign_in(running, KEEPER, password, HERE)


def test_a_reset_by_command_ends_sign_ins_of_the_running_node(
    app: Flask, keeper: FlaskClient, runtime: NodeRuntime, pc: FakeTime
) -> None:
    pc.go_on(60)
    beside = NodeRuntime.open(runtime.config, pc.clock())
    password = keeper_accounts.reset(beside, KEEPER, "the command")
    beside.close()
    assert keeper.get("/keeper/").headers["Location"].startswith("/keeper/sign-in")
    assert signed_in(app, KEEPER, password).get("/keeper/password").status_code == 200


def test_a_one_time_password_must_be_changed_before_anything_else(
    app: Flask, runtime: NodeRuntime
) -> None:
    password = keeper_accounts.reset(runtime, KEEPER, "a test")
    client = signed_in(app, KEEPER, password)
    for page in ("/keeper/", "/keeper/learners", "/keeper/line", "/keeper/keepers/"):
        assert client.get(page).headers["Location"] == "/keeper/password"
    assert "只能用一次" in client.get("/keeper/password").text
    assert change(client, password, password) == 400
    assert client.get("/keeper/").status_code == 303
    assert change(client, password) == 303
    assert client.get("/keeper/").status_code == 200


def test_a_keeper_with_an_own_password_is_not_asked_for_another(keeper: FlaskClient) -> None:
    assert keeper.get("/keeper/").status_code == 200
    assert "只能用一次" not in keeper.get("/keeper/password").text


def test_a_second_keeper_is_added_on_the_page_and_signs_in(app: Flask, keeper: FlaskClient) -> None:
    done = keeper.post("/keeper/keepers/", data={"name": f" {SECOND} ", "password": PASSWORD})
    password = one_time(" ".join(re.findall("<dd>(.*)</dd>", done.text)))
    assert "只显示这一次" in done.text
    assert password not in keeper.get("/keeper/keepers/").text
    second = signed_in(app, SECOND, password)
    assert change(second, password) == 303
    assert "张一" in second.get("/keeper/learners").text
    assert keeper.get("/keeper/").status_code == 200


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "1 到 20 个字"), ("长" * 21, "1 到 20 个字"), ("a\nb", "1 到 20"), (KEEPER, "已经有")],
)
def test_a_name_that_will_not_do_is_refused_above_the_form(
    keeper: FlaskClient, name: str, words: str
) -> None:
    answer = keeper.post("/keeper/keepers/", data={"name": name, "password": PASSWORD})
    assert answer.status_code == 400
    assert words in answer.text


def test_who_finds_a_keepers_page_open_adds_nobody(
    keeper: FlaskClient, runtime: NodeRuntime
) -> None:
    answer = keeper.post("/keeper/keepers/", data={"name": SECOND, "password": "guess"})
    assert answer.status_code == 403
    assert "密码不对" in answer.text
    assert keepers.find(runtime.store.read(), SECOND) is None


def test_a_closed_keeper_is_out_at_once_and_stays_in_the_list(
    app: Flask, keeper: FlaskClient, runtime: NodeRuntime
) -> None:
    password = keeper_accounts.add(runtime, SECOND, KEEPER)
    second = signed_in(app, SECOND, password)
    assert f"关闭 {SECOND}" in keeper.get(f"/keeper/keepers/{SECOND}/close").text
    assert keeper.post(f"/keeper/keepers/{SECOND}/close").status_code == 303
    assert second.get("/keeper/").headers["Location"].startswith("/keeper/sign-in")
    with pytest.raises(WrongPassword):
        keeper_accounts.sign_in(runtime, SECOND, password, HERE)
    page = keeper.get("/keeper/keepers/").text
    assert SECOND in page
    assert "已关闭" in page
    assert keeper.get(f"/keeper/keepers/{SECOND}/close").status_code == 404


def test_nobody_closes_the_own_account_so_that_one_keeper_always_stays(
    keeper: FlaskClient, runtime: NodeRuntime
) -> None:
    answer = keeper.post(f"/keeper/keepers/{KEEPER}/close")
    assert answer.status_code == 400
    assert "不能关闭自己" in answer.text
    keeper_accounts.sign_in(runtime, KEEPER, PASSWORD, HERE)


def test_of_two_keepers_who_close_each_other_one_stays(runtime: NodeRuntime) -> None:
    keeper_accounts.add(runtime, SECOND, KEEPER)
    keeper_accounts.close(runtime, SECOND, KEEPER)
    with pytest.raises(NotFound):
        keeper_accounts.close(runtime, KEEPER, SECOND)


def test_a_closed_name_may_be_added_again(runtime: NodeRuntime) -> None:
    keeper_accounts.add(runtime, SECOND, KEEPER)
    keeper_accounts.close(runtime, SECOND, KEEPER)
    again = keeper_accounts.add(runtime, SECOND, KEEPER)
    keeper_accounts.sign_in(runtime, SECOND, again, HERE)


def test_handing_over_makes_the_new_keeper_and_closes_the_old(
    keeper: FlaskClient, runtime: NodeRuntime, pc: FakeTime
) -> None:
    pc.go_on(60)
    password = keeper_accounts.hand_over(runtime, KEEPER, SECOND, "a test")
    assert keeper.get("/keeper/").headers["Location"].startswith("/keeper/sign-in")
    keeper_accounts.sign_in(runtime, SECOND, password, HERE)
    with pytest.raises(WrongPassword):
        keeper_accounts.sign_in(runtime, KEEPER, PASSWORD, HERE)


@pytest.mark.parametrize(("old", "new"), [("nobody", SECOND), (KEEPER, KEEPER), (KEEPER, " ")])
def test_handing_over_that_cannot_be_changes_nothing(
    runtime: NodeRuntime, old: str, new: str
) -> None:
    with pytest.raises((NotFound, UnfitKeeper)):
        keeper_accounts.hand_over(runtime, old, new, "a test")
    keeper_accounts.sign_in(runtime, KEEPER, PASSWORD, HERE)
    assert keepers.find(runtime.store.read(), SECOND) is None


def test_the_command_adds_hands_over_and_lists(running: NodeRuntime) -> None:
    first = one_time(command(running, "add", SECOND))
    keeper_accounts.sign_in(running, SECOND, first, HERE)
    handed = command(running, "hand-over", SECOND, "王站长")
    keeper_accounts.sign_in(running, "王站长", one_time(handed), HERE)
    assert f"{SECOND} 的账号已关闭" in handed
    lines = command(running, "list").splitlines()
    assert lines[:2] == ["王站长（还没换密码）", KEEPER]
    assert lines[2].startswith(f"{SECOND}（20")
    assert PRINTED.search("".join(lines)) is None


def test_a_password_that_was_shown_is_not_in_the_file(runtime: NodeRuntime) -> None:
    password = keeper_accounts.add(runtime, SECOND, KEEPER)
    raw = b"".join(path.read_bytes() for path in runtime.config.data.glob("node.db*"))
    assert password.encode() not in raw
    assert SECOND.encode() in raw


def test_a_pc_without_a_station_has_no_keepers(config: Config) -> None:
    done = CliRunner().invoke(cli, ["keeper", "add", SECOND, "--data", str(config.data)])
    assert isinstance(done.exception, NotJoined)


def reset_by_headquarters(runtime: NodeRuntime, password: str, mark: int, at: int) -> None:
    body = json.dumps({"secret": quick_secret(password), "at": at}).encode()
    order = Order(mark, "keeper", "reset", body)
    now = runtime.clock.now()
    runtime.store.write(lambda conn: orders.apply(conn, (order,), mark - 1, now))


def test_headquarters_resets_the_keepers_password_with_the_next_sync(
    app: Flask, runtime: NodeRuntime
) -> None:
    browser = signed_in(app, KEEPER, PASSWORD)
    assert browser.get("/keeper/").status_code == 200
    reset_by_headquarters(runtime, OWN, 7, runtime.clock.now())
    assert browser.get("/keeper/").status_code != 200
    with pytest.raises(WrongPassword):
        keeper_accounts.sign_in(runtime, KEEPER, PASSWORD, HERE)
    again = signed_in(app, KEEPER, OWN)
    assert again.get("/keeper/").location == "/keeper/password"
    assert change(again, OWN, "battery staple two") == 303
    assert again.get("/keeper/").status_code == 200


def test_a_reset_of_long_ago_that_comes_with_a_restored_backup_changes_nothing(
    runtime: NodeRuntime,
) -> None:
    reset_by_headquarters(runtime, OWN, 7, runtime.clock.now() - orders.KEEPER_S - 1)
    keeper_accounts.sign_in(runtime, KEEPER, PASSWORD, HERE)


@pytest.mark.parametrize("body", [b"{}", b'{"secret": "plain", "at": 9999999999}', b"[]"])
def test_a_reset_that_makes_no_sense_changes_nothing(runtime: NodeRuntime, body: bytes) -> None:
    order = Order(7, "keeper", "reset", body)
    runtime.store.write(lambda conn: orders.apply(conn, (order,), 6, runtime.clock.now()))
    keeper_accounts.sign_in(runtime, KEEPER, PASSWORD, HERE)
