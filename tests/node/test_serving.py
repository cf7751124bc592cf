from __future__ import annotations

import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from node.config import Config
from node.store import tries
from node.web.serve import add_play_server, make_node_server


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    """The node's own server, serving."""
    config = Config(data=app.extensions["xuezhan.machine"].config.data, host="127.0.0.1", port=0)
    server = make_node_server(app, config)
    thread = threading.Thread(target=_run, args=(server,))
    thread.start()
    yield int(server.effective_port)
    server.close()
    thread.join()


def _run(server: object) -> None:
    with suppress(OSError):  # closed under it
        server.run()  # type: ignore[attr-defined]


def exchange(port: int, request: str) -> tuple[bytes, bool]:
    """What came, and whether the server then hung up."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=5)) as line:
        line.sendall(request.encode())
        came = line.recv(65_536)
        line.settimeout(0.3)
        try:
            while more := line.recv(65_536):
                came += more
        except TimeoutError:
            return came, False
        return came, True


def test_an_answer_to_a_script_closes_its_connection(port: int) -> None:
    came, closed = exchange(
        port, "POST /api/study HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n\r\n{}"
    )
    assert b"Connection: close" in came
    assert closed


def test_a_page_keeps_its_connection_for_the_next_file(port: int) -> None:
    came, closed = exchange(port, "GET /sign-in HTTP/1.1\r\nHost: n\r\n\r\n")
    assert came.startswith(b"HTTP/1.1 200")
    assert not closed


def test_the_server_does_not_say_what_it_is(port: int) -> None:
    came, _ = exchange(port, "GET /ping HTTP/1.1\r\nHost: n\r\n\r\n")
    assert b"Server:" not in came


def test_two_gigabytes_are_refused_before_they_are_read(port: int) -> None:
    came, _ = exchange(
        port, "POST /sign-in HTTP/1.1\r\nHost: n\r\nContent-Length: 2147483648\r\n\r\n"
    )
    assert came.startswith(b"HTTP/1.1 413")


def test_a_page_that_meets_a_failing_disk_says_so_in_words(
    keeper: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(conn: sqlite3.Connection, limit: int) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(tries, "newest", fail)
    answer = keeper.get("/keeper/sync")
    assert answer.status_code == 503
    assert "磁盘读写出错" in answer.text


def test_an_address_that_takes_no_such_method_is_a_page_in_words(browser: FlaskClient) -> None:
    answer = browser.get("/sign-out")
    assert answer.status_code == 404
    assert "没有找到" in answer.text


def test_the_node_serves_on_where_its_second_port_is_taken(app: Flask, config: Config) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        here = replace(config, host="127.0.0.1", port=0, play_port=taken.getsockname()[1])
        server = make_node_server(app, here)
        assert add_play_server(server, app, here) == 0
    thread = threading.Thread(target=_run, args=(server,))
    thread.start()
    try:
        came, _hung_up = exchange(int(server.effective_port), "GET /ping HTTP/1.0\r\n\r\n")
        assert came.endswith(b"ok")
    finally:
        server.close()
        thread.join()
