"""node.web.sending: the kernel sends files, in parts, and nothing else changes."""

from __future__ import annotations

import io
import os
import socket
from pathlib import Path

import pytest
from flask import Flask, Response, request
from werkzeug.wsgi import wrap_file

from node.config import Config
from node.web.sending import PART_BYTES, SentFile, _Span
from node.web.serve import make_node_server
from tests.serving import running

FILM = os.urandom(3 * PART_BYTES + 17)


def test_a_file_is_handed_out_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(FILM)
    with (tmp_path / "film").open("rb") as file:
        file.seek(5)
        sent = SentFile(file)
        assert sent.prepare(None) == len(FILM) - 5
        assert sent.get(1 << 20) == _Span(file.fileno(), 5, PART_BYTES)
        sent.skip(100)
        assert sent.get(1_000) == _Span(file.fileno(), 105, 1_000)
        assert sent.remain == len(FILM) - 105


def test_what_is_no_file_is_handed_out_as_bytes() -> None:
    sent = SentFile(io.BytesIO(b"0123456789"))
    assert sent.prepare(None) == 10
    assert sent.get(4) == b"0123"
    assert sent.get(4) == b"0123"
    sent.skip(4)
    assert sent.get(100) == b"456789"


def _app(film: Path) -> Flask:
    app = Flask(__name__)

    @app.get("/film")
    def _film() -> Response:
        answer = Response(wrap_file(request.environ, film.open("rb")), direct_passthrough=True)
        answer.content_length = film.stat().st_size
        return answer

    @app.get("/ping")
    def _ping() -> str:
        return "pong"

    return app


def _ask(port: int, path: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        came = b"".join(iter(lambda: line.recv(1 << 16), b""))
    return came.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("kernel", [True, False], ids=["sendfile", "copied"])
def test_every_viewer_gets_the_whole_film_and_pages_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kernel: bool
) -> None:
    if not kernel:
        monkeypatch.delattr("os.sendfile")
    (tmp_path / "film").write_bytes(FILM)
    server = make_node_server(_app(tmp_path / "film"), Config(tmp_path, host="127.0.0.1", port=0))
    with running(server) as port:
        # One that takes nothing, and one that hangs up in the middle.
        with socket.create_connection(("127.0.0.1", port), 10) as idle:
            idle.sendall(b"GET /film HTTP/1.1\r\nHost: x\r\n\r\n")
            with socket.create_connection(("127.0.0.1", port), 10) as leaving:
                leaving.sendall(b"GET /film HTTP/1.1\r\nHost: x\r\n\r\n")
                leaving.recv(1_000)
            for _ in range(3):
                assert _ask(port, "/film") == FILM
                assert _ask(port, "/ping") == b"pong"
