import http.client
import socket
import sqlite3
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from waitress.server import create_server

from content.model.course import Course
from content.packs.pack import seal_manifest
from node.runtime import NodeRuntime
from node.store import courses
from tests.node.conftest import HUB_KEY, LEARNER, PIN, START
from tests.serving import PATIENCE_S, running

FILM_BYTES = bytes(range(256)) * 400


def sha_of(course: Course, item: str) -> str:
    ref = course.item(item).file
    assert ref is not None
    return ref.sha256


@pytest.fixture
def film(course: Course) -> str:
    return f"/media/{sha_of(course, 'film')}"


def test_a_film_is_served_whole_with_its_type_and_name(learner: FlaskClient, film: str) -> None:
    answer = learner.get(film)
    assert answer.status_code == 200
    assert answer.data == FILM_BYTES
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cache-Control"].startswith("private")


def test_a_range_is_answered_with_206_and_just_those_bytes(learner: FlaskClient, film: str) -> None:
    answer = learner.get(film, headers={"Range": "bytes=1000-1999"})
    assert answer.status_code == 206
    assert answer.data == FILM_BYTES[1000:2000]
    assert answer.headers["Content-Range"] == f"bytes 1000-1999/{len(FILM_BYTES)}"
    assert answer.headers["Content-Length"] == "1000"


def test_a_range_beyond_the_end_is_answered_with_416(learner: FlaskClient, film: str) -> None:
    answer = learner.get(film, headers={"Range": "bytes=999999-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(FILM_BYTES)}"
    assert answer.data == b""


def test_head_says_the_same_without_the_bytes(learner: FlaskClient, film: str) -> None:
    answer = learner.head(film, headers={"Range": "bytes=0-99"})
    assert answer.status_code == 206
    assert answer.headers["Content-Length"] == "100"
    assert answer.data == b""


def test_a_file_that_the_browser_has_is_not_sent_again(learner: FlaskClient, film: str) -> None:
    etag = learner.head(film).headers["ETag"]
    answer = learner.get(film, headers={"If-None-Match": etag})
    assert answer.status_code == 304
    assert answer.data == b""


def test_if_range_with_another_etag_gets_the_whole(learner: FlaskClient, film: str) -> None:
    answer = learner.get(film, headers={"Range": "bytes=5-", "If-Range": '"old"'})
    assert answer.status_code == 200
    assert len(answer.data) == len(FILM_BYTES)


def test_who_is_not_signed_in_gets_nothing(browser: FlaskClient, film: str) -> None:
    assert browser.get(film).status_code == 401


def test_only_files_of_installed_courses_are_served(
    learner: FlaskClient, runtime: NodeRuntime, film: str
) -> None:
    stray = runtime.blobs.add_bytes(b"a manifest, or what is half fetched")
    assert learner.get(f"/media/{stray}").status_code == 404
    runtime.store.write(lambda conn: courses.unwant(conn, "food"))
    assert learner.get(film).status_code == 404


@pytest.mark.parametrize("name", ["..%2f..%2fnode.db", "0" * 64, "a", "%00", "F" * 64])
def test_no_name_leads_out_of_the_blobs(learner: FlaskClient, name: str) -> None:
    assert learner.get(f"/media/{name}").status_code == 404


def test_a_page_is_not_served_bare(learner: FlaskClient, course: Course) -> None:
    assert learner.get(f"/media/{sha_of(course, 'notes')}").status_code == 404


# Too much for the buffers between two sockets: a client that does not read blocks the answer.
LONG_FILM_BYTES = 24_000_000
THREADS, SLOW_READERS = 3, 12


def install_long_film(runtime: NodeRuntime, course: Course, folder: Path) -> str:
    path = folder / "long.mp4"
    with path.open("wb") as file:
        file.truncate(LONG_FILM_BYTES)
    ref = runtime.blobs.add_file(path, "long.mp4")
    long = replace(course, version=2, items=(replace(course.items[0], file=ref),))
    manifest = seal_manifest(long, HUB_KEY)
    sha = runtime.blobs.add_bytes(manifest)
    wanted = courses.WantedCourse(course.id, 2, sha, len(manifest), course.title, START)

    def install(conn: sqlite3.Connection) -> None:
        courses.want(conn, wanted)
        courses.install(conn, wanted, manifest, START)

    runtime.store.write(install)
    return ref.sha256


def sign_in(port: int) -> str:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    line.request(
        "POST",
        "/sign-in",
        f"number={LEARNER}&pin={PIN}",
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    cookies = line.getresponse().headers.get_all("Set-Cookie") or []
    line.close()
    return "; ".join(cookie.split(";")[0] for cookie in cookies)


def slow_reader(port: int, sha: str, cookie: str) -> socket.socket:
    """A browser that asks for the film and takes 2 kB of it."""
    reader = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    lines = (f"GET /media/{sha} HTTP/1.1", "Host: x", f"Cookie: {cookie}", "Range: bytes=0-")
    reader.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    assert reader.recv(2048).startswith(b"HTTP/1.1 206")
    return reader


def test_slow_viewers_do_not_hold_the_threads(
    app: Flask, runtime: NodeRuntime, course: Course, tmp_path: Path
) -> None:
    sha = install_long_film(runtime, course, tmp_path)
    server = create_server(app, host="127.0.0.1", port=0, threads=THREADS)
    with running(server) as port, ExitStack() as readers:
        cookie = sign_in(port)
        for _each in range(SLOW_READERS):
            readers.enter_context(slow_reader(port, sha, cookie))
        # None of them ever reads on: a server that waited for one would wait for ever.
        for _again in range(5):
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
            line.request("GET", "/ping")
            assert line.getresponse().read() == b"ok"
            line.close()
