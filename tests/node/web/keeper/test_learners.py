"""The keeper's pages of learners."""

from __future__ import annotations

import sqlite3

import pytest
from flask.testing import FlaskClient

from node.runtime import NodeRuntime
from node.store import learners
from tests.node.conftest import LEARNER, OTHER

MANY = 204


@pytest.fixture
def many(runtime: NodeRuntime) -> None:
    def put(conn: sqlite3.Connection) -> None:
        for n in range(MANY):
            learners.put(conn, f"B{n:04}", f"学员{n}", "", "")

    runtime.store.write(put)


def test_the_search_finds_what_is_typed_in_full_width(keeper: FlaskClient) -> None:
    page = keeper.get("/keeper/learners?q=ａ１００２").text
    assert "李二" in page
    assert "张一" not in page
    nobody = keeper.get("/keeper/learners?q=<b>").text
    assert "没有找到“&lt;b&gt;”" in nobody


@pytest.mark.usefixtures("many")
def test_filter_order_and_search_stay_in_the_address(keeper: FlaskClient) -> None:
    page = keeper.get("/keeper/learners?show=new&sort=name&q=B&page=2").text
    assert f"还没登录过 {MANY}" in page
    assert 'href="/keeper/learners?show=new&amp;sort=name&amp;q=B&amp;page=3"' in page
    assert 'href="/keeper/learners?show=new&amp;sort=progress&amp;q=B"' in page
    assert 'href="/keeper/learners?show=idle&amp;sort=name&amp;q=B"' in page
    assert '<input type="hidden" name="show" value="new">' in page
    assert 'aria-sort="ascending"' in page


@pytest.mark.usefixtures("many")
def test_two_hundred_learners_are_three_pages(keeper: FlaskClient) -> None:
    assert "第 1 / 3 页" in keeper.get("/keeper/learners").text
    assert keeper.get("/keeper/learners?page=3").text.count("<tr>") == MANY + 2 - 200 + 1


def test_the_list_for_the_wall_tells_how_far_each_is_only_where_asked_for(
    keeper: FlaskClient,
) -> None:
    page = keeper.get("/keeper/learners/print").text
    assert "张一" in page
    assert "%" not in page.partition('class="wall-list')[2]
    assert "0%" in keeper.get("/keeper/learners/print?progress=1").text


def test_a_name_leads_to_the_page_of_the_learner_and_from_there_the_pin_is_reset(
    keeper: FlaskClient,
) -> None:
    assert f'<a href="/keeper/learners/{LEARNER}">张一</a>' in keeper.get("/keeper/learners").text
    page = keeper.get(f"/keeper/learners/{LEARNER}").text
    assert f'href="/keeper/learners/{LEARNER}/pin"' in page
    assert "食品安全日常检查" in page
    assert "还没有考过试" in page
    asked = keeper.get(f"/keeper/learners/{LEARNER}/pin").text
    assert f'href="/keeper/learners/{LEARNER}"' in asked
    assert keeper.get("/keeper/learners/nobody").status_code == 404


def test_the_page_of_a_learner_is_the_keepers_only(learner: FlaskClient) -> None:
    answer = learner.get(f"/keeper/learners/{OTHER}")
    assert answer.headers["Location"].startswith("/keeper/sign-in")


def test_unlocking_leads_back_to_where_the_button_was(
    keeper: FlaskClient, runtime: NodeRuntime
) -> None:
    page = f"http://localhost/keeper/learners/{LEARNER}"
    answer = keeper.post(f"/keeper/learners/{LEARNER}/unlock", headers={"Referer": page})
    assert answer.location == f"/keeper/learners/{LEARNER}"
    elsewhere = {"Referer": "http://evil.example/"}
    answer = keeper.post(f"/keeper/learners/{LEARNER}/unlock", headers=elsewhere)
    assert answer.location == "/keeper/learners"
