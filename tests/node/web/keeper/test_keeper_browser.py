"""The keeper's pages in a browser: what their scripts do."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page

from node.runtime import NodeRuntime
from node.store import tries
from node.store.tries import Try
from tests.browser import serving
from tests.faces.checks import carry_sign_in
from tests.node.conftest import START

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
