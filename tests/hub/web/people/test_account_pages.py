"""Pages of accounts say what somebody may do there, and in words of people."""

from pathlib import Path

import pytest

from hub.context.open_hub import Hub
from hub.people import accounts, log_in, unit_tree
from hub.people.accounts import NewAccount
from hub.store import users
from hub.store.engine import reading, writing
from tests.hub.actors import actor
from tests.hub.conftest import publish_course
from tests.hub.visitors import PASSWORD, Visitor, account, stranger, visitor


@pytest.fixture
def tree(sqlite_hub: Hub, tmp_path: Path) -> Hub:
    """Headquarters with a province and its county."""
    rows = "code,name,parent\n43,云岭省局,\n4301,清溪县局,43\n430101,红旗所,4301\n"
    (tmp_path / "org.csv").write_text(rows, "utf-8")
    unit_tree.import_org(sqlite_hub, tmp_path / "org.csv", actor())
    return sqlite_hub


def _number(hub: Hub, name: str) -> int:
    with reading(hub.engine) as connection:
        user = users.by_name(connection, name)
    assert user is not None
    return user.id


def test_no_role_is_given_before_its_unit_is_chosen(tree: Hub) -> None:
    boss = visitor(tree)
    form = {"name": "new", "password": PASSWORD, "role": "viewer", "real_name": "新"}
    refused = boss.post("/accounts", unit="", **form)
    assert refused.status_code == 400
    assert "请选单位" in refused.text
    assert boss.post("/accounts", unit="清溪县局", **form).status_code == 303  # one is called so
    assert "清溪县局 · 只查看" in boss.get("/accounts")


def test_who_was_closed_reads_how_to_be_opened_again(tree: Hub) -> None:
    boss = visitor(tree)
    account(tree, "li", "viewer", "43")
    place = f"/accounts/{_number(tree, 'li')}"
    boss.post(place, do="close", sure="1")
    assert "要再用就点“恢复”" in boss.get(place)
    boss.post(place, do="open")
    assert "已保存，马上生效" in boss.get(place)


def test_what_locks_somebody_out_is_asked_first(tree: Hub) -> None:
    boss = visitor(tree)
    account(tree, "li", "viewer", "43")
    place = f"/accounts/{_number(tree, 'li')}"
    unit_id = accounts.by_name(tree, "li").roles[0].unit.id
    asked = boss.post(place, do="take", role="viewer", unit_id=unit_id)
    assert "的角色“" in asked.text
    assert "停用“li”的账号？" in boss.post(place, do="close").text
    assert boss.post(place, do="take", role="author", unit_id=unit_id).status_code == 404
    kept = accounts.by_name(tree, "li")
    assert kept.user.active
    assert len(kept.roles) == 1


def test_ones_own_account_has_no_button_that_shuts_one_out(tree: Hub) -> None:
    page = visitor(tree).get(f"/accounts/{_number(tree, 'boss')}")
    assert "这是您自己的账号" in page
    assert not any(f'value="{step}"' in page for step in ("close", "take", "give"))
    account(tree, "li")
    other = visitor(tree).get(f"/accounts/{_number(tree, 'li')}")
    assert all(f'value="{step}"' in other for step in ("close", "take", "give"))


def test_log_ins_are_listed_by_browser_and_not_by_what_it_says_of_itself(tree: Hub) -> None:
    came = visitor(tree)
    with reading(tree.engine) as connection:
        user = users.by_name(connection, "boss")
    assert user is not None
    log_in.begin_session(tree, user, "10.30.1.21", "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
    for path in ("/me", f"/accounts/{user.id}"):
        page = came.get(path)
        assert "10.30.1.21 · Firefox 140 · Windows" in page
        assert "Mozilla" not in page


def test_whoever_has_to_choose_a_password_is_offered_nothing_else(tree: Hub) -> None:
    accounts.add(tree, actor(), NewAccount("new", PASSWORD, "admin"))
    came = stranger(tree)
    came.log_in("new")
    page = came.get("/password")
    assert "别人给的" in page
    assert 'href="/stations"' not in page
    came.post("/password", old=PASSWORD, new=f"{PASSWORD}!", again=f"{PASSWORD}!")
    assert 'href="/stations"' in came.get("/")


def test_a_secret_to_be_typed_stands_in_groups_of_four(tree: Hub) -> None:
    page = visitor(tree).get("/me")
    secret = page.split('<p class="spelled"><code>')[1].split("</code>")[0]
    assert [len(group) for group in secret.split()] == [4] * 8


def test_an_account_that_one_does_not_keep_is_not_found(tree: Hub) -> None:
    account(tree, "above", "viewer", "43")
    manager = visitor(tree, "manager", "manager", "4301")
    for path in (f"/accounts/{_number(tree, 'above')}", "/accounts/999"):
        page = manager.get(path, 404)
        assert "这里没有这一页" in page
        assert "没有做成" not in page


def _author(hub: Hub) -> Visitor:
    publish_course(hub)
    return visitor(hub, "author", "author", "4301")


def test_the_course_of_another_unit_is_copied_where_it_cannot_be_changed(tree: Hub) -> None:
    author = _author(tree)
    answer = author.post("/authoring/next/food")
    assert answer.status_code == 403
    assert "您的账号不能做这件事" in answer.text
    page = author.get("/courses/food")
    assert "复制成自己的课程" in page
    assert "编写新版" not in page
    assert "复制自" not in page
    assert author.post("/authoring/copy/food").location == "/authoring/food-4301"


def test_a_bank_that_is_shared_says_so_in_the_list(tree: Hub) -> None:
    boss = visitor(tree)
    boss.post("/banks/new", title="总局题库")
    assert "给下级用" not in boss.get("/banks")
    boss.post("/banks/1", what="open")
    assert "给下级用" in boss.get("/banks")
    with writing(tree.engine) as connection:
        assert connection.exec_driver_sql("SELECT open FROM bank").scalar() == 1
