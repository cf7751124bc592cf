"""Every page of the node in Chromium 86: no error in its scripts, nothing sticks out sideways."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.browser import serving
from tests.chromium86 import Watched
from tests.faces.checks import carry_sign_in
from tests.faces.marks import Marks
from tests.node.pages import PAGES
from tests.node.web.conftest import NodeFor

pytestmark = pytest.mark.browser


def test_each_page_with_something_new_works_in_chromium_86(
    node_for: NodeFor, tab86: Watched
) -> None:
    marks = Marks()
    for stop in PAGES:
        if marks.new_in(node_for(stop).page(stop)):
            address = node_for(stop).let_in(stop, tab86.page.context)
            tab86.open(address)
            assert tab86.page.url.partition("#")[0] == address
            tab86.wait_for(stop.ready)
            assert (str(stop), tab86.faults, tab86.sideways()) == (str(stop), [], 0)
            height = tab86.page.eval_on_selector("main", "main => main.offsetHeight")
            assert height > 100, stop
    tab86.page.goto("about:blank")


def test_an_answer_gets_its_tick_in_chromium_86(
    app: Flask, watched86: Watched, learner: FlaskClient
) -> None:
    learner.post("/exam/food/final/start")
    with serving(app) as address:
        carry_sign_in(learner, watched86.page.context, address, "xuezhan")
        watched86.open(f"{address}/exam/food/final/paper")
        watched86.press("#q1 .choice input")
        watched86.wait_for("#map a.answered")
        assert "1 / 4" in (watched86.page.text_content("#count") or "")
        assert watched86.faults == []
        watched86.page.goto("about:blank")


def test_a_person_signs_in_with_chromium_86(app: Flask, watched86: Watched) -> None:
    with serving(app) as address:
        watched86.open(f"{address}/sign-in")
        watched86.fill("[name=number]", "A1001")
        watched86.fill("[name=pin]", "271828")
        with watched86.page.expect_navigation():
            watched86.press("main button")
        assert watched86.page.url == f"{address}/"
        watched86.page.goto("about:blank")
