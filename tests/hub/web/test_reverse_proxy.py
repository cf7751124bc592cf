"""A hub with a reverse proxy before it: each office is its own source, and https is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub import config
from hub.context.open_hub import Hub
from hub.errors import BadSetting
from hub.intake.stations import JOIN_TRIES
from hub.people.log_in import NAME_TRIES, SOURCE_TRIES
from hub.store import audit
from hub.store.audit import AuditFilter
from hub.store.engine import reading
from hub.web.app import create_app
from tests.hub.visitors import PASSWORD, TOKEN, account

PROXY, OFFICE, OTHER = "127.0.0.1", "172.16.5.9", "172.16.5.10"
HTTPS = "https://hub.example"


@pytest.fixture
def client(sqlite_hub: Hub) -> FlaskClient:
    """A browser at a hub that believes a proxy on its own machine."""
    trusting = replace(sqlite_hub, config=replace(sqlite_hub.config, trusted_proxy=PROXY))
    account(sqlite_hub, "boss")
    return create_app(trusting).test_client()


def through(office: str, peer: str = PROXY, scheme: str = "https") -> dict[str, Any]:
    """What a request carries that came from ``office`` through ``peer``."""
    return {
        "headers": {
            "X-Forwarded-For": f"8.8.8.8, {office}",
            "X-Forwarded-Proto": scheme,
            "Host": "hub.example",
            "Referer": f"{HTTPS}/log-in",
        },
        "environ_base": {"REMOTE_ADDR": peer},
    }


def log_in(
    client: FlaskClient, way: dict[str, Any], name: str = "boss", password: str = PASSWORD
) -> TestResponse:
    page = client.get("/log-in", **way)
    token = TOKEN.search(page.text)
    assert token is not None
    fields = {"csrf_token": token[1], "name": name, "password": password}
    return client.post("/log-in", data=fields, **way)


def flags(answer: TestResponse) -> set[bool]:
    """Of the cookies of an answer, whether they are for https only."""
    return {"; Secure" in line for line in answer.headers.getlist("Set-Cookie")}


def test_wrong_passwords_from_one_office_lock_out_nobody_elsewhere(client: FlaskClient) -> None:
    for number in range(SOURCE_TRIES):
        wrong = log_in(client, through(OFFICE), f"name{number // (NAME_TRIES - 1)}", "wrong")
        assert wrong.status_code == 403
    assert log_in(client, through(OFFICE)).status_code == 429
    assert log_in(client, through(OTHER)).status_code == 303


def test_wrong_codes_from_one_office_keep_no_other_from_joining(client: FlaskClient) -> None:
    def joining(office: str) -> int:
        return client.post("/join", data=b"?" * 90, **through(office)).status_code

    assert [joining(OFFICE) for _ in range(JOIN_TRIES)] == [403] * JOIN_TRIES
    assert joining(OFFICE) == 429
    assert joining(OTHER) == 403


def test_the_audit_says_from_where_somebody_logged_in(client: FlaskClient, sqlite_hub: Hub) -> None:
    log_in(client, through(OFFICE))
    with reading(sqlite_hub.engine) as connection:
        rows = audit.search(connection, AuditFilter(), 5, 0)
    assert OFFICE in str(rows[0])
    assert PROXY not in str(rows[0])


def test_cookies_are_for_https_only_where_the_proxy_speaks_https(client: FlaskClient) -> None:
    way = through(OFFICE)
    assert flags(client.get("/log-in", **way)) == {True}
    assert flags(log_in(client, way)) == {True}
    page = client.get("/password", **way)
    token = TOKEN.search(page.text)
    assert token is not None
    chosen = client.post("/lang", data={"csrf_token": token[1], "lang": "en"}, **way)
    assert flags(chosen) == {True}


def test_over_http_cookies_come_back_over_http(client: FlaskClient) -> None:
    way = through(OFFICE, scheme="http")
    assert flags(client.get("/log-in", **way)) == {False}
    assert log_in(client, way).status_code == 303


def test_nobody_but_the_proxy_says_who_asks(client: FlaskClient) -> None:
    for number in range(SOURCE_TRIES):
        way = through(f"172.16.9.{number}", peer=OFFICE)
        answer = log_in(client, way, f"name{number // (NAME_TRIES - 1)}", "wrong")
        assert answer.status_code == 403
        assert True not in flags(answer)
    assert log_in(client, through(OTHER, peer=OFFICE)).status_code == 429


def test_a_hub_without_the_setting_believes_no_proxy(sqlite_hub: Hub) -> None:
    account(sqlite_hub, "boss")
    client = create_app(sqlite_hub).test_client()
    assert flags(client.get("/log-in", **through(OFFICE))) == {False}


def test_a_setting_that_is_no_address_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text('trusted_proxy = "nginx"\n', "utf-8")
    with pytest.raises(BadSetting, match="trusted_proxy.*nginx"):
        config.load(tmp_path)
    (tmp_path / "hub.toml").write_text('trusted_proxy = "127.0.0.1 ::1"\n', "utf-8")
    assert config.load(tmp_path).trusted_proxies == {"127.0.0.1", "::1"}
