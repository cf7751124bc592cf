"""Every page of the node in Debian's Chromium: readable for all, by keyboard, at both sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from node.runtime import NodeRuntime
from tests.browser import DESKTOP, PHONE, context
from tests.faces.checks import carry_sign_in, grave_faults, sideways, tab_faults
from tests.node.pages import NO_PAGES, PAGES, Stop
from tests.node.scorm_site import playing

pytestmark = pytest.mark.browser

Visit = Callable[[Stop], Page]


@pytest.fixture
def visit(
    app: Flask, runtime: NodeRuntime, chromium: Browser, request: pytest.FixtureRequest
) -> Iterator[Visit]:
    """Open a page of the node as the one who reads it."""
    opened = []
    with playing(runtime, app) as address:

        def go(stop: Stop) -> Page:
            made = context(chromium, DESKTOP)
            opened.append(made)
            if stop.who != "nobody":
                client: FlaskClient = request.getfixturevalue(stop.who)
                if stop.before:
                    stop.before(client)
                carry_sign_in(client, made, address, "xuezhan")
            page = made.new_page()
            answer = page.goto(address + stop.address)
            assert answer is not None
            assert answer.status == 200
            assert page.url.partition("#")[0] == address + stop.address
            page.wait_for_selector(stop.ready)
            return page

        yield go
        for made in opened:
            made.close()


def test_the_list_names_every_page(app: Flask) -> None:
    views = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert views - NO_PAGES == {stop.view for stop in PAGES}


@pytest.mark.parametrize("stop", PAGES, ids=str)
def test_a_page_reads_for_all_by_keyboard_and_on_a_phone(visit: Visit, stop: Stop) -> None:
    page = visit(stop)
    assert grave_faults(page) == []
    assert tab_faults(page) == []
    assert sideways(page) == 0
    width, height = PHONE
    page.set_viewport_size({"width": width, "height": height})
    assert sideways(page) == 0
