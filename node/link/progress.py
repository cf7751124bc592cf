"""Progress of what goes over the line, for the keeper to watch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Lock


@dataclass(frozen=True, slots=True)
class SyncStep:
    """What goes on now. ``phase``: "" (nothing), "records", "orders" or "content"."""

    phase: str = ""
    what: str = ""  # the title of the course, while content comes
    done: int = 0  # records receipted, or bytes of content here
    total: int = 0
    bytes_up: int = 0
    bytes_down: int = 0


class SyncProgress:
    """The step at hand; written by the courier, read by pages."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._step = SyncStep()

    @property
    def now(self) -> SyncStep:
        """The step at this moment."""
        return self._step

    def begin(self, phase: str, total: int, done: int = 0, what: str = "") -> None:
        """Begin a new step."""
        with self._lock:
            self._step = SyncStep(phase, what, done, total)

    def more(self, done: int, bytes_up: int = 0, bytes_down: int = 0) -> None:
        """Add what was done of the step."""
        with self._lock:
            step = self._step
            self._step = replace(
                step,
                done=step.done + done,
                bytes_up=step.bytes_up + bytes_up,
                bytes_down=step.bytes_down + bytes_down,
            )

    def end(self) -> None:
        """End the step: nothing goes on now."""
        with self._lock:
            self._step = SyncStep()
