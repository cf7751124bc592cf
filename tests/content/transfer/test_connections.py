from __future__ import annotations

from dataclasses import dataclass

import pytest

from content.transfer.connections import (
    BODY_BYTES_PER_S,
    BODY_GRACE_S,
    HEAD_S,
    MANY,
    OpenLines,
    RequestClock,
    source_of,
)


@dataclass(eq=False)
class FakeLine:
    """A connection of ``source``; ``busy``: something is done for it."""

    source: str
    busy: bool = False

    def is_waiting(self) -> bool:
        return not self.busy


@dataclass
class FakeParser:
    """A request that is read as the test says."""

    completed: bool = False
    empty: bool = False
    headers_finished: bool = False
    body_bytes_received: int = 0


def lines(total: int = 10, of_one: int = 3) -> OpenLines[FakeLine]:
    return OpenLines[FakeLine](total, of_one)


def filled(there: OpenLines[FakeLine], *sources: str) -> list[FakeLine]:
    """Connections of ``sources``, for which nobody had to go."""
    new = [FakeLine(source) for source in sources]
    assert [there.add(line) for line in new] == [None] * len(new)
    return new


def test_of_one_address_the_one_that_waits_longest_goes_first() -> None:
    there = lines()
    first, second, _ = filled(there, "a", "a", "a")
    there.heard(first)
    assert there.add(FakeLine("a")) is second
    assert there.add(FakeLine("b")) is None


def test_one_that_is_served_does_not_go() -> None:
    there = lines()
    first, second, third = filled(there, "a", "a", "a")
    first.busy = second.busy = True
    assert there.add(FakeLine("a")) is third
    assert [line.busy for line in (first, second)] == [True, True]


def test_who_comes_last_goes_when_all_others_are_served() -> None:
    there = lines()
    for line in filled(there, "a", "a", "a"):
        line.busy = True
    newcomer = FakeLine("a")
    assert there.add(newcomer) is newcomer


def test_when_all_places_are_taken_the_one_who_has_most_of_them_gives_one_up() -> None:
    there = lines(total=6)
    greedy = filled(there, "a", "a", "a", "b", "c", "d")[0]
    assert there.add(FakeLine("e")) is greedy


def test_a_trusted_proxy_is_not_one_source() -> None:
    there = lines(total=10)
    first = filled(there, *[MANY] * 10)[0]
    assert there.add(FakeLine("a")) is first


def test_a_closed_connection_makes_room_and_may_be_closed_twice() -> None:
    there = lines()
    first, *_ = filled(there, "a", "a", "a")
    there.remove(first)
    there.remove(first)
    there.heard(first)
    filled(there, "a")


def clock_of(*parsers: FakeParser) -> RequestClock:
    waiting = iter(parsers)
    return RequestClock(lambda _settings: next(waiting))


def test_a_head_has_to_come_in_time() -> None:
    clock = clock_of(FakeParser())
    clock.parser(None)
    assert not clock.heard(100.0)
    for second in range(100, 130):  # a byte a second
        assert not clock.heard(float(second))
        assert not clock.is_late(float(second))
    assert clock.is_late(100 + HEAD_S + 1)


def test_empty_lines_are_no_head() -> None:
    clock = clock_of(*(FakeParser(completed=True, empty=True) for _ in range(40)))
    for second in range(40):
        clock.parser(None)
        assert not clock.heard(float(second))
    assert clock.is_late(40.0)


@pytest.mark.parametrize(("rate", "late"), [(BODY_BYTES_PER_S / 2, True), (1_000, False)])
def test_a_body_has_to_come_at_a_rate_that_the_slowest_line_has(rate: float, late: bool) -> None:
    body = FakeParser(headers_finished=True)
    clock = clock_of(body)
    clock.parser(None)
    seen = []
    for second in range(0, 400, 10):
        body.body_bytes_received = int(second * rate)
        clock.heard(float(second))
        seen.append(clock.is_late(float(second)))
    assert any(seen) is late
    assert not any(seen[: int(BODY_GRACE_S // 10)])


def test_between_two_requests_nothing_is_late() -> None:
    first, second = FakeParser(completed=True), FakeParser()
    clock = clock_of(first, second)
    clock.parser(None)
    assert clock.heard(0.0)
    assert not clock.is_late(1_000.0)
    clock.parser(None)
    assert not clock.heard(1_000.0)
    assert not clock.is_late(1_001.0)
    assert clock.is_late(1_001.0 + HEAD_S)


def test_a_request_that_begins_with_the_end_of_another_has_its_own_time() -> None:
    first, second = FakeParser(), FakeParser()
    clock = clock_of(first, second)
    clock.parser(None)
    clock.heard(0.0)
    first.completed = True
    clock.parser(None)
    clock.heard(25.0)
    assert not clock.is_late(50.0)


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("10.0.0.7", "10.0.0.7"),
        ("2001:db8::1", "2001:db8::"),
        ("2001:db8::ffff:1", "2001:db8::"),
        ("2001:db8:0:1::1", "2001:db8:0:1::"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("fe80::1%eth0", "fe80::"),
        ("unknown", "unknown"),
    ],
)
def test_a_network_of_the_newer_protocol_is_one_subscriber(address: str, source: str) -> None:
    assert source_of(address) == source
