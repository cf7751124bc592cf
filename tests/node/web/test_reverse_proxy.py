"""A node with a reverse proxy before it: each PC is its own source, and https is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from node.config import Config, UnknownSetting
from node.runtime import NodeRuntime
from node.sign_in import guessing
from node.web.app import create_app
from tests.node.conftest import LEARNER, PIN

PROXY, PC, OTHER = "127.0.0.1", "192.168.1.21", "192.168.1.22"


@pytest.fixture
def client(runtime: NodeRuntime) -> FlaskClient:
    """A browser at a node that believes a proxy on its own machine."""
    runtime.config = replace(runtime.config, trusted_proxy=PROXY)
    app = create_app(runtime)
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


def through(pc: str, peer: str = PROXY) -> dict[str, Any]:
    """What a request carries that came from ``pc`` through ``peer``."""
    return {
        "headers": {"X-Forwarded-For": pc, "X-Forwarded-Proto": "https"},
        "environ_base": {"REMOTE_ADDR": peer},
    }


def sign_in(client: FlaskClient, way: dict[str, Any], number: str, pin: str = "000000") -> int:
    return client.post("/sign-in", data={"number": number, "pin": pin}, **way).status_code


def test_guesses_at_one_pc_keep_nobody_at_another_from_signing_in(client: FlaskClient) -> None:
    for number in range(guessing.SOURCE.free + 1):
        assert sign_in(client, through(PC), f"X{number}") == 403
    assert sign_in(client, through(PC), LEARNER, PIN) == 429
    assert sign_in(client, through(OTHER), LEARNER, PIN) == 303


def test_nobody_but_the_proxy_says_who_asks(client: FlaskClient) -> None:
    for number in range(guessing.SOURCE.free + 1):
        assert sign_in(client, through(f"192.168.2.{number}", PC), f"X{number}") == 403
    assert sign_in(client, through(OTHER, PC), LEARNER, PIN) == 429


@pytest.mark.parametrize(("peer", "secure"), [(PROXY, True), (PC, False)])
def test_cookies_are_for_https_only_where_the_proxy_speaks_https(
    client: FlaskClient, peer: str, secure: bool
) -> None:
    way = through(OTHER, peer)
    for path, fields in (("/lang", {"lang": "en"}), ("/sign-in", {"number": LEARNER, "pin": PIN})):
        cookies = client.post(path, data=fields, **way).headers.getlist("Set-Cookie")
        assert {"; Secure" in cookie for cookie in cookies} == {secure}


def test_a_setting_that_is_no_address_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "node.toml").write_text('trusted_proxy = "nginx"\n', "utf-8")
    with pytest.raises(UnknownSetting, match="trusted_proxy.*nginx"):
        Config.load(tmp_path)
    (tmp_path / "node.toml").write_text('trusted_proxy = "127.0.0.1"\n', "utf-8")
    assert Config.load(tmp_path).trusted_proxies == {"127.0.0.1"}
