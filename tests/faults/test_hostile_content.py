"""Hostile zips, sticks, bodies and carriers: refused early, by name, and nobody else waits.

At full size: ``python -m tests.faults.hostile``.
"""

from __future__ import annotations

import gzip
import http.client
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from content.model.errors import ContentFaults
from content.transfer.releases import MAX_BUNDLE_BYTES
from content.transfer.stick_folder import Stick
from hub.intake import proofs, stick_carrier
from hub.intake.errors import NotAProof, NotAReceipt
from hub.web.app import create_app
from node.config import Config
from node.courses.trust_errors import UntrustedRelease
from node.errors import HubRefused, LineError, NodeError, NotTheHub
from node.link import http_client as lines
from node.link.http_client import HubConnection
from node.runtime import NodeRuntime
from node.web.app import create_app as create_node_app
from node.web.serve import make_node_server
from tests.faults.bombs import bombs, measured
from tests.faults.hostile import HUB_DOORS, ask_politely, crowd, drippers, look, push
from tests.faults.releases import CODE, Lab, fault, names, publish_page
from tests.lab import joined, running_hub
from tests.serving import running

MB = 1_000_000


def test_zips_that_mean_harm_are_refused_at_once_and_leave_nothing(tmp_path: Path) -> None:
    into, outside = tmp_path / "in", tmp_path / "zips"
    into.mkdir()
    outside.mkdir()
    for name, raw in bombs():
        (outside / f"{name}.zip").write_bytes(raw)
    zips = sorted(outside.iterdir())
    report = measured(into, *zips)
    assert report["peak_mb"] < 100
    for result in report["said"]:
        assert result["cpu_s"] < 2, result
        # Recognising a file does not yet take it in.
        assert result["codes"] or result["way"] == "recognise", result
    assert len(report["said"]) == 4 * len(zips)
    assert sorted(outside.iterdir()) == zips
    assert [path for path in into.rglob("*") if path.is_file()] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "zips"]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with too many files: made once, and put onto a stick under each name."""
    root = tmp_path_factory.mktemp("crowd")
    crowd(root, 21_000)
    return root / "xuezhan" / "to-hub"


@pytest.fixture(params=["to-hub", "blobs", "wants", "trust"])
def crowded_folder(
    request: pytest.FixtureRequest, crowded: Path, tmp_path: Path
) -> Iterator[tuple[Path, str]]:
    """A stick, and the name of its crowded folder."""
    inside = tmp_path / "usb" / "xuezhan"
    inside.mkdir(parents=True)
    crowded.rename(inside / request.param)
    yield tmp_path / "usb", request.param
    (inside / request.param).rename(crowded)


def test_a_stick_with_tens_of_thousands_of_files_is_not_read_to_the_end(
    lab: Lab, crowded_folder: tuple[Path, str]
) -> None:
    usb, folder = crowded_folder
    if folder == "to-hub":
        assert look(usb) < 2
    with Stick(usb) as stick, suppress(ContentFaults):
        if folder == "trust":
            assert stick.trust() == b""  # read by its one name, without a list of the folder
        else:
            with pytest.raises(Exception, match="more than 20000 entries"):
                stick_carrier.import_from(lab.hub, stick)
    there = NodeRuntime.open(lab.config)
    if folder == "blobs":
        there.courier.sync()
    with suppress(NodeError):
        there.stick.import_from(usb)
    assert names(there) == {}
    there.close()


def test_an_older_stick_takes_nothing_back(lab: Lab, tmp_path: Path) -> None:
    usb, older = tmp_path / "usb", tmp_path / "older"
    usb.mkdir()
    there = NodeRuntime.open(replace(lab.config, hub_url="http://127.0.0.1:9"))
    for version in (1, 2):
        publish_page(lab.hub, "a", version)
        there.stick.export_to(usb)
        with Stick(usb) as stick:
            stick_carrier.import_from(lab.hub, stick)
        if version == 1:
            shutil.copytree(usb, older)
            assert there.stick.import_from(usb).journey.courses == 1
    assert there.stick.import_from(usb).journey.courses == 1
    assert names(there) == {"a": 2}
    assert there.stick.import_from(older).journey.courses == 0
    assert names(there) == {"a": 2}
    # The order is newer than the list: what is wanted is not in it.
    publish_page(lab.hub, "a", 3)
    there.stick.export_to(usb)
    with Stick(usb) as stick:
        stick_carrier.import_from(lab.hub, stick)
    shutil.copy(older / "xuezhan/trust/releases.xzr", usb / "xuezhan/trust/releases.xzr")
    assert there.stick.import_from(usb).journey.courses == 0
    assert fault(there) in ("release-rolled-back", "release-unknown")
    assert names(there) == {"a": 2}
    there.close()


def test_a_stick_of_another_hub_brings_nothing(lab: Lab, tmp_path: Path) -> None:
    usb, theirs = tmp_path / "usb", tmp_path / "theirs"
    usb.mkdir()
    theirs.mkdir()
    publish_page(lab.hub, "a")
    there = NodeRuntime.open(replace(lab.config, hub_url="http://127.0.0.1:9"))
    there.stick.export_to(usb)
    with Stick(usb) as stick:
        stick_carrier.import_from(lab.hub, stick)
    with running_hub(tmp_path / "other") as (other, port):
        publish_page(other, "a")
        stranger = NodeRuntime.open(
            replace(joined(tmp_path / "stranger", other, port, CODE), hub_url="http://127.0.0.1:9")
        )
        stranger.stick.export_to(theirs)
        with Stick(theirs) as stick:
            stick_carrier.import_from(other, stick)
        stranger.close()
    for name in ("trust/releases.xzr", "blobs"):
        mine, other_one = usb / "xuezhan" / name, theirs / "xuezhan" / name
        if mine.is_dir():
            shutil.rmtree(mine)
            shutil.copytree(other_one, mine)
        else:
            shutil.copy(other_one, mine)
    done = there.stick.import_from(usb)
    assert (done.journey.courses, names(there)) == (0, {})
    there.close()


@pytest.mark.parametrize("path", HUB_DOORS)
def test_a_body_without_an_end_is_cut_off_at_every_door_of_the_hub(lab: Lab, path: str) -> None:
    port = int(lab.config.hub_url.rpartition(":")[2])
    pushed = push("127.0.0.1", port, path, 400 * MB)
    assert pushed.sent < 40 * MB
    assert pushed.status in (413, 0)
    ask_politely(port)


def test_a_body_without_an_end_is_cut_off_at_a_stations_door(lab: Lab) -> None:
    there = NodeRuntime.open(lab.config)
    with at_work(there) as port:
        for path in ("/api/exam/answer", "/relay", "/pieces", "/sign-in"):
            pushed = push("127.0.0.1", port, path, 400 * MB)
            assert pushed.sent < 40 * MB
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            line.request("GET", "/ping")
            assert line.getresponse().status == 200
            line.close()
    there.close()


@contextmanager
def at_work(there: NodeRuntime) -> Iterator[int]:
    with running(make_node_server(create_node_app(there), replace(there.config, port=0))) as port:
        yield port


def test_who_sends_a_byte_a_second_holds_nobody_up(lab: Lab) -> None:
    port = int(lab.config.hub_url.rpartition(":")[2])
    with drippers("127.0.0.1", port, "/x", 40), drippers("127.0.0.1", port, "/join", 20):
        for _ in range(20):
            ask_politely(port)
        there = lab.synced()
    there.close()


def test_compressed_bodies_are_not_unpacked_for_strangers(lab: Lab) -> None:
    bomb = gzip.compress(bytes(100 * MB), 1)
    port = int(lab.config.hub_url.rpartition(":")[2])
    for path in ("/x", "/join", "/pieces"):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        line.request("POST", path, bomb[:1_000], {"Content-Encoding": "gzip"})
        answer = line.getresponse()
        assert answer.status in (400, 403), path
        line.close()


def test_files_of_brackets_are_refused_by_name() -> None:
    deep = "[" * 100_000
    with pytest.raises(NotAProof):
        proofs.read(deep)
    with pytest.raises(NotAReceipt):
        proofs.read_receipts('{"receipts":' + deep)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 20_000])
def test_pages_of_the_hub_refuse_brackets(lab: Lab, text: str) -> None:
    browser = create_app(lab.hub).test_client()
    for path in ("/log-in", "/join", "/x", "/pieces"):
        assert browser.post(path, data=text, content_type="application/json").status_code < 500


@contextmanager
def saying(*pieces: bytes, every_s: float = 0.0) -> Iterator[str]:
    """A server that answers every request with these pieces, one after the other."""
    door, stop = socket.create_server(("127.0.0.1", 0)), threading.Event()
    door.settimeout(0.2)

    def serve() -> None:
        while not stop.is_set():
            try:
                line, _ = door.accept()
            except OSError:
                continue
            with line, suppress(OSError):
                line.recv(65_536)
                for piece in pieces:
                    line.sendall(piece)
                    if every_s and stop.wait(every_s):
                        break

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
    finally:
        stop.set()
        thread.join(5)
        door.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n"


def test_a_carrier_that_gives_a_byte_now_and_then_is_left(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "PATIENCE_S", 0.2)
    monkeypatch.setattr(lines, "SLOWEST_BYTES_PER_S", 10_000)
    with saying(OK % 100_000, *[b"x"] * 2_000, every_s=0.01) as url, HubConnection(url) as line:
        _, _, pieces = line.get("/trust", 0)
        with pytest.raises(LineError, match="too slow"):
            b"".join(pieces)
        with pytest.raises(LineError, match="too slow"):
            b"".join(line.stream("/pieces", b""))


@pytest.mark.parametrize(
    "answer",
    [
        OK % 5 + b"hello",
        OK % (MAX_BUNDLE_BYTES + 1),
        OK % (10 * 1_000_000_000) + bytes(1_000_000),
        OK % 100 + b"cut",
        b"HTTP/1.1 200 OK\r\n\r\n" + bytes(100),
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 X\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n"
        + b"[" * 2_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x00" * 500,
        b"",
    ],
)
def test_whatever_a_relay_or_mirror_answers_nothing_is_installed(lab: Lab, answer: bytes) -> None:
    publish_page(lab.hub, "a")
    there = lab.synced()
    config: Config = there.config
    there.close()
    with saying(answer) as url:
        there = NodeRuntime.open(replace(config, hub_url=url, relay_url=url))
        with pytest.raises((UntrustedRelease, NotTheHub, HubRefused, LineError)):
            there.courier.fetch_content()
        assert names(there) == {}
        there.close()
    there = NodeRuntime.open(config)
    assert there.courier.fetch_content() == 1
    there.close()
