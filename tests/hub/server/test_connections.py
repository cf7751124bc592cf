from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from content.transfer import connections
from hub.context.open_hub import Hub
from hub.context.visit_schedule import Capacity, VisitSchedule
from hub.server import connections as of_hub
from hub.server import http_server
from hub.server.door import MOST_CHECKS
from tests.hub.conftest import join_station
from tests.serving import PATIENCE_S, running
from tests.slow_lines import HEAD, PART, is_closed, slow_lines

GREEDY, HONEST = "127.0.0.2", "127.0.0.1"


@contextmanager
def serving(hub: Hub, trusted_proxy: str = "") -> Iterator[int]:
    config = replace(hub.config, port=0, threads=2, trusted_proxy=trusted_proxy)
    plan = VisitSchedule(Capacity(per_s=1_000))
    with running(http_server.make_server(replace(hub, config=config, slots=plan))) as port:
        yield port


def post(port: int, raw: bytes, source: str = HONEST, named: str = "") -> int:
    line = http.client.HTTPConnection("127.0.0.1", port, PATIENCE_S, (source, 0))
    line.request("POST", "/x", raw, {"X-Forwarded-For": named} if named else {})
    status = line.getresponse().status
    line.close()
    return status


@pytest.mark.parametrize("says", [b"", PART, HEAD])
def test_slow_lines_of_one_address_keep_no_station_out(sqlite_hub: Hub, says: bytes) -> None:
    station = join_station(sqlite_hub, "110101001")
    count = of_hub.OF_ONE_SOURCE + 20
    with serving(sqlite_hub) as port, slow_lines(port, GREEDY, count, says) as lines:
        assert post(port, station.request()) == 200
        assert post(port, station.request(), GREEDY) == 200  # a station behind the same router
        assert all(is_closed(line, PATIENCE_S) for line in lines[:20])
        assert not is_closed(lines[-1], 0)


def test_when_all_places_are_taken_a_new_one_is_served(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "MAX_CONNECTIONS", 30)
    station = join_station(sqlite_hub, "110101001")
    with (
        serving(sqlite_hub) as port,
        slow_lines(port, "127.0.0.3", 20),
        slow_lines(port, GREEDY, 20),
    ):
        assert post(port, station.request()) == 200


def test_a_request_that_does_not_come_in_time_is_hung_up_on(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "SWEEP_S", 0)
    station = join_station(sqlite_hub, "110101001")
    with serving(sqlite_hub) as port:
        with monkeypatch.context() as at_once, slow_lines(port, GREEDY, 1) as heads:
            at_once.setattr(connections, "HEAD_S", -1.0)
            at_once.setattr(connections, "BODY_GRACE_S", -1e9)
            with slow_lines(port, GREEDY, 1, HEAD) as bodies:
                assert is_closed(heads[0], PATIENCE_S)
                assert is_closed(bodies[0], PATIENCE_S)
        # A head and its body come one after the other: this one is given the time for it.
        assert post(port, station.request()) == 200


def test_behind_a_trusted_proxy_each_is_who_the_proxy_names(sqlite_hub: Hub) -> None:
    station = join_station(sqlite_hub, "110101001")
    with serving(sqlite_hub, trusted_proxy=HONEST) as port:
        junk = [post(port, b"junk", HONEST, "9.9.9.9, 10.0.0.9") for _ in range(MOST_CHECKS + 1)]
        assert junk[-1] == 503
        assert post(port, station.request(), HONEST, "10.0.0.9, 10.0.0.1") == 200
        count = of_hub.OF_ONE_SOURCE + 20
        with slow_lines(port, HONEST, count) as lines:
            assert post(port, station.request(), HONEST, "10.0.0.1") == 200
            assert not is_closed(lines[0], 0)


def test_nobody_names_himself_where_no_proxy_is_trusted(sqlite_hub: Hub) -> None:
    with serving(sqlite_hub) as port:
        junk = [post(port, b"junk", HONEST, f"10.0.0.{n}") for n in range(MOST_CHECKS + 1)]
    assert junk[-1] == 503
