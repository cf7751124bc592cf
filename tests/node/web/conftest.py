"""Nodes for tests that only look at pages: one for each prepared state, not one for each page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext

from node.config import Config
from node.runtime import NodeRuntime
from node.web.app import create_app
from tests.faces.checks import carry_sign_in
from tests.node.conftest import (
    KEEPER,
    LEARNER,
    PASSWORD,
    PIN,
    FakeTime,
    install_course,
    populate,
)
from tests.node.pages import Stop
from tests.node.scorm_site import playing

SIGN_IN = {
    "learner": ("/sign-in", {"number": LEARNER, "pin": PIN}),
    "keeper": ("/keeper/sign-in", {"name": KEEPER, "password": PASSWORD}),
}


@dataclass
class LookedAt:
    """A node that answers at ``address``; ``clients`` are those who have signed in."""

    app: Flask
    address: str
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    def client(self, who: str) -> FlaskClient:
        """The test client of a learner or the keeper, signed in once."""
        if who not in self.clients:
            self.clients[who] = self.app.test_client()
            where, fields = SIGN_IN[who]
            assert self.clients[who].post(where, data=fields).status_code == 303
        return self.clients[who]

    def page(self, stop: Stop) -> str:
        """The page as it goes out, to who reads it."""
        client = self.app.test_client() if stop.who == "nobody" else self.client(stop.who)
        return client.get(stop.address).text

    def let_in(self, stop: Stop, context: BrowserContext) -> str:
        """Make ``context`` the browser of who reads ``stop``; the page's address there."""
        context.clear_cookies()
        if stop.who != "nobody":
            carry_sign_in(self.client(stop.who), context, self.address, "xuezhan")
        return self.address + stop.address


NodeFor = Callable[[Stop], LookedAt]


@pytest.fixture(scope="module")
def node_for(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeFor]:
    """Gives the node that shows a page: pages with the same ``before`` share one."""
    nodes: dict[object, LookedAt] = {}
    with ExitStack() as opened:

        def new(stop: Stop) -> LookedAt:
            config = Config(data=tmp_path_factory.mktemp("node"), hub_url="http://127.0.0.1:9")
            runtime = NodeRuntime.open(config, FakeTime().clock())
            opened.callback(runtime.close)
            populate(runtime)
            install_course(runtime)
            app = create_app(runtime)
            app.testing = True
            app.config["WTF_CSRF_ENABLED"] = False
            node = LookedAt(app, opened.enter_context(playing(runtime, app)))
            if stop.before:
                stop.before(node.client(stop.who))
            return node

        def of(stop: Stop) -> LookedAt:
            if stop.before not in nodes:
                nodes[stop.before] = new(stop)
            return nodes[stop.before]

        yield of
