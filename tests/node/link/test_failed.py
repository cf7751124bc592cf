"""A hub that has failed: a station tells it from a log-in page, as far as one can know."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from node.errors import HubBusy, HubFailed, HubRefused, LineError, NotTheHub
from node.link.http_client import HubConnection
from tests.node.link.test_busy import Canned, busy, canned
from tests.tls import Authority

__all__ = ["canned"]

JSON = "Content-Type: application/json"
HTML = "Content-Type: text/html"
OURS = b'{"error":"hub-failed","id":"7f3a91c0"}\n'


def told(url: str, ca: str = "") -> LineError:
    """What the line makes of the answer to a request."""
    with HubConnection(url, ca=ca) as line, pytest.raises(LineError) as fault:
        line.post("/x", b"parcel", 1_000)
    return fault.value


@pytest.mark.parametrize("status", ["500 INTERNAL SERVER ERROR", "503 Unavailable", "502 Gone"])
def test_a_failure_that_the_hub_marked_is_the_hubs(canned: Canned, status: str) -> None:
    canned.answer = busy(JSON, body=OURS, status=status)
    fault = told(canned.url)
    assert isinstance(fault, HubFailed)
    assert fault.id == "7f3a91c0"
    assert "总局的服务器出了故障" in fault.words


@pytest.mark.parametrize(
    ("head", "body", "status", "kind"),
    [
        (HTML, b"<h1>Log in</h1>", "500 Error", NotTheHub),
        (HTML, b"<h1>Log in</h1>", "200 OK", None),
        (HTML, b"<h1>Bad Gateway</h1>", "502 Bad Gateway", HubBusy),
        (JSON, b'{"error":"Internal Server Error"}', "500 Error", HubRefused),
        (JSON, b'{"error":"hub-failed"}', "403 Forbidden", HubRefused),
        (JSON, b'["hub-failed"]', "500 Error", NotTheHub),
        (JSON, b'{"error":"relay-full"}', "507 Full", HubRefused),
    ],
)
def test_without_the_mark_nothing_over_http_is_taken_for_the_hubs_failure(
    canned: Canned, head: str, body: bytes, status: str, kind: type[LineError] | None
) -> None:
    canned.answer = busy(head, body=body, status=status)
    if kind is None:
        with HubConnection(canned.url) as line:
            assert line.post("/x", b"parcel", 1_000) == body  # no parcel, as its reader finds out
        return
    assert type(told(canned.url)) is kind


@pytest.mark.parametrize(
    ("status", "again", "kind"),
    [
        ("502 Bad Gateway", "", HubFailed),
        ("504 Gateway Timeout", "", HubFailed),
        ("500 Error", "", HubFailed),
        ("503 Busy", "Retry-After: 60", HubBusy),
        ("404 Not Found", "", NotTheHub),
    ],
)
def test_over_https_the_certificate_shows_that_a_gateways_page_is_the_hubs(
    secure: Canned, tmp_path: Path, status: str, again: str, kind: type[LineError]
) -> None:
    secure.answer = busy(*filter(None, [HTML, again]), body=b"<h1>nginx</h1>", status=status)
    assert type(told(secure.url, str(tmp_path / "province.pem"))) is kind


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Canned]:
    """Such a server with a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Authority(tmp_path, "province").server())
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        hub = Canned(url=f"https://127.0.0.1:{listener.getsockname()[1]}")
        over_tls = context.wrap_socket(listener, server_side=True)
        thread = Thread(target=hub.serve, args=(over_tls,), daemon=True)
        thread.start()
        yield hub
        over_tls.shutdown(socket.SHUT_RDWR)
        over_tls.close()
    thread.join(5)
