"""Steps: commands that run beside each other; what each prints stays together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from install.environment import ROOT, say

LOOK_EVERY_S = 0.05
# pytest's answer when all that was chosen is marked for another command.
RAN_NOTHING = 5


@dataclass(frozen=True, slots=True)
class Step:
    """A command and its name; ``may_be_empty``: a pytest that may rightly find nothing to run."""

    name: str
    command: Sequence[str]
    may_be_empty: bool = False


@dataclass(slots=True)
class _Started:
    """A step that was started; what it prints goes into a file, and from there to the terminal."""

    step: Step
    process: subprocess.Popen[bytes]
    output: Path
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    headed: bool = False
    shown: int = 0

    def ended(self) -> bool:
        if self.process.poll() is None:
            return False
        self.seconds = time.monotonic() - self.began
        return True

    def show(self) -> None:
        """Print what has come since the last time."""
        if not self.headed:
            say(f"── {self.step.name}")
            self.headed = True
        with self.output.open("rb") as written:
            written.seek(self.shown)
            sys.stdout.buffer.write(written.read())
            self.shown = written.tell()
        sys.stdout.flush()

    @property
    def code(self) -> int:
        """Its exit code; 0 where there was rightly nothing to run."""
        code = int(self.process.returncode)
        return 0 if self.step.may_be_empty and code == RAN_NOTHING else code


def run_beside(steps: Sequence[Step]) -> int:
    """Run all ``steps`` at once, to the end of each, and say at the end how each went.

    A step that ends is printed whole; what the last one prints is shown as it comes. Ctrl-C
    reaches the steps as well: we wait while they clean up. A request to end that only we get
    is handed on. The answer is the worst exit code.
    """
    with tempfile.TemporaryDirectory(prefix="xzsteps") as folder:
        started = [_start(step, Path(folder) / str(n)) for n, step in enumerate(steps)]

        def hand_on(_signal: int, _frame: FrameType | None) -> None:
            for child in started:
                child.process.terminate()

        before = signal.signal(signal.SIGTERM, hand_on)
        try:
            _to_the_end(started)
        finally:
            signal.signal(signal.SIGTERM, before)
    say("──")
    for child in started:
        verdict = "passed" if child.code == 0 else "FAILED"
        say(f"{verdict:8}{child.seconds:7.1f} s  {child.step.name}")
    return max((abs(child.code) for child in started), default=0)


def _start(step: Step, output: Path) -> _Started:
    # Compiled modules are kept, whatever the machine's habit: each test worker, and each of the
    # hundreds of processes that tests start, would otherwise compile the whole product anew.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with output.open("wb") as written:
        process = subprocess.Popen(
            step.command, cwd=ROOT, env=environment, stdout=written, stderr=subprocess.STDOUT
        )
    return _Started(step, process, output)


def _to_the_end(started: Sequence[_Started]) -> None:
    running = list(started)
    while running:
        try:
            time.sleep(LOOK_EVERY_S)
            for child in [child for child in running if child.ended()]:
                running.remove(child)
                child.show()
            if len(running) == 1:
                running[0].show()
        except KeyboardInterrupt:
            continue
