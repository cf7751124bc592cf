"""Job: one carrying that goes on while the keeper watches; the page may be closed meanwhile."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread

from node.errors import NodeError
from node.stick.stick_carrier import StickCarrier, StickProgress

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """``label``: which stick; ``done``: what was carried; ``fault``: why it ended early."""

    running: bool = False
    label: str = ""
    done: StickProgress | None = None
    fault: NodeError | None = None


class Job:
    """Carries in a thread of its own, one stick at a time."""

    def __init__(self, carrier: StickCarrier) -> None:
        self.carrier = carrier
        self.state = State()
        self._lock = Lock()
        self._thread: Thread | None = None

    def start(self, root: Path) -> None:
        """Begin with the stick at ``root``; nothing happens while another is under way."""
        with self._lock:
            if self.state.running:
                return
            self.state = State(running=True, label=root.name)
            self._thread = Thread(target=self._run, args=(root,), name="carry")
            self._thread.start()

    def wait(self) -> None:
        """Wait until what is under way has ended."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, root: Path) -> None:
        try:
            self.state = State(label=root.name, done=self.carrier.carry(root))
        except NodeError as error:
            log.warning("carry: %s (%s)", error.code, error)
            self.state = State(label=root.name, fault=error)
        finally:
            if self.state.running:  # a fault of ours: the page must not wait for ever
                self.state = State(label=root.name, fault=NodeError("carrying failed"))
