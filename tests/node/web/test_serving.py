from __future__ import annotations

import http.client
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from content.transfer import connections
from node.config import Config
from node.runtime import NodeRuntime
from node.store import tries
from node.web import serve
from node.web.serve import OF_ONE_SOURCE, add_play_server, make_node_server
from tests.serving import PATIENCE_S, running
from tests.slow_lines import HEAD, PART, is_closed, slow_lines


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    """The node's own server, serving."""
    config = Config(data=app.extensions["xuezhan.runtime"].config.data, host="127.0.0.1", port=0)
    with running(make_node_server(app, config)) as port:
        yield port


@pytest.fixture
def line(port: int) -> Iterator[socket.socket]:
    """A connection to it."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as line:
        yield line


def ask(line: socket.socket, request: str) -> http.client.HTTPResponse | None:
    """The answer, read to its end; None if the server has hung up."""
    with suppress(ConnectionError):
        line.sendall(request.encode())
        came = http.client.HTTPResponse(line)
        came.begin()
        came.read()
        return came
    return None


PING = "GET /ping HTTP/1.1\r\nHost: n\r\n\r\n"


def test_an_answer_to_a_script_closes_its_connection(line: socket.socket) -> None:
    came = ask(line, "POST /api/study HTTP/1.1\r\nHost: n\r\nContent-Length: 2\r\n\r\n{}")
    assert came is not None
    assert came.headers["Connection"] == "close"
    assert ask(line, PING) is None


def test_a_page_keeps_its_connection_for_the_next_file(line: socket.socket) -> None:
    came = ask(line, "GET /sign-in HTTP/1.1\r\nHost: n\r\n\r\n")
    assert came is not None
    assert came.status == 200
    assert ask(line, PING) is not None


def test_the_server_does_not_say_what_it_is(line: socket.socket) -> None:
    came = ask(line, PING)
    assert came is not None
    assert "Server" not in came.headers


def test_two_gigabytes_are_refused_before_they_are_read(line: socket.socket) -> None:
    came = ask(line, "POST /sign-in HTTP/1.1\r\nHost: n\r\nContent-Length: 2147483648\r\n\r\n")
    assert came is not None
    assert came.status == 413


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
    with running(server) as port, socket.create_connection(("127.0.0.1", port), 30) as line:
        came = ask(line, PING)
    assert came is not None
    assert came.status == 200


def test_the_keeper_reads_which_port_is_not_served(
    keeper: FlaskClient, runtime: NodeRuntime
) -> None:
    assert "没有打开" not in keeper.get("/keeper/").text
    runtime.port_not_served = 8481
    page = keeper.get("/keeper/").text
    assert "端口 8481 没有打开" in page
    assert "让出端口 8481" in page


def test_a_server_notes_the_second_port_that_it_could_not_open(app: Flask) -> None:
    runtime: NodeRuntime = app.extensions["xuezhan.runtime"]
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        number = taken.getsockname()[1]
        here = replace(runtime.config, host="127.0.0.1", port=0, play_port=number)
        with running(serve.open_ports(app, here)):
            assert (runtime.play_port, runtime.port_not_served) == (0, number)


def test_a_server_that_has_both_its_ports_complains_of_none(app: Flask) -> None:
    runtime: NodeRuntime = app.extensions["xuezhan.runtime"]
    with running(serve.open_ports(app, replace(runtime.config, host="127.0.0.1", port=0))):
        assert runtime.play_port
        assert not runtime.port_not_served


@pytest.mark.parametrize("says", [b"", PART, HEAD])
def test_slow_lines_of_one_address_keep_nobody_out(port: int, says: bytes) -> None:
    count = OF_ONE_SOURCE + 20
    with slow_lines(port, "127.0.0.2", count, says) as lines:
        for source in ("127.0.0.1", "127.0.0.2"):
            with socket.create_connection(("127.0.0.1", port), PATIENCE_S, (source, 0)) as line:
                came = ask(line, PING)
                assert came is not None
                assert came.status == 200
        assert all(is_closed(line, PATIENCE_S) for line in lines[:20])
        assert not is_closed(lines[-1], 0)


def test_a_head_that_does_not_come_in_time_is_hung_up_on(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(serve.ALIKE, "cleanup_interval", 0)
    config = Config(data=app.extensions["xuezhan.runtime"].config.data, host="127.0.0.1", port=0)
    with (
        running(make_node_server(app, config)) as port,
        slow_lines(port, "127.0.0.2", 1) as lines,
    ):
        with monkeypatch.context() as at_once:
            at_once.setattr(connections, "HEAD_S", -1.0)
            assert is_closed(lines[0], PATIENCE_S)
        with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as line:
            assert ask(line, PING) is not None
