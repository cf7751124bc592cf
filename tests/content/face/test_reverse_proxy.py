"""Who asks, as a trusted proxy says and nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from content.face.reverse_proxy import CLAIMS, BehindProxy, read_addresses

PROXY, GATEWAY, CLIENT, OTHER = "10.0.0.1", "10.0.0.2", "172.16.5.9", "172.16.5.10"


def told(peer: str, trusted: str = f"{PROXY} {GATEWAY}", **claims: str) -> dict[str, Any]:
    """What the application is told of a request that came from ``peer``."""
    seen: dict[str, Any] = {}

    def app(environ: dict[str, Any], _start: object) -> list[bytes]:
        seen.update(environ)
        return []

    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http"}
    environ |= {f"HTTP_{name.upper()}": value for name, value in claims.items()}
    BehindProxy(app, read_addresses(trusted))(environ, lambda *_: lambda _: None)
    return seen


@pytest.mark.parametrize(
    ("hops", "client"),
    [
        (CLIENT, CLIENT),
        (f"{OTHER}, {CLIENT}", CLIENT),  # what the client says of itself stands further left
        (f"{CLIENT}, {GATEWAY}", CLIENT),
        (f"{OTHER},{CLIENT} ,  {GATEWAY},{PROXY}", CLIENT),
        (f"{CLIENT}:51812", CLIENT),
        ("[2001:DB8::7]:443", "2001:db8::7"),
        ("2001:db8:0::7", "2001:db8::7"),
        (f"::ffff:{CLIENT}", CLIENT),
        (f'"{CLIENT}"', CLIENT),
        ("", PROXY),
        ("unknown", PROXY),
        (f"{CLIENT}, nonsense", PROXY),
        (f"nonsense, {GATEWAY}", GATEWAY),
        (f"{CLIENT},", PROXY),
    ],
)
def test_the_last_address_that_is_no_trusted_proxy_asks(hops: str, client: str) -> None:
    assert told(PROXY, x_forwarded_for=hops)["REMOTE_ADDR"] == client


@pytest.mark.parametrize(
    ("header", "scheme"),
    [
        ("https", "https"),
        ("HTTPS", "https"),
        ("http", "http"),
        ("http, https", "https"),
        ("https, http", "http"),
        ("gopher", "http"),
        ("", "http"),
    ],
)
def test_the_scheme_is_what_the_proxy_said_last(header: str, scheme: str) -> None:
    assert told(PROXY, x_forwarded_proto=header)["wsgi.url_scheme"] == scheme


@pytest.mark.parametrize("trusted", ["", GATEWAY, "127.0.0.1 ::1"])
def test_what_anybody_else_claims_is_not_heard(trusted: str) -> None:
    seen = told(PROXY, trusted, x_forwarded_for=CLIENT, x_forwarded_proto="https")
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]) == (PROXY, "http")


@pytest.mark.parametrize("peer", [PROXY, CLIENT])
def test_no_claim_reaches_the_application(peer: str) -> None:
    claims = {name.removeprefix("HTTP_").lower(): OTHER for name in CLAIMS}
    assert not set(told(peer, **claims)) & set(CLAIMS)


def test_a_proxy_that_the_server_sees_as_ipv6_is_the_same_proxy() -> None:
    assert told(f"::ffff:{PROXY}", x_forwarded_for=CLIENT)["REMOTE_ADDR"] == CLIENT


@pytest.mark.parametrize("text", ["nginx", "10.0.0.0/8", "*", "10.0.0.1, 10.0.0.2"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        read_addresses(text)
