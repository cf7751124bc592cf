"""Stampede: the country's stations after a day without the hub, simulated (tests/sim/stampede.py).

``python -m tests.bench.stampede``. No processor time is measured: the figures are exact for a seed.
"""

from hub.context.visit_schedule import Capacity
from tests.bench.figure import Figure, report
from tests.sim.stampede import DRAIN, LEARNERS, PEAK, STATIONS, WAIT, Outcome, ours, tell

HOW = "python -m tests.bench.stampede"


def figures() -> list[Figure]:
    """The hub's peak, the time until all are done, and the longest wait."""
    story: Outcome = ours(STATIONS, LEARNERS, Capacity())
    print(tell(story))
    return [
        Figure("stampede.peak_ratio", round(story.peak, 3), "ratio", PEAK, "low", HOW),
        Figure("stampede.drain_ratio", round(story.drain, 3), "ratio", DRAIN, "low", HOW),
        Figure("stampede.wait_ratio", round(story.wait, 3), "ratio", WAIT, "low", HOW),
    ]


if __name__ == "__main__":
    report(figures)
