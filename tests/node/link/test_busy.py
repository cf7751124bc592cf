"""A hub that says "come later": what the line reads in it, and what the courier then does."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from threading import Thread

import pytest

from node.config import Config
from node.courier.timing import NUDGE_S
from node.errors import HubBusy, LineError
from node.exchange.node_keys import make_key
from node.link.http_client import HubConnection
from node.runtime import NodeRuntime
from node.store import journal
from sync.records import Kind
from tests.faults.proxy import whole
from tests.node.conftest import LEARNER, FakeTime, populate


@dataclass
class Canned:
    """Answers each connection with ``answer`` and hangs up; keeps the first lines of requests."""

    answer: bytes = b""
    heard: list[str] = field(default_factory=list)
    url: str = ""

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with line:
                self.heard.append(whole(line).split(b"\r\n")[0].decode())
                line.sendall(self.answer)


def busy(*headers: str, body: bytes = b"", status: str = "503 Busy") -> bytes:
    lines = [f"HTTP/1.1 {status}", "Connection: close", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


@pytest.fixture
def canned() -> Iterator[Canned]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        hub = Canned(url=f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread = Thread(target=hub.serve, args=(listener,), daemon=True)
        thread.start()
        yield hub
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def told(canned: Canned) -> tuple[int, str]:
    with HubConnection(canned.url) as line, pytest.raises(HubBusy, match="status") as fault:
        line.post("/x", b"parcel", 1_000)
    return fault.value.again_s, fault.value.ticket


def test_a_full_hubs_time_and_ticket_are_read(canned: Canned) -> None:
    canned.answer = busy("Retry-After: 312", body=b"12345")
    assert told(canned) == (312, "12345")


@pytest.mark.parametrize(
    ("again", "body", "expected"),
    [
        ("", b"12345", (0, "")),
        ("0", b"", (0, "")),
        ("-5", b"", (0, "")),
        ("7201", b"", (0, "")),
        ("9" * 5_000, b"", (0, "")),
        ("Sat, 21 Nov 2026 04:03:06 GMT", b"", (0, "")),
        ("60", b"<html>wait</html>", (60, "")),
        ("60", b"1&a=2", (60, "")),
        ("60", "１２".encode(), (60, "")),
    ],
)
def test_a_proxys_wish_for_patience_is_bounded_and_its_page_is_no_ticket(
    canned: Canned, again: str, body: bytes, expected: tuple[int, str]
) -> None:
    canned.answer = busy(f"Retry-After: {again}", body=body, status="502 Bad Gateway")
    assert told(canned) == expected


def test_no_connection_is_told_from_an_answer_that_did_not_come(canned: Canned) -> None:
    with HubConnection("http://127.0.0.1:9") as line, pytest.raises(LineError, match="Connection"):
        line.post("/x", b"parcel", 1_000)
    assert not line.reached
    with HubConnection(canned.url) as line, pytest.raises(LineError, match="Connection"):
        line.post("/x", b"parcel", 1_000)
    assert line.reached


@pytest.fixture
def station(config: Config, canned: Canned, pc: FakeTime) -> Iterator[NodeRuntime]:
    """A joined machine whose hub is full."""
    make_key(config.data)
    runtime = NodeRuntime.open(replace(config, hub_url=canned.url), pc.clock())
    populate(runtime)
    yield runtime
    runtime.close()


def hand_in(runtime: NodeRuntime) -> None:
    def store(conn: sqlite3.Connection) -> None:
        numbers = (1, runtime.clock.now(), 90, 0)
        journal.append(
            conn, at=runtime.clock.now(), kind=Kind.EXAM_SUBMIT, learner=LEARNER,
            object="food/exam", numbers=numbers,
        )  # fmt: skip

    runtime.store.write(store)


def test_a_station_that_was_turned_away_comes_with_its_ticket_at_its_time(
    station: NodeRuntime, canned: Canned
) -> None:
    canned.answer = busy("Retry-After: 312", body=b"12345")
    waits = []
    for _ in range(2):
        with pytest.raises(HubBusy, match="503"):
            station.courier.sync()
        courier = station.courier
        waits.append(courier.timing.next_sync_s(900, well=False, chance=0))
    assert canned.heard == ["POST /x HTTP/1.1", "POST /x?12345 HTTP/1.1"]
    assert waits == [312, 312]
    assert station.line().code == "hub-busy"


def test_exam_results_that_wait_are_said_before_they_are_sent(
    station: NodeRuntime, canned: Canned
) -> None:
    canned.answer = busy("Retry-After: 5", body=b"77")
    hand_in(station)
    for _ in range(2):
        with pytest.raises(HubBusy, match="503"):
            station.courier.sync()
    assert canned.heard == ["POST /x?u HTTP/1.1", "POST /x?u77 HTTP/1.1"]


def test_a_gateway_that_gives_no_time_is_a_line_that_failed(
    station: NodeRuntime, canned: Canned
) -> None:
    canned.answer = busy(status="502 Bad Gateway")
    for _ in range(3):
        with pytest.raises(HubBusy, match="502"):
            station.courier.sync()
    courier = station.courier
    assert courier.timing.next_sync_s(900, well=False, chance=0.5) == 120
    assert canned.heard == ["POST /x HTTP/1.1"] * 3


def test_a_station_that_has_a_slot_waits_for_it_whoever_is_impatient(
    station: NodeRuntime, canned: Canned, monkeypatch: pytest.MonkeyPatch
) -> None:
    courier, planned = station.courier, list[float]()
    monkeypatch.setattr(courier, "_plan", lambda job, wait_s: planned.append(wait_s))
    hand_in(station)
    courier.check_submissions()
    assert planned == [NUDGE_S]
    canned.answer = busy("Retry-After: 312", body=b"12345")
    with pytest.raises(HubBusy, match="503"):
        courier.sync()
    hand_in(station)
    courier.check_submissions()
    assert planned == [NUDGE_S]
