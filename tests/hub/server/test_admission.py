from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from random import Random

import pytest

from hub.context.open_hub import Hub
from hub.context.visit_schedule import SLOT_S, Capacity, VisitSchedule, work_of
from hub.server.admission import EARLY_S, LATE_S, REFUSAL_WORK, AdmissionControl, Refusal
from hub.server.http_server import make_server
from tests.hub.conftest import join_station, study
from tests.serving import running

NOW = 1_795_000_000
CAPACITY = Capacity(per_s=10)
WHOLE = CAPACITY.per_slot
IDLE = 260


def new(capacity: Capacity = CAPACITY) -> AdmissionControl:
    return AdmissionControl(VisitSchedule(capacity, Random(5)))


def crowd(door: AdmissionControl, now: int, count: int, credentials: str = "") -> list[Refusal]:
    """The refusals of ``count`` idle requests."""
    answers = [door.admit(now, IDLE, credentials) for _ in range(count)]
    return [answer for answer in answers if answer is not None]


def test_everybody_is_let_in_while_there_is_room() -> None:
    assert crowd(new(), NOW, 40) == []


def test_what_is_let_in_and_what_it_costs_to_refuse_is_never_more_than_the_hub_carries() -> None:
    door, dice = new(), Random(2)
    tickets: list[tuple[int, str]] = []
    for slot in range(100):
        spent = 0.0
        for second in range(NOW + slot * SLOT_S, NOW + (slot + 1) * SLOT_S):
            due = [ticket for at, ticket in tickets if at <= second]
            tickets = [(at, ticket) for at, ticket in tickets if at > second]
            for credentials in due + [""] * dice.randrange(12):
                n_bytes = dice.choice((IDLE, 900, 3_000))
                refusal = door.admit(second, n_bytes, credentials)
                spent += REFUSAL_WORK if refusal else work_of(n_bytes)
                if refusal:
                    tickets.append((second + refusal.again_s, refusal.ticket))
        assert spent <= WHOLE


def test_a_refusal_names_a_time_and_a_ticket_that_lets_in_before_others() -> None:
    door = new()
    refused = crowd(door, NOW, 200)
    times = [NOW + refusal.again_s for refusal in refused]
    assert times == sorted(times)
    assert times[-1] > times[0] + 10
    at, ticket = times[0], refused[0].ticket
    newcomers = crowd(door, at, 200)
    assert len(newcomers) > 150
    assert door.admit(at, IDLE, ticket) is None


def test_a_ticket_holds_a_little_early_and_for_a_minute_late() -> None:
    for off, good in ((-EARLY_S, True), (0, True), (LATE_S, True), (LATE_S + SLOT_S, False)):
        door = new(Capacity(per_s=100))
        crowd(door, NOW, 30_000)  # whoever has no ticket has to wait for minutes
        due = NOW + 100
        crowd(door, due + off, 100)  # and no capacity was left over
        assert (door.admit(due + off, IDLE, str(due % 100_000)) is None) is good


def test_who_comes_much_before_its_slot_is_sent_back_to_the_same_one() -> None:
    door = new()
    refusal = crowd(door, NOW, 300)[-1]
    crowd(door, NOW + 5, 100)
    again = door.admit(NOW + 5, IDLE, refusal.ticket)
    assert again == Refusal(refusal.again_s - 5, refusal.ticket)


def test_who_has_a_ticket_for_a_full_interval_comes_again_soon_and_not_last() -> None:
    door = new()
    refused = crowd(door, NOW, 1_000)
    at = NOW + refused[0].again_s
    soon = crowd(door, at, 100, refused[0].ticket)[0]
    assert soon.again_s < 60 < refused[-1].again_s


@pytest.mark.parametrize("credentials", ["x", "u-1", "123456", "１２", "u" * 9, "1 2", "u1e3"])
def test_a_made_up_plea_is_none(credentials: str) -> None:
    door = new()
    crowd(door, NOW, 1_000)
    refusal = door.admit(NOW, IDLE, credentials)
    assert refusal is not None
    assert refusal.again_s > 30


def test_exam_results_are_let_in_before_others_once_they_are_known_to_come() -> None:
    door = new()
    waits: dict[str, list[int]] = {"": [], "u": []}
    for second in range(NOW, NOW + 120):
        for credentials in ("", "", "", "u"):
            refusal = door.admit(second, 1_700, credentials)
            if second > NOW + 30:
                waits[credentials].append(refusal.again_s if refusal else 0)
    assert sum(waits["u"]) / len(waits["u"]) < sum(waits[""]) / len(waits[""]) / 2


def test_nobody_is_let_in_while_too_many_wait_for_a_thread() -> None:
    door = new()
    assert door.admit(NOW, IDLE, "", waiting=1_000) is not None
    assert door.admit(NOW, IDLE, "", waiting=0) is None


def test_a_request_of_many_intervals_is_let_in_and_those_that_follow_pay_for_it() -> None:
    door = new()
    assert door.admit(NOW, 1_000_000, "") is None
    assert door.admit(NOW + 20, IDLE, "") is not None
    assert door.admit(NOW + 40, IDLE, "") is None


def test_a_clock_that_was_set_back_closes_the_door_to_nobody() -> None:
    door = new()
    crowd(door, NOW, 1_000)
    assert door.admit(NOW - 86_400, IDLE, "") is None


@contextmanager
def serving(hub: Hub, capacity: Capacity) -> Iterator[tuple[str, int]]:
    """``hub`` on a free port of loopback, with the capacity given."""
    config = replace(hub.config, host="127.0.0.1", port=0, threads=2)
    with running(make_server(replace(hub, config=config, slots=VisitSchedule(capacity)))) as port:
        yield "127.0.0.1", port


def admit(address: tuple[str, int], head: str, body: bytes = b"") -> bytes:
    """Send, and read until the other side hangs up."""
    with socket.create_connection(address, timeout=10) as line:
        line.sendall(f"POST /x HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n".encode() + body)
        got = b""
        with suppress(ConnectionResetError):
            while piece := line.recv(4_096):
                got += piece
    return got


# In the first interval of 5 units, one request with records is let in and spends almost all.
TINY = Capacity(per_s=1)


def fill(hub: Hub, address: tuple[str, int]) -> None:
    """A station brings records; after that there is no room for more."""
    station = join_station(hub, "110101001")
    raw = station.request(station.seal(*(study(f"L{n}", 0, 9 + n) for n in range(300))))
    assert len(raw) > 900
    head = f"Content-Length: {len(raw)}\r\nConnection: close"
    assert admit(address, head, raw).startswith(b"HTTP/1.1 200")


def test_headers_without_bodies_close_the_door_to_nobody(sqlite_hub: Hub) -> None:
    with serving(sqlite_hub, TINY) as address, ExitStack() as lines:
        for n_bytes in (9_000, 2_000_000) * 10:
            line = lines.enter_context(socket.create_connection(address, timeout=10))
            line.sendall(f"POST /x HTTP/1.1\r\nContent-Length: {n_bytes}\r\n\r\n".encode())
        fill(sqlite_hub, address)


def test_junk_that_was_refuted_closes_the_door_to_nobody(sqlite_hub: Hub) -> None:
    with serving(sqlite_hub, TINY) as address:
        answer = admit(address, "Content-Length: 9000\r\nConnection: close", bytes(9_000))
        assert answer.startswith(b"HTTP/1.1 403")
        fill(sqlite_hub, address)


def test_a_full_hub_answers_in_a_hundred_bytes_and_hangs_up(sqlite_hub: Hub) -> None:
    with serving(sqlite_hub, TINY) as address:
        fill(sqlite_hub, address)
        answer = admit(address, "Content-Length: 9000", bytes(9_000))
    head, _, ticket = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 503 Busy"
    again = int(dict(line.split(": ") for line in lines[1:])["Retry-After"])
    assert (sqlite_hub.now() + again) % 100_000 == int(ticket)
    assert len(answer) <= 100


def test_of_a_long_body_nothing_is_read_when_the_hub_is_full(sqlite_hub: Hub) -> None:
    with serving(sqlite_hub, TINY) as address:
        fill(sqlite_hub, address)
        answer = admit(address, "Content-Length: 2000000")  # and not a byte of it
    assert answer.startswith(b"HTTP/1.1 503 Busy")


def test_people_who_read_reports_are_not_kept_at_the_stations_door(sqlite_hub: Hub) -> None:
    with serving(sqlite_hub, TINY) as address:
        fill(sqlite_hub, address)
        with socket.create_connection(address, timeout=10) as line:
            line.sendall(b"GET /login HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert b" 503 " not in line.recv(4_096)
