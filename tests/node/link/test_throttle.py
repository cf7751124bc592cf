from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import LineError
from node.link.http_client import HEAD_BYTES, HubConnection
from node.link.throttle import LEAST_PIECE_BYTES, MOST_PIECE_BYTES, Bucket, Throttle
from tests.faults.proxy import whole


class VirtualClock:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@given(
    st.floats(1_000, 1e6),
    st.lists(st.tuples(st.integers(1, 20_000), st.floats(0, 2)), min_size=1, max_size=60),
)
def test_in_any_stretch_no_more_passes_than_the_rate_and_a_piece(
    rate: float, pieces: list[tuple[int, float]]
) -> None:
    bucket, now, passed = Bucket(rate), 0.0, list[tuple[float, int]]()
    for size, pause in pieces:
        now += pause
        now += bucket.take(size, now)
        passed.append((now, size))
    for first in range(len(passed)):
        for last in range(first, len(passed)):
            span = passed[last][0] - passed[first][0]
            before_last = sum(size for _, size in passed[first:last])
            assert before_last <= rate * span * 1.000_001 + 1e-3


def test_a_pause_saves_nothing_up() -> None:
    bucket = Bucket(1_000)
    assert bucket.take(500, 0) == 0
    assert bucket.take(500, 3_600) == 0
    assert bucket.take(500, 3_600) == 0.5


def test_no_rate_is_no_limit_and_a_new_rate_counts_from_now() -> None:
    bucket = Bucket()
    assert [bucket.take(10**9, 0) for _ in range(3)] == [0, 0, 0]
    bucket.set(1_000)
    bucket.take(100_000, 0)
    assert bucket.take(1, 0) == 100
    bucket.set(2_000)
    assert bucket.take(1, 0) == 0


def test_the_strictest_of_several_rates_counts_and_the_bytes_count_for_all() -> None:
    clock, line, content = VirtualClock(), Bucket(8_000), Bucket(1_000)
    both = Throttle((line, content), clock, clock.sleep)
    began = clock.now
    for _ in range(11):
        both.send(1_000)
    assert clock.now - began == pytest.approx(10)
    assert both.bytes_per_s == 1_000


def test_connections_share_what_the_keeper_allows() -> None:
    clock, line = VirtualClock(), Bucket(8_000)
    records, content = (Throttle((line,), clock, clock.sleep) for _ in range(2))
    began = clock.now
    for _ in range(20):
        records.send(1_000)
        content.receive(1_000)
    assert clock.now - began == pytest.approx(39 / 8)


@pytest.mark.parametrize(
    ("rate", "piece"), [(0, MOST_PIECE_BYTES), (1_000, LEAST_PIECE_BYTES), (40_000, 10_000)]
)
def test_a_piece_is_soon_through(rate: int, piece: int) -> None:
    assert Throttle((Bucket(rate),)).piece_bytes == piece


@contextmanager
def answering(answer: Callable[[bytes], bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """Takes whole requests at the address that this gives, and answers each."""
    requests: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    requests.append(whole(peer))
                    reply = answer(requests[-1].partition(b"\r\n\r\n")[2])
                    status = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                    try:
                        peer.sendall(status % len(reply) + reply)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", requests
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_a_limit_holds_both_ways_over_a_real_connection() -> None:
    clock, bucket = VirtualClock(), Bucket(8_000)
    body, came = bytes(range(256)) * 100, b"x" * 50_000
    with answering(lambda _: came) as (url, requests):
        line = HubConnection(url, throttle=Throttle((bucket,), clock, clock.sleep))
        with line:
            began = clock.now
            assert line.post("/x", body, 100_000) == came
            took_s = clock.now - began
    carried = HEAD_BYTES + len(body) + len(came)
    # The last piece passes when its turn comes, not when its time has run out.
    assert 0 <= carried / 8_000 - took_s <= MOST_PIECE_BYTES / 8_000
    assert requests[0].endswith(b"\r\n\r\n" + body)
    assert b"Content-Length: %d\r\n" % len(body) in requests[0]
    assert b"chunked" not in requests[0]


def settled(count: Callable[[], int]) -> int:
    """The count once it has not changed for a while."""
    last = -1
    while last != (last := count()):
        time.sleep(0.1)
    return last


def test_a_paced_reader_holds_the_sender_up() -> None:
    """The sender cannot run far ahead of what was let through: the system buffers little."""
    sent, film = [0], bytes(1_000_000)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        # A small buffer at the sender too, so that the bytes sent are the bytes received.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                whole(peer)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(film))
                try:
                    for begin in range(0, len(film), 1_000):
                        peer.sendall(film[begin : begin + 1_000])
                        sent[0] += 1_000
                except OSError:
                    pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with HubConnection(url, throttle=Throttle((Bucket(8_000),))) as line:
            _, total, pieces = line.get("/blob/x", 0)
            assert total == len(film)
            got = len(next(pieces))
            ahead = settled(lambda: sent[0]) - got
            assert isinstance(pieces, Generator)
            pieces.close()
        thread.join(5)
    assert ahead < 40_000


def test_a_body_that_takes_longer_than_a_connection_may_is_sent_all_the_same() -> None:
    """The connect timeout limits each piece of the body, not the whole."""
    body = bytes(24_000)
    with answering(lambda _: b"ok") as (url, requests):
        throttle = Throttle((Bucket(40_000),))
        with HubConnection(url, throttle=throttle, connect_s=0.2) as line:
            assert line.post("/x", body, 100) == b"ok"
    assert requests[0].endswith(body)


def test_a_small_body_without_a_limit_goes_out_at_once() -> None:
    with answering(lambda body: body) as (url, requests), HubConnection(url) as line:
        assert line.post("/x", b"small", 100) == b"small"
        assert requests[0].splitlines()[:2] == [
            b"POST /x HTTP/1.1",
            b"Host: " + url.removeprefix("http://").encode(),
        ]


def test_a_node_that_stops_does_not_wait_for_a_slow_transfer() -> None:
    def stopped(_seconds: float) -> None:
        raise LineError("the node stops")

    with answering(lambda body: body) as (url, _):
        throttle = Throttle((Bucket(1_000),), sleep=stopped)
        with HubConnection(url, throttle=throttle) as line, pytest.raises(LineError, match="stops"):
            line.post("/x", bytes(50_000), 100_000)
