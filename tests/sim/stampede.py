"""Stampede: all the country's stations after a day without the hub, on a virtual clock.

``python -m tests.sim.stampede [--plot docs/stampede.svg] [--stations N]``. The pacing is the real
one: ``node.link.backoff``, ``hub.context.visit_schedule`` and ``hub.server.admission``; the hub's
work is counted, not done. From half past five to half past nine all goes as usual, and in every
station the learners finish between seven and nine; then nobody reaches the hub for 24 hours, the
next evening included. In a quarter of the stations there is an exam. For comparison, the same
backlog with clients that try again at a fixed interval: each in its own phase, or all on the
clock's full five minutes.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field
from heapq import heappop, heappush
from pathlib import Path
from random import Random

from hub.context.visit_schedule import SLOT_S, Capacity, work_of
from hub.server.admission import URGENT, Refusal
from node.courier.timing import NUDGE_S
from node.link.backoff import LAST_RETRY_S, Pace
from node.link.http_client import CONNECT_S, SILENCE_S
from tests.sim.hubs import GuardedHub, OpenHub
from tests.sim.plot import Curve, draw

STATIONS, LEARNERS = 26_578, 248_000
EVERY_S = 900
# A term's 5,177 records of 12 learners on 20 days; an exam of 50 questions.
RECORDS_A_DAY, RECORDS_AN_EXAM = 22, 52
EXAM_STATIONS = 0.25
# tests/bench/ingest.py: requests of 200 records are 1,700 bytes.
REQUEST_BYTES, BYTES_PER_RECORD = 260, 7
# The way to the hub, in seconds; and when a dropped SYN is sent again.
WAY_S = (0.3, 2.0)
SYN_AGAIN_S = (1, 3, 7, 15)

HOUR = 3_600
# 17:30 of a day in Beijing, in Unix seconds.
BEGINS = 1_795_000_000 // 86_400 * 86_400 + 9 * HOUR + HOUR // 2
EVENING = BEGINS + 3 * HOUR // 2
OUTAGE = BEGINS + 4 * HOUR
RETURN = OUTAGE + 24 * HOUR
WATCHED_S = 2 * HOUR

# What must hold (peak, drain, longest wait).
PEAK, DRAIN, WAIT = 1.0, 1.1, 2.0


@dataclass(slots=True, eq=False)
class Station:
    """A station with the real pace."""

    number: int
    exam: bool
    pace: Pace = field(default_factory=Pace)
    records: int = 0
    urgent: bool = False
    ticket: str = ""
    told: bool = False  # it has a slot and does not come before it
    stamp: int = 0  # only the newest plan holds
    sent: int = 0
    tries: int = 0
    syns: int = 0
    done_at: float = 0.0

    @property
    def bytes(self) -> int:
        """The body of its next request."""
        return REQUEST_BYTES + BYTES_PER_RECORD * self.records

    def wait_s(self, dice: Random, again_s: int = 0) -> float:
        """How long to wait, as the real courier does."""
        return self.pace.wait_s(EVERY_S, again_s, dice.random())


class FixedStation(Station):
    """One with a fixed interval, whatever the hub or the line says."""

    __slots__ = ()

    def wait_s(self, dice: Random, again_s: int = 0) -> float:
        return float(again_s or LAST_RETRY_S)


@dataclass(slots=True)
class Outcome:
    """The result of one run; times are seconds after the hub's return."""

    name: str
    peak: float
    peak_before: float
    longest_queue_s: float
    bound_s: float
    done_s: list[float]
    exam_done_s: list[float]
    refused: int
    tries: float
    load: list[tuple[float, float]]  # second after the return, work taken in / capacity

    @property
    def drain(self) -> float:
        """Time until all are done, over total work / capacity."""
        return self.done_s[-1] / self.bound_s

    @property
    def wait(self) -> float:
        """The longest wait over the mean one."""
        return self.done_s[-1] * len(self.done_s) / sum(self.done_s)


class World:
    """Stations, a hub and a clock."""

    def __init__(self, hub: GuardedHub | OpenHub, stations: list[Station], seed: int) -> None:
        self.hub, self.stations, self.dice = hub, stations, Random(seed)
        self._events: list[tuple[float, int, int, Station]] = []
        self._order = 0

    def plan(self, station: Station, at: float) -> None:
        """The station's request reaches the hub after ``at``; earlier plans of it are void."""
        station.stamp += 1
        self._push(at + self.dice.uniform(*WAY_S), station.stamp, station)

    def finish(self, station: Station, at: float) -> None:
        """A learner of the station finishes at ``at``."""
        self._push(at, -1, station)

    def run(self, until: float) -> None:
        """Let time pass."""
        while self._events and self._events[0][0] < until:
            at, _, stamp, station = heappop(self._events)
            if stamp == -1:
                self._finishes(station, at)
            elif stamp < -1:
                self._answered(station, at, stamp)
            elif stamp == station.stamp:
                self._comes(station, at)

    def _push(self, at: float, stamp: int, station: Station) -> None:
        self._order += 1
        heappush(self._events, (at, self._order, stamp, station))

    def _finishes(self, station: Station, at: float) -> None:
        station.records += RECORDS_A_DAY
        if station.exam:
            station.records += RECORDS_AN_EXAM
            station.urgent = True
            if not station.told and not station.pace.failures and not station.sent:
                self.plan(station, at + NUDGE_S)

    def _comes(self, station: Station, at: float) -> None:
        if OUTAGE <= at < RETURN:
            self._fails(station, at)
            return
        credentials = (URGENT if station.urgent else "") + station.ticket
        station.tries += at >= RETURN and not station.done_at and not station.syns
        answer = self.hub.ask(at, station.bytes, credentials)
        if isinstance(answer, Refusal):
            station.pace = station.pace.turned_away()
            station.ticket, station.told = answer.ticket, True
            self.plan(station, at + station.wait_s(self.dice, answer.again_s))
        elif answer is None:
            self._dropped(station, at)
        else:
            station.sent, station.syns = station.records + 1, 0
            in_time = answer - at <= SILENCE_S
            self._push(answer, -2 if in_time else -3, station)
            if not in_time:
                station.sent = 0
                station.pace = station.pace.failed()
                self.plan(station, at + SILENCE_S + station.wait_s(self.dice))

    def _dropped(self, station: Station, at: float) -> None:
        """No connection: TCP tries again a few times, then the request fails."""
        station.syns += 1
        if station.syns <= len(SYN_AGAIN_S):
            self.plan(station, at + SYN_AGAIN_S[station.syns - 1])
            return
        station.syns = 0
        station.pace = station.pace.failed(carried=False)
        self.plan(station, at + station.wait_s(self.dice))

    def _fails(self, station: Station, at: float) -> None:
        """Nobody answers. Hours of equal tries are skipped; their phase is kept."""
        station.pace = station.pace.failed(carried=False)
        wait = station.wait_s(self.dice) + CONNECT_S
        while station.pace.failures > 5 and at + wait < RETURN - HOUR:
            wait += LAST_RETRY_S + CONNECT_S
        self.plan(station, at + wait)

    def _answered(self, station: Station, at: float, stamp: int) -> None:
        again = self.hub.again(at, station.number)
        if stamp == -3:
            return  # nobody waits for it any more
        n_bytes = REQUEST_BYTES + BYTES_PER_RECORD * (station.sent - 1)
        station.pace = station.pace.went_well(n_bytes, 2.0)
        station.records -= station.sent - 1
        station.sent, station.urgent, station.told, station.ticket = 0, False, False, ""
        if at > RETURN and not station.done_at and not station.records:
            station.done_at = at
        self.plan(station, at + station.wait_s(self.dice, again))


def fleet(kind: type[Station], count: int, dice: Random) -> list[Station]:
    """Stations, a quarter of them with an exam."""
    return [kind(number, dice.random() < EXAM_STATIONS) for number in range(count)]


def evening(world: World, from_s: float, learners: int) -> None:
    """Every station's learners finish within the two hours."""
    count = len(world.stations)
    for number in range(learners):
        at = from_s + world.dice.uniform(0, 2 * HOUR)
        world.finish(world.stations[number % count], at)


def ours(count: int, learners: int, capacity: Capacity, seed: int = 1) -> Outcome:
    """The whole run with slots, door and pace."""
    hub = GuardedHub(capacity, seed)
    world = World(hub, fleet(Station, count, Random(seed)), seed)
    for station in world.stations:
        world.plan(station, BEGINS + world.dice.uniform(0, EVERY_S))
    evening(world, EVENING, learners)
    evening(world, EVENING + 24 * HOUR, learners)
    world.run(RETURN)
    refused = hub.refused
    bound = sum(work_of(station.bytes) for station in world.stations) / capacity.per_s
    world.run(RETURN + WATCHED_S)
    return outcome("slots", world, bound, hub.refused - refused)


def naive(count: int, learners: int, capacity: Capacity, on_the_clock: bool) -> Outcome:
    """The same backlog, brought by clients that try every five minutes."""
    world = World(OpenHub(capacity, EVERY_S), fleet(FixedStation, count, Random(1)), 1)
    for number in range(learners):
        station = world.stations[number % count]
        station.records += RECORDS_A_DAY + station.exam * RECORDS_AN_EXAM
    for station in world.stations:
        # Clocks are a little off; the first full five minutes after the return.
        first = world.dice.gauss(30, 10) if on_the_clock else world.dice.uniform(0, LAST_RETRY_S)
        world.plan(station, RETURN + max(0.0, first))
    bound = sum(work_of(station.bytes) for station in world.stations) / capacity.per_s
    world.run(RETURN + WATCHED_S)
    name = "fixed interval, on the clock" if on_the_clock else "fixed interval, own phase"
    return outcome(name, world, bound, world.hub.refused)


def outcome(name: str, world: World, bound: float, refused: int) -> Outcome:
    """The result of a run."""
    queue = world.hub.queue
    done = [station for station in world.stations if station.done_at]
    tries = sum(station.tries for station in world.stations) / len(world.stations)
    never = [float("inf")] * (len(world.stations) - len(done))
    load = [
        (slot * SLOT_S - RETURN, work / (queue.per_s * SLOT_S))
        for slot, work in sorted(queue.taken.items())
    ]
    return Outcome(
        name,
        queue.peak(),
        max((share for at, share in load if at < 0), default=0.0),
        queue.longest_s,
        bound,
        sorted(station.done_at - RETURN for station in done) + never,
        sorted(station.done_at - RETURN for station in done if station.exam),
        refused,
        tries,
        [(at, share) for at, share in load if at >= 0],
    )


def tell(run: Outcome) -> str:
    """A run's result in three lines."""
    n, exam = len(run.done_s), run.exam_done_s
    mean = sum(run.done_s) / n
    never = sum(at > WATCHED_S for at in run.done_s)
    if never:
        return (
            f"{run.name}\n"
            f"  peak / capacity {run.peak:.3f}, longest queue {run.longest_queue_s:.1f} s, "
            f"no connection {run.refused} times\n"
            f"  {never} of {n} not done after two hours; "
            f"requests a station until done {run.tries:.2f}"
        )
    return (
        f"{run.name}\n"
        f"  peak / capacity {run.peak:.3f} (before the outage {run.peak_before:.3f}), "
        f"longest queue {run.longest_queue_s:.1f} s, turned away {run.refused}\n"
        f"  all {n} done after {run.done_s[-1]:.0f} s, {run.drain:.3f} x the bound of "
        f"{run.bound_s:.0f} s; half after {run.done_s[n // 2]:.0f} s\n"
        f"  longest wait / mean {run.wait:.3f}; mean {mean:.0f} s, with exam results "
        f"{sum(exam) / max(1, len(exam)):.0f} s; requests a station until done {run.tries:.2f}"
    )


def faults(run: Outcome) -> list[str]:
    """The limits that do not hold."""
    return [
        f"{name} {value:.3f} > {most}"
        for name, value, most in (
            ("peak", run.peak, PEAK),
            ("drain", run.drain, DRAIN),
            ("wait", run.wait, WAIT),
        )
        if value > most
    ]


def curve(run: Outcome, color: str) -> Curve:
    """A run as the plot shows it."""
    n = len(run.done_s)
    step = max(1, n // 400)
    done = [(at, (i + 1) / n) for i, at in enumerate(run.done_s) if i % step == 0 or i == n - 1]
    return Curve(run.name, color, run.load, [(at, share) for at, share in done if at < 1e9])


def main(arguments: list[str]) -> int:
    """Run all three, print and plot them; returns 1 when a limit does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim.stampede")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--stations", type=int, default=STATIONS)
    chosen = parser.parse_args(arguments)
    count, capacity = chosen.stations, Capacity()
    learners = LEARNERS * count // STATIONS
    began = time.monotonic()
    mine = ours(count, learners, capacity)
    others = [naive(count, learners, capacity, on) for on in (False, True)]
    for run in (mine, *others):
        print(tell(run))
    print(f"{time.monotonic() - began:.0f} s on the clock")
    if chosen.plot:
        colors = ("#0b6e4f", "#c77700", "#b3261e")
        chosen.plot.write_text(
            draw(
                [curve(*pair) for pair in zip((mine, *others), colors, strict=True)], mine.bound_s
            ),
            "utf-8",
        )
    wrong = faults(mine)
    for fault in wrong:
        print(fault)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
