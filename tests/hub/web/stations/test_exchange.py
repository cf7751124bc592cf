"""The endpoints that stations talk to, as a node and as an attacker see them."""

import http.client
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from content.transfer.request import MAX_REQUESTS_BYTES, BlobRequest, write_requests
from content.transfer.serve import ConcurrencyLimit
from hub.context.open_hub import Hub
from hub.server import http_server
from hub.web.app import create_app
from sync.signing import SigningKey
from tests.hub.conftest import Station, join_station, study
from tests.hub.visitors import PASSWORD, account
from tests.serving import PATIENCE_S, running

GIGABYTE = 1_000_000_000


@contextmanager
def served(hub: Hub) -> Iterator[tuple[str, int]]:
    """The hub behind its real server on a free port."""
    server = http_server.make_server(replace(hub, config=replace(hub.config, port=0)))
    with running(server) as port:
        yield server.effective_host, port


def test_a_node_gets_a_signed_answer(hub: Hub, client: FlaskClient, station: Station) -> None:
    raw = station.request(station.seal(study("L1", 0, 30)))
    answer = client.post("/x", data=raw)
    assert answer.status_code == 200
    assert station.open(answer.data).held == 1


def test_an_answer_to_a_station_carries_no_headers_of_pages(
    client: FlaskClient, station: Station
) -> None:
    answer = client.post("/x", data=station.request())
    assert {name for name, _ in answer.headers} <= {"Content-Type", "Content-Length"}


def test_a_refusal_that_cannot_be_signed_says_its_code(
    client: FlaskClient, station: Station
) -> None:
    for raw, code in (
        (b"GET me everything", "malformed"),
        (Station(station.hub, station.node, SigningKey.generate()).request(), "bad-signature"),
        (Station(station.hub, 999, station.key).request(), "unknown-station"),
    ):
        answer = client.post("/x", data=raw)
        assert (answer.status_code // 100, answer.json) == (4, {"error": code})


def test_a_body_that_is_too_long_is_refused_unread(client: FlaskClient) -> None:
    for path in ("/x", "/join"):
        answer = client.post(path, data=b"x" * 2_500_001)
        assert (answer.status_code, answer.json) == (413, {"error": "too-large"})


def test_files_of_courses_are_given_many_at_once(sqlite_hub: Hub) -> None:
    client = create_app(sqlite_hub).test_client()
    film, page = os.urandom(5_000), b"<h1>rules</h1>"
    names = [sqlite_hub.blobs.add_bytes(film), "0" * 64, sqlite_hub.blobs.add_bytes(page)]
    asked = write_requests(
        [BlobRequest(names[0], skip=4_000), BlobRequest(names[1]), BlobRequest(names[2])]
    )
    with client.post("/pieces", data=asked) as answer:
        assert answer.status_code == 200
        # Frames: plain (1) with a length of two bytes and of one; absent (0).
        assert answer.data == b"XZA1\x01\xe8\x07" + film[4_000:] + b"\0\0\x01\x0e" + page
        assert answer.content_length == len(answer.data)


@pytest.mark.parametrize("body", [b"", b"XZW1\x08", b"XZW1" + bytes(34) * 2, b"<html>"])
def test_what_is_no_wish_is_refused(sqlite_hub: Hub, body: bytes) -> None:
    answer = create_app(sqlite_hub).test_client().post("/pieces", data=body)
    assert (answer.status_code, answer.json) == (400, {"error": "malformed-wishes"})


def test_wishes_that_are_too_long_are_refused_unread(client: FlaskClient) -> None:
    assert client.post("/pieces", data=b"x" * (MAX_REQUESTS_BYTES + 1)).status_code == 413


def test_no_more_answers_go_out_than_the_hub_can_send(sqlite_hub: Hub) -> None:
    client, asked = create_app(sqlite_hub).test_client(), write_requests([BlobRequest("0" * 64)])
    sqlite_hub.delivery.doors = ConcurrencyLimit(1)
    first = client.post("/pieces", data=asked, buffered=False)
    full = client.post("/pieces", data=asked)
    assert (full.status_code, full.headers["Retry-After"]) == (503, "120")
    first.close()
    assert client.post("/pieces", data=asked).status_code == 200


def test_an_upload_of_two_gigabytes_is_refused_before_it_is_read(sqlite_hub: Hub) -> None:
    with served(sqlite_hub) as (host, port):
        for path in ("/x", "/join", "/sign-in", "/courses/publish"):
            line = http.client.HTTPConnection(host, port, timeout=10)
            line.putrequest("POST", path)
            line.putheader("Content-Length", str(2 * GIGABYTE))
            line.endheaders()
            # Not one byte of the body is sent, and still the answer comes.
            assert line.getresponse().status == 413, path
            line.close()


def test_only_who_is_logged_in_may_upload_a_course(sqlite_hub: Hub) -> None:
    account(sqlite_hub, "admin")
    app = create_app(sqlite_hub)
    app.config["WTF_CSRF_ENABLED"] = False
    browser = app.test_client()
    browser.post("/log-in", data={"name": "admin", "password": PASSWORD})
    cookie = browser.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    stranger = f"{cookie.key}=eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb"
    with served(sqlite_hub) as (host, port):
        for header, refused in ((f"{cookie.key}={cookie.value}", False), (stranger, True)):
            # A refusal comes quickly; a server that waits for the body sends nothing.
            line = http.client.HTTPConnection(host, port, timeout=30 if refused else 1)
            line.putrequest("POST", "/courses/new")
            line.putheader("Content-Length", "100000000")
            line.putheader("Cookie", header)
            line.endheaders()
            if refused:
                assert line.getresponse().status == 413
            else:
                with pytest.raises(TimeoutError):  # it waits for the body
                    line.getresponse()
            line.close()


def test_a_long_body_without_a_length_is_cut_off(sqlite_hub: Hub) -> None:
    with served(sqlite_hub) as (host, port), socket.create_connection((host, port), 10) as line:
        line.sendall(b"POST /join HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
        line.sendall(chunk)
        assert line.recv(200).startswith(b"HTTP/1.1 413 ")


def test_a_real_server_serves_a_node_and_a_slow_one_holds_nobody_up(sqlite_hub: Hub) -> None:
    station = join_station(sqlite_hub, "110101001")
    raw = station.request(station.seal(study("L1", 0, 30)))
    with served(sqlite_hub) as (host, port):
        slow = [socket.create_connection((host, port), 10) for _ in range(20)]
        for line in slow:
            line.sendall(b"POST /x HTTP/1.1\r\nHost: hub\r\nContent-Length: 900\r\n\r\nX")
        # None of these requests ever ends: a server that waited for one would wait for ever.
        node = http.client.HTTPConnection(host, port, timeout=PATIENCE_S)
        node.request("POST", "/x", raw)
        answer = node.getresponse().read()
        assert station.open(answer).held == 1
        for connection in slow:
            connection.close()
        node.close()
