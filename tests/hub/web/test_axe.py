"""Every page of the hub in browsers: accessible, by keyboard, on a phone, in Chromium 86."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import DESKTOP, PHONE, context, serving, widen
from tests.chromium86 import Watched
from tests.faces.checks import carry_sign_in, grave_faults, sideways, tab_faults, with_axe
from tests.faces.marks import Marks
from tests.hub.pages import NO_PAGES, PAGES, InUse, in_use
from tests.hub.visitors import PASSWORD

pytestmark = pytest.mark.browser

NAMES = [f"{view}-{address}" for view, address in PAGES]


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InUse]:
    with in_use(tmp_path_factory.mktemp("pages") / "hub") as hub_in_use:
        yield hub_in_use


@pytest.fixture(scope="module")
def address(used: InUse) -> Iterator[str]:
    with serving(used.app) as where:
        yield where


@pytest.fixture(scope="module")
def inside(still_chromium: Browser, used: InUse, address: str) -> Iterator[BrowserContext]:
    """One browser for all pages, as somebody who works with them has."""
    with context(still_chromium, DESKTOP) as profile:
        carry_sign_in(used.client, profile, address, "xuezhan-hub")
        yield profile


@pytest.fixture(scope="module")
def tab(inside: BrowserContext) -> Page:
    return with_axe(inside).new_page()


@pytest.fixture
def page(tab: Page) -> Page:
    return widen(tab)


def _check(page: Page, where: str) -> None:
    answer = page.goto(where)
    assert answer is not None
    assert answer.status == 200
    assert grave_faults(page) == []
    assert tab_faults(page) == []
    assert sideways(page) == 0
    width, height = PHONE
    page.set_viewport_size({"width": width, "height": height})
    assert sideways(page) == 0


def test_the_list_names_every_page(used: InUse) -> None:
    rules = used.app.url_map.iter_rules()
    views = {rule.endpoint for rule in rules if "GET" in (rule.methods or ())}
    assert views - NO_PAGES == {view for view, _ in PAGES}


@pytest.mark.parametrize(("view", "path"), PAGES, ids=NAMES)
def test_a_page_reads_for_all_by_keyboard_and_on_a_phone(
    page: Page, used: InUse, address: str, view: str, path: str
) -> None:
    _check(page, address + used.path(path))


def test_the_log_in_reads_for_all(chromium: Browser, address: str) -> None:
    with context(chromium, DESKTOP) as profile:
        _check(profile.new_page(), f"{address}/log-in")


def test_the_second_step_of_the_log_in_reads_for_all(chromium: Browser, address: str) -> None:
    with context(chromium, DESKTOP) as profile:
        page = _after_the_password(profile, address, "li")
        _check(page, f"{address}/log-in/code")
        assert "验证码" in page.title()


def test_the_page_for_a_first_password_of_ones_own_reads_for_all(
    chromium: Browser, address: str
) -> None:
    with context(chromium, DESKTOP) as profile:
        page = _after_the_password(profile, address, "wang")
        _check(page, f"{address}/me")
        assert page.url == f"{address}/password"


def _after_the_password(profile: BrowserContext, address: str, name: str) -> Page:
    page = profile.new_page()
    page.goto(f"{address}/log-in")
    page.fill("main [name=name]", name)
    page.fill("main [name=password]", PASSWORD)
    with page.expect_navigation():
        page.click("main form .button")
    return page


@pytest.fixture(scope="module")
def inside86(tab86: Watched, used: InUse, address: str) -> Watched:
    carry_sign_in(used.client, tab86.page.context, address, "xuezhan-hub")
    return tab86


def test_each_page_with_something_new_works_in_chromium_86(
    inside86: Watched, used: InUse, address: str
) -> None:
    marks = Marks()
    for _, path in PAGES:
        if marks.new_in(used.client.get(used.path(path)).text):
            inside86.open(address + used.path(path))
            assert (path, inside86.faults, inside86.sideways()) == (path, [], 0)
