"""The keeper's pages in a browser: what their scripts do."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from node.runtime import NodeRuntime
from node.store import tries
from node.store.tries import Try
from tests.browser import serving, stop_the_clock
from tests.faces.checks import carry_sign_in
from tests.node.conftest import LEARNER, START

pytestmark = pytest.mark.browser


def test_a_sync_too_short_to_be_seen_is_shown_as_over_at_once(
    app: Flask, runtime: NodeRuntime, keeper: FlaskClient, desktop: Page
) -> None:
    before = tries.count(runtime.store.read())
    runtime.store.write(lambda conn: tries.add(conn, Try(START, 9, "", 0, 300, 300)))
    with serving(app) as site:
        carry_sign_in(keeper, desktop.context, site, "xuezhan")
        # The page's clock stands still, so no timeout of the page ends this.
        desktop.clock.install(time=START)
        desktop.clock.pause_at(START + 60)
        desktop.goto(f"{site}/keeper/sync?started={before}", wait_until="commit")
        desktop.wait_for_url("**/keeper/sync")
        assert desktop.locator("#sync-live").is_hidden()


def test_who_signs_in_appears_on_the_open_page_by_itself(
    app: Flask, runtime: NodeRuntime, keeper: FlaskClient, desktop: Page
) -> None:
    with serving(app) as site:
        carry_sign_in(keeper, desktop.context, site, "xuezhan")
        stop_the_clock(desktop)
        desktop.goto(f"{site}/keeper/now")
        expect(desktop.locator("#now-live")).to_contain_text("现在没有人在学")
        runtime.sessions.begin("secret", runtime.clock.now(), learner=LEARNER)
        desktop.clock.run_for(14_000)
        expect(desktop.locator("#now-live")).to_contain_text("现在没有人在学")
        desktop.clock.run_for(2_000)
        expect(desktop.locator("#now-live")).to_contain_text("张一")
