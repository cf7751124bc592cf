"""Every page of the node in Debian's Chromium: accessible, usable by keyboard, at both sizes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import DESKTOP, PHONE, context, widen
from tests.faces.checks import grave_faults, sideways, tab_faults, with_axe
from tests.node.pages import NO_PAGES, PAGES, Stop
from tests.node.web.conftest import NodeFor

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def profile(still_chromium: Browser) -> Iterator[BrowserContext]:
    """One browser for all pages; the reader of each page signs in again."""
    with context(still_chromium, DESKTOP) as browser_context:
        yield browser_context


@pytest.fixture(scope="module")
def tab(profile: BrowserContext) -> Page:
    return with_axe(profile).new_page()


@pytest.fixture
def page(tab: Page) -> Page:
    return widen(tab)


def test_the_list_names_every_page(app: Flask) -> None:
    views = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert views - NO_PAGES == {stop.view for stop in PAGES}


@pytest.mark.parametrize("stop", PAGES, ids=str)
def test_a_page_reads_for_all_by_keyboard_and_on_a_phone(
    node_for: NodeFor, page: Page, stop: Stop
) -> None:
    address = node_for(stop).let_in(stop, page.context)
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200
    assert page.url.partition("#")[0] == address
    page.wait_for_selector(stop.ready)
    assert grave_faults(page) == []
    assert tab_faults(page) == []
    assert sideways(page) == 0
    width, height = PHONE
    page.set_viewport_size({"width": width, "height": height})
    assert sideways(page) == 0
