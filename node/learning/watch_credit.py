"""Crediting: how much of what a browser claims to have played can be true.

A learner's real time is spent once. Each learner has one meter, whatever the number of tabs and
PCs: media seconds are granted against the monotonic time that really went by, and only to the
tab that began last. No clock is read here; ``node.learning.study`` passes the time in and keeps
what was granted, ``player.js`` keeps what was not and asks again.
"""

from dataclasses import dataclass, field
from threading import Lock

# The fastest that our player plays. What is played faster is granted at this rate.
MAX_SPEED = 2.0

# A page or a document is read in real time: its clock cannot run faster than ours.
READING_SPEED = 1.0

# A browser posts every 10 s or sooner. A learner who is new since the node started is owed as much:
# after a power cut the browser still holds one interval.
HEARTBEAT_S = 10.0

# Rounding, a late timer, a slow disk: never refuse an honest heartbeat for these.
SLACK_S = 3.0

# After a switch was off or the node restarted: unsent intervals so far back can be claimed.
BACKLOG_S = 600.0

# Below this nothing is granted: a record of less than half a second says nothing.
LEAST_S = 0.5


@dataclass(slots=True)
class Meter:
    """One learner's real time: all before ``settled`` (monotonic) has been spent."""

    settled: float
    tab: str = ""

    def open_s(self, now: float) -> float:
        """How much real time can still be turned into study at ``now``."""
        return min(now - self.settled, BACKLOG_S) + SLACK_S

    def grant(self, seconds: float, speed: float, now: float) -> float:
        """Grant up to ``seconds`` of an item played at ``speed`` or slower; spend the time."""
        granted = min(seconds, self.open_s(now) * speed)
        if granted < LEAST_S:
            return 0.0
        self.settled = max(self.settled, now - BACKLOG_S) + granted / speed
        return granted


@dataclass(slots=True)
class Meters:
    """The meters of all learners who studied since the node started; threads may share it."""

    _meters: dict[str, Meter] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def arrive(self, learner: str, now: float) -> None:
        """Note that ``learner`` opened an item: time counts from here."""
        with self._lock:
            self._meter(learner, now)

    def take_over(self, learner: str, tab: str, now: float) -> None:
        """From now on only ``tab`` plays for ``learner``."""
        with self._lock:
            self._meter(learner, now).tab = tab

    def elsewhere(self, learner: str, tab: str, now: float) -> bool:
        """Whether another tab or PC than ``tab`` plays for ``learner``."""
        with self._lock:
            return self._meter(learner, now).tab not in ("", tab)

    def grant(self, learner: str, seconds: float, speed: float, now: float) -> float:
        """Grant ``learner`` up to ``seconds``, as far as the time that went by allows."""
        with self._lock:
            return self._meter(learner, now).grant(seconds, speed, now)

    def give_back(self, learner: str, granted: float, speed: float, now: float) -> None:
        """Undo a grant that could not be stored."""
        with self._lock:
            self._meter(learner, now).settled -= granted / speed

    def _meter(self, learner: str, now: float) -> Meter:
        meter = self._meters.get(learner)
        if meter is None:
            self._forget_before(now - BACKLOG_S)
            meter = self._meters[learner] = Meter(settled=now - HEARTBEAT_S)
        return meter

    def _forget_before(self, then: float) -> None:
        """Drop the meters of those who left: 24 learners a station, 5,000 in a county hall."""
        if len(self._meters) > 10_000:
            self._meters = {who: m for who, m in self._meters.items() if m.settled > then}
