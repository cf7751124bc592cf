"""Timing: when the courier's jobs go next. What happened comes in, seconds to wait come out.

Nothing here knows a clock, a scheduler or a store: times are arguments, and so is the random
number of the back-off. What a sync does is ``node.courier.transport``; who sets the jobs going is
``node.courier.courier``. How fast the line is and how long a pause grows: ``node.link.backoff``.
"""

from __future__ import annotations

from node.errors import HubBusy, HubFailed, HubRefused, NodeError
from node.link.backoff import FIRST_RETRY_S, LAST_RETRY_S, Pace

# Somebody waits for a result or pressed the button; a whole class hands in within seconds.
NUDGE_S = 2.0
# A relay that cannot reach the hub tries again after so long.
FORWARD_RETRY_S = LAST_RETRY_S


class Timing:
    """What was learnt about the line and the hub, and what follows for the next time."""

    def __init__(self) -> None:
        self.pace = Pace()  # of records; also says how much one request holds
        self.ticket = ""  # for the slot that the hub gave when it turned this node away
        self.again_s = 0  # what the hub last said about the next contact; 0: nothing
        self._content_pace = Pace()
        self._asked_for = False
        self._forward_from = 0.0  # monotonic s: until then the hub takes no parcels of others

    def ask(self) -> None:
        """A person pressed the button: the next sync goes at any hour."""
        self._asked_for = True

    def take_ask(self) -> bool:
        """Whether a person asked for the sync that begins now; clears the request."""
        asked_for, self._asked_for = self._asked_for, False
        return asked_for

    def exchanged(self, n_bytes: int, took_s: float, again_s: int) -> None:
        """One request was answered: ``n_bytes`` both ways, and when the hub wants the next."""
        self.pace = self.pace.went_well(n_bytes, took_s)
        self.again_s = again_s

    def sync_went_well(self) -> None:
        """A whole sync is over: the slot was used."""
        self.ticket = ""

    def sync_failed(self, error: NodeError, reached: bool) -> None:
        """A sync failed. ``reached``: there was a connection, so bytes were lost."""
        if isinstance(error, HubBusy) and error.again_s:
            self.pace = self.pace.turned_away()
            self.again_s, self.ticket = error.again_s, error.ticket
        elif isinstance(error, (HubFailed, HubRefused)):  # the line is well
            self.pace = self.pace.failed(carried=False)
        else:
            self.pace = self.pace.failed(carried=reached)
            self.again_s = 0

    def may_nudge(self) -> bool:
        """Whether to sync sooner because somebody waits for a result.

        Not while the line is known to be down or the hub gave a slot.
        """
        return not self.pace.failures and not self.ticket

    def next_sync_s(
        self, every_s: int, well: bool, result_waits: bool = False, chance: float | None = None
    ) -> float:
        """In how many seconds the next sync goes; ``well``: whether the last one succeeded.

        ``result_waits``: an exam was handed in while it was under way.
        """
        if well and (self._asked_for or result_waits):
            return NUDGE_S
        return self.pace.wait_s(every_s, self.again_s, chance)

    def content_failed(self, some_came: bool) -> None:
        """Courses were cut off; the pause grows only while nothing comes at all."""
        self._content_pace = (Pace() if some_came else self._content_pace).failed()

    def next_content_s(self, every_s: int, chance: float | None = None) -> float:
        """In how many seconds to go on with courses after a cut."""
        return self._content_pace.wait_s(every_s, 0, chance)

    def forward_refused(self, again_s: int, now_s: float) -> None:
        """The hub takes no parcels of others now; ``again_s``: when it will, 0: it did not say."""
        self._forward_from = now_s + max(again_s, FIRST_RETRY_S)

    def next_forward_s(self, now_s: float) -> float:
        """In how many seconds others' parcels may go; a new parcel does not make it sooner."""
        return max(NUDGE_S, self._forward_from - now_s)
